"""What a page shows of an appeal: where it stands, and both ways with their terms side by side.

Ley 39/2015 arts. 112-124; Ley 29/1998 arts. 46.1, 128.2 (August).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import Case, Clock, Region
from compassionate.services.appeals import KIND, named, request_number
from compassionate.services.facts import today_at
from compassionate.web.step_words import instance_words, state_tone, state_words
from compassionate.web.templating import day, say

ENDED = ("upheld", "final", "waived")
WAYS = (("agency", ("K-REP", "K-REPR")), ("court", ("K-CON",)))


def appeals(session: Session, case: Case) -> list[dict[str, Any]]:
    """Every appeal of a case, the latest denial of each request last."""
    rows = [row for row in case.regions if row.kind == KIND]
    if not rows:
        return []
    held = select(Clock).where(Clock.case_id == case.id, Clock.instance.in_([row.instance for row in rows]))
    clocks = list(session.scalars(held.order_by(Clock.opened_at, Clock.id)))
    return [_appeal(session, case, row, [each for each in clocks if each.instance == row.instance]) for row in rows]


def _appeal(session: Session, case: Case, row: Region, clocks: Sequence[Clock]) -> dict[str, Any]:
    number, today = request_number(row.instance), today_at(case, clock.now())
    which = instance_words(case, KIND, row.instance)
    higher = row.state == "open" and named(session, case, number) == "alzada"
    runs = any(each.closed_at is None for each in clocks)
    return {
        "id": row.instance,
        "title": f"{say(f'region.{KIND}')}: {which}" if which else say(f"region.{KIND}"),
        "state": state_words(KIND, row.state),
        "tone": state_tone(case, KIND, row.state),
        "ended": row.state in ENDED and not runs,
        "says": say("appeal_says.open_higher" if higher else f"appeal_says.{row.state}"),
        "august": say("appeal_says.august"),
        "ways": [_way(side, names, clocks, today, higher) for side, names in WAYS] if runs else [],
    }


def _way(side: str, names: Sequence[str], clocks: Sequence[Clock], today: date, higher: bool) -> dict[str, str]:
    """One way with its term: the one that runs, else the latest."""
    own = sorted((row for row in clocks if row.clock in names), key=lambda row: row.closed_at is None)
    last = own[-1] if own else None
    title = say(f"appeal_page.{side}")
    if last is None or (last.closed_at is not None and side == "court"):
        return {"title": title, "clock": "", "runs": say("appeal_page.none")}
    return {"title": title, "clock": _name(last, higher), "runs": _runs(last, today)}


def _name(row: Clock, higher: bool) -> str:
    if row.variant == "silence":
        return say("appeal_page.silence", clock=say(f"clock.{row.clock}"))
    if row.variant == "alzada":
        return say("appeal_page.higher_answer")
    return say("appeal_page.higher") if higher and row.clock == "K-REP" else say(f"clock.{row.clock}")


def _runs(row: Clock, today: date) -> str:
    if row.closed_at is not None:
        return say("appeal_page.closed")
    if row.suspended_at is not None:
        return say("appeal_page.stopped", since=day(row.suspended_at.date()))
    if row.due_on is None:
        return say("appeal_page.none")
    return say("appeal_page.lapsed" if row.due_on < today else "appeal_page.until", due=day(row.due_on))
