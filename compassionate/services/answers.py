"""Answers to questionnaires: saved as far as they go, refused where they are wrong, signed when they are done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from compassionate.errors import Conflict, FieldError, Invalid, Reason, Refused
from compassionate.models import AnswerSet, Case, Signature, new_id
from compassionate.models.vault import seal, unseal
from compassionate.questionnaires import Questionnaire, missing, validate
from compassionate.services.actors import Actor
from compassionate.services.binding import ENDORSEMENT, REPORT, signing
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.completing import complete, completes, refuse_changes, report_state
from compassionate.services.criteria import eligibility_reasons, forms_of, new_form
from compassionate.services.edits import hold
from compassionate.services.following import follows
from compassionate.services.proofs import SigningAct
from compassionate.services.recording import record
from compassionate.services.requests import role_for, the_request
from compassionate.services.signatures import sign, void
from compassionate.services.snapshots import report_form, report_subject, snapshot
from compassionate.snapshot import sha256
from compassionate.workflow.roles import Role
from compassionate.workflow.urgent import REPORT as REPORT_PART
from compassionate.workflow.urgent import is_core

CLINICAL = "clinical-report"
SECTION_OF_FORM = {"clinical-report": "report", "progress-report": "report", "eligibility": "eligibility"}


def section_of(form: str) -> str:
    """The section of the permission table that a form belongs to."""
    return SECTION_OF_FORM.get(form) or ("visits" if form.startswith("follow-up") else "eligibility")


def find(session: Session, case: Case, form: str, subject: str = "") -> AnswerSet | None:
    """The stored answers to a form, or None."""
    return session.scalar(
        select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form == form, AnswerSet.subject == subject)
    )


def form_for(session: Session, case: Case, form: str, subject: str = "") -> Questionnaire:
    """The questionnaire in the version that the case answered, or where it answered none the one it begins with."""
    held = find(session, case, form, subject)
    return forms_of(session).get(form, held.form_version) if held else new_form(session, case, form)


def save(
    session: Session,
    actor: Actor,
    case: Case,
    form: str,
    answers: Mapping[str, Any],
    now: datetime,
    *,
    subject: str = "",
    version: int | None = None,
) -> AnswerSet:
    """Save answers as far as they go: raises Invalid (values), Refused (role or state), Conflict (saved meanwhile).

    `version` is the AnswerSet's version that the page was filled on (0: there was none). Saving what is stored
    already writes nothing.
    """
    section = section_of(form)
    number = int(subject) if section == "report" and subject else 0
    hold(session, case)
    require_edit(case, actor, section, report_state(case, number))
    held = find(session, case, form, subject)
    if version is not None and version != (held.version if held else 0):
        raise Conflict(case.code, case.state, case.version)
    questionnaire = form_for(session, case, form, subject)
    errors = validate(questionnaire, answers)
    if errors:
        raise Invalid(tuple(errors))
    before = _plain_answers(session, case, held)
    if held is not None and before == answers:
        return held
    if form == CLINICAL and completes(case, number):
        refuse_changes(before, answers)
    row = held or AnswerSet(
        id=new_id(), case_id=case.id, form=form, form_version=questionnaire.version, subject=subject
    )
    _write(session, actor, case, row, answers, now)
    told, role = {"form": form, "form_version": row.form_version}, role_for(section, case, actor)
    changes = differing(before, answers)
    name = f"edit_{section}"
    record(session, case, actor, now, name, role=role, instance=subject, inputs=told, changes=changes, **told)
    return row


def _write(
    session: Session, actor: Actor, case: Case, row: AnswerSet, answers: Mapping[str, Any], now: datetime
) -> None:
    """Seal the answers into their row; raises Conflict where somebody saved meanwhile."""
    seal(session, row, "answers", case.key_id, dict(answers))
    row.saved_by_id, row.saved_at = actor.account_id, now
    session.add(row)
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict(case.code) from error


def report_gaps(session: Session, case: Case, number: int) -> tuple[Reason, ...]:
    """What a request's report still lacks before it can be signed: one reason a missing answer."""
    gaps: list[Reason] = []
    for form, subject, cure in (
        ("eligibility", "", "eligibility"),
        (report_form(number), report_subject(number), "report"),
    ):
        held = find(session, case, form, subject)
        questionnaire = form_for(session, case, form, subject)
        answers = _plain_answers(session, case, held)
        gaps += [
            Reason(
                "report.answer_missing",
                "RD 1015/2009 art. 8.1.a, 11.1.a",
                "physician",
                cure,
                {"label": _label(questionnaire, each), "form": form, "field": each.field},
            )
            for each in missing(questionnaire, answers)
        ]
    return tuple(gaps)


def _plain_answers(session: Session, case: Case, held: AnswerSet | None) -> dict[str, Any]:
    return unseal(session, held, "answers", case.key_id) if held else {}


def _label(questionnaire: Questionnaire, gap: FieldError) -> object:
    """The question's words, in every language that its form has."""
    return gap.params.get("label") or questionnaire.label(gap.field)


def signing_gaps(session: Session, case: Case, number: int) -> tuple[Reason, ...]:
    """Everything that stands against signing a request's report: requirements, missing answers, posology, duration.

    The requirements are asked again here (RD 1015/2009 art. 2.1, 1.2, 8.1.a): answers may change while a request
    is prepared, and a request that was withdrawn before its requirements were accepted may be prepared again.
    """
    gaps = (() if number else eligibility_reasons(session, case)) + _report_gaps_now(session, case, number)
    held = snapshot(session, case, number)
    if held.request.posology is None or not held.request.duration_weeks:
        gaps += (Reason("posology.missing", "RD 1015/2009 art. 8.1.a, 11.1.a", "physician", "posology"),)
    return gaps


def _report_gaps_now(session: Session, case: Case, number: int) -> tuple[Reason, ...]:
    """What the report lacks; before an urgent filing only of its core (Ley 39/2015 art. 66.1.c)."""
    gaps, request = report_gaps(session, case, number), the_request(case, number)
    if request.submitted_at is not None or REPORT_PART not in follows(case, request):
        return gaps
    return tuple(gap for gap in gaps if gap.params["form"] != CLINICAL or is_core(str(gap.params["field"])))


def sign_report(
    session: Session, actor: Actor, case: Case, number: int, now: datetime, seen: str | None = None
) -> Signature:
    """The physician's signature under the report as it stands (RD 1015/2009 art. 8.1.a, 11.1.a).

    `seen` is the SHA-256 of the content that the signer read. Raises Refused with every gap and where identity was
    not shown for it (SIG-01), Conflict where the content is no longer what was read.
    """
    hold(session, case)
    require_edit(case, actor, "sign_report", report_state(case, number))
    gaps = signing_gaps(session, case, number)
    if gaps:
        raise Refused(gaps)
    what = signing(snapshot(session, case, number), REPORT)
    if seen is not None and seen != sha256(what.content):
        raise Conflict(case.code, case.state, case.version)
    row = sign(session, actor, case, what, Role.PHYSICIAN, now)
    record_signing(session, actor, case, row, now)
    if completes(case, number) and complete(session, actor, case, number, Role.PHYSICIAN.value, now):
        void(session, actor, case, SigningAct(ENDORSEMENT, case.id, number), now)
    return row


def record_signing(session: Session, actor: Actor, case: Case, row: Signature, now: datetime) -> None:
    """The signature as an event of the case's history."""
    name, inputs = f"sign_{row.meaning}", {"content_sha256": row.content_sha256}
    record(session, case, actor, now, name, role=row.role, instance=str(row.request_number), inputs=inputs)
