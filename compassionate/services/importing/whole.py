"""The whole of an import: one transaction, at the end of which the case says what its dossier says, or nothing is left.

GDPR art. 20; RD 1015/2009 art. 11.1. The installation that the case comes from keeps it, and its originals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.documents.catalogue import content_sha256
from compassionate.models import Case, CaseImport, CaseLine, Centre, Region, Tombstone
from compassionate.models.vault import vault_of
from compassionate.services import operators
from compassionate.services.actors import Actor
from compassionate.services.answers import report_gaps
from compassionate.services.criteria import forms_of
from compassionate.services.importing import asked, setting, treated
from compassionate.services.importing.cells import write_cells
from compassionate.services.importing.happened import History, write_events
from compassionate.services.importing.ids import in_order
from compassionate.services.importing.papers import write_papers
from compassionate.services.importing.people import People
from compassionate.services.importing.reading import Arrived, arrived, refuse
from compassionate.services.importing.running import run_clocks, write_waits
from compassionate.services.imports import history_sha256
from compassionate.services.recording import IMPORTED, record
from compassionate.services.snapshots import snapshot
from compassionate.services.turns import whose_turn
from compassionate.snapshot import CaseSnapshot, plain
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Imported:
    """A case that is here now, and the content hash of the dossier that it came in, which a dossier of ours has too."""

    case: Case
    content_sha256: str


def import_dossier(session: Session, actor: Actor | None, operator: str, data: bytes, now: datetime) -> Imported:
    """Rebuild the case of a hospital's dossier; raises Refused, and then the caller rolls everything back.

    `actor` is in whose name it is done; the command line itself where nobody's.
    """
    file = arrived(data, forms_of(session), now)
    _require_free(session, file.case)
    author = actor or operators.at_the_machine(operator)
    people = People(session, author, now)
    case, history = _write(session, author, file, people, now)
    by = actor or operators.command_line(session, case, operator, now)
    _settle(session, case, file, history, by, now)
    _require_the_same(session, case, file)
    return Imported(case, file.held.content_sha256)


def _require_free(session: Session, told: CaseSnapshot) -> None:
    """No case of that code is here, nor was any that was destroyed."""
    if session.scalar(select(Case.id).where(Case.code == told.code)) is not None:
        refuse("code_here", case=told.code)
    if session.get(Tombstone, told.code) is not None:
        refuse("code_destroyed", case=told.code)
    if not told.events or told.opened_at is None:
        refuse("no_history")


def _write(session: Session, author: Actor, file: Arrived, people: People, now: datetime) -> tuple[Case, History]:
    told, ids = file.case, in_order()
    centre = setting.centre_of(session, author, told, now)
    setting.count(session, centre, file.code)
    case = _case(session, centre, told, people, now)
    history = write_events(session, case, told, people, ids)
    _regions(session, case, told, history)
    asked.write_requests(session, case, told, people, history)
    papers = write_papers(session, case, told, history, file.copies)
    asked.write_answers(session, case, told, people, ids)
    asked.write_posologies(session, case, told, history, ids)
    asked.write_signatures(session, case, told, people, ids)
    asked.write_rectifications(session, case, told, history, people, ids)
    _treat(session, case, told, history, people, papers, ids)
    _direct(case, told, people, now)
    return case, history


def _treat(session: Session, case: Case, told: CaseSnapshot, history: History, people: People, papers: set[str],
           ids: Iterator[str]) -> None:  # fmt: skip
    treated.write_decisions(session, case, told, history, papers, ids)
    treated.write_consents(session, case, told, history, people, papers, ids)
    treated.write_supply(session, case, told, history, people, papers, ids)
    treated.write_doses(session, case, told, history, people, ids)
    treated.write_visits(session, case, told, people, ids)
    write_cells(session, case, history)


def _case(session: Session, centre: Centre, told: CaseSnapshot, people: People, now: datetime) -> Case:
    """The case with its lines; who answers for it holds that role here from the day it was opened."""
    assert told.opened_at is not None
    product = setting.product_of(session, told)
    lines = [(line.number, setting.line_of(session, product, line)) for line in told.lines]
    physician = people.of(told.physician) if told.physician else None
    pharmacist = people.of(told.pharmacist) if told.pharmacist else None
    since = civil_date(told.opened_at, centre.zone)
    for account, role in ((physician, Role.PHYSICIAN), (pharmacist, Role.PHARMACIST)):
        if account is not None:
            people.hold(account, centre, role, since)
    case = Case(
        code=told.code,
        centre=centre,
        patient=setting.patient_of(session, centre, told, now),
        product=product,
        key_id=vault_of(session).new_key(session, "case", centre.key_id).id,
        pathway=told.pathway,
        pathway_version=told.pathway_version,
        programme=told.product.programme if told.programme_version else "",
        programme_version=told.programme_version,
        state=told.state,
        since_at=told.opened_at,
        physician=physician,
        pharmacist=pharmacist,
        opened_by_id=people.named(told.events[0].by).id,
        opened_at=told.opened_at,
        changed_at=now,
        is_demo=told.is_demo,
    )
    session.add(case)
    session.flush()
    case.lines = [CaseLine(case_id=case.id, number=number, product_line_id=line.id) for number, line in lines]
    session.flush()
    return case


def _regions(session: Session, case: Case, told: CaseSnapshot, history: History) -> None:
    zone = case.centre.zone
    for held in told.regions:
        at = history.since(held.kind, held.instance, case.opened_at)
        if held.since_on is not None and civil_date(at, zone) != held.since_on:
            at = history.on(held.since_on, zone)  # begun by a step of another place, as an appeal is by a denial
        session.add(Region(case_id=case.id, kind=held.kind, instance=held.instance, state=held.state, since_at=at))
    session.flush()
    session.refresh(case, ["regions", "lines"])


def _direct(case: Case, told: CaseSnapshot, people: People, now: datetime) -> None:
    """Who directed the centre when each request was filed, and who does today where one is not filed yet."""
    asked_of, centre = told.parts(), case.centre
    for part in asked_of:
        filed = part.request.submitted_at
        day = civil_date(filed or now, centre.zone)
        is_only = len({each.director for each in asked_of}) == 1
        since = min(day, civil_date(case.opened_at, centre.zone)) if is_only else day
        people.direct(centre, part.director, day, since, None if is_only or filed is None else day)


def _settle(session: Session, case: Case, file: Arrived, history: History, by: Actor, now: datetime) -> None:
    """Clocks, whose turn it is, the version, and the one row of proof with the file's SHA-256."""
    run_clocks(session, case, file.case, history)
    write_waits(session, case, history)
    for request in case.requests:
        if request.urgent and not request.number and request.submitted_at is not None:
            request.report_owed = bool(report_gaps(session, case, 0))
    case.since_at, case.turn = history.since(CASE, "", case.opened_at), whose_turn(session, case, now)
    count = len(history.steps)
    session.add(_import(case, file, count, now))
    session.flush()
    session.execute(update(Case).where(Case.id == case.id).values(version=count))
    session.refresh(case)
    proof = history_sha256(session, case.id, count)
    inputs: Mapping[str, Any] = {"file_sha256": file.sha256, "issued_at": file.held.issue.at, "events": count}
    record(session, case, by, now, IMPORTED, inputs=inputs, events=str(count), file_sha256=file.sha256,
           history_sha256=proof)  # fmt: skip


def _import(case: Case, file: Arrived, events: int, now: datetime) -> CaseImport:
    held = file.held
    return CaseImport(
        case_id=case.id,
        at=now,
        file_sha256=file.sha256,
        content_sha256=held.content_sha256,
        verification=held.issue.verification[:32],
        issued_at=held.issue.at,
        events=events,
    )


def _require_the_same(session: Session, case: Case, file: Arrived) -> None:
    """What the case says here is what its dossier says; raises Refused naming what is here and says otherwise."""
    issue = file.held.issue
    session.expire_all()
    made = snapshot(session, case, issue.request_number)
    if content_sha256(made, issue.kind, issue.copy, issue.template_version) == file.held.content_sha256:
        return
    names = sorted(set(_differing(plain(file.case), plain(made))) - {"events"})
    refuse("not_the_same", fields=", ".join(names[:MOST_NAMED]))


def _differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict) and path.count(".") < 2:
        for name in one.keys() | other.keys():
            yield from _differing(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    elif one != other:
        yield path
