"""Who is told of a visit: before its window opens, when it closes and when it is over; once each, without a patient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from compassionate.models import Account, Case, Notice
from compassionate.services import visit_reminders, visits
from compassionate.services.notice_words import sentence
from tests.services.notice_world import Telling
from tests.world import VISIT

pytestmark = pytest.mark.one_database
DAY = timedelta(days=1)


@given(
    opens=some.dates(date(2020, 1, 1), date(2030, 1, 1)),
    length=some.integers(0, 60),
    days=some.integers(0, 30),
    ahead=some.integers(-100, 100),
)
def test_a_window_is_spoken_of_in_order_and_never_of_two_things_at_once(
    opens: date, length: int, days: int, ahead: int
) -> None:
    closes, today = opens + length * DAY, opens + ahead * DAY
    found = visit_reminders.stage(opens, closes, today, days)
    assert (found == "over") == (today > closes)
    assert (found == "") == (today < opens - days * DAY)
    if found == "closes":
        assert opens <= today <= closes
    if found == "opens":
        assert today < max(opens, closes - visit_reminders.CLOSING)


@pytest.fixture
def held(fresh_engine, vault) -> Iterator[Telling]:
    found = Telling(fresh_engine, vault)
    yield found
    found.world.session.close()


@pytest.fixture
def case(held: Telling) -> Case:
    """Somebody under treatment, whose first visit was made."""
    treated = held.world.case_in("in_treatment")
    record(held, treated, "baseline")
    held.world.session.commit()
    return treated


def record(held: Telling, case: Case, name: str) -> None:
    world = held.world
    visits.record_visit(world.session, world.people["nurse"], case, name, str(world.today), VISIT, world.tick())


def run(held: Telling, on: date) -> int:
    days = (on - held.world.today).days
    return visit_reminders.remind(held.read, held.write, held.world.now + days * DAY)


def told(held: Telling) -> set[tuple[str, str, str]]:
    with held.read() as session:
        rows = session.execute(select(Account.username, Notice.params).join(Account, Account.id == Notice.account_id))
        return {(name.partition(".")[0], params["visit"], params["stage"]) for name, params in rows}


def window(held: Telling, case: Case) -> tuple[date, date]:
    seen = next(each for each in visits.planned(held.world.session, case, held.world.now) if each.row.name == "m3")
    assert seen.opens_on is not None
    assert seen.closes_on is not None
    held.world.session.commit()
    return seen.opens_on, seen.closes_on


def test_physician_and_nurse_are_told_once_before_it_opens_when_it_closes_and_when_it_is_over(
    held: Telling, case: Case
) -> None:
    opens, closes = window(held, case)
    days = [opens - 8 * DAY, opens - 7 * DAY, opens, closes - 4 * DAY, closes - 3 * DAY, closes, closes + DAY]
    assert [run(held, day) for day in days] == [0, 2, 0, 0, 2, 0, 2]
    everything = {(who, "m3", stage) for who in ("physician", "nurse") for stage in ("opens", "closes", "over")}
    assert told(held) == everything


def test_of_a_visit_that_was_made_or_a_case_that_is_blocked_nobody_is_told(held: Telling, case: Case) -> None:
    _, closes = window(held, case)
    case.blocked_at = held.world.now
    held.world.session.commit()
    assert run(held, closes + DAY) == 0
    case.blocked_at = None
    record(held, case, "m3")
    held.world.session.commit()
    assert run(held, closes + DAY) == 0


def test_a_reminder_names_the_visit_and_its_day_and_nobody(held: Telling, case: Case) -> None:
    opens, _ = window(held, case)
    run(held, opens)
    with held.read() as session:
        said = {sentence(row, tongue) for row in session.scalars(select(Notice)) for tongue in ("es", "en")}
    assert said == {
        f"3 meses: el plazo de la visita se abre el {opens:%d/%m/%Y}.",
        f"3 months: the window of the visit opens on {opens:%d/%m/%Y}.",
    }
