"""Opening, finding and listing cases. Every query starts from `visible_cases`."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_37_36

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import (
    Account,
    Case,
    CaseCounter,
    CaseLine,
    Centre,
    Patient,
    Product,
    Region,
    Request,
    Visit,
    new_id,
)
from compassionate.models.database import insert_missing
from compassionate.models.vault import vault_of
from compassionate.services.actors import Actor
from compassionate.services.recording import record
from compassionate.services.visibility import not_blocked
from compassionate.workflow import engine
from compassionate.workflow.permissions import SECTIONS, may_edit
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE

PAGE = 30
_FINAL = sorted({state.id for pathway in engine.pathways() for state in pathway.case.states if state.final})


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new case is opened with."""

    centre: Centre
    patient: Patient
    product: Product
    line_positions: tuple[int, ...]
    physician: Account | None = None
    pathway: str = "es-individual"


def visible_cases(actor: Actor) -> Select[Case]:
    """The cases that an actor may know of: those of the centres where they hold a role that reads, none blocked."""
    return select(Case).where(Case.centre_id.in_(actor.centres()), not_blocked(actor))


def get_case(session: Session, actor: Actor, code: str) -> Case:
    """The case of that code; raises NotFound alike where it does not exist and where the actor may not know of it."""
    case = session.scalar(visible_cases(actor).where(Case.code == code.strip().upper()))
    if case is None:
        raise NotFound
    return case


def require_edit(case: Case, actor: Actor, section: str, state: str | None = None) -> None:
    """Refuse an edit that the permission table does not allow; raises Refused naming who may."""
    roles, at = actor.roles_at(case.centre_id), state or case.state
    if may_edit(section, roles, at):
        return
    held = SECTIONS[section]
    if roles & set(held.roles):
        raise Refused((Reason("section.closed", params={"state": at, "section": section}, cure="case"),))
    raise Refused(
        (
            Reason(
                "role.missing",
                who=held.roles[0],
                cure="accounts",
                params={"roles": tuple(role.value for role in held.roles)},
            ),
        )
    )


def next_code(session: Session, centre: Centre, now: datetime) -> str:
    """The next code CENTRE-YYYY-NNNNNC: gapless by centre and year, with a check character (ISO 7064 mod 37,36)."""
    year = civil_date(now, centre.zone).year
    insert_missing(session, CaseCounter, centre_id=centre.id, year=year, last=0)
    counter = session.get_one(CaseCounter, (centre.id, year), with_for_update=True)
    counter.last += 1
    session.flush()
    digits = f"{year}{counter.last:05d}"
    return f"{centre.code}-{year}-{counter.last:05d}{mod_37_36.calc_check_digit(centre.code + digits)}"


def _chosen_lines(opening: Opening) -> list[str]:
    by_position = {line.position: line.id for line in opening.product.lines}
    wrong = [position for position in opening.line_positions if position not in by_position]
    if wrong or not opening.line_positions:
        raise Invalid((FieldError("lines", "case.no_lines"),))
    return [by_position[position] for position in sorted(set(opening.line_positions))]


def committee_start(centre: Centre, lines: list[CaseLine]) -> str:
    """Where the committee's region starts: whether this centre asks it, by free or charged supply."""
    return "not_asked" if _committee_asked(centre, lines) else "not_needed"


def supply_region(case: Case, number: int, now: datetime) -> Region:
    """The region of the supply of one line, nothing ordered yet."""
    return Region(case_id=case.id, kind="supply", instance=f"line-{number}", state=NONE, since_at=now)


def _committee_asked(centre: Centre, lines: list[CaseLine]) -> bool:
    charged = any(not line.product_line.is_free for line in lines)
    return (
        centre.committee == "always"
        or (centre.committee == "charged" and charged)
        or (centre.committee == "free" and not charged)
    )


def open_case(session: Session, actor: Actor, opening: Opening, now: datetime, is_demo: bool = False) -> Case:
    """Open a case with its regions, first request and planned visits; raises Refused, Invalid."""
    if not may_edit("open_case", actor.roles_at(opening.centre.id), ""):
        raise Refused(
            (Reason("role.missing", who=Role.PHARMACIST, params={"roles": tuple(SECTIONS["open_case"].roles)}),)
        )
    if opening.patient.centre_id != opening.centre.id:
        raise NotFound
    pathway = engine.latest(opening.pathway)
    line_ids = _chosen_lines(opening)
    key = vault_of(session).new_key(session, "case", opening.centre.key_id)
    case = Case(
        id=new_id(),
        code=next_code(session, opening.centre, now),
        centre=opening.centre,
        patient=opening.patient,
        product=opening.product,
        key_id=key.id,
        pathway=pathway.id,
        pathway_version=pathway.version,
        since_at=now,
        physician=opening.physician,
        opened_by_id=actor.account_id,
        pharmacist_id=actor.account_id if Role.PHARMACIST in actor.roles_at(opening.centre.id) else None,
        opened_at=now,
        changed_at=now,
        is_demo=is_demo or opening.centre.is_demo,  # at a demo centre nobody is real
        turn="opener",
        state=pathway.case.initial,
    )
    session.add(case)
    session.flush()
    case.lines = [
        CaseLine(case_id=case.id, number=number, product_line_id=line) for number, line in enumerate(line_ids, start=1)
    ]
    session.flush()
    _start_regions(case, now)
    case.requests = [Request(case_id=case.id, number=0)]
    session.add_all(
        Visit(case_id=case.id, name=visit_name(months), months=months) for months in opening.product.visit_months
    )
    session.flush()
    role = next((role.value for role in SECTIONS["open_case"].roles if role in actor.roles_at(case.centre_id)), "")
    record(session, case, actor, now, "open_case", role=role, region=CASE, after=case.state)
    return case


