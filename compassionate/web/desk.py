"""What first screens are made of: sections of rows, and those lists that several roles share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from compassionate.services import paperwork, worklists
from compassionate.services.actors import Actor
from compassionate.services.worklists import Dated, WorkRow
from compassionate.web.case_list import case_link, since
from compassionate.web.templating import ago, day, say
from compassionate.workflow.roles import Role

LIST = "/expedientes"
Cell = Any


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a first screen; an empty one says what that means or what to do."""

    name: str
    head: list[Any]
    rows: list[dict[str, Any]]
    more: str = ""

    @property
    def title(self) -> str:
        """The words over the list."""
        return say(f"desk.{self.name}")

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

    @property
    def title(self) -> str:
        """The words over the role's part of the page."""
        return say(f"desk_title.{self.role}")


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who sits down, where and when."""

    session: Session
    actor: Actor
    today: date

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


def listed(
    name: str, head: Sequence[str], found: Iterable[tuple[WorkRow, Sequence[Cell], str]], more: str = ""
) -> Section:
    """A section of rows (case, further cells, tone)."""
    rows = [{"cells": [case_link(row), row.product, *cells], "tone": tone} for row, cells, tone in found]
    return Section(name, columns(*head), rows, more if len(rows) >= worklists.MOST else "")


def to_do(
    name: str, rows: Iterable[WorkRow], what: Callable[[WorkRow], Cell], tone: str = "", more: str = ""
) -> Section:
    """A section whose rows say what to do, and since when each waits."""
    return listed(name, ("todo", "since"), [(row, (what(row), since(row)), tone) for row in rows], more)


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


def visits(sitting: Sitting, role: Role, overdue: bool = False) -> Section:
    """Follow-up visits that are due; for pharmacy only those overdue."""
    mine = sitting.actor.account_id if role is Role.PHYSICIAN else ""
    found: list[Dated] = worklists.visits_due(sitting.session, sitting.centres(role), sitting.today, mine)
    rows = [
        (
            each.row,
            (
                link(say(f"visit.{each.what}"), case_url(each.row, f"/seguimiento/{each.what}"), each.row),
                dated(each.on),
                each.row.physician,
            ),
            "stop" if each.on and each.on < sitting.today else "",
        )
        for each in found
        if not overdue or (each.on and each.on < sitting.today)
    ]
    return listed("visits_overdue" if overdue else "visits", ("visit", "on", "physician"), rows)
