"""Why a clock ends when it does, day by day; of a closed one as it was when it was closed (TIM-07)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.deadlines.counting import Counted, Due
from compassionate.models import Centre, Clock
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import due_of, settle


def close(session: Session, clock: Clock, centre: Centre, calendars: Calendars, now: datetime) -> None:
    """End a clock and keep what it ran by: no calendar that is corrected later changes it (21 CFR 11.10(e); TIM-07)."""
    settle(session, clock, centre, calendars, now, "calendar")
    if (due := due_of(session, clock, centre, calendars)) is not None:
        clock.explained = _kept(due)
    clock.closed_at = now


def _kept(due: Due) -> dict[str, Any]:
    steps = [[step.on.isoformat(), step.counted, step.why, step.name, step.where] for step in due.steps]
    return {"steps": steps, "provisional": due.provisional, "unknown_local": due.unknown_local}


def explain(session: Session, clock: Clock, centre: Centre, calendars: Calendars) -> Due | None:
    """Why a clock ends when it does: as it was when it was closed, else as it is now; None where nothing is known.

    One that was closed before explanations were kept, and comes out otherwise today, has none: its date stands.
    """
    if (kept := clock.explained) is not None:
        steps = tuple(Counted(date.fromisoformat(on), *rest) for on, *rest in kept["steps"])
        return Due(clock.due_on, steps, _places(kept["provisional"]), _places(kept["unknown_local"]))
    due = due_of(session, clock, centre, calendars)
    return due if clock.closed_at is None or due is None or due.due_on == clock.due_on else None


def _places(rows: list[list[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((where, year) for where, year in rows)
