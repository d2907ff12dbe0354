"""Opening and finding cases. Every query starts from `visible_cases`; lists are in case_lists.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
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
    new_id,
)
from compassionate.models.database import insert_missing
from compassionate.models.vault import vault_of
from compassionate.programmes import Programme
from compassionate.services import programmes
from compassionate.services.actors import Actor
from compassionate.services.cells.starting import cells_region
from compassionate.services.recording import record
from compassionate.services.visibility import not_blocked
from compassionate.services.visit_schedule import first_visits
from compassionate.workflow import engine
from compassionate.workflow.permissions import SECTIONS, may_edit
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE


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
    programme = _set_programme(session, case)
    session.add(case)
    session.flush()
    case.lines = [
        CaseLine(case_id=case.id, number=number, product_line_id=line) for number, line in enumerate(line_ids, start=1)
    ]
    session.flush()
    _start_regions(session, case, now)
    case.requests = [Request(case_id=case.id, number=0)]
    session.add_all(first_visits(case, programme, opening.product.visit_months))
    session.flush()
    role = next((role.value for role in SECTIONS["open_case"].roles if role in actor.roles_at(case.centre_id)), "")
    record(session, case, actor, now, "open_case", role=role, region=CASE, after=case.state)
    return case


def _set_programme(session: Session, case: Case) -> Programme | None:
    """The programme in the version that is in force today: the case keeps it whatever is published later."""
    programme = programmes.latest(session, case.product.programme) if case.product.programme else None
    if programme is not None:
        case.programme, case.programme_version = programme.id, programme.version
    return programme


def _start_regions(session: Session, case: Case, now: datetime) -> None:
    agreement = "not_asked" if case.product.agreement_per_patient else "not_needed"
    committee = committee_start(case.centre, case.lines)
    kinds = case.product.consent_kinds or ["use"]
    starts = [("sponsor_agreement", "sponsor", agreement), ("committee", "committee", committee)]
    starts += [("consent", kind, "not_started") for kind in kinds]
    case.regions = [
        Region(case_id=case.id, kind=kind, instance=instance, state=state, since_at=now)
        for kind, instance, state in starts
    ] + [supply_region(case, line.number, now) for line in case.lines]
    case.regions.append(cells_region(session, case, now))
