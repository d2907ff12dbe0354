"""Orders of typing that administrators write on a page: from a day on, every version kept, each audited.

RD 1015/2009 art. 8.1; ENS op.exp.5. A sheet that somebody has begun to type, or that was filed, stays with the order
that it was begun by; a text that a later release does not understand any more is passed over, never half followed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Account, Case, Centre, TypedTick, TypingOrder, new_id
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.administration import administered, require_administrator
from compassionate.services.facts import request_of, today_at
from compassionate.services.given import Given
from compassionate.services.typed_order import FOLDER, Order, chosen, parse, shipped
from compassionate.workflow.engine import pathways

EVERY = "*"
LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Written:
    """A version with the code of its centre (empty: every centre) and the name of who wrote it."""

    row: TypingOrder
    centre: str
    by: str

    @property
    def ends(self) -> bool:
        """Whether it ends the orders of its place rather than giving one."""
        return not self.row.text


def order_of(session: Session, case: Case, number: int, now: datetime) -> Order:
    """The order by which a request is typed: that of the day on which its sheet was begun, today's where it was not."""
    begun = _begun(session, case, number)
    held = written_for(session, case.pathway, case.centre_id, today_at(case, begun or now), begun or now)
    orders = session.info.get("orders", {})
    return chosen(orders, case.pathway, case.centre.code, {case.centre.code if own else "": o for own, o in held})


def _begun(session: Session, case: Case, number: int) -> datetime | None:
    """When somebody first ticked a field of the sheet, or it was filed; None while nobody has."""
    wanted = select(func.min(TypedTick.at)).where(TypedTick.case_id == case.id, TypedTick.request_number == number)
    request = request_of(case, number)
    found = [each for each in (session.scalar(wanted), request.submitted_at if request else None) if each]
    return min(found, default=None)


def written_for(session: Session, pathway: str, centre_id: str, on: date, at: datetime) -> list[tuple[bool, Order]]:
    """The orders in force on a day, of those written by an instant: (whether the centre's own, the order)."""
    wanted = select(TypingOrder).where(
        TypingOrder.pathway == pathway,
        TypingOrder.from_on <= on,
        TypingOrder.at <= at,
        or_(TypingOrder.centre_id == centre_id, TypingOrder.centre_id.is_(None)),
    )
    newest: dict[bool, TypingOrder] = {}
    for row in session.scalars(wanted.order_by(TypingOrder.from_on, TypingOrder.at, TypingOrder.id)):
        newest[row.centre_id is not None] = row
    read = ((own, _understood(row.text)) for own, row in newest.items())
    return [(own, order) for own, order in read if order is not None]


