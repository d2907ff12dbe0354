"""Delay with its owner: how long each case waited on whom so far.

The waits that are over are rows of their own; the present one is on the case. A wait of two people at once is theirs
together, so that the days of a case add up to the time that it took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import UnknownCode
from compassionate.models import Case, Wait
from compassionate.workflow import engine

DAY = 86_400


class Standing(Protocol):
    """A case of a list: where it stands, whose turn, since when."""

    @property
    def id(self) -> str: ...
    @property
    def pathway(self) -> str: ...
    @property
    def pathway_version(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def turn(self) -> tuple[str, ...]: ...
    @property
    def since_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a case waited on somebody so far (role ids, comma separated; empty: on nobody)."""

    owner: str
    time: timedelta

    @property
    def days(self) -> float:
        """In days of 24 hours."""
        return self.time.total_seconds() / DAY


@cache
def static_turn(pathway: str, version: str, state: str) -> str:
    """Whose turn a state is by the table, for times when nobody wrote it down."""
    try:
        return ",".join(engine.pathway(pathway, version).case.state(state).turn)
    except (KeyError, UnknownCode):
        return ""


def of_cases(session: Session, rows: Iterable[Standing], now: datetime) -> dict[str, tuple[Delay, ...]]:
    """The delays of each of these cases, the longest first: one query for all of them."""
    held = {row.id: row for row in rows}
    times: dict[str, dict[str, timedelta]] = {key: defaultdict(timedelta) for key in held}
    for row in held.values():
        if not _is_over(row):
            times[row.id][together(",".join(row.turn))] += max(now - row.since_at, timedelta())
    wanted = select(Wait.case_id, Wait.state, Wait.turn, Wait.from_at, Wait.until_at).where(Wait.case_id.in_(held))
    for case_id, state, turn, from_at, until_at in session.execute(wanted) if held else ():
        row = held[case_id]
        owner = static_turn(row.pathway, row.pathway_version, state) if turn is None else turn
        times[case_id][together(owner)] += max(until_at - from_at, timedelta())  # none ends before it began
    return {key: _longest_first(found) for key, found in times.items()}


def together(owner: str) -> str:
    """People who are waited on at once, in whatever order a state names them."""
    return ",".join(sorted(owner.split(",")))


def _is_over(row: Standing) -> bool:
    """Whether a case is at its end: from then on it waits for nothing."""
    return engine.pathway(row.pathway, row.pathway_version).case.state(row.state).final


def _longest_first(found: Mapping[str, timedelta]) -> tuple[Delay, ...]:
    delays = (Delay(owner, time) for owner, time in found.items() if time)
    return tuple(sorted(delays, key=lambda each: (-each.time, each.owner)))


def of_case(session: Session, row: Case, now: datetime) -> tuple[Delay, ...]:
    """The delays of one case."""
    whose = tuple(part for part in row.turn.split(",") if part)
    standing = Stood(row.id, row.pathway, row.pathway_version, row.state, whose, row.since_at)
    return of_cases(session, [standing], now)[row.id]


@dataclass(frozen=True, slots=True)
class Stood:
    """A case as a list would have it."""

    id: str
    pathway: str
    pathway_version: str
    state: str
    turn: tuple[str, ...]
    since_at: datetime
