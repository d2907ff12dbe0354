"""Lists of cases as pages draw them: columns, rows, filters. Words and addresses only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.services import case_lists, delays
from compassionate.services.actors import Actor
from compassionate.services.case_lists import DUE, SINCE, CaseRow, Filters
from compassionate.services.delays import Delay
from compassionate.web import reading
from compassionate.web.due import delay_cell, due_cell, due_tone, turn_short
from compassionate.web.presenters import tone
from compassionate.web.templating import ago, exact, say
from compassionate.words import has_words
from compassionate.workflow import engine

LIST = "/expedientes"
# What stands in the address of a list: the filters, the order, and which saved view it is.
ADDRESSED = ("state", "centre", "product", "turn", "physician", "term", "who", "order")
MINE, ALL, OPEN = "mine", "all", "open"
Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the address names them; unknown names are ignored."""

    values: Mapping[str, str]

    def filters(self, actor: Actor) -> Filters:
        """What narrows the query."""
        return Filters(
            state=self.values.get("state", ""),
            centre=self.values.get("centre", ""),
            product=self.values.get("product", ""),
            turn=self.values.get("turn", ""),
            physician=self.values.get("physician", ""),
            term=self.values.get("term", ""),
            member_id=actor.account_id if self.values.get("who") == MINE else "",
            open_only=self.values.get("who") != ALL,
        )

    @property
    def order(self) -> str:
        """By waiting time, or by legal date."""
        return DUE if self.values.get("order") == DUE else SINCE

    def url(self, **changed: str) -> str:
        """The address of this list with some filters changed; empty ones are left out."""
        return address({name: self.values.get(name, "") for name in ADDRESSED} | changed)

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.values.get(name) for name in ADDRESSED if name not in ("who", "order")) or self.mine_or_all

    @property
    def mine_or_all(self) -> bool:
        """Whether it is not simply the open ones."""
        return self.values.get("who") in (MINE, ALL)


def address(filters: Mapping[str, str]) -> str:
    """The address of a list; the plain one says so, because without a word it is the one that a person chose."""
    query = urlencode({name: value for name, value in filters.items() if value})
    return f"{LIST}?{query}" if query else f"{LIST}?who={OPEN}"


def asked(values: Mapping[str, str]) -> Asked:
    """The filters of a request's address."""
    return Asked({name: values.get(name, "").strip()[:100] for name in ADDRESSED})


def state_tag(row: Any) -> dict[str, str]:
    """The state of a listed case as a tag."""
    held = engine.pathway(row.pathway, row.pathway_version).case.state(row.state)
    short = f"state_short.{row.state}"  # some are too long for a line of a list
    return {"text": say(short if has_words(short) else f"state.{row.state}"), "tone": tone(held.tone)}


def case_link(row: Any) -> dict[str, str]:
    """The code of a listed case as a link."""
    reading.lists(row.code)
    return {"text": row.code, "href": f"{LIST}/{row.code}"}


def since(row: Any) -> dict[str, str]:
    """Since when it waits, as people say it."""
    return {"text": ago(row.since_at), "exact": exact(row.since_at)}


def head(actor: Actor, wanted: Asked | None = None) -> list[Any]:
    """The columns of the list; that of the centre only for who sees several. Two of them sort it."""
    names = ("case", "product", "state", "turn", "since", "due", "delay", "physician", "centre")
    columns: dict[str, Any] = {name: {"text": say(f"case_list.{name}")} for name in names}
    columns["product"]["grow"] = True
    if wanted is not None:
        for name, order in (("since", SINCE), ("due", DUE)):
            columns[name]["sort_href"] = wanted.url(order="" if order == SINCE else order)
            columns[name]["sorted"] = "ascending" if wanted.order == order else ""
    return [columns[name] for name in names if name != "centre" or len(actor.centres()) > 1]


def rows(session: Session, actor: Actor, found: Iterable[CaseRow]) -> list[dict[str, Any]]:
    """The rows of the list: where each case stands, whose turn since when, until when, and whom it waited for."""
    held, several = list(found), len(actor.centres()) > 1
    waited = delays.of_cases(session, held, clock.now())
    return [
        {
            "cells": [*_cells(row, waited[row.id]), row.centre] if several else _cells(row, waited[row.id]),
            "tone": due_tone(row.due_on),
        }
        for row in held
    ]


def _cells(row: CaseRow, waited: tuple[Delay, ...]) -> list[Any]:
    return [
        *(case_link(row), row.product, state_tag(row), turn_short(row.turn), since(row)),
        *(due_cell(row.due_on, row.due_clock), delay_cell(waited), row.physician),
    ]


def choices(session: Session, actor: Actor) -> dict[str, Options]:
    """What each filter may be set to, in words."""
    words = {"state": "state", "turn": "turn", "term": "term"}
    return {
        name: [(code, name_ or say(f"{words[name]}.{code}")) for code, name_ in values.items()]
        for name, values in case_lists.known(session, actor).items()
    }
