"""Saved views of the list of cases: kept, renamed, made the first one, deleted; each person their own.

No identifier of a patient is ever kept in one (GDPR art. 5.1.c): a view holds codes that this person's own list offers,
so that nothing typed by hand can stay in it, and a name is refused that holds a number long enough to be one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, SavedView
from compassionate.services import audit, case_lists
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.text import single_line

MOST = 12
LONGEST = 60
KEPT = ("state", "turn", "product", "physician", "centre", "term")  # filters whose values the list itself offers
OFFERED = {"who": ("mine", "all", "open"), "order": (case_lists.DUE,)}
LONG_NUMBER = re.compile(r"\d[\d .\-/]{3,}\d|\d{5,}")


def of_person(session: Session, account_id: str) -> list[SavedView]:
    """The views of a person, by name."""
    return list(session.scalars(select(SavedView).where(SavedView.account_id == account_id).order_by(SavedView.name)))


def find(session: Session, actor: Actor, view_id: str) -> SavedView:
    """One of this person's views; raises NotFound for any other."""
    row = session.get(SavedView, view_id)
    if row is None or row.account_id != actor.account_id:
        raise NotFound
    return row


def save(
    session: Session, actor: Actor, name: str, filters: Mapping[str, str], first: bool, now: datetime
) -> SavedView:
    """Keep these filters under a name; raises Invalid for a name or a filter that cannot be kept."""
    session.get_one(Account, actor.account_id, with_for_update=True)  # two tabs at once stay within the dozen
    held = of_person(session, actor.account_id)
    if len(held) >= MOST:
        raise Invalid((FieldError("name", "view.too_many", {"most": MOST}),))
    row = SavedView(
        account_id=actor.account_id,
        name=_name(name, held),
        filters=_filters(session, actor, filters),
        created_at=now,
    )
    session.add(row)
    session.flush()
    if first:
        _put_first(session, row)
    _record(session, actor, "save_view", now, row, {}, _said(row))
    return row


def change(session: Session, actor: Actor, view_id: str, name: str, first: bool, now: datetime) -> SavedView:
    """Another name, and whether the list begins with it; raises NotFound, Invalid."""
    session.get_one(Account, actor.account_id, with_for_update=True)
    row = find(session, actor, view_id)
    before = _said(row)
    row.name = _name(name, [each for each in of_person(session, actor.account_id) if each.id != row.id])
    if first:
        _put_first(session, row)
    row.is_default = first
    session.flush()
    if before != _said(row):
        _record(session, actor, "change_view", now, row, before, _said(row))
    return row


def delete(session: Session, actor: Actor, view_id: str, now: datetime) -> None:
    """Take a view away; the cases stay what they are. Raises NotFound."""
    row = find(session, actor, view_id)
    _record(session, actor, "delete_view", now, row, _said(row), {})
    session.delete(row)
    session.flush()


def _put_first(session: Session, row: SavedView) -> None:
    others = update(SavedView).where(SavedView.account_id == row.account_id, SavedView.id != row.id)
    session.execute(others.values(is_default=False))
    row.is_default = True
    session.flush()


def _name(text: str, others: list[SavedView]) -> str:
    name, wrong = single_line(text), ""
    if not name:
        wrong = "value.missing"
    elif len(name) > LONGEST:
        wrong = "value.too_long"
    elif LONG_NUMBER.search(name):
        wrong = "view.looks_like_identifier"
    elif name.casefold() in {each.name.casefold() for each in others}:
        wrong = "view.name_taken"
    if wrong:
        raise Invalid((FieldError("name", wrong, {"limit": LONGEST, "length": len(name)}),))
    return name


def _filters(session: Session, actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """What may be kept of these filters; a value that the list does not offer is refused, empty ones are left out."""
    offered = {name: tuple(values) for name, values in case_lists.known(session, actor).items()} | OFFERED
    kept = {name: given.get(name, "") for name in (*KEPT, *OFFERED) if given.get(name, "")}
    if any(value not in offered[name] for name, value in kept.items()):
        raise Invalid((FieldError("name", "view.unknown_filter"),))
    return kept


def _said(row: SavedView) -> dict[str, Any]:
    return {"name": row.name, "default": row.is_default, **row.filters}


def _record(
    session: Session, actor: Actor, action: str, now: datetime, row: SavedView, before: Any, after: Any
) -> None:
    kept = of_centre(session, actor, differing(before, after))
    audit.append(session, actor, action, now, account=row.account_id, view=row.id, **kept)
