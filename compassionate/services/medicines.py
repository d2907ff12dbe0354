"""Medicines as pharmacists and administrators keep them in forms; products.py holds the rules of making one.

A medicine belongs to the whole installation. What open cases rest on (programme, written consents) is not
changed under them; lines are presentations.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import Invalid, NotFound, Reason, Refused
from compassionate.models import Case, Centre, Paper, Product, Sponsor, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import audit, instance, papers, products, programmes
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.services.given import Given, expect_seen
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.roles import Role

EDITORS = (Role.PHARMACIST, Role.ADMINISTRATOR)
APPLICATION_STATUSES = ("none", "submitted", "under_evaluation")
MONTHS = (0, 1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60)
CLOSED = "closed"
SPAIN = "Europe/Madrid"
# What an open case rests on: changed under it, a consent would be asked for that it has no place for.
FIXED_WHILE_OPEN = ("programme", "consent_kinds")


def may_edit(actor: Actor) -> bool:
    """Whether this person keeps the medicines."""
    return bool(actor.roles() & set(EDITORS))


def may_record_willingness(actor: Actor) -> bool:
    """Whether this person records what the sponsor declares."""
    return bool(actor.roles() & set(SECTIONS["sponsor_willingness"].roles))


def _require(actor: Actor, roles: tuple[Role, ...]) -> None:
    if not actor.roles() & set(roles):
        params = {"roles": tuple(role.value for role in roles)}
        raise Refused((Reason("role.missing", "", roles[0].value, "accounts", params),))


def require_editor(actor: Actor) -> None:
    """Refuse whoever does not keep the medicines; raises Refused."""
    _require(actor, EDITORS)


def listed(session: Session) -> list[Product]:
    """Every medicine, those in use first, by name."""
    return list(session.scalars(select(Product).order_by(Product.active.desc(), Product.name, Product.code)))


def is_open_somewhere(session: Session, product: Product) -> bool:
    """Whether a case of this medicine is still open, at whatever centre."""
    wanted = select(Case.id).where(Case.product_id == product.id, Case.state != CLOSED).limit(1)
    return session.scalar(wanted) is not None


def _box(ticked: bool) -> str:
    return "y" if ticked else ""


def values_of(product: Product) -> dict[str, Any]:
    """The medicine as its form shows it."""
    return {
        "name": product.name,
        "active_substance": product.active_substance,
        "sponsor": product.sponsor.name,
        "new_sponsor": "",
        "programme": product.programme,
        "trial_register": product.trial_register,
        "trial_number": product.trial_number,
        "application_status": product.application_status,
        "needs_import": _box(product.needs_import),
        "origin_country": product.origin_country,
        "agreement_per_patient": _box(product.agreement_per_patient),
        "taken_at_home": _box(product.taken_at_home),
        "hazardous": _box(product.hazardous),
        "active": _box(product.active),
        "consent_kinds": list(product.consent_kinds or ["use"]),
        "consent_sheet_version": product.consent_sheet_version,
        "visit_months": [str(month) for month in product.visit_months],
    }


def fresh_values() -> dict[str, Any]:
    """What the form of a new medicine starts with."""
    usual = {
        "consent_kinds": ["use"],
        "visit_months": ["0", "3", "6", "12"],
        "agreement_per_patient": "y",
        "active": "y",
    }
    names = (
        "code",
        "name",
        "active_substance",
        "sponsor",
        "new_sponsor",
        "programme",
        "trial_register",
        "trial_number",
    )
    more = (
        "application_status",
        "needs_import",
        "origin_country",
        "taken_at_home",
        "hazardous",
        "consent_sheet_version",
    )
    return dict.fromkeys((*names, *more), "") | usual


def _read(session: Session, read: Given) -> tuple[dict[str, Any], str]:
    limits = products.TEXTS
    columns: dict[str, Any] = {
        name: read.text(name, limits[name], required=name in products.REQUIRED)
        for name in limits
        if name != "application_status"
    }
    columns["application_status"] = read.one_of("application_status", APPLICATION_STATUSES, required=False)
    columns["programme"] = read.one_of("programme", programmes.codes(session), required=False)
    columns |= {name: read.flag(name) for name in (*products.FLAGS, "active")}
    columns["consent_kinds"] = read.some_of("consent_kinds", products.CONSENT_KINDS)
    columns["visit_months"] = [int(each) for each in read.some_of("visit_months", [str(month) for month in MONTHS])]
    if columns["consent_kinds"] and "use" not in columns["consent_kinds"]:
        read.wrong("consent_kinds", "product.use_consent")
    if columns["needs_import"] and not columns["origin_country"]:
        read.wrong("origin_country", "value.missing")
    return columns, _sponsor_name(session, read)


def _sponsor_name(session: Session, read: Given) -> str:
    known = session.scalars(select(Sponsor.name)).all()
    typed = read.text("new_sponsor")
    chosen = read.one_of("sponsor", known, required=not typed)
    return typed or chosen


def create(session: Session, actor: Actor, values: Mapping[str, Any], now: datetime) -> Product:
    """A new medicine, its presentations to follow; raises Refused, Invalid. Fields: those of `fresh_values`."""
    require_editor(actor)
    read = Given(values)
    code = read.text("code", 20, required=True).upper()
    if code:
        read.errors += products.code_errors(session, code)
    columns, sponsor_name = _read(session, read)
    read.settle()
    sponsor = products.sponsor_named(session, actor, sponsor_name, now)
    demo = instance.is_demo(session)
    product = Product(id=new_id(), code=code, sponsor_id=sponsor.id, is_demo=demo, lines=[], **columns)
    session.add(product)
    session.flush()
    session.refresh(product)
    audit.append(session, actor, "create_product", now, product=product.id, code=code)
    return product


def edit(
    session: Session,
    actor: Actor,
    product: Product,
    values: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> None:
    """Change a medicine; raises Refused, Invalid, Conflict. New cases and documents follow it, signed ones stay."""
    require_editor(actor)
    session.refresh(product, with_for_update={"of": Product})
    before = values_of(product)
    expect_seen(before, seen)
    read = Given(values)
    columns, sponsor_name = _read(session, read)
    for name in FIXED_WHILE_OPEN:
        if columns[name] != before[name] and is_open_somewhere(session, product):
            read.wrong(name, "product.fixed_while_open")
    read.settle()
    # What was never said and is now said as its default is a change too, though no page shows a difference.
    held = {name: getattr(product, name) for name in columns}
    for name, value in columns.items():
        setattr(product, name, value)
    product.sponsor_id = products.sponsor_named(session, actor, sponsor_name, now).id
    session.flush()
    session.refresh(product)
    if changes := differing(before, values_of(product)) | differing(held, columns):
        audit.append(session, actor, "edit_product", now, product=product.id, **of_centre(session, actor, changes))


def willingness_of(product: Product) -> dict[str, Any]:
    """The sponsor's declaration as its form shows it."""
    return {
        "willing_by": product.willing_by,
        "willing_on": product.willing_on.isoformat() if product.willing_on else "",
        "willing_reference": product.willing_reference,
    }


