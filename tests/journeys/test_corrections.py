"""The agency asks for something to be completed: answered in time, late, and within the five days more (K-SUB)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compassionate import clock
from tests.world import World

pytestmark = pytest.mark.browser
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def asked(world: World) -> dict[str, str]:
    """Two cases of which the agency asked something: one today, one seven weeks ago; their codes."""
    now, codes = clock.now(), {}
    for name, since in (("in time", now), ("late", now - 50 * DAY)):
        world.now = since - 3 * DAY
        case = world.case_in("submitted", nhc=f"90020{len(codes)}")
        world.now = since - timedelta(hours=2)
        values = {"notified_on": str(world.today), "text": "Falta la resonancia.", "channel": "mse"}
        world.act(case, "pharmacist", "record_correction_request", **values)
        codes[name] = case.code
    world.session.commit()
    return codes


@pytest.fixture(scope="module")
def pharmacist(comes_in, asked):
    return comes_in("pharmacist")


def answers(person, code: str) -> None:
    here = datetime.now(ZoneInfo("Europe/Madrid")) - timedelta(minutes=5)
    sent = {"answered_at": f"{here:%Y-%m-%dT%H:%M}", "text": "Se aporta."}
    person.takes(code, "answer_correction", **sent, then="Presentada en la AEMPS")


def opens_the_clock(person, code: str) -> None:
    person.goes(f"/expedientes/{code}/plazos")
    person.follows("Subsanación de la solicitud")


def test_five_days_more_are_recorded_and_the_request_is_completed_in_time(pharmacist, asked):
    code = asked["in time"]
    pharmacist.goes(f"/expedientes/{code}")
    pharmacist.reads("Subsanación de la solicitud, vence")
    opens_the_clock(pharmacist, code)
    pharmacist.presses("Registrar una ampliación")
    today = clock.civil_date(clock.now(), "Europe/Madrid").isoformat()
    pharmacist.fills(asked_on=today, granted_on=today, amount="5")
    pharmacist.sends()
    pharmacist.reads("5 días hábiles más")
    pharmacist.reads("porque se concedió una ampliación")
    answers(pharmacist, code)
    opens_the_clock(pharmacist, code)
    pharmacist.reads("Último día del plazo")


def test_what_is_late_is_said_to_be_and_may_still_be_sent(pharmacist, asked):
    code = asked["late"]
    pharmacist.goes(f"/expedientes/{code}")
    pharmacist.reads("Subsanación de la solicitud, venció")
    pharmacist.goes(f"/expedientes/{code}/plazos")
    pharmacist.reads("todavía se puede presentar hasta que notifiquen el desistimiento")
    answers(pharmacist, code)
    pharmacist.goes(f"/expedientes/{code}/plazos")
    pharmacist.reads("Plazos cerrados")
