"""A calendar saved while somebody takes a step: two connections, and no end is counted by the old days (TIM-07)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compassionate.models import Case, Clock, ClockMove
from compassionate.services import calendar_entries
from compassionate.services.advance import advance
from tests.web.conftest import Browser
from tests.world import World

FORM = "/administracion/calendarios/{year}/anadir/ES-MD/Madrid"
MOMENT = 1.5  # seconds in which whoever need not wait is long done


@pytest.fixture
def filed(world: World) -> str:
    """The id of a case before the agency of which no clock runs: nothing but the one to come can make anybody wait."""
    case_id = world.case_in("submitted").id
    world.session.execute(update(Clock).values(closed_at=world.now))
    world.session.commit()
    return case_id


def ask(session: Session, world: World, case_id: str) -> Clock:
    """Record that the agency asked for something: it opens K-SUB."""
    case = session.get_one(Case, case_id)
    values: dict[str, Any] = {"notified_on": str(world.today), "text": "Falta la resonancia.", "channel": "mse"}
    advance(session, world.people["pharmacist"], case, "record_correction_request", values, world.now)
    return session.scalars(select(Clock).where(Clock.case_id == case_id, Clock.clock == "K-SUB")).one()


def day_off(on: date) -> dict[str, str]:
    return {"kind": "off", "days": f"{on:%d/%m/%Y} Patrona", "source": "BOCM 301"}


def held(world: World, case_id: str) -> Clock:
    world.session.rollback()  # to see what others committed
    return world.session.scalars(select(Clock).where(Clock.case_id == case_id, Clock.clock == "K-SUB")).one()


def test_a_step_begun_before_a_day_is_saved_is_counted_again_with_that_day(
    app: Flask, world: World, filed: str, log_in: Callable[[str], Browser]
) -> None:
    admin, path = log_in("admin"), FORM.format(year=world.today.year)
    admin.get(path)
    with app.extensions["compassionate"].session(write=True) as step, ThreadPoolExecutor(1) as pool:
        due = ask(step, world, filed).due_on
        assert due is not None
        saved = pool.submit(lambda: admin.post(path, day_off(due)).status_code)
        with pytest.raises(TimeoutError):
            saved.result(MOMENT)
        step.commit()
        assert saved.result() == 303
    clock = held(world, filed)
    assert clock.due_on is not None
    assert clock.due_on > due
    moves = world.session.scalars(select(ClockMove).where(ClockMove.clock_id == clock.id))
    assert [(move.before_on, move.after_on, move.why) for move in moves] == [(due, clock.due_on, "calendar")]


def test_a_step_begun_while_a_day_is_being_saved_waits_and_counts_with_it(app: Flask, world: World, filed: str) -> None:
    foundation = app.extensions["compassionate"]
    with foundation.session(write=True) as trial:  # when it would end by the days as they are
        due = ask(trial, world, filed).due_on
        trial.rollback()
    assert due is not None

    def step() -> date | None:
        with foundation.session(write=True) as session:
            found = ask(session, world, filed).due_on
            session.commit()
            return found

    with foundation.session(alone=True) as saving, ThreadPoolExecutor(1) as pool:
        where, year = "ES-MD/Madrid", world.today.year
        calendar_entries.add_days(saving, world.people["admin"], where, year, day_off(due), world.now)
        taken = pool.submit(step)
        with pytest.raises(TimeoutError):
            taken.result(MOMENT)
        saving.commit()
        found = taken.result()
    assert found is not None
    assert found > due
    assert world.session.scalars(select(ClockMove).where(ClockMove.clock_id == held(world, filed).id)).all() == []


@pytest.mark.one_database
def test_every_page_that_changes_what_terms_run_by_writes_alone(app: Flask) -> None:
    pages = ("admin_calendars.add", "admin_calendars.confirm", "admin_calendars.remove", "admin.centre")
    assert [page for page in pages if not getattr(app.view_functions[page], "alone", False)] == []
