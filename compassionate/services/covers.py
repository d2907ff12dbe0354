"""Standing in for a colleague who is away: their open work is shown to another of the same role, until a day.

No right comes of it (ENS op.acc.4): whoever stands in sees and does what their own role gives, and signs in their own
name. It holds while both have the role at the centre, ends by itself, and every arrangement is on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date, now
from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Account, Centre, Cover, Membership, new_id
from compassionate.services import audit, memberships
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.memberships import in_force_on
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.roles import Role

# Of whom work can be open: the director's absence is a delegation (services/delegations.py), auditors have none.
COVERED = tuple(role for role in SECTIONS["converse"].roles if role is not Role.DIRECTOR)


@dataclass(frozen=True, slots=True)
class Place:
    """A role at a centre that this person holds, and the colleagues who may stand in."""

    key: str
    role: Role
    centre: Centre
    colleagues: tuple[Account, ...]


def places(session: Session, actor: Actor, at: datetime) -> list[Place]:
    """Where this person may be stood in for, and by whom."""
    held = {(each.centre_id, each.role) for each in actor.held if each.role in COVERED and not each.delegation}
    return [_place(session, actor, centre_id, role, at) for centre_id, role in sorted(held)]


def _place(session: Session, actor: Actor, centre_id: str, role: Role, at: datetime) -> Place:
    centre = session.get_one(Centre, centre_id)
    found = memberships.holders(session, centre_id, role, civil_date(at, centre.zone))
    others = tuple(each for each in found if each.id != actor.account_id)
    return Place(f"{centre.code}.{role.value}", role, centre, others)


def arrange(session: Session, actor: Actor, given: Mapping[str, Any], at: datetime) -> Cover:
    """Say who stands in for oneself; raises Refused (no role of that kind), Invalid.

    Fields: place (CENTRE.role), by (account), from_on, until_on.
    """
    held = {each.key: each for each in places(session, actor, at)}
    if not held:
        raise Refused((Reason("role.missing", params={"roles": tuple(role.value for role in COVERED)}),))
    read = Given(given)
    place = held.get(read.one_of("place", held))
    by = read.one_of("by", [each.id for each in place.colleagues] if place else [], required=place is not None)
    from_on, until_on = read.day("from_on", required=True), read.day("until_on", required=True)
    today = civil_date(at, place.centre.zone if place else AGENCY_ZONE.key)
    if from_on and until_on and until_on < from_on:
        read.wrong("until_on", "account.ends_before_it_starts")
    elif until_on and until_on < today:
        read.wrong("until_on", "account.last_day_gone")
    if place and from_on and until_on and _overlaps(session, actor, place, from_on, until_on):
        read.wrong("from_on", "cover.there_is_one")
    read.settle()
    assert place is not None
    assert from_on is not None
    assert until_on is not None
    row = Cover(id=new_id(), account_id=actor.account_id, by_id=by, centre_id=place.centre.id, role=place.role.value,
                from_on=from_on, until_on=until_on, made_at=at)  # fmt: skip
    session.add(row)
    session.flush()
    days = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
    told = {"cover": row.id, "account": by, "centre": row.centre_id, "role": row.role}
    audit.append(session, actor, "arrange_cover", at, **told, **days)
    return row


def _overlaps(session: Session, actor: Actor, place: Place, from_on: date, until_on: date) -> bool:
    same = Cover.account_id == actor.account_id, Cover.centre_id == place.centre.id, Cover.role == place.role.value
    standing = Cover.ended_at.is_(None), Cover.from_on <= until_on, Cover.until_on >= from_on
    return session.scalar(select(Cover.id).where(*same, *standing).limit(1)) is not None


def end(session: Session, actor: Actor, cover_id: str, at: datetime) -> Cover:
    """Take one's own arrangement back at once; raises NotFound alike for another's and for none."""
    mine = Cover.id == cover_id, Cover.account_id == actor.account_id, Cover.ended_at.is_(None)
    row = session.scalar(select(Cover).where(*mine))
    if row is None:
        raise NotFound
    row.ended_at = at
    audit.append(session, actor, "end_cover", at, cover=row.id, account=row.by_id, centre=row.centre_id)
    return row


def mine(session: Session, actor: Actor, today: date) -> list[Cover]:
    """Who stands in for this person, now and later, by the first day."""
    wanted = select(Cover).where(
        Cover.account_id == actor.account_id, Cover.ended_at.is_(None), Cover.until_on >= today
    )
    return list(session.scalars(wanted.order_by(Cover.from_on, Cover.id)))


def standing_in(session: Session, actor: Actor, today: date) -> list[Cover]:
    """For whom this person stands in today: while both hold that role at that centre."""
    wanted = select(Cover).where(Cover.by_id == actor.account_id, _stands(today)).order_by(Cover.until_on, Cover.id)
    return [row for row in session.scalars(wanted) if Role(row.role) in actor.roles_at(row.centre_id)]


def stand_ins(session: Session, centre_id: str, today: date) -> dict[str, list[Account]]:
    """Who stands in for whom at a centre today, by the account that is away."""
    found: dict[str, list[Account]] = {}
    for row in session.scalars(select(Cover).where(Cover.centre_id == centre_id, _stands(today)).order_by(Cover.id)):
        found.setdefault(row.account_id, []).append(row.by)
    return found


def _stands(today: date) -> ColumnElement[bool]:
    """In force today, of two people who hold the role at the centre and whose accounts work."""
    return and_(
        Cover.ended_at.is_(None),
        Cover.from_on <= today,
        Cover.until_on >= today,
        *(_holds(column, today) for column in (Cover.account_id, Cover.by_id)),
    )


def _holds(account_id: Any, today: date) -> ColumnElement[bool]:
    return exists(
        select(Membership.id)
        .join(Account, Membership.account_id == Account.id)
        .where(
            Membership.account_id == account_id,
            Membership.centre_id == Cover.centre_id,
            Membership.role == Cover.role,
            Account.active.is_(True),
            in_force_on(today),
        )
    )


def today_of_all() -> date:
    """The civil day by which first screens ask."""
    return civil_date(now(), AGENCY_ZONE.key)
