"""The supply ledger added up, in units: by batch what the pharmacy holds, by line what was granted, used and left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Decision, Dose, SupplyEntry
from compassionate.workflow.facts import BatchFacts
from compassionate.workflow.treatment import STOPPED

RECALLED, LIFTED = "recalled", "recall_lifted"
OUT = ("dispensed", "administered", "returned", "destroyed")


@dataclass(slots=True)
class Batch:
    """One batch of a line: what came in, what went out and how, and whether it is released.

    `recall` is the code of the recall that stands against it, `before` where it stood until then.
    """

    line: int
    batch: str
    expires_on: date
    received_on: date
    released_on: date | None = None
    dispensed_on: date | None = None
    status: str = "in_quarantine"
    received: int = 0
    out: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUT, 0))
    given_at_home: int = 0
    recall: str = ""
    before: str = ""

    @property
    def at_home(self) -> int:
        """Units dispensed and not known to have been given."""
        return self.out["dispensed"] - self.given_at_home

    @property
    def left(self) -> int:
        """Units in the pharmacy."""
        return self.received - sum(self.out.values())

    def facts(self) -> BatchFacts:
        """The batch as guards read it."""
        return BatchFacts(self.line, self.batch, self.expires_on, self.status, self.left, self.at_home, self.recall)


@dataclass(slots=True)
class LineAccount:
    """One line added up, in units (packs where the agency grants packs)."""

    number: int
    units_per_pack: int
    packs_granted: int = 0
    packs_ordered: int = 0
    packs_promised: int = 0
    received: int = 0
    dispensed: int = 0
    administered: int = 0
    returned: int = 0
    destroyed: int = 0

    @property
    def used(self) -> int:
        """Units dispensed or given from the pharmacy's stock."""
        return self.dispensed + self.administered

    @property
    def left(self) -> int:
        """Units that nobody has accounted for yet: received and still in the pharmacy."""
        return self.received - self.used - self.returned - self.destroyed

    @property
    def units_granted(self) -> int:
        """Units that the agency's decisions allow."""
        return self.packs_granted * self.units_per_pack

    @property
    def units_still_granted(self) -> int:
        """Units that may still be given under the decisions."""
        return self.units_granted - self.used


def entries_of(session: Session, case: Case) -> list[SupplyEntry]:
    """Every movement of a case, oldest first."""
    return list(session.scalars(select(SupplyEntry).where(SupplyEntry.case_id == case.id).order_by(SupplyEntry.id)))


def batches(entries: Iterable[SupplyEntry], doses: Iterable[Dose] = ()) -> tuple[Batch, ...]:
    """The batches that the movements add up to."""
    held: dict[tuple[int, str], Batch] = {}
    for entry in entries:
        _move(held, entry)
    for dose in doses:
        if dose.from_dispensed and (dose.line_number, dose.batch) in held:
            held[dose.line_number, dose.batch].given_at_home += dose.units
    return tuple(held.values())


def _move(held: dict[tuple[int, str], Batch], entry: SupplyEntry) -> None:
    key = (entry.line_number, entry.batch)
    if entry.kind == "received" and entry.expires_on is not None:
        batch = held.setdefault(key, Batch(*key, entry.expires_on, entry.on))
        batch.received += entry.units
        batch.expires_on = min(batch.expires_on, entry.expires_on)
        if batch.status == RECALLED:
            batch.before = "in_quarantine"
        else:
            batch.status = "in_quarantine"
    elif key not in held:
        return
    elif entry.kind in ("released", "rejected"):
        held[key].status = entry.kind
        held[key].released_on = entry.on if entry.kind == "released" else held[key].released_on
    elif entry.kind in (RECALLED, LIFTED):
        _stop(held[key], entry)
    elif entry.kind in OUT:
        held[key].out[entry.kind] += entry.units
        if entry.kind == "dispensed":
            held[key].dispensed_on = min(held[key].dispensed_on or entry.on, entry.on)


def _stop(batch: Batch, entry: SupplyEntry) -> None:
    """A recall takes the batch out of use, whatever it was; lifted, it stands where it stood."""
    if entry.kind == RECALLED and batch.status != RECALLED:
        batch.before, batch.status, batch.recall = batch.status, RECALLED, entry.reference
    elif entry.kind == LIFTED and batch.status == RECALLED:
        batch.status, batch.recall = batch.before, ""


def granted(session: Session, case: Case) -> dict[int, int]:
    """Packs granted on each line by every authorising decision of the case, first and additional."""
    return added_up(authorising(session, case))


def authorising(session: Session, case: Case) -> list[Decision]:
    """Every decision of a case that grants something."""
    return list(session.scalars(select(Decision).where(Decision.case_id == case.id, Decision.outcome == "authorised")))


def added_up(decisions: Iterable[Decision]) -> dict[int, int]:
    """Packs granted on each line by these decisions together."""
    packs: dict[int, int] = {}
    for row in (row for decision in decisions for row in decision.packs):
        packs[row.line_number] = packs.get(row.line_number, 0) + row.packs
    return packs


def accounts(case: Case, entries: Iterable[SupplyEntry], packs_granted: dict[int, int]) -> tuple[LineAccount, ...]:
    """Each line of a case added up."""
    held = {
        line.number: LineAccount(line.number, line.product_line.units_per_pack, packs_granted.get(line.number, 0))
        for line in case.lines
    }
    for entry in entries:
        account = held[entry.line_number]
        if entry.kind in ("ordered", "promised"):
            name = f"packs_{entry.kind}"
            setattr(account, name, getattr(account, name) + (entry.packs or 0))
        elif entry.kind in ("received", *OUT):
            setattr(account, entry.kind, getattr(account, entry.kind) + entry.units)
    return tuple(held.values())


def packs_to_order(account: LineAccount, held: Iterable[Batch]) -> int:
    """Whole packs that may still be ordered: what is granted beside what was used and what is in the pharmacy."""
    usable = sum(batch.left for batch in held if batch.line == account.number and batch.status not in STOPPED)
    return max(0, account.units_still_granted - usable) // account.units_per_pack
