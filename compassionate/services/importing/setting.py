"""What a case stands on: its centre, the patient, the medicine with its presentations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import CaseCounter, Centre, Patient, Product, ProductLine, Sponsor
from compassionate.models.database import insert_missing
from compassionate.services import instance
from compassionate.services.actors import Actor
from compassionate.services.importing.reading import Code, refuse
from compassionate.services.patients import Identity, identity_of, register, same_person
from compassionate.snapshot import CaseSnapshot, LineSnapshot
from compassionate.workflow.urgent import REPORT, parts

OF_CENTRE = ("official_code", "zone", "kind", "pharmacy_service", "telephone", "email")
OF_LINE = ("strength", "form", "route", "presentation", "unit", "units_per_pack", "is_free", "price_cents",
           "national_code")  # fmt: skip
OF_PRODUCT = (
    "name", "active_substance", "programme", "trial_register", "trial_number", "application_status",
    "agreement_per_patient", "willing_on", "willing_by", "willing_reference", "taken_at_home", "consent_sheet_version",
)  # fmt: skip


def centre_of(session: Session, actor: Actor, case: CaseSnapshot, now: datetime) -> Centre:
    """The centre of that code, made as the case tells of it where it is not here yet."""
    told = case.centre
    held = session.scalar(select(Centre).where(Centre.code == told.code).with_for_update())
    if held is not None:
        return held
    try:
        made = instance.add_centre(session, actor, told.code, told.name, told.territory, now, is_demo=case.is_demo)
    except Invalid as error:
        refuse("centre_wrong", field=error.errors[0].field)
    for name in OF_CENTRE:
        setattr(made, name, getattr(told, name))
    committee = case.region("committee")
    made.committee = "never" if committee is None or committee.state == "not_needed" else "always"
    made.settings = _settings(case)
    session.flush()
    return made


def _settings(case: CaseSnapshot) -> dict[str, object]:
    """What the hospital settled for itself, as far as its urgent requests tell: which parts may follow a filing."""
    urgent = [each for each in (case.request, *(part.request for part in case.others)) if each.urgent]
    return {
        part.setting: False
        for part in parts().values()
        for request in urgent
        if part.follows and part.setting and part.name not in request.follows
        if not (request.number and part.name == REPORT)
    }


def count(session: Session, centre: Centre, code: Code) -> None:
    """The next case of that centre and year has a number that no case ever had."""
    insert_missing(session, CaseCounter, centre_id=centre.id, year=code.year, last=0)
    counter = session.get_one(CaseCounter, (centre.id, code.year), with_for_update=True)
    counter.last = max(counter.last, code.number)
    session.flush()


def patient_of(session: Session, centre: Centre, case: CaseSnapshot, now: datetime) -> Patient:
    """The person as told, sealed; somebody of whom the centre knows exactly the same is that person."""
    told = case.patient
    identity = Identity(told.given_name, told.surnames, told.birth_on, told.sex, told.nhc, told.cip, told.national_id)
    for known in same_person(session, centre, identity):
        patient = session.get_one(Patient, known.patient_id)
        if identity_of(session, patient) == identity:
            return patient
    return register(session, centre, identity, now, is_demo=case.is_demo)


def product_of(session: Session, case: CaseSnapshot) -> Product:
    """The medicine of that code, made as the case tells of it where it is not here yet."""
    told = case.product
    held = session.scalar(select(Product).where(Product.code == told.code))
    if held is not None:
        return held
    made = Product(
        code=told.code,
        sponsor_id=_sponsor(session, told.sponsor).id,
        consent_kinds=list(told.consent_kinds),
        visit_months=[visit.months for visit in case.visits if not visit.unscheduled],
        needs_import=bool(case.request.needs_import),
        origin_country=case.request.origin_country,
        is_demo=case.is_demo,
        **{name: getattr(told, name) for name in OF_PRODUCT},
    )
    session.add(made)
    session.flush()
    return made


def _sponsor(session: Session, name: str) -> Sponsor:
    held = session.scalar(select(Sponsor).where(Sponsor.name == name))
    if held is None:
        held = Sponsor(name=name)
        session.add(held)
        session.flush()
    return held


def line_of(session: Session, product: Product, told: LineSnapshot) -> ProductLine:
    """The presentation that is exactly this one, added to its medicine where it is not there yet."""
    for line in product.lines:
        if all(getattr(line, name) == getattr(told, name) for name in OF_LINE):
            return line
    last = max((line.position for line in product.lines), default=0)
    given = {name: getattr(told, name) for name in OF_LINE}
    made = ProductLine(product_id=product.id, position=last + 1, **given)
    session.add(made)
    session.flush()
    session.refresh(product, ["lines"])
    return made
