"""`flask deadlines`: as interfaces.md says it, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from compassionate.models import CalendarDay, Clock, ClockMove, new_id
from tests.cli.conftest import Command
from tests.world import World


def test_a_term_by_its_clock_says_when_why_and_by_which_calendars(flask: Command, world: World) -> None:
    found = flask(
        "deadlines", "compute", "--start", "2026-07-31", "--clock", "K-SUB", "--territory", "ES-MD", "--json"
    ).json
    assert found["due_on"] == "2026-08-14"
    assert found["calendars"] == ["ES-MD"]
    assert found["provisional"] is False
    assert found["steps"][0] == {
        "on": "2026-07-31",
        "counted": False,
        "why": "Día del hecho: el plazo empieza al día siguiente",
    }
    assert sum(step["counted"] for step in found["steps"]) == 10
    assert "68.1" in found["rule"]


def test_a_bare_term_joins_the_territories_and_rolls_forward(flask: Command, world: World) -> None:
    one = ("deadlines", "compute", "--start", "2025-05-28", "--amount", "2", "--unit", "calendar-days", "--json")
    assert flask(*one, "--territory", "ES-MD").json["due_on"] == "2025-05-30"
    both = flask(*one, "--territory", "ES-MD", "--territory", "ES-CN").json
    assert both["due_on"] == "2025-06-02"
    assert both["calendars"] == ["ES-MD", "ES-CN"]


def test_a_centre_counts_with_the_agencys_seat(flask: Command, world: World) -> None:
    world.session.commit()
    found = flask(
        "deadlines", "compute", "--start", "2026-03-02", "--clock", "K-SUB", "--centre", world.centre.code, "--json"
    )
    assert "ES-MD" in found.json["calendars"]
    own = flask(
        "deadlines", "compute", "--start", "2026-03-02", "--clock", "K-ACC", "--centre", world.centre.code, "--json"
    )
    assert own.json["calendars"][0] == world.centre.territory


def test_what_was_granted_and_what_stood_still_move_the_end(flask: Command, world: World) -> None:
    at = ("deadlines", "compute", "--start", "2026-09-07", "--territory", "ES-MD", "--json")
    assert flask(*at, "--clock", "K-SUB", "--extend", "5").json["due_on"] == "2026-09-28"
    stopped = flask(*at, "--clock", "K-RES", "--suspend", "2026-09-10..2026-09-24").json
    assert stopped["due_on"] == "2026-12-21"
    assert flask(*at, "--clock", "K-RES", "--suspend", "2026-09-10..").json["due_on"] is None


def test_a_year_that_is_not_official_is_said_to_be_provisional(flask: Command, world: World) -> None:
    asked = ("deadlines", "compute", "--start", "2031-03-03", "--clock", "K-SUB", "--territory", "ES-CT")
    assert flask(*asked, "--json").json["provisional"] is True
    assert "Provisional" in flask(*asked).out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--clock", "K-SUB", "--extend", "6"), "deadline.extension_too_long"),
        (("--clock", "K-REP", "--extend", "1"), "deadline.not_extendable"),
        (("--clock", "K-RET"), "deadline.no_length"),
    ],
)
def test_what_the_law_does_not_grant_is_refused(flask: Command, world: World, more: tuple[str, ...], code: str) -> None:
    answer = flask("deadlines", "compute", "--start", "2026-03-02", "--territory", "ES-MD", *more, "--json")
    assert answer.reasons == [code]


@pytest.mark.parametrize(
    "more",
    [
        ("--clock", "K-XXX", "--territory", "ES-MD"),
        ("--clock", "K-SUB", "--variant", "silence", "--territory", "ES-MD"),
        ("--clock", "K-SUB"),
        ("--clock", "K-SUB", "--territory", "ES-XX"),
        ("--clock", "K-SUB", "--territory", "FR"),
        ("--amount", "3", "--territory", "ES"),
        ("--clock", "K-SUB", "--amount", "3", "--unit", "months", "--territory", "ES"),
        ("--clock", "K-SUB", "--territory", "ES", "--suspend", "2026-02-02"),
        ("--clock", "K-SUB", "--territory", "ES", "--suspend", "2026-02-02..2026-02-01"),
        ("--clock", "K-SUB", "--centre", "NOPE"),
        ("--amount", "-1", "--unit", "months", "--territory", "ES"),
    ],
)
def test_a_question_that_is_none_leaves_with_two(flask: Command, world: World, more: tuple[str, ...]) -> None:
    assert flask("deadlines", "compute", "--start", "2026-03-02", *more).code == 2
    assert flask("deadlines", "compute", "--start", "31/02/2026", "--clock", "K-SUB", "--territory", "ES").code == 2


def test_a_run_follows_a_corrected_calendar_says_what_moved_and_leaves_what_is_closed(
    flask: Command, world: World
) -> None:
    case = world.case_in("submitted")
    world.act(
        case, "pharmacist", "record_correction_request", notified_on=str(world.today), text="Falta", channel="mse"
    )
    session = world.session
    session.commit()
    clocks = {row.clock: row for row in session.query(Clock).filter_by(case_id=case.id)}
    asked = clocks["K-SUB"]
    assert case.due_on == asked.due_on
    assert case.due_clock == "K-SUB"
    assert clocks["K-RES"].due_on is None
    assert flask("deadlines", "run", "--json").json == {"looked_at": len(clocks), "moved": [], "told": 4}
    session.rollback()
    before = asked.due_on
    assert before is not None
    session.add(
        CalendarDay(id=new_id(), place="ES-MD", on=before, name="Luto oficial", by_id=case.opened_by_id, at=world.now)
    )
    closed = clocks["K-INF"]
    closed.closed_at = world.now
    kept = closed.due_on
    session.commit()
    first = flask("deadlines", "run", "--json").json
    assert [(each["clock"], each["before"]) for each in first["moved"]] == [("K-SUB", before.isoformat())]
    assert flask("deadlines", "run", "--json").json["moved"] == []
    session.expire_all()
    assert asked.due_on is not None
    assert asked.due_on > before
    assert case.due_on == asked.due_on
    assert closed.due_on == kept
    assert [(row.before_on, row.why) for row in session.query(ClockMove).filter_by(clock_id=asked.id)] == [
        (before, "calendar")
    ]
    listed = flask("cases", "list", "--json").json["cases"]
    assert date.fromisoformat(next(row["due_on"] for row in listed if row["code"] == case.code)) == asked.due_on
