"""What the deliveries of a period cost, to the cent: by presentation and by case, with what nobody knows said apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseLine, Product, ProductLine, SupplyCharge, SupplyEntry
from compassionate.services.charges import CURRENCIES, FREE, newest_of
from compassionate.services.committee.periods import Period
from compassionate.services.committee.rows import Scope, day_of


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery: of which case and presentation, how many packs, on which terms, at which price a pack."""

    code: str
    product: str
    strength: str
    on: date
    packs: int
    terms: str = ""
    price_cents: int | None = None
    currency: str = CURRENCIES[0]

    @property
    def is_free(self) -> bool:
        """Whether it is written down as free of charge."""
        return self.terms == FREE

    @property
    def is_known(self) -> bool:
        """Whether it is known what it cost."""
        return self.is_free or self.price_cents is not None

    @property
    def cents(self) -> int:
        """What is known to have been charged."""
        return 0 if self.is_free else (self.price_cents or 0) * self.packs


@dataclass(frozen=True, slots=True)
class Cost:
    """Deliveries added up: packs free, charged and of unknown cost; what is known to have been charged."""

    name: str
    detail: str
    currency: str
    deliveries: int
    free_packs: int
    charged_packs: int
    unknown_packs: int
    unknown_deliveries: int
    cents: int

    @property
    def is_known(self) -> bool:
        """Whether anything of the amount is known."""
        return self.deliveries > self.unknown_deliveries


def delivered(session: Session, scope: Scope) -> list[Delivered]:
    """Every delivery since then, with the charge that holds."""
    wanted = (
        select(SupplyEntry, Case.code, Product.name, ProductLine.strength)
        .join(Case, SupplyEntry.case_id == Case.id)
        .join(Product, Case.product_id == Product.id)
        .join(CaseLine, and_(CaseLine.case_id == Case.id, CaseLine.number == SupplyEntry.line_number))
        .join(ProductLine, CaseLine.product_line_id == ProductLine.id)
        .where(SupplyEntry.kind == "received", SupplyEntry.on >= day_of(scope.since), *scope.cases)
        .order_by(Case.code, SupplyEntry.id)
    )
    charged = newest_of(session.scalars(_charges(scope)))
    return [_delivered(row, charged.get(row.id), *more) for row, *more in session.execute(wanted)]


def _charges(scope: Scope) -> Any:
    return (
        select(SupplyCharge)
        .join(SupplyEntry, SupplyCharge.entry_id == SupplyEntry.id)
        .join(Case, SupplyEntry.case_id == Case.id)
        .where(SupplyEntry.on >= day_of(scope.since), *scope.cases)
    )


def _delivered(row: SupplyEntry, charge: SupplyCharge | None, code: str, product: str, strength: str) -> Delivered:
    plain = (code, product, strength, row.on, row.packs or 0)
    return Delivered(*plain, charge.terms, charge.price_cents, charge.currency) if charge else Delivered(*plain)


Naming = Callable[[Delivered], tuple[str, str]]


def by_presentation(found: Iterable[Delivered], period: Period) -> list[Cost]:
    """Each presentation in each currency."""
    return _added(found, period, lambda each: (each.product, each.strength))


def by_case(found: Iterable[Delivered], period: Period) -> list[Cost]:
    """Each case by its code, in each currency."""
    return _added(found, period, lambda each: (each.code, ""))


def in_all(found: Iterable[Delivered], period: Period) -> list[Cost]:
    """All together, in each currency."""
    return _added(found, period, lambda each: ("", ""))


def _added(found: Iterable[Delivered], period: Period, naming: Naming) -> list[Cost]:
    groups: dict[tuple[str, str, str], list[Delivered]] = {}
    for each in found:
        if period.holds(each.on):
            groups.setdefault((*naming(each), each.currency), []).append(each)
    return [_cost(*key, held) for key, held in sorted(groups.items())]


def _cost(name: str, detail: str, currency: str, held: list[Delivered]) -> Cost:
    return Cost(
        name,
        detail,
        currency,
        len(held),
        free_packs=sum(each.packs for each in held if each.is_free),
        charged_packs=sum(each.packs for each in held if each.is_known and not each.is_free),
        unknown_packs=sum(each.packs for each in held if not each.is_known),
        unknown_deliveries=sum(not each.is_known for each in held),
        cents=sum(each.cents for each in held),
    )
