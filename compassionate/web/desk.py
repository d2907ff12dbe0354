"""What first screens are made of: sections of rows, and those lists that several roles share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import Cover
from compassionate.services import delays, paperwork, worklists
from compassionate.services.actors import Actor
from compassionate.services.worklists import Dated, WorkRow
from compassionate.web.case_list import case_link, since
from compassionate.web.due import delay_cell, due_cell, due_tone, turn_short
from compassionate.web.templating import ago, day, say
from compassionate.workflow.roles import Role

LIST = "/expedientes"
STANDING = ("turn", "since", "due", "delay")
Cell = Any


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a first screen; an empty one says what that means or what to do."""

    name: str
    head: list[Any]
    rows: list[dict[str, Any]]
    more: str = ""
    words: str = ""
    found: tuple[WorkRow, ...] = ()

    @property
    def title(self) -> str:
        """The words over the list."""
        return self.words or say(f"desk.{self.name}")

    @property
    def empty(self) -> str:
        """What an empty list says."""
        return say(f"desk_empty.{self.name}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything of one role."""

    role: Role
    sections: list[Section] = field(default_factory=list)
    cards: list[dict[str, Any]] | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    stead: str = ""  # the words of in whose place, where it is a colleague's
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.role.value)

    @property
    def title(self) -> str:
        """The words over the role's part of the page."""
        return self.stead or say(f"desk_title.{self.role}")


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who sits down, where and when."""

    session: Session
    actor: Actor
    today: date
    covers: Sequence[Cover] = ()  # of the colleagues for whom they stand in

    def centres(self, role: Role) -> tuple[str, ...]:
        """The centres where this role is held."""
        return self.actor.centres(role)


def case_url(row: WorkRow, suffix: str = "") -> str:
    """A page of a listed case."""
    return f"{LIST}/{row.code}{suffix}"


def link(text: str, href: str, row: WorkRow) -> Cell:
    """What to do, as a link that says for which case to who only hears it."""
    return {"text": text, "href": href, "hidden": row.code}


def dated(value: date | None) -> Cell:
    """A day as people say it, the exact one beside."""
    return {"text": ago(value), "exact": day(value), "iso": value.isoformat()} if value else ""


def columns(*names: str) -> list[Any]:
    """The head of a list; the product takes the room that is left."""
    words = {name: say(f"desk_column.{name}") for name in ("case", "product", *names)}
    return [words["case"], {"text": words["product"], "grow": True}, *(words[name] for name in names)]


def standing(row: WorkRow) -> list[Cell]:
    """Whose turn it is, since when, and until when by law: what every row of a first screen ends with."""
    return [turn_short(row.turn), since(row), due_cell(row.due_on, row.due_clock)]


def listed(
    name: str,
    head: Sequence[str],
    found: Iterable[tuple[WorkRow, Sequence[Cell], str]],
    more: str = "",
    words: str = "",
    dated: bool = False,
) -> Section:
    """A section of rows (case, further cells, tone); who was waited on is told later, of all sections at once.

    `dated`: the rows say their legal date themselves.
    """
    held, last = list(found), 2 if dated else 3
    rows = [
        {
            "cells": [case_link(row), row.product, *cells, *standing(row)[:last]],
            "tone": tone if dated else due_tone(row.due_on) or tone,
        }
        for row, cells, tone in held
    ]
    more = more if len(rows) >= worklists.MOST else ""
    return Section(
        name, columns(*head, *STANDING[:last], STANDING[-1]), rows, more, words, tuple(row for row, _, _ in held)
    )


def tell_delays(session: Session, desks: Iterable[Desk]) -> None:
    """The last cell of every row: who was waited on. One query, however many sections and cases there are."""
    tell_delays_of(session, [section for desk in desks for section in desk.sections])


def tell_delays_of(session: Session, sections: Sequence[Section]) -> None:
    """The same for sections of any page."""
    waited = delays.of_cases(session, (row for section in sections for row in section.found), clock.now())
    for section in sections:
        for row, case in zip(section.rows, section.found, strict=True):
            row["cells"].append(delay_cell(waited[case.id]))


def to_do(
    name: str, rows: Iterable[WorkRow], what: Callable[[WorkRow], Cell], tone: str = "", more: str = ""
) -> Section:
    """A section whose rows say what to do."""
    return listed(name, ("todo",), [(row, (what(row),), tone) for row in rows], more)


def papers_missing(sitting: Sitting, role: Role) -> Section:
    """Requests in preparation that wait for pharmacy, with what each lacks by name."""
    rows = worklists.waiting(sitting.session, sitting.centres(role), ("preparing",), "pharmacist")
    missing = paperwork.missing_papers(sitting.session, rows, sitting.today)

    def what(row: WorkRow) -> Cell:
        names = ", ".join(say(f"missing.{reason.code}") for reason in missing[row.id])
        return link(say("todo.missing", names=names) if names else say("todo.nothing_missing"), case_url(row), row)

    return to_do("missing", rows, what, more=f"{LIST}?state=preparing&turn=pharmacist")


def drafts(sitting: Sitting, role: Role) -> Section:
    """Cases opened and not begun."""
    rows = worklists.waiting(sitting.session, sitting.centres(role), ("draft",))
    return to_do("drafts", rows, lambda row: link(say("todo.draft"), case_url(row), row), more=f"{LIST}?state=draft")


def visits(sitting: Sitting, role: Role, overdue: bool = False, cover: Cover | None = None) -> Section:
    """Follow-up visits that are due; for pharmacy only those overdue; of whom one stands in for, where that is said."""
    mine = sitting.actor.account_id if role is Role.PHYSICIAN else ""
    whose, where = (cover.account_id, (cover.centre_id,)) if cover else (mine, sitting.centres(role))
    found: list[Dated] = worklists.visits_due(sitting.session, where, sitting.today, whose)
    rows = [
        (
            each.row,
            (
                link(say(f"visit.{each.what}"), case_url(each.row, f"/seguimiento/{each.what}"), each.row),
                dated(each.on),
                each.row.physician,
            ),
            "stop" if _is_over(each, sitting.today) else "",
        )
        for each in found
        if not overdue or _is_over(each, sitting.today)
    ]
    return listed("visits_overdue" if overdue else "visits", ("visit", "on", "physician"), rows)


def _is_over(visit: Dated, today: date) -> bool:
    """Whether the window of a visit has closed."""
    return bool(visit.key) and date.fromisoformat(visit.key) < today
