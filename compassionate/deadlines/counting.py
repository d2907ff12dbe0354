"""When a term ends, and why, day by day: Ley 39/2015 arts. 22, 30-32; Ley 29/1998 art. 128.2.

Pure: a rule, a day, a calendar, what was granted and what stood still go in; the day and its steps come out. The same
facts and the same calendar give the same day, today and in ten years (TIM-07).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from compassionate.clock import months_after
from compassionate.deadlines.calendars import Calendar
from compassionate.deadlines.rules import Rule

AUGUST, DAY = 8, timedelta(days=1)
FOREVER = date(2200, 1, 1)
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which a clock stands still: the days after `since` up to and with `until` (None: still standing).

    Ley 39/2015 art. 22.1.a: from the notification of the requirement to what answers it.
    """

    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day falls into it."""
        return self.since < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Counted:
    """One day (or leap) of a count: `why` is a code, `name` and `where` say which holiday."""

    on: date
    counted: bool
    why: str
    name: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The answer. `due_on` None: it stands still, or no length is known. `steps` explain it from the first day on."""

    due_on: date | None
    steps: tuple[Counted, ...]
    provisional: tuple[tuple[str, int], ...] = ()
    unknown_local: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Count:
    rule: Rule
    calendar: Calendar
    stops: Sequence[Stop]
    steps: list[Counted] = field(default_factory=list)

    def note(self, on: date, counted: bool, why: str, name: str = "", where: str = "") -> None:
        self.steps.append(Counted(on, counted, why, name, where))

    def off(self, day: date) -> tuple[str, str, str] | None:
        """Why a day is left out by the calendar: a code, a name, a place."""
        if not self.rule.august and day.month == AUGUST:
            return ("august", "", "")
        found = None if self.rule.calendar == "none" else self.calendar.off(day)
        if found is None:
            return None
        return ("weekend", "", "") if found.name == "weekend" else ("holiday", found.name, found.where)


def compute(
    rule: Rule,
    start: date,
    calendar: Calendar,
    registry: Calendar | None = None,
    extension: int = 0,
    stops: Sequence[Stop] = (),
) -> Due:
    """The last day of a term that an event of `start` opens.

    `extension` is in the rule's unit; `registry` is the calendar of the registry's seat, for rules that count from a
    filing. Raises ValueError where the rule has no length of its own.
    """
    if rule.amount is None:
        raise ValueError(f"{rule.id} has no length")
    if rule.amount + extension < 0:
        raise ValueError("a term cannot be negative")
    count = _Count(rule, calendar, sorted(stops, key=lambda stop: stop.since))
    first = _entered(count, start, registry or calendar) if rule.registry else start
    amount = rule.amount + extension
    if rule.backwards:
        found: date | None = first - timedelta(days=amount)
        count.note(first - timedelta(days=amount), True, "back")
    elif rule.unit in ("months", "years"):
        found = _months(count, first, amount * (MONTHS_A_YEAR if rule.unit == "years" else 1))
    else:
        found = _days(count, first, amount)
    ends = _rolled(count, found) if found and rule.rolls and not rule.backwards else found
    years = range(min(start, ends or start).year, max(first, ends or first).year + 1)
    if rule.calendar == "none":
        return Due(ends, tuple(count.steps))
    return Due(ends, tuple(count.steps), calendar.provisional(years), calendar.unknown_local(years))


def _entered(count: _Count, filed: date, registry: Calendar) -> date:
    """The day on which a filing counts as made: the first working day of the registry's seat (art. 31.2.b, 31.3)."""
    day = filed
    while found := registry.off(day):
        why = "filed_on_weekend" if found.name == "weekend" else "filed_on_holiday"
        count.note(day, False, why, "" if found.name == "weekend" else found.name, found.where)
        day += DAY
    return day


def _days(count: _Count, start: date, amount: int) -> date | None:
    """The day after the event is the first (art. 30.3); days suspended and, in working days, days off do not count."""
    works = count.rule.unit == "working-days"
    day, left = start, amount
    count.note(start, False, "event")
    while left:
        day += DAY
        if any(stop.until is None and stop.holds(day) for stop in count.stops):
            count.note(day, False, "stands_still")
            return None
        if any(stop.holds(day) for stop in count.stops):
            count.note(day, False, "suspended")
        elif works and (off := count.off(day)):
            count.note(day, False, *off)
        else:
            count.note(day, True, "counted")
            left -= 1
    return day


def _months(count: _Count, start: date, amount: int) -> date | None:
    """The same day so many months later (art. 30.4), August left out where the rule says so, and what was suspended."""
    count.note(start, False, "event")
    ends = _without_august(count, start, amount) if not count.rule.august else months_after(start, amount)
    count.note(ends, True, "months")
    stood = start
    for stop in count.stops:
        since = max(stop.since, stood)
        if since >= ends or (stop.until is not None and stop.until <= since):
            continue
        if stop.until is None:
            count.note(since + DAY, False, "stands_still")
            return None
        ends += stop.until - since
        stood = stop.until
        count.note(ends, True, "suspended_until")
    return ends


def _without_august(count: _Count, start: date, amount: int) -> date:
    """Month after month from the event's day; a month that would pass through August takes one more."""
    begun = date(start.year, AUGUST, 31) if start.month == AUGUST else start
    ends, passed = months_after(begun, amount), begun.year
    while (august := date(passed, AUGUST, 1)) <= ends:
        if august > begun:
            amount += 1
            ends = months_after(begun, amount)
            count.note(date(passed, AUGUST, 31), False, "august")
        passed += 1
    return ends


def _rolled(count: _Count, day: date) -> date:
    """The first working day from here on (art. 30.5)."""
    while off := count.off(day):
        count.note(day, False, "ends_on_august" if off[0] == "august" else f"ends_on_{off[0]}", off[1], off[2])
        day += DAY
        if day > FOREVER:
            raise ValueError("no working day follows")
    if count.steps[-1].on < day:
        count.note(day, True, "rolled")
    return day
