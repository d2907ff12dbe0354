"""Figures for registries, the agency and statistics: no name, no date, no text, nobody who could be recognised.

GDPR art. 25, 32, 89; LO 3/2018 DA 17ª.2 (its own way out, separate from care); RET-04. A pseudonym is random and holds
for one export: two exports cannot be joined, and nobody keeps the list that leads back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid, Reason, Refused
from compassionate.exports import csv_files, suppression
from compassionate.models import AnswerSet, Case, Decision, Dose
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.patients import identity_of
from compassionate.workflow.roles import Role

MAY_EXPORT = (Role.REGULATORY_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)
PURPOSES = ("registry", "agency", "statistics", "research")
SMALL_CELL, FEWEST = 5, 3
# Hidden in this order where too few share them.
IDENTIFYING = ("first_dose_month", "decided_month", "opened_month", "age_band", "sex", "product")
COLUMNS = ("pseudonym", "age_band", "sex", "product", "opened_month", "decided_month", "first_dose_month", "state",
           "outcome", "doses", "free_text")  # fmt: skip
LEFT_OUT = "left_out"
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Export:
    """A file and what was held back: rows left out, cells hidden."""

    data: bytes
    rows: int
    left_out: int
    hidden: int

    @property
    def sha256(self) -> str:
        """What the audit row keeps of it."""
        return hashlib.sha256(self.data).hexdigest()


def cases(session: Session, actor: Actor, purpose: str, now: datetime, least: int = SMALL_CELL) -> Export:
    """One row a case, every combination of what could identify shared by at least `least`; raises Refused, Invalid."""
    rows = [_row(session, case) for case in _cases(session, actor, purpose, least)]
    kept, left_out = suppression.shared_by_enough(rows, IDENTIFYING, least)
    kept = sorted(({"pseudonym": secrets.token_hex(8)} | row for row in kept), key=lambda row: row["pseudonym"])
    hidden = sum(row[name] == suppression.HIDDEN for row in kept for name in IDENTIFYING)
    data = csv_files.write(COLUMNS, [[row[name] for name in COLUMNS] for row in kept])
    return _told(session, actor, "export_pseudonymous", purpose, Export(data, len(kept), left_out, hidden), least, now)


def counts(session: Session, actor: Actor, purpose: str, now: datetime, least: int = SMALL_CELL) -> Export:
    """How many cases of each product stand in each state, with totals, small cells hidden; raises Refused, Invalid."""
    counted = Counter((case.product.code, case.state) for case in _cases(session, actor, purpose, least))
    products = sorted({product for product, _ in counted})
    states = sorted({state for _, state in counted})
    table = suppression.with_totals([[counted[product, state] for state in states] for product in products])
    hidden = suppression.hidden_cells(table, least)
    rows = [
        [name, *_shown(number, cells, hidden)]
        for number, (name, cells) in enumerate(zip([*products, TOTAL], table, strict=False))
    ]
    data = csv_files.write(["product", *states, TOTAL], rows)
    return _told(session, actor, "export_counts", purpose, Export(data, len(rows), 0, len(hidden)), least, now)


def _shown(row: int, cells: Sequence[int], hidden: frozenset[suppression.Cell]) -> list[csv_files.Cell]:
    return [suppression.HIDDEN if (row, column) in hidden else value for column, value in enumerate(cells)]


def _cases(session: Session, actor: Actor, purpose: str, least: int) -> list[Case]:
    centres = actor.centres(*MAY_EXPORT)
    if not centres:
        params = {"roles": tuple(role.value for role in MAY_EXPORT)}
        raise Refused((Reason("role.missing", "LO 3/2018 DA 17ª", MAY_EXPORT[0].value, "accounts", params),))
    errors = [] if purpose in PURPOSES else [FieldError("purpose", "value.not_a_choice")]
    errors += [] if least >= FEWEST else [FieldError("least", "value.between", {"least": FEWEST, "most": 1000})]
    if errors:
        raise Invalid(tuple(errors))
    return list(session.scalars(select(Case).where(Case.centre_id.in_(centres), Case.blocked_at.is_(None))))


def _row(session: Session, case: Case) -> dict[str, str]:
    identity = identity_of(session, case.patient)
    opened = civil_date(case.opened_at, case.centre.zone)
    first_dose = session.scalar(select(func.min(Dose.given_on)).where(Dose.case_id == case.id))
    given = session.scalar(select(func.count()).select_from(Dose).where(Dose.case_id == case.id)) or 0
    decision = session.scalars(
        select(Decision).where(Decision.case_id == case.id, Decision.request_number == 0).order_by(Decision.id.desc())
    ).first()
    text = session.scalar(select(AnswerSet.id).where(AnswerSet.case_id == case.id).limit(1))
    return {
        "age_band": age_band(identity.birth_on, opened),
        "sex": identity.sex,
        "product": case.product.code,
        "opened_month": month(opened),
        "decided_month": month(decision.decided_on if decision else None),
        "first_dose_month": month(first_dose),
        "state": case.state,
        "outcome": decision.outcome if decision else "",
        "doses": str(given),
        "free_text": LEFT_OUT if text else "",
    }


def month(day: date | None) -> str:
    """A date without its day."""
    return f"{day:%Y-%m}" if day else ""


def age_band(born: date | None, on: date) -> str:
    """Ten years of age; those under eighteen are one band, and so are those of eighty and over."""
    if born is None:
        return ""
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if age < 18:
        return "0-17"
    return "80+" if age >= 80 else "18-29" if age < 30 else f"{age // 10 * 10}-{age // 10 * 10 + 9}"


def _told(session: Session, actor: Actor, action: str, purpose: str, made: Export, least: int, now: datetime) -> Export:
    told: dict[str, Any] = {"purpose": purpose, "rows": made.rows, "left_out": made.left_out, "least": least}
    audit.append(session, actor, action, now, sha256=made.sha256, centres=list(actor.centres(*MAY_EXPORT)), **told)
    return made
