"""Which roles hold on a day: one rule, as a condition on stored rows and as a question about one already read.

Access belongs to whoever holds a role now (ENS op.acc.4): the first and the last day count whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from compassionate.models import Account, Membership
from compassionate.workflow.roles import Role

# The wording of a delegation for who is on duty: it speaks for urgent requests alone.
ON_DUTY = "de guardia"


def in_force_on(today: date) -> ColumnElement[bool]:
    """The condition on a membership that its role holds today."""
    return and_(Membership.from_on <= today, or_(Membership.until_on.is_(None), Membership.until_on >= today))


def in_force(row: Membership, today: date) -> bool:
    """Whether a role holds today."""
    return row.from_on <= today and not is_over(row, today)


def is_over(row: Membership, today: date) -> bool:
    """Whether a role has ended; one that has not begun yet has not."""
    return row.until_on is not None and row.until_on < today


def overlaps(row: Membership, from_on: date, until_on: date | None) -> bool:
    """Whether a role holds on some day from the first of these to the last (None: without an end)."""
    return not is_over(row, from_on) and (until_on is None or row.from_on <= until_on)


def ever_held(centre_id: str, role: Role) -> Select[Account]:
    """Whoever holds, held or will hold a role at a centre, by name; `.unique()`: a role may be held twice."""
    return (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.centre_id == centre_id, Membership.role == role.value)
        .order_by(Account.name)
    )


def holders(session: Session, centre_id: str, role: Role, today: date) -> list[Account]:
    """Who holds a role at a centre today and has an account that works, by name."""
    wanted = ever_held(centre_id, role).where(in_force_on(today), Account.active.is_(True))
    return list(session.scalars(wanted).unique())


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a role at a centre today; `on_duty`: for urgent requests alone."""

    account_id: str
    name: str
    on_duty: bool = False


def holders_by_role(session: Session, centre_id: str, today: date) -> dict[str, tuple[Holder, ...]]:
    """Everybody with an account that works, by each role that they hold at a centre today, by name; one query."""
    on_duty = func.min(case((Membership.delegation_wording == ON_DUTY, 1), else_=0))  # 0: in their own right too
    wanted = (
        select(Membership.role, Account.id, Account.name, on_duty)
        .join(Account, Membership.account_id == Account.id)
        .where(Membership.centre_id == centre_id, in_force_on(today), Account.active.is_(True))
        .group_by(Membership.role, Account.id, Account.name)
        .order_by(Account.name, Account.id)
    )
    found: dict[str, tuple[Holder, ...]] = {}
    for role, account_id, name, only_on_duty in session.execute(wanted):
        found[role] = (*found.get(role, ()), Holder(account_id, name, bool(only_on_duty)))
    return found
