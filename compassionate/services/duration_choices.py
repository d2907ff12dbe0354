"""What the figures of time may be narrowed to: centres, medicines, services of physicians, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.models import Account, Case, Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.duration_rows import READ_BY, readable
from compassionate.services.durations import same_service


@dataclass(frozen=True, slots=True)
class Choices:
    """Ids and words of centres and products, the services as one of their spellings, and the first month of all."""

    centres: dict[str, tuple[str, str]]
    products: dict[str, tuple[str, str]]
    services: tuple[str, ...]
    first: date | None


def choices(session: Session, actor: Actor) -> Choices:
    """Centres (id: code, name), products (id: code, name) and services of which the person may count a case."""
    here = select(Case.id).where(*readable(actor))
    centres = select(Centre.id, Centre.code, Centre.name).where(Centre.id.in_(actor.centres(*READ_BY)))
    products = select(Product.id, Product.code, Product.name).where(exists(here.where(Case.product_id == Product.id)))
    services = select(Account.service).where(exists(here.where(Case.physician_id == Account.id))).distinct()
    first = session.scalar(select(func.min(Case.opened_at)).where(*readable(actor)))
    return Choices(
        {id_: (code, name) for id_, code, name in session.execute(centres.order_by(Centre.code))},
        {id_: (code, name) for id_, code, name in session.execute(products.order_by(Product.name))},
        _spelt_once(session.scalars(services)),
        civil_date(first, AGENCY_ZONE.key).replace(day=1) if first else None,
    )


def _spelt_once(services: Iterable[str]) -> tuple[str, ...]:
    """One spelling of each service that is written down, in order: the one that figures by service name it by."""
    found = {same_service(each): each for each in sorted(services)}
    return tuple(sorted(each for each in found.values() if each))
