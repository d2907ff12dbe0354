"""What is asked for in a request: answers, posology, signatures."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Account,
    AnswerSet,
    Case,
    Posology,
    Rectification,
    Signature,
)
from compassionate.models.vault import unseal
from compassionate.services.differences import differed, in_words
from compassionate.services.following import follows
from compassionate.services.snapshots.parties import Names, signature_snapshot
from compassionate.snapshot import (
    CONSENT_WITNESS,
    AnswersSnapshot,
    PosologySnapshot,
    RectificationSnapshot,
    RequestSnapshot,
    SignatureSnapshot,
)

REPORTS = {0: "clinical-report"}
CONTINUATION_REPORT = "progress-report"


def report_form(number: int) -> str:
    """The questionnaire of a request's report: the clinical report first, a progress report afterwards."""
    return REPORTS.get(number, CONTINUATION_REPORT)


def report_subject(number: int) -> str:
    """Tells the reports of a case's requests apart."""
    return str(number) if number else ""


def answers_of(session: Session, case: Case, names: Names) -> dict[tuple[str, str], AnswersSnapshot]:
    """Every answered questionnaire, by form and subject."""
    rows = session.scalars(select(AnswerSet).where(AnswerSet.case_id == case.id))
    return {
        (row.form, row.subject): AnswersSnapshot(
            row.form,
            row.form_version,
            unseal(session, row, "answers", case.key_id),
            row.subject,
            row.saved_at,
            names(row.saved_by_id),
        )
        for row in rows
    }


def posologies_of(session: Session, case: Case) -> list[tuple[int | None, PosologySnapshot]]:
    """Every posology with the request that stated it, oldest first."""
    rows = session.scalars(select(Posology).where(Posology.case_id == case.id).order_by(Posology.version))
    return [
        (
            row.request_number,
            PosologySnapshot(row.version, from_on=row.from_on, **unseal(session, row, "details", case.key_id)),
        )
        for row in rows
    ]


def _signatures(session: Session, case: Case, number: int) -> tuple[SignatureSnapshot, ...]:
    rows = session.scalars(
        select(Signature)
        .where(Signature.case_id == case.id, Signature.request_number == number, Signature.voided_at.is_(None))
        .where(Signature.meaning != CONSENT_WITNESS)
        .order_by(Signature.at, Signature.id)
    )
    return tuple(signature_snapshot(row) for row in rows)


def _rectifications(session: Session, case: Case, number: int, names: Names) -> tuple[RectificationSnapshot, ...]:
    rows = session.scalars(
        select(Rectification)
        .where(Rectification.case_id == case.id, Rectification.request_number == number)
        .order_by(Rectification.number)
    )
    return tuple(
        RectificationSnapshot(
            row.number,
            row.field,
            row.line_number,
            **unseal(session, row, "details", case.key_id),
            on=civil_date(row.at, case.centre.zone),
            by=names(row.by_id),
        )
        for row in rows
    )


def request(
    session: Session,
    case: Case,
    number: int,
    answers: dict[tuple[str, str], AnswersSnapshot],
    posologies: list[tuple[int | None, PosologySnapshot]],
    names: Names,
) -> RequestSnapshot:
    """A request, its report and its valid signatures."""
    row = next(request for request in case.requests if request.number == number)
    earlier = [held for held in case.requests if held.number < number and held.reference]
    named = [held for held in earlier if held.number == row.continues_number]
    stated = [posology for asked_in, posology in posologies if asked_in is not None and asked_in <= number]
    return RequestSnapshot(
        number,
        row.kind,
        (named or earlier)[-1].reference if earlier else "",
        row.urgent,
        unseal(session, row, "urgent_reason", case.key_id) or "",
        row.needs_import,
        row.origin_country,
        row.duration_weeks,
        row.start_wished_on,
        row.reference,
        row.registry_number,
        row.submitted_at,
        answers.get((report_form(number), report_subject(number))),
        stated[-1] if stated else None,
        _signatures(session, case, number),
        _name(session, row.typed_by_id),
        _name(session, row.checked_by_id),
        in_words(differed(session, case, row)),
        _rectifications(session, case, number, names),
        tuple(sorted(follows(case, row))),
    )


def _name(session: Session, account_id: str | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""
