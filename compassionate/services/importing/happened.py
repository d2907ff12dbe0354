"""The history that came: its steps as rows, and which of them each fact rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case, CaseEvent, Contribution
from compassionate.models.database import insert_missing
from compassionate.models.vault import seal
from compassionate.services.importing.people import People
from compassionate.services.recording import NOT_CONTRIBUTING
from compassionate.snapshot import CaseSnapshot, EventSnapshot, plain
from compassionate.workflow.table import CASE


@dataclass(slots=True)
class Told:
    """One step that came, and its row."""

    event: EventSnapshot
    row: CaseEvent

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What was typed for it."""
        return self.event.inputs


@dataclass(slots=True)
class History:
    """Every step that came, in order; each fact takes the step that it rests on, once."""

    steps: list[Told] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)

    def take(self, fact: str, names: Iterable[str], fits: Callable[[Told], bool]) -> Told:
        """The first step of these names that fits and that no fact of this kind rests on yet.

        Where history tells of none, the step that began the case.
        """
        wanted = tuple(names)
        for each in self.steps:
            if each.event.name in wanted and (fact, each.row.id) not in self.taken and fits(each):
                self.taken.add((fact, each.row.id))
                return each
        return self.steps[0]

    def all(self, *names: str) -> Iterator[Told]:
        """Every step of these names."""
        return (each for each in self.steps if each.event.name in names)

    def last(self, fits: Callable[[Told], bool]) -> Told | None:
        """The newest step that fits."""
        return next((each for each in reversed(self.steps) if fits(each)), None)

    def on(self, day: date, zone: str) -> datetime:
        """The instant of the last step of a civil day; noon of a day without any."""
        found = self.last(lambda each: civil_date(each.event.at, zone) == day)
        return found.event.at if found else datetime.combine(day, time(12), ZoneInfo(zone))

    def since(self, kind: str, instance: str, opened_at: datetime) -> datetime:
        """When a place came to where it stands."""
        found = self.last(
            lambda each: (
                (each.event.region, each.event.instance) == (kind, instance)
                and each.event.after not in ("", each.event.before)
            )
        )
        return found.event.at if found else opened_at


def write_events(session: Session, case: Case, told: CaseSnapshot, people: People, ids: Iterator[str]) -> History:
    """The steps as rows, one a version, without an audit row or a notice: they were proved and told elsewhere."""
    history = History()
    for version, event in enumerate(told.events, start=1):
        by = people.named(event.by)
        row = CaseEvent(
            id=next(ids),
            case_id=case.id,
            case_version=version,
            at=event.at,
            name=event.name,
            region=event.region,
            instance=event.instance,
            before=event.before,
            after=event.after,
            by_id=by.id,
            by_name=event.by,
            role=event.role,
        )
        if event.inputs:
            seal(session, row, "inputs", case.key_id, plain(event.inputs))
        session.add(row)
        history.steps.append(Told(event, row))
        if event.name not in NOT_CONTRIBUTING:
            insert_missing(session, Contribution, case_id=case.id, account_id=by.id)
    session.flush()
    return history


def request_number(event: EventSnapshot) -> int:
    """The request that a step is about: its own number for one of a continuation, 0 for all else."""
    if event.region == CASE or not event.instance.startswith("continuation-"):
        return 0
    end = event.instance.removeprefix("continuation-")
    return int(end) if end.isdecimal() else 0


def same_day(value: Any, day: date | None) -> bool:
    """Whether a typed value is this day."""
    return day is not None and str(value or "")[:10] == day.isoformat()
