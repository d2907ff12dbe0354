"""The clinical criteria of a programme, answered for one case: which of the blocking ones are not met."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Reason
from compassionate.models import AnswerSet, Case
from compassionate.models.vault import unseal
from compassionate.programmes.questionnaire import CRITERIA, VISITS
from compassionate.questionnaires import Catalogue, Questionnaire
from compassionate.questionnaires.criteria import assess
from compassionate.services import programmes
from compassionate.services.classifying import route_of
from compassionate.workflow.facts import Facts
from compassionate.workflow.guards import GUARDS

# Cases from before programmes were data answer the forms of files, in the version of then.
FILED = "2026-11"


def forms_of(session: Session) -> Catalogue:
    """The published questionnaires: those of files, and those that programmes make, a hospital's own among them."""
    base: Catalogue = session.info["forms"]
    return programmes.forms(session, base)


def new_form(session: Session, case: Case, name: str) -> Questionnaire:
    """The form that a case begins to answer: a programme's in the version that the case was opened under."""
    forms = forms_of(session)
    if name in (criteria_form(session, case), f"{VISITS}{case.programme}"):
        version = case.programme_version or FILED
        return forms.get(name, version) if forms.has(name, version) else forms.latest(name)
    return forms.latest(name)


def criteria_form(session: Session, case: Case) -> str:
    """The name of the programme's criteria form; empty where the product has no programme."""
    programme = case.programme or case.product.programme
    name = f"{CRITERIA}{programme}" if programme else ""
    return name if name and name in forms_of(session).names() else ""


LEGAL = (
    "disease_qualifies",
    "alternatives_documented",
    "product_under_investigation",
    "trial_reasons_given",
    "purpose_is_care",
    "route_fits",
)


def legal_reasons(session: Session, case: Case) -> tuple[Reason, ...]:
    """What the answers lack for the law, asked of the guards that refuse (RD 1015/2009 art. 1.2, 2.1, 8.1.a)."""
    row = session.scalar(select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form == "eligibility"))
    given: dict[str, Any] = unseal(session, row, "answers", case.key_id) if row else {}
    facts = Facts(today=case.opened_at.date(), eligibility=given, route=route_of(session, case))
    return tuple(reason for name in LEGAL for reason in GUARDS[name](facts, None, None))


def unmet_criteria(session: Session, case: Case) -> tuple[str, ...]:
    """Ids of the blocking criteria that the answers do not meet, those not answered among them."""
    name = criteria_form(session, case)
    if not name:
        return ()
    row = session.scalar(select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form == name))
    answers: dict[str, Any] = unseal(session, row, "answers", case.key_id) if row else {}
    form = forms_of(session).get(name, row.form_version) if row else new_form(session, case, name)
    return tuple(
        finding.criterion.upper() for finding in assess(form, answers) if finding.blocking and finding.met is not True
    )


def eligibility_reasons(session: Session, case: Case) -> tuple[Reason, ...]:
    """Every reason of law and of the programme why the answers do not make the patient eligible."""
    unmet = unmet_criteria(session, case)
    programme = Reason(
        "eligibility.criterion_unmet", "Protocolo del programa", "physician", "criteria", {"criteria": unmet}
    )
    return legal_reasons(session, case) + ((programme,) if unmet else ())
