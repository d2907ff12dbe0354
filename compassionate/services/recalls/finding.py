"""Recalls as people may know of them: those of the centres where they work, each found by its code."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Case, Product, Recall, RecallCase, RecallCentre
from compassionate.models.recalls import STANDING
from compassionate.services.actors import Actor
from compassionate.services.recalls.holdings import folded
from compassionate.workflow.roles import Role

MAY = (Role.PHARMACIST, Role.REGULATORY_OFFICER, Role.QUALIFIED_PERSON)
CALLERS = (*MAY, Role.PHYSICIAN, Role.NURSE)
TWO_PEOPLE = "RD 311/2022 op.acc.3"


def visible(actor: Actor) -> Select[Recall]:
    """The recalls that hold at a centre where this person may read cases."""
    there = select(RecallCentre.recall_id).where(RecallCentre.centre_id.in_(actor.centres()))
    return select(Recall).where(Recall.id.in_(there))


def listed(session: Session, actor: Actor, limit: int = 100) -> list[Recall]:
    """Recalls, those that stand first, then the newest."""
    whole = visible(actor).options(joinedload(Recall.product), joinedload(Recall.by))
    order = (Recall.status != STANDING, Recall.at.desc(), Recall.id)
    return list(session.scalars(whole.order_by(*order).limit(limit)))


def recall_of(session: Session, actor: Actor, code: str) -> Recall:
    """The recall of that code; raises NotFound alike for one of other centres and for none."""
    found = session.scalar(visible(actor).where(Recall.code == code.strip().upper()))
    if found is None:
        raise NotFound
    return found


def centres_of(session: Session, recall: Recall) -> tuple[str, ...]:
    """Ids of the centres at which a recall holds."""
    return tuple(session.scalars(select(RecallCentre.centre_id).where(RecallCentre.recall_id == recall.id)))


def standing(session: Session, product_id: str, batch: str, centres: Iterable[str]) -> Recall | None:
    """The recall that stands against a batch at one of these centres."""
    there = select(RecallCentre.recall_id).where(RecallCentre.centre_id.in_(tuple(centres)))
    wanted = select(Recall).where(Recall.product_id == product_id, Recall.status == STANDING, Recall.id.in_(there))
    return next((row for row in session.scalars(wanted) if folded(row.batch) == folded(batch)), None)


def against(session: Session, case: Case) -> list[Recall]:
    """Every recall that a case had the batch of, the newest first."""
    wanted = select(Recall).join(RecallCase, RecallCase.recall_id == Recall.id).where(RecallCase.case_id == case.id)
    return list(session.scalars(wanted.order_by(Recall.at.desc(), Recall.id)))


def require(session: Session, actor: Actor, recall: Recall) -> None:
    """Who decides about a whole recall has the role at each of its centres; raises Refused."""
    if set(centres_of(session, recall)) - set(actor.centres(*MAY)):
        raise Refused((missing(MAY),))


def require_standing(recall: Recall) -> None:
    """Nothing is done any more about a recall that was lifted or closed; raises Refused."""
    if recall.status != STANDING:
        raise Refused((Reason("recall.not_standing", who=MAY[0], params={"recall": recall.code}),))


def missing(roles: tuple[Role, ...]) -> Reason:
    """The reason for who holds none of these roles there."""
    named = tuple(role.value for role in roles)
    return Reason("role.missing", who=roles[0], cure="accounts", params={"roles": named})


def products(session: Session, actor: Actor) -> list[Product]:
    """The medicines that cases of this person's centres ask for, by name."""
    asked = select(Case.product_id).where(Case.centre_id.in_(actor.centres(*MAY)))
    return list(session.scalars(select(Product).where(Product.id.in_(asked)).order_by(Product.name)))
