"""From rows to a frozen snapshot: the only place that reads a whole case for documents, exports and bindings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Account,
    AnswerSet,
    Case,
    CaseEvent,
    Consent,
    Decision,
    Dose,
    Membership,
    Paper,
    Posology,
    Product,
    RequestPacks,
    Signature,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services import ledger
from compassionate.services.criteria import criteria_form
from compassionate.services.patients import identity_of
from compassionate.services.scores import scores_of
from compassionate.snapshot import (
    AnswersSnapshot,
    CaseSnapshot,
    CentreSnapshot,
    ConsentSnapshot,
    DecisionSnapshot,
    DoseSnapshot,
    EventSnapshot,
    LineSnapshot,
    PaperSnapshot,
    PatientSnapshot,
    Person,
    PosologySnapshot,
    ProductSnapshot,
    RegionSnapshot,
    RequestSnapshot,
    SignatureSnapshot,
    SupplySnapshot,
    VisitSnapshot,
)

REPORTS = {0: "clinical-report"}
CONTINUATION_REPORT = "progress-report"


def report_form(number: int) -> str:
    """The questionnaire of a request's report: the clinical report first, a progress report afterwards."""
    return REPORTS.get(number, CONTINUATION_REPORT)


def report_subject(number: int) -> str:
    """Tells the reports of a case's requests apart."""
    return str(number) if number else ""


class _Names:
    """Names of accounts, each looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, str] = {}

    def __call__(self, account_id: str | None) -> str:
        if account_id is None:
            return ""
        if account_id not in self._known:
            account = self._session.get(Account, account_id)
            self._known[account_id] = account.name if account else ""
        return self._known[account_id]


def _person(account: Account | None, role: str) -> Person | None:
    if account is None:
        return None
    return Person(
        account.name,
        role,
        account.collegiate_number,
        account.specialty,
        account.service,
        account.telephone,
        account.email or "",
    )


def _director(session: Session, case: Case) -> str:
    held = (
        select(Account.name)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.centre_id == case.centre_id,
            Membership.role == "director",
            Membership.delegated_by_id.is_(None),
            Account.active.is_(True),
        )
        .order_by(Membership.id)
        .limit(1)
    )
    return session.scalar(held) or ""


def _centre(session: Session, case: Case) -> CentreSnapshot:
    centre = case.centre
    return CentreSnapshot(
        centre.code,
        centre.name,
        centre.official_code,
        centre.territory,
        centre.zone,
        centre.kind,
        centre.pharmacy_service,
        centre.telephone,
        centre.email,
        _director(session, case),
    )


def _patient(session: Session, case: Case) -> PatientSnapshot:
    held = identity_of(session, case.patient)
    return PatientSnapshot(
        held.initials, held.given_name, held.surnames, held.nhc, held.cip, held.national_id, held.birth_on, held.sex
    )


def _product(case: Case) -> ProductSnapshot:
    row = case.product
    return ProductSnapshot(
        row.code,
        row.name,
        row.active_substance,
        row.sponsor.name,
        row.programme,
        row.trial_register,
        row.trial_number,
        row.application_status,
        row.agreement_per_patient,
        row.taken_at_home,
        tuple(row.consent_kinds or ["use"]),
        row.consent_sheet_version,
        row.willing_on,
        row.willing_by,
        row.willing_reference,
    )


def _lines(
    case: Case, number: int, accounts: tuple[ledger.LineAccount, ...], decided: bool
) -> tuple[LineSnapshot, ...]:
    request = next((row for row in case.requests if row.number == number), None)
    packs = {row.line_number: row for row in request.packs} if request else {}
    by_line = {account.number: account for account in accounts}
    return tuple(_line(row, packs.get(row.number), by_line[row.number], decided) for row in case.lines)


def _asked(packs: RequestPacks | None) -> tuple[str, int | None, int | None, int | None, str]:
    if packs is None:
        return ("", None, None, None, "")
    return (packs.units_a_day, packs.days, packs.total_units, packs.packs, packs.note)


def _line(row: Any, packs: RequestPacks | None, account: ledger.LineAccount, decided: bool) -> LineSnapshot:
    line = row.product_line
    return LineSnapshot(
        row.number,
        line.strength,
        line.form,
        line.route,
        line.presentation,
        line.unit,
        line.units_per_pack,
        line.is_free,
        line.price_cents,
        line.national_code,
        *_asked(packs),
        packs_granted=account.packs_granted if decided else None,
        units_used=account.used,
    )


def _answers(session: Session, case: Case, names: _Names) -> dict[tuple[str, str], AnswersSnapshot]:
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


def _posologies(session: Session, case: Case) -> list[tuple[int | None, PosologySnapshot]]:
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
        .order_by(Signature.at, Signature.id)
    )
    return tuple(
        SignatureSnapshot(
            row.meaning, row.name, row.role, row.at, row.content_sha256, row.collegiate_number, row.delegation
        )
        for row in rows
    )


def _request(
    session: Session,
    case: Case,
    number: int,
    answers: dict[tuple[str, str], AnswersSnapshot],
    posologies: list[tuple[int | None, PosologySnapshot]],
) -> RequestSnapshot:
    row = next(request for request in case.requests if request.number == number)
    earlier = [request.reference for request in case.requests if request.number < number and request.reference]
    stated = [posology for asked_in, posology in posologies if asked_in is not None and asked_in <= number]
    return RequestSnapshot(
        number,
        row.kind,
        earlier[-1] if earlier else "",
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
    )


def papers_of(session: Session, case: Case, number: int | None = None) -> list[Paper]:
    """The papers of a case that were not withdrawn (of one request, or of all)."""
    wanted = (
        select(Paper)
        .where(Paper.case_id == case.id, Paper.withdrawn_at.is_(None))
        .order_by(Paper.uploaded_at, Paper.id)
    )
    return list(session.scalars(wanted if number is None else wanted.where(Paper.request_number == number)))


def willingness_papers(session: Session, product: Product) -> list[Paper]:
    """The papers of a sponsor's willingness for a medicine, newest first; the newest goes with requests (art. 7.1)."""
    wanted = select(Paper).where(
        Paper.product_id == product.id, Paper.kind == "sponsor_willingness", Paper.withdrawn_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Paper.uploaded_at.desc(), Paper.id.desc())))


