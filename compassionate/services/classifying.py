"""Which law the product of a case comes under, by what was answered (Regulation (EC) 1394/2007; RD 477/2014)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AnswerSet, Case
from compassionate.models.vault import unseal
from compassionate.programmes.classification import Classification, classify, of_answers
from compassionate.services import programmes

FORM = "classification"


def asks(session: Session, case: Case) -> bool:
    """Whether the product is to be classified: its programme is one of cells."""
    programme = programmes.programme_of(session, case)
    return programme is not None and programme.cells is not None


def classification_of(session: Session, case: Case) -> Classification | None:
    """Where the answers lead, with the grounds; None while nobody has answered."""
    forms = (FORM, "eligibility")
    rows = session.scalars(
        select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form.in_(forms), AnswerSet.subject == "")
    )
    held: dict[str, dict[str, Any]] = {row.form: unseal(session, row, "answers", case.key_id) for row in rows}
    return classify(of_answers(held[FORM], held.get("eligibility", {}))) if held.get(FORM) else None


def route_of(session: Session, case: Case) -> str:
    """The route that the answers lead to; empty while nobody has answered."""
    found = classification_of(session, case) if case.programme_version else None
    return found.route.value if found else ""
