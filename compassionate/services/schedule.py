"""Commands that the machine's own clock runs: when each did its work last, and which is late (AVA-03, TIM-06).

A clock that stopped says nothing by itself: terms would come to their end and nobody would be warned. So each run
writes down that it was, and whoever looks after the installation is told when one has not been for long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compassionate.models import Case, ScheduledRun
from compassionate.models.database import insert_missing
from compassionate.services.instance import is_demo

OUTBOX, DEADLINES, JOBS = "outbox_send", "deadlines_run", "jobs_work"
PAPERS, ALL_PAPERS = "papers_scan", "papers_scan_all"
LATE_AFTER = {  # docs/running.md: every few minutes, every hour, always, every quarter of an hour, every night
    OUTBOX: timedelta(hours=1),
    DEADLINES: timedelta(hours=6),
    JOBS: timedelta(minutes=5),
    PAPERS: timedelta(hours=3),
    ALL_PAPERS: timedelta(days=3),
}
OF_SCANNER = (PAPERS, ALL_PAPERS)  # never late where the hospital has none
COMMANDS = {ALL_PAPERS: "papers scan --all"}  # the others are called as they are named
AT_WORK = timedelta(minutes=2)  # a worker that was not heard of for so long is no longer there


@dataclass(frozen=True, slots=True)
class Last:
    """When a command last did its work (None: never), and whether that is too long ago."""

    name: str
    at: datetime | None
    is_late: bool


def note(session: Session, name: str, now: datetime) -> None:
    """Write down that a command did its work now."""
    if not insert_missing(session, ScheduledRun, name=name, at=now):  # two at once are one row
        session.execute(update(ScheduledRun).where(ScheduledRun.name == name).values(at=now))


def is_worked(session: Session, now: datetime) -> bool:
    """Whether somebody works the queue of prints: whoever waits for one is told at once where nobody does."""
    row = session.get(ScheduledRun, JOBS)
    return row is not None and now - row.at < AT_WORK


def last_runs(session: Session, now: datetime) -> list[Last]:
    """The last run of each command; one that never was is late once there has been a case for so long.

    Nothing is late in a demonstration, where time stands.
    """
    held = {row.name: row.at for row in session.scalars(select(ScheduledRun))}
    begun = session.scalar(select(Case.opened_at).order_by(Case.id).limit(1))
    quiet = set(LATE_AFTER) if begun is None or is_demo(session) else set()
    quiet |= set() if session.info.get("scanner") is not None else set(OF_SCANNER)
    return [
        Last(name, held.get(name), name not in quiet and _late(held.get(name) or begun, name, now))
        for name in LATE_AFTER
    ]


def command(name: str) -> str:
    """What is typed after `flask` to run it."""
    return COMMANDS.get(name, name.replace("_", " "))


def _late(at: datetime | None, name: str, now: datetime) -> bool:
    return at is not None and now - at > LATE_AFTER[name]