def paper_snapshot(session: Session, paper: Paper, zone: str) -> PaperSnapshot:
    """A paper's row as plain data, its title and file name opened."""
    details = unseal(session, paper, "details", paper.key_id)
    uploaded = civil_date(paper.uploaded_at, zone)
    return PaperSnapshot(
        paper.id,
        paper.kind,
        details["title"],
        details["filename"],
        paper.media_type,
        paper.size,
        paper.pages,
        paper.sha256,
        uploaded,
    )


def _regions(session: Session, case: Case, events: tuple[EventSnapshot, ...]) -> tuple[RegionSnapshot, ...]:
    last = {(event.region, event.instance): event for event in events}
    return tuple(
        RegionSnapshot(
            row.kind,
            row.instance,
            row.state,
            civil_date(row.since_at, case.centre.zone),
            last[row.kind, row.instance].inputs if (row.kind, row.instance) in last else {},
        )
        for row in case.regions
    )


def _events(session: Session, case: Case) -> tuple[EventSnapshot, ...]:
    rows = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version))
    return tuple(
        EventSnapshot(
            row.at,
            row.name,
            row.region,
            row.instance,
            row.before,
            row.after,
            row.by_name,
            row.role,
            unseal(session, row, "inputs", case.key_id) or {},
        )
        for row in rows
    )


def _decisions(session: Session, case: Case) -> tuple[DecisionSnapshot, ...]:
    rows = session.scalars(
        select(Decision).where(Decision.case_id == case.id).order_by(Decision.decided_on, Decision.id)
    )
    return tuple(_decision(session, case, row) for row in rows)


