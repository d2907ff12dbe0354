"""Days that administrators enter: what is read, whom it moves, what it leaves alone, who may (TIM-03, TIM-07)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, CalendarDay, Case, Clock, ClockMove
from compassionate.services import calendar_entries, centres
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import settle
from compassionate.services.explanations import explain
from compassionate.services.recounting import Run
from tests.world import World

MADRID, TOWN = "ES-MD", "ES-MD/Madrid"


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def asked(world: World) -> Case:
    return world.asked_case()


def clocks(world: World, case: Case) -> dict[str, Clock]:
    return {row.clock: row for row in world.session.scalars(select(Clock).where(Clock.case_id == case.id))}


def add(world: World, lines: str, where: str = TOWN, kind: str = "off", who: str = "admin", year: int = 2026) -> Run:
    given = {"days": lines, "kind": kind, "source": "BOCM 301"}
    return calendar_entries.add_days(world.session, world.people[who], where, year, given, world.tick())


def errors(world: World, lines: str, **more: Any) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        add(world, lines, **more)
    return [error.code for error in refusal.value.errors]


def spanish(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def test_a_day_entered_moves_the_open_clock_and_its_case_and_taking_it_back_moves_them_back(
    world: World, asked: Case
) -> None:
    held = clocks(world, asked)["K-SUB"]
    before = held.due_on
    assert before is not None
    found = add(world, f"{spanish(before)} Patrona")
    assert (asked.code, "K-SUB", before, held.due_on) in found.moved
    assert held.due_on > before
    assert asked.due_on == held.due_on
    row = world.session.scalars(select(CalendarDay)).one()
    calendar_entries.remove_day(world.session, world.people["admin"], row.id, world.tick())
    assert held.due_on == asked.due_on == before
    moves = world.session.scalars(select(ClockMove).where(ClockMove.clock_id == held.id).order_by(ClockMove.at))
    assert [move.why for move in moves] == ["calendar", "calendar"]


def test_a_closed_clock_keeps_its_date_and_its_explanation_day_by_day(world: World, asked: Case) -> None:
    held = clocks(world, asked)["K-SUB"]
    due, told = held.due_on, explain(world.session, held, asked.centre, Calendars(world.session))
    assert due is not None
    world.act(asked, "pharmacist", "answer_correction", answered_at=world.now.isoformat(), text="Va", channel="mse")
    assert held.closed_at is not None
    add(world, f"{spanish(due)} Patrona")
    world.session.flush()
    world.session.expire(held)
    assert held.due_on == due
    assert explain(world.session, held, asked.centre, Calendars(world.session)) == told


def test_a_clock_closed_before_explanations_were_kept_is_not_counted_anew(world: World, asked: Case) -> None:
    held = clocks(world, asked)["K-SUB"]
    due = held.due_on
    assert due is not None
    world.act(asked, "pharmacist", "answer_correction", answered_at=world.now.isoformat(), text="Va", channel="mse")
    held.explained = None
    assert explain(world.session, held, asked.centre, Calendars(world.session)) is not None
    add(world, f"{spanish(due)} Patrona")
    assert explain(world.session, held, asked.centre, Calendars(world.session)) is None
    assert held.due_on == due


def test_a_day_of_the_package_that_is_worked_after_all_counts_again(world: World) -> None:
    case = world.case_in("submitted")
    world.now = datetime(2026, 3, 27, 9, tzinfo=UTC)  # Easter lies in the ten days that follow
    values = {"notified_on": str(world.today), "text": "Falta la resonancia.", "channel": "mse"}
    world.act(case, "pharmacist", "record_correction_request", **values)
    held, thursday = clocks(world, case)["K-SUB"], date(2026, 4, 2)
    assert held.due_on == date(2026, 4, 14)
    add(world, spanish(thursday), where=MADRID, kind="works")
    assert held.due_on == date(2026, 4, 13)
    listed = calendar_entries.year_of(world.session, world.people["admin"], MADRID, 2026)
    assert [(day.on, day.kind) for day in listed.days if day.id] == [(thursday, "works")]


def test_a_list_is_pasted_as_the_journal_has_it(world: World) -> None:
    add(world, "15/05/2026 San Isidro\n\n 09/11/2026 - La Almudena \n")
    rows = world.session.scalars(select(CalendarDay).order_by(CalendarDay.on)).all()
    assert [(row.on, row.name, row.source) for row in rows] == [
        (date(2026, 5, 15), "San Isidro", "BOCM 301"),
        (date(2026, 11, 9), "La Almudena", "BOCM 301"),
    ]
    held = calendar_entries.year_of(world.session, world.people["admin"], TOWN, 2026)
    assert held.lacks == ""
    row = json.loads(world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc())).first() or "")
    assert (row["action"], row["detail"]["place"], row["detail"]["fields"]) == (
        "add_calendar_days",
        TOWN,
        "2026-05-15,2026-11-09",
    )


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "value.missing"),
        ("San Isidro", "calendar.line"),
        ("31/02/2026 Nada", "calendar.line"),
        ("15/05/2026", "calendar.name"),
        ("15/05/2027 San Isidro", "calendar.other_year"),
        ("16/05/2026 Sábado", "calendar.weekend"),
        ("15/05/2026 San Isidro\n15/05/2026 Otra vez", "calendar.twice"),
        ("\n".join(f"{day:02}/06/2026 Día" for day in range(1, 31)) * 3, "calendar.too_many"),
    ],
)
def test_a_line_that_cannot_be_taken_is_told_and_nothing_of_the_list_is_kept(
    world: World, lines: str, code: str
) -> None:
    assert code in errors(world, lines)
    assert world.session.scalars(select(CalendarDay)).all() == []


def test_a_day_that_is_off_already_is_not_entered_twice_and_one_that_is_not_cannot_be_worked(world: World) -> None:
    add(world, "15/05/2026 San Isidro")
    assert errors(world, "15/05/2026 San Isidro") == ["calendar.already_off"]
    assert errors(world, "12/10/2026 Fiesta", where=MADRID) == ["calendar.already_off"]
    assert errors(world, "15/06/2026", where=MADRID, kind="works") == ["calendar.not_off"]


def test_a_year_that_was_compared_is_no_longer_provisional_until_that_is_taken_back(world: World) -> None:
    admin, session = world.people["admin"], world.session
    assert calendar_entries.year_of(session, admin, MADRID, 2030).lacks == "provisional"
    calendar_entries.confirm_year(session, admin, MADRID, 2030, {"source": "BOE 250"}, world.tick())
    held = calendar_entries.year_of(session, admin, MADRID, 2030)
    assert (held.lacks, held.source) == ("", "BOE 250")
    assert (MADRID, 2030) in Calendars(session).confirmed
    with pytest.raises(Invalid):
        calendar_entries.confirm_year(session, admin, MADRID, 2030, {"source": " "}, world.tick())
    calendar_entries.withdraw_year(session, admin, MADRID, 2030, world.tick())
    assert calendar_entries.year_of(session, admin, MADRID, 2030).lacks == "provisional"


def test_only_administrators_and_only_for_the_places_of_their_centres_and_the_agencys_seat(world: World) -> None:
    for who in ("pharmacist", "regulatory", "director", "auditor"):
        with pytest.raises(Refused):
            add(world, "15/05/2026 San Isidro", who=who)
    for where in ("ES-CT", "ES-CT/Girona", "ES-MD/Nada", ""):
        with pytest.raises(NotFound):
            add(world, "15/05/2026 San Isidro", where=where)
    with pytest.raises(NotFound):
        add(world, "15/05/1066 Hastings", year=1066)
    other = World(world.session, code="HGB")
    other.centre.territory, other.centre.municipality = "ES-CT", "Girona"
    add(other, "29/10/2026 Sant Narcís", where="ES-CT/Girona")
    row = world.session.scalars(select(CalendarDay)).one()
    with pytest.raises(NotFound):
        calendar_entries.remove_day(world.session, world.people["admin"], row.id, world.tick())


def test_a_day_of_another_community_moves_nobody_elses_clocks(world: World, asked: Case) -> None:
    other = World(world.session, code="HGB")
    other.centre.territory, other.centre.municipality = "ES-CT", "Girona"
    theirs = other.case_in("submitted")
    due = clocks(world, asked)["K-SUB"].due_on
    assert due is not None
    found = add(other, f"{spanish(due)} Sant Narcís", where="ES-CT/Girona")
    assert {code for code, *_ in found.moved} <= {theirs.code}
    assert clocks(world, asked)["K-SUB"].due_on == due
    madrid = add(other, f"{spanish(due)} Luto", where=MADRID)
    assert asked.code in {code for code, *_ in madrid.moved}


def test_a_centre_that_says_its_town_runs_by_the_days_of_that_town(world: World, asked: Case) -> None:
    due, admin = clocks(world, asked)["K-SUB"].due_on, world.people["admin"]
    assert due is not None
    calendar_entries.enter(world.session, admin, "ES-MD/Getafe", {due: "Patrona"}, "BOCM 301", world.tick())
    assert asked.due_on == due
    centres.edit(
        world.session, admin, world.centre, centres.values_of(world.centre) | {"municipality": "Getafe"}, world.tick()
    )
    assert asked.due_on == clocks(world, asked)["K-SUB"].due_on
    assert asked.due_on > due


def whys(world: World, clock: Clock) -> list[str]:
    world.session.flush()
    moves = select(ClockMove.why).where(ClockMove.clock_id == clock.id).order_by(ClockMove.at)
    return list(world.session.scalars(moves))


def test_a_clock_that_moves_with_its_centres_town_says_so(world: World, asked: Case) -> None:
    due, admin = clocks(world, asked)["K-SUB"].due_on, world.people["admin"]
    assert due is not None
    calendar_entries.enter(world.session, admin, "ES-MD/Getafe", {due: "Patrona"}, "BOCM 301", world.tick())
    said = centres.values_of(world.centre) | {"municipality": "Getafe"}
    centres.edit(world.session, admin, world.centre, said, world.tick())
    assert whys(world, clocks(world, asked)["K-SUB"]) == ["centre"]


def test_a_clock_that_moves_with_the_length_of_its_rule_says_so_and_not_that_a_calendar_did(
    world: World, asked: Case
) -> None:
    held = clocks(world, asked)["K-SUB"]
    told, former = held.counted_by, world.today + timedelta(days=1)
    assert told == "10 working-days agency rolls august"
    held.counted_by, held.due_on = "1 working-days agency rolls august", former
    add(world, f"{spanish(former)} Luto")
    assert held.due_on is not None
    assert held.due_on > former
    assert (whys(world, held), held.counted_by) == (["rule"], told)


def test_a_clock_whose_length_is_the_hospitals_moves_with_that_setting_alone(world: World, asked: Case) -> None:
    held, admin = clocks(world, asked)["K-SUB"], world.people["admin"]
    held.clock, held.starts_on = "K-LTFU", world.today
    settle(world.session, held, world.centre, Calendars(world.session), world.now)
    assert held.due_on == world.today + timedelta(days=90)
    said = centres.values_of(world.centre) | {"lost_after_days": "60"}
    centres.edit(world.session, admin, world.centre, said, world.tick())
    assert (held.due_on, whys(world, held)) == (world.today + timedelta(days=60), ["rule"])
    centres.edit(
        world.session, admin, world.centre, centres.values_of(world.centre) | {"warning_days": "5"}, world.tick()
    )
    assert whys(world, held) == ["rule"]
