"""Where the time goes: every figure against a second calculation, from what was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent, Decision, Dose, Request, Wait, new_id
from compassionate.services import duration_choices
from compassionate.services.durations import MONTH, PRODUCT, SERVICE, Durations, Filters, Spread, durations
from compassionate.statistics import stages
from compassionate.workflow import engine
from tests.world import START, World

DAY = timedelta(days=1)
PERIOD = {"from_on": date(2026, 3, 1), "until_on": date(2026, 7, 1)}


def counted(world: World, who: str = "director", **more: Any) -> Durations:
    return durations(world.session, world.people[who], Filters(**(PERIOD | more)), world.now)


def second(values: Iterable[float]) -> tuple[float, ...]:
    """n, median, quarters and ends of values, by counting places in hundred parts."""
    ordered = sorted(values)

    def at(percent: int) -> float:
        whole, parts = divmod((len(ordered) - 1) * percent, 100)
        following = ordered[min(whole + 1, len(ordered) - 1)]
        return (ordered[whole] * (100 - parts) + following * parts) / 100

    return (len(ordered), at(50), at(25), at(75), ordered[0], ordered[-1])


def told(held: Spread | None) -> Any:
    assert held is not None
    figures = (held.n, held.median_days, held.p25, held.p75, held.minimum, held.maximum)
    return pytest.approx(figures, abs=1e-6)


def of_events(session: Session, cases: Iterable[Case]) -> dict[str, dict[str, float]]:
    """Days of each case in each state that it left, from its history alone."""
    found = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    for case in cases:
        since, state = case.opened_at, "draft"
        steps = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.region == "case")
        for step in session.scalars(steps.order_by(CaseEvent.case_version)):
            if step.after and step.after != state:
                found[state][case.id] += (step.at - since) / DAY
                since, state = step.at, step.after
    return found


def waited(world: World, case: Case, state: str, turn: str | None, days: float, until: datetime = START) -> None:
    row = Wait(id=new_id(), case_id=case.id, state=state, turn=turn, from_at=until - days * DAY, until_at=until)
    world.session.add(row)
    world.session.flush()


def dated(
    world: World, case: Case, *, filed: datetime | None = None, decided: Iterable[date] = (), dosed: date | None = None
) -> None:
    """What people wrote down of a case: when it was filed, authorised and first dosed."""
    session = world.session
    step = session.scalar(select(CaseEvent.id).where(CaseEvent.case_id == case.id).limit(1))
    if filed:
        who = world.people["pharmacist"].account_id
        known = update(Request).where(Request.case_id == case.id, Request.number == 0)
        session.execute(known.values(submitted_at=filed, submitted_by_id=who))
    given = {"case_id": case.id, "event_id": step}
    for on in decided:
        session.add(Decision(outcome="authorised", channel="mse", decided_on=on, seen_on=on, **given))
    if dosed:
        lot = {"line_number": 1, "batch": "L1", "expires_on": date(2030, 1, 1), "units": 1}
        by = world.people["physician"].account_id
        session.add(Dose(act="administration", given_on=dosed, by_id=by, **lot, **given))
    session.flush()


def test_steps_are_what_the_history_of_the_cases_says(session: Session):
    world = World(session)
    cases = []
    for number, hours in enumerate((3, 50, 410)):
        case = world.case_in("awaiting_endorsement", nhc=str(number))
        world.tick(hours)
        if number == 2:  # goes back once, and is counted once with both its times
            world.act(case, "director", "return_for_changes", reason="Falta una prueba")
            world.tick(70)
            world.act(case, "pharmacist", "request_endorsement")
            world.tick(9)
        world.act(case, "director", "endorse")
        cases.append(case)
    expected = of_events(session, cases)
    held = counted(world)
    assert held.steps.keys() == expected.keys() == {"draft", "screening", "preparing", "awaiting_endorsement"}
    for state, days in expected.items():
        assert second(days.values()) == told(held.steps[state])
    assert held.steps["awaiting_endorsement"].n == 3
    assert {state: each.n for state, each in held.steps_now.items()} == {"ready_to_submit": 3}


def test_a_case_that_waits_on_three_owners_in_turn_gives_each_their_days(session: Session):
    world = World(session)
    case = world.case_in("awaiting_endorsement")
    before, moments = counted(world).owners, [world.now]
    for hours, act in (
        (100, lambda: world.act(case, "director", "endorse")),
        (30, lambda: (world.issue_unprinted(case), world.file(case))),
        (55, lambda: world.authorise(case)),
    ):
        world.tick(hours)
        act()
        moments.append(world.now)
    held = counted(world)
    stood = [(later - earlier) / DAY for earlier, later in pairwise(moments)]
    for owner, days in zip(("director", "pharmacist", "agency"), stood, strict=True):
        sooner = before[owner].maximum if owner in before else 0.0
        assert held.owners[owner].maximum == pytest.approx(sooner + days)
        assert held.owner_days[owner] == pytest.approx(sooner + days)
    assert sum(held.owner_days.values()) == pytest.approx((moments[-1] - case.opened_at) / DAY)
    assert list(held.owners_now) == ["pharmacist,physician"]


def test_each_stage_is_what_a_second_calculation_of_the_dates_says(session: Session):
    world = World(session)
    rows = [(9.5, 2, 11), (30, 0, 3), (2.25, 9, 0), (61, 4, 25), (12, 1, 8), (0.125, 3, 14)]
    for number, (to_file, to_decide, to_dose) in enumerate(rows):
        case = world.open_case(nhc=str(number))
        filed = case.opened_at + to_file * DAY
        decided = filed.date() + to_decide * DAY  # in daylight, where Madrid and UTC have the same day
        dated(world, case, filed=filed, decided=[decided], dosed=decided + to_dose * DAY)
    held = counted(world)
    for stage, days in zip(("opened_filed", "filed_decided", "decided_dosed"), zip(*rows, strict=True), strict=True):
        assert second(days) == told(held.stages[stage].over)
    assert held.cases_set_aside == ()


def test_missing_late_contradictory_and_corrected_dates(session: Session):
    world = World(session)
    opened = datetime(2026, 4, 1, 9, tzinfo=UTC)
    missing, late, wrong, corrected, whole = (world.open_case(nhc=str(number)) for number in range(5))
    for case in (missing, late, wrong, corrected, whole):
        case.opened_at = opened
    # Missing: decided, and when it was filed nobody wrote. Late: told in June, counted by the day that it happened.
    dated(world, missing, decided=[date(2026, 4, 20)])
    dated(world, late, filed=opened + 4 * DAY, decided=[date(2026, 4, 8)])
    waited(world, late, "submitted", "agency", 60, datetime(2026, 6, 4, 9, tzinfo=UTC))
    # Contradictory: decided before it was filed, dosed before it was decided, a wait that ended before it began.
    dated(world, wrong, filed=opened + 9 * DAY, decided=[date(2026, 4, 3)], dosed=date(2026, 4, 2))
    waited(world, wrong, "draft", "opener", -2, opened)
    # Corrected: the filing was said to be of the 21st, then of the 6th; a second letter said the decision again.
    dated(world, corrected, filed=opened + 20 * DAY, decided=[date(2026, 4, 30)])
    dated(world, corrected, filed=opened + 5 * DAY, decided=[date(2026, 4, 9)])
    dated(world, whole, filed=opened + 3 * DAY, decided=[date(2026, 4, 6)], dosed=date(2026, 4, 10))
    held = counted(world)
    assert second([4, 9, 5, 3]) == told(held.stages["opened_filed"].over)
    assert second([3, 3, 2]) == told(held.stages["filed_decided"].over)
    assert second([4]) == told(held.stages["decided_dosed"].over)
    assert {name: each.set_aside for name, each in held.stages.items()} == {
        "opened_filed": 0,
        "filed_decided": 2,
        "decided_dosed": 1,
        "opened_dosed": 0,
    }
    assert (held.set_aside, held.cases_set_aside) == (1, tuple(sorted((missing.code, wrong.code))))
    assert second([60]) == told(held.steps["submitted"])
    assert "draft" not in held.steps


def test_what_runs_is_told_apart_and_moves_no_median(session: Session):
    world = World(session)
    over, open_ = world.case_in("screening"), world.open_case(nhc="2")
    before = counted(world)
    world.tick(4000)
    after = counted(world)
    assert (after.steps, after.owners) == (before.steps, before.owners)
    assert second([(world.now - open_.opened_at) / DAY]) == told(after.steps_now["draft"])
    assert second((world.now - each.opened_at) / DAY for each in (over, open_)) == told(
        after.stages["opened_filed"].running
    )
    assert after.stages["opened_filed"].over is None


def test_a_wait_belongs_to_the_month_in_which_it_ended_as_the_hospital_counts_days(session: Session):
    world = World(session)
    case = world.open_case()
    end_of_may = datetime(2026, 5, 31, 22, tzinfo=UTC)  # midnight of the first of June in Madrid
    for state, until in (("screening", end_of_may), ("preparing", end_of_may - timedelta(minutes=1))):
        waited(world, case, state, "physician", 40, until)
    held = counted(world)
    assert {month: set(found) for month, found in held.by(MONTH).items()} == {
        "2026-05": {("step", "preparing"), ("owner", "physician")},
        "2026-06": {("step", "screening"), ("owner", "physician")},
    }
    assert counted(world, until_on=date(2026, 6, 1)).steps.keys() == {"preparing"}
    assert counted(world, from_on=date(2026, 6, 1)).steps.keys() == {"screening"}


def test_products_and_services_however_they_are_spelt(session: Session):
    world = World(session)
    other = world.add_product("OTR")
    second_physician = world.add_person("other")
    for who, service in (("physician", "Traumatología"), ("other", "TRAUMATOLOGIA ")):
        world.accounts[who].service = service
    for number, (product, days) in enumerate(((world.product, 5), (other, 9), (other, 11))):
        case = world.open_case(product, nhc=str(number))
        case.physician_id = second_physician.account_id if number == 2 else case.physician_id
        waited(world, case, "submitted", "agency", days)
    held = counted(world)
    by_product = {id_: each["step", "submitted"] for id_, each in held.by(PRODUCT, "step", "submitted").items()}
    assert second([5]) == told(by_product[world.product.id])
    assert second([9, 11]) == told(by_product[other.id])
    assert second([5, 9, 11]) == told(held.by(SERVICE)["Traumatología"]["step", "submitted"])
    assert second([9, 11]) == told(counted(world, product_id=other.id).steps["submitted"])
    assert counted(world, service="traumatologia").steps["submitted"].n == 3
    assert counted(world, service="").steps == {}
    assert duration_choices.choices(session, world.people["director"]).services == ("Traumatología",)


def test_people_who_are_waited_on_at_once_are_one_owner_and_one_whom_nobody_wrote_is_of_the_table(session: Session):
    world = World(session)
    case = world.open_case()
    for turn in ("physician,pharmacist", "pharmacist,physician"):
        waited(world, case, "authorised", turn, 2)
    waited(world, case, "submitted", None, 3)
    waited(world, case, "in_treatment", "physician", 90)
    held = counted(world)
    assert {owner: each.maximum for owner, each in held.owners.items()} == {"pharmacist,physician": 4, "agency": 3}
    assert held.steps["in_treatment"].maximum == 90


def test_figures_are_of_the_centres_where_one_reads_them_and_of_what_is_not_blocked(session: Session):
    world, other = World(session), World(session, "HGB")
    for each, days in ((world, 5), (other, 7)):
        waited(each, each.open_case(), "submitted", "agency", days)
    blocked = world.open_case(nhc="2")
    blocked.blocked_at = START
    waited(world, blocked, "submitted", "agency", 99)
    for who in ("director", "pharmacist", "regulatory", "auditor"):
        assert second([5]) == told(counted(world, who).steps["submitted"])
    assert counted(world, centre_ids=(other.centre.id,)).steps == {}
    for who in ("nurse", "physician", "admin"):
        assert (counted(world, who).steps, counted(world, who).steps_now) == ({}, {})
    both = world.people["director"]
    held = type(both)(both.account_id, both.username, both.name, both.held + other.people["director"].held)
    found = durations(session, held, Filters(**PERIOD), world.now)
    assert second([5, 7]) == told(found.steps["submitted"])
    one = durations(session, held, Filters(**PERIOD, centre_ids=(other.centre.id,)), world.now)
    assert second([7]) == told(one.steps["submitted"])


def test_an_empty_hospital_has_no_figures_and_says_so(session: Session):
    world = World(session)
    held = counted(world)
    assert (held.steps, held.owners, held.steps_now, held.owners_now, held.cases_set_aside) == ({}, {}, {}, {}, ())
    assert [(each.over, each.running, each.set_aside) for each in held.stages.values()] == [(None, None, 0)] * 4
    assert held.by(MONTH) == {}
    assert duration_choices.choices(session, world.people["director"]).first is None


def test_many_cases_ask_as_much_as_few(session: Session):
    world, seen = World(session), list[str]()
    listen = (session.get_bind(), "before_cursor_execute", lambda *given: seen.append(given[2]))
    counts = []
    for number in (1, 6):
        for place in range(number):
            waited(world, world.open_case(nhc=f"{number}{place}"), "submitted", "agency", 1)
        event.listen(*listen)
        counted(world)
        event.remove(*listen)
        counts.append(len(seen))
        seen.clear()
    assert counts == [4, 4]


def test_every_state_that_waits_for_treatment_is_one_of_the_table():
    known = {state.id for state in engine.latest("es-individual").case.states}
    assert set(stages.TO_TREATMENT) <= known
    assert {*stages.BEFORE_FILING, *stages.AT_THE_AGENCY, "authorised"} == set(stages.TO_TREATMENT)
