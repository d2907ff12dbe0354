"""When a patient runs out of medicine, and which way out is left then: an order, or a request to the agency."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from compassionate.services import answers, requests, stockout
from tests.world import POSOLOGY, REPORT, World


@pytest.fixture
def world(session):
    return World(session)


def at_home(world, daily="2", days="90", granted="8", packs=2, code="ONC"):
    """A medicine of 28 tablets a pack, dispensed once today; so many packs granted and in stock."""
    product = world.add_product(code, programme="", taken_at_home=True)
    product.lines[0].units_per_pack = 28
    world.session.flush()
    case, physician = world.case_in("preparing", product), world.people["physician"]
    answers.save(world.session, physician, case, "clinical-report", REPORT, world.tick())
    requests.save_posology(world.session, physician, case, 0, POSOLOGY, world.tick())
    asked = {"units_a_day.1": daily, "days.1": days} if daily else {"packs.1": "8", "note.1": "Según ficha"}
    requests.save_packs(
        world.session, world.people["pharmacist"], case, 0, {"needs_import": "no"} | asked, world.tick()
    )
    world.sign_report(case)
    world.settle_sponsor(case)
    world.act(case, "pharmacist", "request_endorsement")
    world.act(case, "director", "endorse")
    world.issue_unprinted(case)
    world.file(case)
    world.authorise(case, **{"packs_granted.1": granted})
    world.consent(case)
    world.stock(case, packs=packs)
    return case


def dispense(world, case, units="28", action="record_dose"):
    world.dose(case, action, who="pharmacist", act="dispensing", units=units)


def forecast(world, case):
    return stockout.forecasts(world.session, case, world.now)[0]


def test_what_is_at_home_is_used_up_day_by_day_and_never_below_nothing():
    day = date(2026, 3, 1)
    dispensed = [(day, 28), (day + timedelta(days=20), 28)]
    left = [stockout.at_home(dispensed[:1], Decimal(2), day + timedelta(days=each)) for each in (0, 10, 14, 30)]
    assert left == [28, 8, 0, 0]
    assert stockout.at_home(dispensed, Decimal(2), day + timedelta(days=24)) == 20


def test_today_and_the_stock_by_the_daily_use_less_the_delivery(world):
    case = at_home(world)
    dispense(world, case, action="start_treatment")
    held = forecast(world, case)
    assert (held.in_pharmacy, held.at_home) == (28, 28)
    assert (held.runs_out_on, held.act_by) == (world.today + timedelta(days=28), world.today + timedelta(days=14))
    assert (held.outlook, held.is_late) == ("order", False)


def test_the_delivery_lead_is_the_hospitals_own(world):
    case = at_home(world)
    dispense(world, case, action="start_treatment")
    case.centre.settings = {"delivery_lead_days": 30}
    held = forecast(world, case)
    assert (held.act_by, held.is_late) == (world.today - timedelta(days=2), True)


def test_with_nothing_left_of_the_grant_the_agency_is_asked(world):
    case = at_home(world, granted="2")
    dispense(world, case, action="start_treatment")
    assert forecast(world, case).outlook == "ask"


def test_a_stock_that_reaches_the_end_of_the_treatment_asks_for_nothing(world):
    case = at_home(world, days="20")
    dispense(world, case, action="start_treatment")
    held = forecast(world, case)
    assert (held.outlook, held.act_by) == ("lasts", None)
    world.tick(24 * 21)
    assert forecast(world, case).outlook == "over"


def test_half_tablets_are_counted(world):
    case = at_home(world, daily="0,5", days="400")
    dispense(world, case, action="start_treatment")
    assert forecast(world, case).runs_out_on == world.today + timedelta(days=112)


def test_packs_stated_by_hand_give_no_forecast(world):
    case = at_home(world, daily="")
    dispense(world, case, action="start_treatment")
    held = forecast(world, case)
    assert (held.units_a_day, held.runs_out_on, held.act_by) == (None, None, None)


def test_before_the_first_dose_there_is_no_forecast(world):
    assert forecast(world, at_home(world)).runs_out_on is None


def test_an_expired_or_rejected_batch_is_no_stock(world):
    case = at_home(world)
    dispense(world, case, action="start_treatment")
    world.act(case, "pharmacist", "reject_supply@line-1", batch="L1", on=str(world.today), reason="Recall")
    assert (forecast(world, case).in_pharmacy, forecast(world, case).at_home) == (0, 28)


def test_the_list_has_the_soonest_first_and_only_what_one_may_see(world):
    later, sooner = at_home(world), at_home(world, packs=1, granted="1", code="OTR")
    dispense(world, later, action="start_treatment")
    dispense(world, sooner, action="start_treatment")
    found = stockout.upcoming(world.session, world.people["pharmacist"], world.now)
    assert [(case.code, held.outlook) for case, held in found] == [(sooner.code, "ask"), (later.code, "order")]
    elsewhere = World(world.session, code="HGB")
    assert stockout.upcoming(world.session, elsewhere.people["pharmacist"], world.now) == []


def test_the_list_asks_the_database_a_fixed_number_of_times(world, connection):
    def count():
        world.session.expire_all()
        asked = []
        listen = lambda *given: asked.append(given[2])  # noqa: E731
        event.listen(connection, "before_cursor_execute", listen)
        stockout.upcoming(world.session, world.people["pharmacist"], world.now)
        event.remove(connection, "before_cursor_execute", listen)
        return len(asked)

    first = at_home(world)
    dispense(world, first, action="start_treatment")
    with_one = count()
    second = at_home(world, code="OTR")
    dispense(world, second, action="start_treatment")
    assert count() == with_one
