"""Lists of cases as pages draw them: columns, rows, filters. Words and addresses only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.cases import CaseRow, Filters, visible_cases
from compassionate.web import reading
from compassionate.web.presenters import tone, turn_words
from compassionate.web.templating import ago, exact, say
from compassionate.workflow import engine
from compassionate.workflow.table import CASE

LIST = "/expedientes"
ADDRESSED = ("state", "centre", "product", "turn", "who", "q")  # what stands in the address of a list
MINE, ALL = "mine", "all"
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
            member_id=actor.account_id if self.values.get("who") == MINE else "",
            open_only=self.values.get("who") != ALL,
            text=self.values.get("q", ""),
        )

    def url(self, **changed: str) -> str:
        """The address of this list with some filters changed; empty ones are left out."""
        wanted = {name: self.values.get(name, "") for name in ADDRESSED} | changed
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"{LIST}?{query}" if query else LIST

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.values.get(name) for name in ADDRESSED)


def asked(values: Mapping[str, str]) -> Asked:
    """The filters of a request's address."""
    return Asked({name: values.get(name, "").strip()[:100] for name in ADDRESSED})


def state_tag(row: Any) -> dict[str, str]:
    """The state of a listed case as a tag."""
    held = engine.pathway(row.pathway, row.pathway_version).case.state(row.state)
    return {"text": say(f"state.{row.state}"), "tone": tone(held.tone)}


def case_link(row: Any) -> dict[str, str]:
    """The code of a listed case as a link."""
    reading.lists(row.code)
    return {"text": row.code, "href": f"{LIST}/{row.code}"}


def since(row: Any) -> dict[str, str]:
    """Since when it waits, as people say it."""
    return {"text": ago(row.since_at), "exact": exact(row.since_at)}


def head(actor: Actor) -> list[Any]:
    """The columns of the list; that of the centre only for who sees several."""
    words = [say(f"case_list.{name}") for name in ("case", "product", "state", "turn", "since", "physician", "centre")]
    columns = [words[0], {"text": words[1], "grow": True}, *words[2:]]
    return columns if len(actor.centres()) > 1 else columns[:-1]


def rows(actor: Actor, found: Iterable[CaseRow]) -> list[dict[str, Any]]:
    """The rows of the list: where each case stands, whose turn it is, since when."""
    several = len(actor.centres()) > 1
    return [{"cells": [*_cells(row), row.centre] if several else _cells(row)} for row in found]


def _cells(row: CaseRow) -> list[Any]:
    return [case_link(row), row.product, state_tag(row), turn_words(row.turn), since(row), row.physician]


def choices(session: Session, actor: Actor) -> dict[str, Options]:
    """What each filter may be set to: states of the published tables, centres of this person, products in use there."""
    states = dict.fromkeys(state.id for pathway in engine.pathways() for state in pathway.region(CASE).states)
    centres = session.execute(
        select(Centre.code, Centre.name).where(Centre.id.in_(actor.centres())).order_by(Centre.code)
    )
    used = visible_cases(actor).where(Case.product_id == Product.id).exists()  # a look at an index for each product
    products = session.execute(select(Product.code, Product.name).where(used).order_by(Product.name))
    turns = dict.fromkeys(
        who for pathway in engine.pathways() for state in pathway.region(CASE).states for who in state.turn
    )
    return {
        "state": [(state, say(f"state.{state}")) for state in states],
        "turn": [(who, say(f"turn.{who}")) for who in [*turns, "sponsor", "committee"]],
        "product": [(code, name) for code, name in products],
        "centre": [(code, name) for code, name in centres],
    }