def _decision(session: Session, case: Case, row: Decision) -> DecisionSnapshot:
    texts = unseal(session, row, "texts", case.key_id) or {}
    return DecisionSnapshot(
        row.request_number,
        row.outcome,
        row.channel,
        row.decided_on,
        row.seen_on,
        row.reference,
        row.valid_until,
        texts.get("conditions") or "",
        tuple(row.grounds),
        texts.get("grounds_text") or "",
        row.follow_up_forms,
        {str(each.line_number): each.packs for each in row.packs},
    )


def _consents(session: Session, case: Case, names: _Names) -> tuple[ConsentSnapshot, ...]:
    rows = {
        row.kind: row
        for row in session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.number))
    }
    return tuple(
        _consent(session, case, region.instance, region.state, rows.get(region.instance), names)
        for region in case.regions
        if region.kind == "consent"
    )


def _consent(
    session: Session, case: Case, kind: str, state: str, row: Consent | None, names: _Names
) -> ConsentSnapshot:
    if row is None:
        return ConsentSnapshot(kind, state)
    details = unseal(session, row, "details", case.key_id) or {}
    return ConsentSnapshot(
        kind,
        state,
        row.sheet_version,
        row.informed_on,
        names(row.informed_by_id),
        row.signed_on,
        row.signed_by,
        details.get("representative") or "",
        details.get("interpreter") or "",
        row.copy_given,
        row.ended_on,
    )


def _dose(session: Session, case: Case, row: Dose, names: _Names) -> DoseSnapshot:
    details = unseal(session, row, "details", case.key_id) or {}
    return DoseSnapshot(
        row.act,
        row.line_number,
        row.batch,
        row.expires_on,
        row.units,
        row.given_on,
        names(row.by_id),
        details.get("collected_by") or "",
        row.next_on,
        details.get("note") or "",
    )


def _visit(session: Session, case: Case, row: Visit, answers: dict[tuple[str, str], AnswersSnapshot]) -> VisitSnapshot:
    held = next(
        (each for (form, subject), each in answers.items() if subject == row.name and form.startswith("follow-up")),
        None,
    )
    scores = scores_of(held.answers) if held else {}
    reason = unseal(session, row, "reason", case.key_id) or ""
    return VisitSnapshot(row.name, row.months, row.status, row.planned_on, row.done_on, reason, held, scores)


def snapshot(session: Session, case: Case, number: int = 0) -> CaseSnapshot:
    """The whole case as plain data, seen through its request `number`."""
    names = _Names(session)
    answers, posologies, events = _answers(session, case, names), _posologies(session, case), _events(session, case)
    entries = ledger.entries_of(session, case)
    decisions = _decisions(session, case)
    accounts = ledger.accounts(case, entries, ledger.granted(session, case))
    doses = session.scalars(select(Dose).where(Dose.case_id == case.id).order_by(Dose.given_on, Dose.id))
    visits = session.scalars(select(Visit).where(Visit.case_id == case.id).order_by(Visit.months))
    return CaseSnapshot(
        case.code,
        case.pathway,
        case.pathway_version,
        case.state,
        _centre(session, case),
        _patient(session, case),
        _product(case),
        _request(session, case, number, answers, posologies),
        opened_at=case.opened_at,
        physician=_person(case.physician, "physician"),
        pharmacist=_person(case.pharmacist, "pharmacist"),
        lines=_lines(case, number, accounts, bool(decisions)),
        eligibility=answers.get(("eligibility", "")),
        criteria=answers.get((criteria_form(session, case), "")),
        papers=tuple(
            paper_snapshot(session, row, case.centre.zone)
            for row in papers_of(session, case, number) + willingness_papers(session, case.product)[:1]
        ),
        regions=_regions(session, case, events),
        decisions=decisions,
        posologies=tuple(posology for _, posology in posologies),
        consents=_consents(session, case, names),
        supply=tuple(
            SupplySnapshot(
                row.line_number,
                row.kind,
                row.on,
                row.units,
                row.packs,
                row.batch,
                row.expires_on,
                row.reference,
                names(row.by_id),
            )
            for row in entries
        ),
        doses=tuple(_dose(session, case, row, names) for row in doses),
        visits=tuple(_visit(session, case, row, answers) for row in visits),
        events=events,
        is_demo=case.is_demo,
    )
