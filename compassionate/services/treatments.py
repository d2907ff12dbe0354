"""What a treatment is told by: the gate condition by condition, the doses, the posologies, the continuations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Reason
from compassionate.models import Account, Case, Dose, Posology
from compassionate.models.vault import unseal
from compassionate.services import ledger
from compassionate.services.facts import gather
from compassionate.workflow.treatment import TREATMENT_GATE

GIVING_STATES = ("authorised", "in_treatment", "interrupted", "suspended")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the treatment gate and every reason against it now (none: it holds)."""

    name: str
    reasons: tuple[Reason, ...]


def gate(session: Session, case: Case, now: datetime) -> tuple[Condition, ...]:
    """Each condition that every dispensing and dose is asked for (RD 1015/2009 art. 4, 8.2, 10.a, 11.2), as of now."""
    facts = gather(session, case, now)
    return tuple(Condition(each.__name__, each(facts, None)) for each in TREATMENT_GATE)


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
