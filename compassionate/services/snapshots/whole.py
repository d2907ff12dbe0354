"""A whole case as plain data, as it stands in this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Dose, Paper, PatientLink, Visit
from compassionate.services import ledger
from compassionate.services.classifying import FORM
from compassionate.services.criteria import criteria_form
from compassionate.services.snapshots import asking, course, parties
from compassionate.services.snapshots.labels import newest
from compassionate.services.snapshots.papers import STILL_VALID, paper_snapshot, papers_of, willingness_papers
from compassionate.services.visit_schedule import in_order
from compassionate.snapshot import (
    AnswersSnapshot,
    CaseSnapshot,
    DoseSnapshot,
    LineSnapshot,
    PaperSnapshot,
    RequestPart,
    RequestSnapshot,
    VisitSnapshot,
)


def _papers(session: Session, case: Case, number: int) -> tuple[PaperSnapshot, ...]:
    rows = papers_of(session, case, number) + willingness_papers(session, case.product)[:1]
    references = {row.number: row.reference for row in case.requests if row.number < number}
    return tuple(paper_snapshot(session, row, case.centre.zone, _sent_with(row, references)) for row in rows)


def _sent_with(paper: Paper, references: Mapping[int, str]) -> str:
    """The reference of the earlier request that carried a paper; what is valid until it ends goes without saying."""
    again = paper.case_id is not None and paper.kind not in STILL_VALID
    return references.get(paper.request_number, "") if again else ""


def _doses(session: Session, case: Case, names: parties.Names) -> tuple[DoseSnapshot, ...]:
    rows = session.scalars(select(Dose).where(Dose.case_id == case.id).order_by(Dose.given_on, Dose.id))
    return tuple(course.dose(session, case, row, names) for row in rows)


def _visits(
    session: Session, case: Case, answers: dict[tuple[str, str], AnswersSnapshot], names: parties.Names
) -> tuple[VisitSnapshot, ...]:
    rows = in_order(session.scalars(select(Visit).where(Visit.case_id == case.id)))
    wanted = select(PatientLink).where(PatientLink.case_id == case.id, PatientLink.answered_at.is_not(None))
    said = list(session.scalars(wanted.order_by(PatientLink.answered_at, PatientLink.id))) if rows else []
    return tuple(
        course.visit(session, case, row, answers, [each for each in said if each.visit_id == row.id], names)
        for row in rows
    )


def _others(
    session: Session,
    case: Case,
    number: int,
    asked: Callable[[int], RequestSnapshot],
    lines: Callable[[int], tuple[LineSnapshot, ...]],
) -> tuple[RequestPart, ...]:
    """The other requests of a case; most have none."""
    return tuple(
        RequestPart(
            asked(row.number),
            parties.centre(session, case, row.number).director,
            lines(row.number),
            _papers(session, case, row.number),
        )
        for row in case.requests
        if row.number != number
    )


def snapshot(session: Session, case: Case, number: int = 0) -> CaseSnapshot:
    """The whole case as plain data, seen through its request `number`."""
    names = parties.Names(session)
    answers, posologies = asking.answers_of(session, case, names), asking.posologies_of(session, case)
    events, decisions = course.events_of(session, case), course.decisions_of(session, case)
    entries = ledger.entries_of(session, case)
    accounts = ledger.accounts(case, entries, ledger.granted(session, case))

    def asked(of: int) -> RequestSnapshot:
        return asking.request(session, case, of, answers, posologies, names)

    def lines(of: int) -> tuple[LineSnapshot, ...]:
        return parties.lines(case, of, accounts, bool(decisions))

    return CaseSnapshot(
        case.code,
        case.pathway,
        case.pathway_version,
        case.state,
        parties.centre(session, case, number),
        parties.patient(session, case),
        parties.product(case),
        asked(number),
        opened_at=case.opened_at,
        physician=parties.person(case.physician, "physician"),
        pharmacist=parties.person(case.pharmacist, "pharmacist"),
        lines=lines(number),
        eligibility=answers.get(("eligibility", "")),
        criteria=answers.get((criteria_form(session, case), "")),
        classification=answers.get((FORM, "")),
        programme_version=case.programme_version,
        papers=_papers(session, case, number),
        regions=course.regions(case, events),
        decisions=decisions,
        posologies=tuple(posology for _, posology in posologies),
        consents=course.consents(session, case, names),
        supply=tuple(course.movement(row, names) for row in entries),
        doses=_doses(session, case, names),
        visits=_visits(session, case, answers, names),
        events=events,
        is_demo=case.is_demo,
        others=_others(session, case, number, asked, lines),
        labels=newest(session, case),
    )
