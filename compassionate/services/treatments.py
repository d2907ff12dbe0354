"""What a treatment is told by: the gate condition by condition, the doses, the posologies, the continuations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Reason
from compassionate.models import Account, Case, Dose, Posology
from compassionate.models.vault import unseal
from compassionate.services import ledger
from compassionate.services.facts import gather
from compassionate.workflow.cell_guards import cells_released
from compassionate.workflow.facts import Facts
from compassionate.workflow.treatment import TREATMENT_GATE

GIVING_STATES = ("authorised", "in_treatment", "interrupted", "suspended")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the treatment gate and every reason against it now (none: it holds)."""

    name: str
    reasons: tuple[Reason, ...]


def gate(session: Session, case: Case, now: datetime) -> tuple[Condition, ...]:
    """Each condition that what leaves the pharmacy is asked for (RD 1015/2009 art. 4, 8.2, 10.a, 11.2), as of now."""
    return _asked(_without_dispensed(gather(session, case, now)))


def may_give_dispensed(session: Session, case: Case, now: datetime) -> bool:
    """Whether at least what was dispensed before may be given: nothing new leaves the pharmacy for it."""
    return all(not condition.reasons for condition in _asked(gather(session, case, now)))


def _asked(facts: Facts) -> tuple[Condition, ...]:
    asked = tuple(Condition(each.__name__, each(facts, None)) for each in TREATMENT_GATE)
    cells = (Condition(cells_released.__name__, cells_released(facts, None, None)),) if facts.cells.needed else ()
    return asked + cells


def _without_dispensed(facts: Facts) -> Facts:
    """What the gate asks, as if nothing had been dispensed before."""
    return Facts(
        today=facts.today,
        case_state=facts.case_state,
        authorisation=facts.authorisation,
        consents_required=facts.consents_required,
        consents=facts.consents,
        lines=facts.lines,
        batches=tuple(replace(batch, dispensed_left=0) for batch in facts.batches),
        insurance_held=facts.insurance_held,
        urgent_owed=facts.urgent_owed,
        cells=facts.cells,
    )


def doses(session: Session, case: Case) -> list[Dose]:
    """Every dispensing and administration, newest first."""
    wanted = select(Dose).where(Dose.case_id == case.id)
    return list(session.scalars(wanted.order_by(Dose.given_on.desc(), Dose.id.desc())))


def accounts(session: Session, case: Case) -> tuple[ledger.LineAccount, ...]:
    """Each line added up."""
    return ledger.accounts(case, ledger.entries_of(session, case), ledger.granted(session, case))


def posologies(session: Session, case: Case) -> list[tuple[Posology, dict[str, Any], str]]:
    """Each version of the posology with its words and who wrote it, newest first."""
    rows = session.scalars(select(Posology).where(Posology.case_id == case.id).order_by(Posology.version.desc()))
    return [(row, unseal(session, row, "details", case.key_id), _name(session, row.by_id)) for row in rows]


def _name(session: Session, account_id: str) -> str:
    account = session.get(Account, account_id)
    return account.name if account else ""