def visit_name(months: int) -> str:
    """The id of a visit so many months after the first dose: `baseline`, `m3`…"""
    return f"m{months}" if months else "baseline"


def _start_regions(case: Case, now: datetime) -> None:
    agreement = "not_asked" if case.product.agreement_per_patient else "not_needed"
    committee = committee_start(case.centre, case.lines)
    kinds = case.product.consent_kinds or ["use"]
    starts = [("sponsor_agreement", "sponsor", agreement), ("committee", "committee", committee)]
    starts += [("consent", kind, "not_started") for kind in kinds]
    case.regions = [
        Region(case_id=case.id, kind=kind, instance=instance, state=state, since_at=now)
        for kind, instance, state in starts
    ] + [supply_region(case, line.number, now) for line in case.lines]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list: nothing in it needs another query."""

    code: str
    pathway: str
    pathway_version: str
    state: str
    centre: str
    product: str
    version: int
    turn: tuple[str, ...]
    since_at: datetime
    physician: str
    is_demo: bool
    product_code: str = ""
    due_on: date | None = None
    due_clock: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list: all of them hold at once."""

    state: str = ""
    centre: str = ""
    product: str = ""
    turn: str = ""
    physician_id: str = ""
    member_id: str = ""
    open_only: bool = False
    text: str = ""
    patient_ids: tuple[str, ...] = ()


def _cursor(since_at: datetime, case_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([since_at.isoformat(), case_id]).encode()).decode().rstrip("=")


def _after(cursor: str) -> tuple[datetime, str]:
    try:
        since, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at = datetime.fromisoformat(since)
        if at.tzinfo is None or not isinstance(case_id, str):
            raise ValueError(cursor)
        return at, case_id
    except (ValueError, TypeError) as error:
        raise Invalid((FieldError("after", "list.bad_cursor"),)) from error


def _narrow(query: Select[Case], filters: Filters) -> Select[Case]:
    if filters.state:
        query = query.where(Case.state == filters.state)
    elif filters.open_only:
        query = query.where(Case.state.not_in(_FINAL))
    if filters.turn:
        first = Case.turn.startswith(f"{filters.turn},", autoescape=True)
        later = Case.turn.contains(f",{filters.turn}", autoescape=True)
        query = query.where(or_(Case.turn == filters.turn, first, later))
    if filters.physician_id:
        query = query.where(Case.physician_id == filters.physician_id)
    if filters.member_id:
        query = query.where(or_(Case.physician_id == filters.member_id, Case.pharmacist_id == filters.member_id))
    return _matching(query, filters) if filters.patient_ids or filters.text else query


def _matching(query: Select[Case], filters: Filters) -> Select[Case]:
    """The cases of these patients, those whose code begins with the text, and those of products named so."""
    found: list[ColumnElement[bool]] = [Case.patient_id.in_(filters.patient_ids)]
    if filters.text:
        named = select(Product.id).where(Product.name.icontains(filters.text, autoescape=True))
        found += [Case.code.startswith(filters.text.upper(), autoescape=True), Case.product_id.in_(named)]
    return query.where(or_(*found))


def list_cases(
    session: Session, actor: Actor, filters: Filters, limit: int = PAGE, after: str = ""
) -> tuple[list[CaseRow], str]:
    """A page of cases, longest waiting first, and the cursor of the next page (empty: no more)."""
    query = _narrow(visible_cases(actor), filters)
    if filters.centre:
        query = query.where(Case.centre_id.in_(select(Centre.id).where(Centre.code == filters.centre)))
    if filters.product:
        query = query.where(Case.product_id.in_(select(Product.id).where(Product.code == filters.product)))
    if after:
        since, case_id = _after(after)
        # Compared as one value: an index finds the place at any depth, where `or` would read all before it.
        place = tuple_(literal(since, Case.since_at.type), literal(case_id))
        query = query.where(tuple_(Case.since_at, Case.id) > place)
    columns = (
        Case.id,
        Case.code,
        Case.pathway,
        Case.pathway_version,
        Case.state,
        Centre.code,
        Product.name,
        Case.version,
        Case.turn,
        Case.since_at,
        Account.name,
        Case.is_demo,
        Product.code,
        Case.due_on,
        Case.due_clock,
    )
    listed = (
        query.join(Centre, Case.centre_id == Centre.id)
        .join(Product, Case.product_id == Product.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .with_only_columns(*columns)
        .order_by(Case.since_at, Case.id)
        .limit(limit + 1)
    )
    rows = session.execute(listed).all()
    page = [
        CaseRow(
            *row[1:8],
            tuple(part for part in row.turn.split(",") if part),
            row.since_at,
            row[10] or "",
            row.is_demo,
            row[12],
            row.due_on,
            row.due_clock,
        )
        for row in rows[:limit]
    ]
    return page, _cursor(rows[limit - 1].since_at, rows[limit - 1].id) if len(rows) > limit else ""
