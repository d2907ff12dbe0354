"""The calendar of legal dates: what is overdue first, then week by week; what stands still has no date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from compassionate.deadlines.rules import rules
from compassionate.services import worklists
from compassionate.services.worklists import Dated
from compassionate.web.desk import LIST, Section, Sitting, case_url, link, listed
from compassionate.web.due import term, tone, turn_short
from compassionate.web.templating import day, say

WEEK = timedelta(days=7)
PAST = date.min
Entry = tuple[Dated, bool]


def weeks(sitting: Sitting, centres: Sequence[str]) -> list[Section]:
    """One section for what is overdue, there even when it is empty, and one a week for what is not."""
    found = worklists.calendar(sitting.session, centres)
    held = {
        PAST: [],
        **{monday: list(group) for monday, group in groupby(found, lambda each: _week(each, sitting.today))},
    }
    sections = [_section(monday, entries, sitting.today) for monday, entries in held.items()]
    if len(found) < worklists.DATES:
        return sections
    return [*sections[:-1], _section([*held][-1], [*held.values()][-1], sitting.today, f"{LIST}?order=due")]


def _week(entry: Entry, today: date) -> date:
    """The Monday of a legal date's week; all that is past stands together."""
    on = entry[0].on
    return PAST if on is None or on < today else on - timedelta(days=on.weekday())


def _section(monday: date, entries: list[Entry], today: date, more: str = "") -> Section:
    this = today - timedelta(days=today.weekday())
    name = {PAST: "due_past", this: "due_week", this + WEEK: "due_next"}.get(monday, f"due_{monday:%Y_%m_%d}")
    words = say("desk.due_of_week", day=monday) if name[-1].isdigit() else ""
    rows = [(each.row, _cells(each, provisional, today), tone(each.on, today)) for each, provisional in entries]
    section = listed(name, ("on", "clock", "owner"), rows, words=words, dated=True)
    return Section(section.name, section.head, section.rows, more, section.words, section.found)


def _cells(each: Dated, provisional: bool, today: date) -> tuple[object, ...]:
    what = link(say(f"clock_short.{each.what}"), case_url(each.row, "/plazos"), each.row)
    sub = say("due.provisional") if provisional else ""
    when = {"text": day(each.on), "sub": term(each.on, today) if each.on else ""}
    return when, what | {"sub": sub}, turn_short(rules()[each.what].variant(each.key).owner)


def standing_still(sitting: Sitting, centres: Sequence[str]) -> list[Section]:
    """Clocks that somebody's answer would set running again."""
    rows = [
        (each.row, (link(say(f"clock.{each.what}"), case_url(each.row, "/plazos"), each.row), day(each.on)), "")
        for each in worklists.suspended(sitting.session, centres)
    ]
    return [listed("due_suspended", ("clock", "stopped"), rows)] if rows else []
