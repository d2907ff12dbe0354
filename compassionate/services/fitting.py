"""Whether a way of treating fits into what the agency granted, and if not, why and what to ask for.

Units until the calculated end of the treatment against those still granted and at home, and that end against
the end of the authorisation (RD 1015/2009 art. 8.1.c, 10.a). An answer to read, never a guard.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from compassionate.deadlines.counting import compute
from compassionate.deadlines.rules import rules
from compassionate.models import Case, Decision
from compassionate.services import ledger, stockout
from compassionate.services.actors import Actor
from compassionate.services.calendars import Calendars
from compassionate.services.stockout import Forecast

CLOCK, SETTING = "K-CONT", "continuation_days"


@dataclass(frozen=True, slots=True)
class Fit:
    """One line treated by `units_a_day` from today to `until`: what that needs, what there is, and when it would end.

    `needed` None: no daily use or no end is known, so nothing can be said.
    """

    line_number: int
    units_a_day: Decimal | None
    until: date | None
    needed: int | None
    available: int
    units_per_pack: int
    valid_until: date | None
    is_other_dose: bool = False

    @property
    def short(self) -> int:
        """Units that are missing."""
        return max(0, (self.needed or 0) - self.available)

    @property
    def packs_short(self) -> int:
        """Whole packs that are missing."""
        return -(-self.short // self.units_per_pack)

    @property
    def outlives(self) -> bool:
        """Whether the authorisation ends before the treatment does."""
        return bool(self.valid_until and self.until and self.valid_until < self.until)

    @property
    def verdict(self) -> str:
        """`fits`, `packs` (too few), `validity` (it ends before), or `unknown`."""
        if self.needed is None:
            return "unknown"
        return "packs" if self.short else "validity" if self.outlives else "fits"

    @property
    def kind(self) -> str:
        """The kind of request that cures it; empty where it fits."""
        if self.verdict in ("fits", "unknown"):
            return ""
        if self.verdict == "validity":
            return "continuation"
        return "dose_change" if self.is_other_dose else "more_packs"


def fits(session: Session, case: Case, now: datetime, daily: dict[int, Decimal] | None = None) -> tuple[Fit, ...]:
    """Each line by its calculated daily use, or by another one (line number -> units a day)."""
    ends, wanted = _valid_until(ledger.authorising(session, case)), daily or {}
    sizes = {line.number: line.product_line.units_per_pack for line in case.lines}
    held = stockout.forecasts(session, case, now)
    return tuple(_fit(row, sizes[row.line_number], ends, wanted.get(row.line_number)) for row in held)


def _fit(held: Forecast, size: int, valid_until: date | None, other: Decimal | None) -> Fit:
    daily, until = other or held.units_a_day, held.course_ends_on
    needed = None
    if daily is not None and until is not None:
        needed = math.ceil(daily * max(0, (until - held.today).days))
    available = max(0, held.grant_left) + held.at_home
    is_other = other is not None and other != held.units_a_day
    return Fit(held.line_number, daily, until, needed, available, size, valid_until, is_other)


def _valid_until(decisions: Iterable[Decision]) -> date | None:
    """The last day of the authorisations together; None where one of them has no end."""
    ends = [row.valid_until for row in decisions]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


@dataclass(frozen=True, slots=True)
class Ending:
    """A treatment that ends unless somebody asks for more: what ends first (`packs`, `course`, `validity`) and when.

    `ask_by` is K-CONT: so many days before (the hospital's setting, RD 1015/2009 art. 8).
    """

    case: Case
    line_number: int
    what: str
    ends_on: date
    ask_by: date
    today: date

    @property
    def is_due(self) -> bool:
        """Whether the day to ask is here or gone."""
        return self.ask_by <= self.today


def ending_of(
    case: Case, held: Iterable[Forecast], decisions: Iterable[Decision], calendars: Calendars
) -> Ending | None:
    """What ends first in a treatment that runs, and by when to ask; None where no end is known."""
    forecasts, valid_until = list(held), _valid_until(decisions)
    ends = [(_granted_until(row), "packs", row.line_number) for row in forecasts]
    ends += [(row.course_ends_on, "course", row.line_number) for row in forecasts if row.runs_out_on]
    ends.append((valid_until, "validity", 0))
    known = [(on, what, line) for on, what, line in ends if on is not None]
    if not known or not forecasts:
        return None
    ends_on, what, line = min(known)
    return Ending(case, line, what, ends_on, ask_by(case, ends_on, calendars), forecasts[0].today)


def _granted_until(held: Forecast) -> date | None:
    """The day on which all that was granted and what is at home is used up; None before the first dose."""
    if not held.units_a_day or held.runs_out_on is None:
        return None
    return held.today + timedelta(days=int((max(0, held.grant_left) + held.at_home) / held.units_a_day))


def ask_by(case: Case, ends_on: date, calendars: Calendars) -> date:
    """K-CONT: the day by which to ask, counted back from an end by the rule and the hospital's own length."""
    rule = rules()[CLOCK]
    own = case.centre.settings.get(SETTING)
    counted = rule if own is None else replace(rule, amount=int(own))
    due = compute(counted, ends_on, calendars.of(rule, case.centre)).due_on
    assert due is not None, "this clock never stands still"
    return due


def endings(session: Session, actor: Actor, now: datetime) -> list[Ending]:
    """Every treatment that the actor may see and that ends, by the day to ask for more: what K-CONT says, as a list."""
    calendars = Calendars(session)
    found = [
        ending_of(case, held, decisions, calendars) for case, held, decisions in stockout.running(session, actor, now)
    ]
    return sorted((each for each in found if each), key=lambda each: (each.ask_by, each.case.code))
