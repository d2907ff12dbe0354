"""The clinical criteria of a programme, answered for one case: which of the blocking ones are not met."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AnswerSet, Case
from compassionate.models.vault import unseal
from compassionate.questionnaires import Catalogue
from compassionate.questionnaires.criteria import assess


def forms_of(session: Session) -> Catalogue:
    """The published questionnaires that this session was given when it was made."""
    forms: Catalogue = session.info["forms"]
    return forms


def criteria_form(session: Session, case: Case) -> str:
    """The name of the programme's criteria form; empty where the product has no programme."""
    name = f"eligibility-{case.product.programme}" if case.product.programme else ""
    return name if name and name in forms_of(session).names() else ""


def unmet_criteria(session: Session, case: Case) -> tuple[str, ...]:
    """Ids of the blocking criteria that the answers do not meet, those not answered among them."""
    name = criteria_form(session, case)
    if not name:
        return ()
    row = session.scalar(select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form == name))
    answers: dict[str, Any] = unseal(session, row, "answers", case.key_id) if row else {}
    form = forms_of(session).get(name, row.form_version) if row else forms_of(session).latest(name)
    return tuple(
        finding.criterion.upper() for finding in assess(form, answers) if finding.blocking and finding.met is not True
    )