@cache
def _understood(text: str) -> Order | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def places(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Where this person may set an order: (code, name) of their centres, and every centre where they rule them all."""
    require_administrator(actor)
    mine = administered(session, actor)
    rows = [(row.code, row.name) for row in mine]
    every = session.scalar(select(func.count()).select_from(Centre)) == len(mine)
    return [(EVERY, ""), *rows] if every else rows


def versions(session: Session, actor: Actor) -> Sequence[Written]:
    """Every version of this person's places, the newest first."""
    require_administrator(actor)
    mine = [row.id for row in administered(session, actor)]
    wanted = (
        select(TypingOrder, Centre.code, Account.name)
        .join(Account, TypingOrder.by_id == Account.id)
        .outerjoin(Centre, TypingOrder.centre_id == Centre.id)
        .where(or_(TypingOrder.centre_id.is_(None), TypingOrder.centre_id.in_(mine)))
        .order_by(TypingOrder.at.desc(), TypingOrder.id.desc())
    )
    return [Written(row, centre or "", by) for row, centre, by in session.execute(wanted)]


def version_named(session: Session, actor: Actor, order_id: str) -> Written:
    """A version of this person's places; raises NotFound."""
    found = next((each for each in versions(session, actor) if each.row.id == order_id), None)
    if found is None:
        raise NotFound
    return found


def in_force(session: Session, pathway: str, centre: Centre, now: datetime, on: date) -> Order:
    """The order by which a sheet that is begun now would be typed at a centre."""
    held = written_for(session, pathway, centre.id, on, now)
    orders = session.info.get("orders", {})
    return chosen(orders, pathway, centre.code, {centre.code if own else "": order for own, order in held})


def newest_text(session: Session, pathway: str, centre: str) -> str:
    """What a new version begins from: the last one of that place (`*`: every centre), else ours."""
    wanted = select(TypingOrder.text).outerjoin(Centre, TypingOrder.centre_id == Centre.id)
    wanted = wanted.where(TypingOrder.pathway == pathway, TypingOrder.text != "")
    wanted = wanted.where(Centre.code == centre if centre != EVERY else TypingOrder.centre_id.is_(None))
    last = session.scalar(wanted.order_by(TypingOrder.at.desc(), TypingOrder.id.desc()).limit(1))
    if last is not None:
        return last
    ours = (FOLDER / f"{pathway}-{shipped(pathway).version}.toml").read_text(encoding="utf-8")
    return "".join(line for line in ours.splitlines(keepends=True) if not line.startswith("#"))


def write(session: Session, actor: Actor, given: Mapping[str, Any], today: date, now: datetime) -> TypingOrder:
    """Write a version down; raises Invalid, Refused. Fields: centre (`*`: every centre), from_on, text, act.

    `act=end` ends the orders of the place from that day on: the hospital's file or ours is followed again.
    """
    read = Given(given)
    centre = read.one_of("centre", [code for code, _ in places(session, actor)])
    from_on = read.day("from_on", required=True)
    if from_on is not None and from_on < today:
        read.wrong("from_on", "typing_order.past")
    ends = read.raw("act") == "end"
    text = "" if ends else str(given.get("text") or "").replace("\r\n", "\n").rstrip() + "\n"
    pathway, version = pathways()[0].id, ""
    if not ends:
        pathway, version = _checked(session, read, text, centre)
    read.settle()
    assert from_on is not None
    found = session.scalar(select(Centre).where(Centre.code == centre)) if centre != EVERY else None
    row = TypingOrder(
        id=new_id(),
        pathway=pathway,
        version=version,
        centre_id=found.id if found else None,
        text=text,
        from_on=from_on,
        by_id=actor.account_id,
        at=now,
    )
    session.add(row)
    session.flush()
    told = {"pathway": pathway, "version": version, "place": centre, "on": from_on, "sha256": _hash(text)}
    audit.append(session, actor, "end_typing_order" if ends else "write_typing_order", now, **told)
    return row


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(session: Session, read: Given, text: str, centre: str) -> tuple[str, str]:
    """Pathway and version of a text that is understood; what is wrong is said beside it."""
    if not text.strip():
        read.wrong("text", "value.missing")
        return "", ""
    if len(text) > LONGEST:
        read.wrong("text", "value.too_long", limit=LONGEST, length=len(text))
        return "", ""
    try:
        order = parse(text, session.info.get("forms"))
    except ValueError as error:
        read.wrong("text", "typing_order.wrong", what=str(error))
        return "", ""
    if order.pathway not in {each.id for each in pathways()}:
        read.wrong("text", "typing_order.no_pathway", pathway=order.pathway)
    if order.centre and order.centre != centre:
        read.wrong("text", "typing_order.other_centre", centre=order.centre)
    if _is_taken(session, order):
        read.wrong("text", "typing_order.taken", version=order.version)
    return order.pathway, order.version


def _is_taken(session: Session, order: Order) -> bool:
    """Whether a version of that name was written before, or is ours: a sheet names its version."""
    same = select(TypingOrder.id).where(TypingOrder.pathway == order.pathway, TypingOrder.version == order.version)
    return session.scalar(same.limit(1)) is not None or is_ours(order)


def is_ours(order: Order) -> bool:
    """Whether a version is one that comes with the application."""
    return (FOLDER / f"{order.pathway}-{order.version}.toml").is_file()