def record_willingness(
    session: Session,
    actor: Actor,
    product: Product,
    values: Mapping[str, Any],
    file: papers.Upload | None,
    now: datetime,
    seen: str | None = None,
) -> None:
    """The sponsor is willing to supply, with its paper (RD 1015/2009 art. 7.1); raises Refused, Invalid, Conflict.

    Fields: willing_by, willing_on, willing_reference. A new paper takes the place of the one before.
    """
    _require(actor, SECTIONS["sponsor_willingness"].roles)
    session.refresh(product, with_for_update={"of": Product})
    expect_seen(willingness_of(product), seen)
    read = Given(values)
    who, reference = read.text("willing_by", required=True), read.text("willing_reference")
    on = read.day("willing_on", required=True, latest=civil_date(now, SPAIN))
    paper = _take_paper(session, actor, product, file, now, read)
    read.settle()
    assert on is not None
    products.record_willingness(session, actor, product, on, who, reference, now)
    if paper is not None:
        audit.append(session, actor, "upload_paper", now, product=product.id, paper=paper.id, sha256=paper.sha256)


def _take_paper(
    session: Session, actor: Actor, product: Product, file: papers.Upload | None, now: datetime, read: Given
) -> Paper | None:
    if file is None and not papers_of(session, product):
        read.wrong("file", "willingness.paper_missing")
    if file is None or read.errors:
        return None
    centre = session.get(Centre, actor.centres(*SECTIONS["sponsor_willingness"].roles)[0])
    assert centre is not None
    try:
        paper = papers.upload_for_product(session, product, centre.key_id, actor, product.code, file, now)
    except Invalid as error:
        read.errors += error.errors
        return None
    for old in papers_of(session, product):
        if old.id != paper.id:
            old.withdrawn_at = now
            seal(session, old, "withdrawn_reason", old.key_id, paper.id)
    return paper


def withdraw_willingness(session: Session, actor: Actor, product: Product, now: datetime) -> None:
    """Record that the sponsor supplies no longer: no request of this medicine is sent for endorsement any more."""
    _require(actor, SECTIONS["sponsor_willingness"].roles)
    kept = of_centre(session, actor, differing(willingness_of(product), {}))
    product.willing_on, product.willing_by, product.willing_reference = None, "", ""
    session.flush()
    audit.append(session, actor, "withdraw_willingness", now, product=product.id, **kept)


def papers_of(session: Session, product: Product) -> list[Paper]:
    """The papers of a medicine that stand, newest first."""
    wanted = select(Paper).where(Paper.product_id == product.id, Paper.withdrawn_at.is_(None))
    return list(session.scalars(wanted.order_by(Paper.uploaded_at.desc(), Paper.id.desc())))


def paper_of(session: Session, product: Product, paper_id: str) -> Paper:
    """One of them; raises NotFound."""
    found = next((paper for paper in papers_of(session, product) if paper.id == paper_id), None)
    if found is None:
        raise NotFound
    return found


def filename_of(session: Session, paper: Paper) -> str:
    """The name under which a paper was uploaded."""
    return str(unseal(session, paper, "details", paper.key_id)["filename"])


def missing(product: Product) -> tuple[str, ...]:
    """Names of what stops a request of this medicine, or its papers: presentations, willingness, sheet version."""
    lacks = {
        "lines": not product.lines,
        "willing_on": product.willing_on is None,
        "consent_sheet_version": not product.consent_sheet_version,
    }
    return tuple(name for name, is_lacking in lacks.items() if is_lacking and product.active)
