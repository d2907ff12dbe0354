"""The progress report of a later request as the records propose it: a physician confirms or changes it, and signs.

RD 1015/2009 art. 11.1.c-e. Nothing here is stored: what nobody has confirmed is not an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.instruments import SCALES
from compassionate.instruments.change import change
from compassionate.models import Case, Request
from compassionate.services import continuing, ledger, reactions, treatments, visits
from compassionate.services.facts import answers_of, today_at
from compassionate.services.snapshots import report_subject
from compassionate.words import say

FORM = "progress-report"


@dataclass(frozen=True, slots=True)
class ScoreSince:
    """One instrument: the first score of the treatment and the latest one, each with its visit and day."""

    instrument: str
    first: float
    first_visit: str
    latest: float
    latest_visit: str
    latest_on: date | None


@dataclass(frozen=True, slots=True)
class Course:
    """What the records of a treatment say to a request that wants to go on with it."""

    today: date
    scores: tuple[ScoreSince, ...]
    reactions: tuple[reactions.Triage, ...]
    accounts: tuple[ledger.LineAccount, ...]
    last_dispensed_on: date | None
    doses: int

    @property
    def packs_used(self) -> int:
        """Packs begun, over all lines."""
        return sum(-(-row.used // row.units_per_pack) for row in self.accounts)

    @property
    def packs_left(self) -> int:
        """Whole packs in the pharmacy, over all lines."""
        return sum(max(0, row.left) // row.units_per_pack for row in self.accounts)


def course_of(session: Session, case: Case, now: datetime) -> Course:
    """The treatment so far, from its visits, triages, ledger and doses."""
    doses = treatments.doses(session, case)
    return Course(
        today_at(case, now),
        _scores(visits.planned(session, case, now)),
        tuple(reactions.triages(session, case)),
        treatments.accounts(session, case),
        doses[0].given_on if doses else None,
        len(doses),
    )


def _scores(planned: list[visits.Planned]) -> tuple[ScoreSince, ...]:
    done = [each for each in planned if each.row.status == "done" and each.scores]
    done.sort(key=lambda each: (each.row.done_on or date.min, each.row.months))
    found = []
    for name in SCALES:
        told = [each for each in done if name in each.scores]
        if told:
            first, last = told[0], told[-1]
            found.append(
                ScoreSince(name, first.scores[name], first.row.name, last.scores[name], last.row.name, last.row.done_on)
            )
    return tuple(found)


def proposed(session: Session, case: Case, number: int, course: Course, now: datetime) -> dict[str, Any]:
    """The answers of the progress report as the records and the last report of this case give them."""
    parent = continuing.parent_of(case, number)
    last = answers_of(session, case, FORM, report_subject(parent.number)) if parent.number else {}
    texts = {name: last[name] for name in ("changes",) if last.get(name)}
    return texts | {
        "assessed_on": str(_assessed_on(course)),
        "response": _response(course, last),
        "response_detail": _detail(course),
        "continuation_reason": last.get("continuation_reason") or _reason(session, case, number, parent, now),
        **_reactions(course),
        "packs_used": course.packs_used,
        "packs_left": course.packs_left,
        **({"last_dispensed_on": str(course.last_dispensed_on)} if course.last_dispensed_on else {}),
    }


def _assessed_on(course: Course) -> date:
    days = [score.latest_on for score in course.scores if score.latest_on]
    return max(days) if days else course.today


def _response(course: Course, last: Mapping[str, Any]) -> str:
    """Better, worse or as before, by the published thresholds of the instruments; else what was said last."""
    moved = [
        change(SCALES[score.instrument], score.first, score.latest)
        for score in course.scores
        if score.first_visit != score.latest_visit
    ]
    if not moved:
        return str(last.get("response") or "not_assessable")
    if any(each.improvement < 0 and not each.within_error for each in moved):
        return "progression"
    return "partial" if any(each.reaches_mic for each in moved) else "stable"


def _detail(course: Course) -> str:
    told = [
        say(
            "continuing.score" if score.first_visit != score.latest_visit else "continuing.one_score",
            name=say(f"instrument.{score.instrument}.name"),
            first=_number(score.first),
            first_visit=say(f"visit.{score.first_visit}").lower(),
            latest=_number(score.latest),
            latest_visit=say(f"visit.{score.latest_visit}").lower(),
            on=_day(score.latest_on),
        )
        for score in course.scores
    ]
    told.append(say("continuing.doses", doses=course.doses, on=_day(course.last_dispensed_on)))
    return " ".join(told if course.scores else [say("continuing.no_scores"), *told])


def _reason(session: Session, case: Case, number: int, parent: Request, now: datetime) -> str:
    request = next((row for row in case.requests if row.number == number), None)
    kind = request.kind if request else "continuation"
    ends = [row.runs_out_on for row in continuing.forecasts(session, case, now) if row.runs_out_on]
    return say(
        f"continuing.reason.{kind}" if ends else "continuing.reason.plain",
        reference=parent.reference or case.code,
        on=_day(min(ends)) if ends else "",
    )


def _reactions(course: Course) -> dict[str, Any]:
    if not course.reactions:
        return {"reactions": False}
    told = [
        say(
            "continuing.reaction",
            visit=say(f"visit.{each.visit}").lower() if each.visit else "–",
            on=_day(each.row.opened_at.date()),
            outcome=each.outcome or say("continuing.reaction_open"),
        )
        for each in course.reactions
    ]
    return {"reactions": True, "reactions_detail": "\n".join(told)}


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _day(on: date | None) -> str:
    return on.strftime("%d/%m/%Y") if on else "–"


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing of the request beside what it was when the last one was filed. `line` 0: of no one line."""

    name: str
    before: Any
    now: Any
    line: int = 0

    @property
    def changed(self) -> bool:
        """Whether it is to be looked at."""
        return bool(self.before != self.now)


def compared(session: Session, case: Case, number: int, course: Course) -> tuple[Compared, ...]:
    """What changed since the request that this one continues: used, left and granted, dispensing, doses, reactions.

    What is dated on the day of that filing counts as happened since.
    """
    parent, zone = continuing.parent_of(case, number), case.centre.zone
    since = civil_date(parent.submitted_at, zone) if parent.submitted_at else date.min
    entries = [row for row in ledger.entries_of(session, case) if row.on < since]
    granted = [row for row in ledger.authorising(session, case) if row.request_number < parent.number]
    then = ledger.accounts(case, entries, ledger.added_up(granted))
    rows = [
        Compared(name, getattr(old, name), getattr(new, name), new.number)
        for old, new in zip(then, course.accounts, strict=True)
        for name in ("packs_granted", "used", "left")
    ]
    given = [row.given_on for row in treatments.doses(session, case) if row.given_on < since]
    rows.append(Compared("last_dispensed_on", max(given, default=None), course.last_dispensed_on))
    told = sum(1 for each in course.reactions if civil_date(each.row.opened_at, zone) < since)
    return (*rows, Compared("reactions", told, len(course.reactions)))
