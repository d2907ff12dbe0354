"""Who and what a case is about: people, centre, patient, medicine and its lines."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.clock import civil_date
from compassionate.models import (
    Account,
    Case,
    Membership,
    RequestPacks,
    Signature,
)
from compassionate.services import ledger
from compassionate.services.memberships import in_force_on
from compassionate.services.patients import identity_of
from compassionate.snapshot import (
    CentreSnapshot,
    LineSnapshot,
    PatientSnapshot,
    Person,
    ProductSnapshot,
    SignatureSnapshot,
)


class Names:
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


def signature_snapshot(row: Signature) -> SignatureSnapshot:
    """A signature as documents name it."""
    return SignatureSnapshot(
        row.meaning, row.name, row.role, row.at, row.content_sha256, row.collegiate_number, row.delegation
    )


def person(account: Account | None, role: str) -> Person | None:
    """Someone who answers for the case, as documents name them."""
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


def _director(session: Session, case: Case, number: int) -> str:
    """Who holds the office, not by delegation: on the day of the filing, once there is one, else today."""
    filed = next((row.submitted_at for row in case.requests if row.number == number), None)
    return director_on(session, case.centre_id, civil_date(filed or clock.now(), case.centre.zone))


def director_on(session: Session, centre_id: str, day: date) -> str:
    """Who holds the office at a centre on a day, not by delegation; empty where nobody does."""
    held = (
        select(Account.name)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.centre_id == centre_id,
            Membership.role == "director",
            Membership.delegated_by_id.is_(None),
            Account.active.is_(True),
            in_force_on(day),
        )
        .order_by(Membership.id)
        .limit(1)
    )
    return session.scalar(held) or ""


def centre(session: Session, case: Case, number: int) -> CentreSnapshot:
    """The hospital, with its director."""
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
        _director(session, case, number),
    )


def patient(session: Session, case: Case) -> PatientSnapshot:
    """The patient with every identifier opened."""
    held = identity_of(session, case.patient)
    return PatientSnapshot(
        held.initials, held.given_name, held.surnames, held.nhc, held.cip, held.national_id, held.birth_on, held.sex
    )


def product(case: Case) -> ProductSnapshot:
    """The medicine and what its sponsor said."""
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


def lines(case: Case, number: int, accounts: tuple[ledger.LineAccount, ...], decided: bool) -> tuple[LineSnapshot, ...]:
    """Every line with what is asked for, granted and used."""
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
