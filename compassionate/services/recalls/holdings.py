"""Which cases had a batch, and what each of them has of it: in the pharmacy, at home, given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from compassionate.models import Case, Dose, Procurement, Product, SupplyEntry
from compassionate.services import ledger

RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one case has, or had, of a batch: a part for each line and spelling."""

    case_id: str
    parts: tuple[ledger.Batch, ...]

    @property
    def received(self) -> int:
        """Units that came for this case."""
        return sum(part.received for part in self.parts)

    @property
    def given(self) -> int:
        """Units that the patient is known to have been given, in the hospital or at home."""
        return sum(part.out["administered"] + part.given_at_home for part in self.parts)

    @property
    def at_home(self) -> int:
        """Units dispensed and not known to have been given."""
        return sum(part.at_home for part in self.parts)

    @property
    def in_pharmacy(self) -> int:
        """Units in the pharmacy."""
        return sum(part.left for part in self.parts)

    def out(self, kind: str) -> int:
        """Units that left in one way: returned, destroyed."""
        return sum(part.out[kind] for part in self.parts)


def folded(batch: str) -> str:
    """A batch as it is compared: neither case nor spaces tell one from another."""
    return "".join(batch.split()).upper()


def _of_product(product: Product, centres: Iterable[str]) -> Select[Any]:
    """Receipts of a medicine for the cases of these centres; of a blocked case nobody is told."""
    of_cases = (Case.product_id == product.id, Case.centre_id.in_(tuple(centres)), Case.blocked_at.is_(None))
    return select(SupplyEntry).join(Case, SupplyEntry.case_id == Case.id).where(*of_cases, SupplyEntry.kind == RECEIVED)


def _of_cells(product: Product, centres: Iterable[str]) -> Select[Any]:
    """Batches of cells grown for the cases of these centres: some have not left the establishment yet."""
    of_cases = (Case.product_id == product.id, Case.centre_id.in_(tuple(centres)), Case.blocked_at.is_(None))
    return select(Procurement).join(Case, Procurement.case_id == Case.id).where(*of_cases, Procurement.batch != "")


def batches_of(session: Session, product: Product, centres: Iterable[str]) -> list[str]:
    """Every batch of a medicine that came to these centres, the last ones first."""
    wanted = _of_product(product, centres).with_only_columns(SupplyEntry.batch).group_by(SupplyEntry.batch)
    return list(session.scalars(wanted.order_by(func.max(SupplyEntry.on).desc(), SupplyEntry.batch)))


def spellings(session: Session, product: Product, batch: str, centres: Iterable[str]) -> list[str]:
    """The ways in which the ledgers of these centres write a batch."""
    grown = session.scalars(_of_cells(product, centres).with_only_columns(Procurement.batch))
    every = dict.fromkeys([*batches_of(session, product, centres), *grown])
    return [each for each in every if folded(each) == folded(batch)]


def cases_with(session: Session, product: Product, written: Sequence[str], centres: Iterable[str]) -> list[str]:
    """Ids of the cases for which a batch came or was grown, in the order in which they are locked."""
    came = _of_product(product, centres).where(SupplyEntry.batch.in_(written)).with_only_columns(Case.id)
    grown = _of_cells(product, centres).where(Procurement.batch.in_(written)).with_only_columns(Case.id)
    return sorted(session.scalars(union(came, grown)))


def blocked_with(session: Session, product: Product, batch: str, centres: Iterable[str]) -> int:
    """How many cases that are kept for authorities alone had the batch: a number, and nothing else of them."""
    wanted = (
        select(SupplyEntry.batch, SupplyEntry.case_id)
        .join(Case, SupplyEntry.case_id == Case.id)
        .where(Case.product_id == product.id, Case.centre_id.in_(tuple(centres)), Case.blocked_at.is_not(None))
        .where(SupplyEntry.kind == RECEIVED)
    )
    return len({case_id for written, case_id in session.execute(wanted) if folded(written) == folded(batch)})


def holdings(session: Session, case_ids: Sequence[str], batch: str) -> dict[str, Holding]:
    """What each of these cases has of a batch: two queries, however many cases."""
    entries = _by_case(session, select(SupplyEntry).where(SupplyEntry.case_id.in_(case_ids)).order_by(SupplyEntry.id))
    doses = _by_case(session, select(Dose).where(Dose.case_id.in_(case_ids)))
    return {each: _holding(each, entries[each], doses[each], batch) for each in case_ids}


def _by_case(session: Session, wanted: Select[Any]) -> defaultdict[str, list[Any]]:
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.scalars(wanted):
        rows[row.case_id].append(row)
    return rows


def _holding(case_id: str, entries: list[SupplyEntry], doses: list[Dose], batch: str) -> Holding:
    held = ledger.batches(entries, doses)
    return Holding(case_id, tuple(each for each in held if folded(each.batch) == folded(batch)))
