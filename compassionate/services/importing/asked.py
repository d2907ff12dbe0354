"""The requests that came: what they ask for, on which answers and posologies they rest, who signed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from compassionate.models import AnswerSet, Case, Posology, Rectification, Request, RequestPacks, Signature
from compassionate.models.vault import seal
from compassionate.services.differences import Difference, keep_differences
from compassionate.services.importing.happened import History, request_number
from compassionate.services.importing.people import People
from compassionate.snapshot import CaseSnapshot, PosologySnapshot, RequestPart, RequestSnapshot, SignatureSnapshot

OF_REQUEST = ("number", "kind", "urgent", "needs_import", "origin_country", "duration_weeks", "start_wished_on",
              "reference", "registry_number", "submitted_at")  # fmt: skip
DETAILS = ("dose", "schedule", "route", "cycles", "instructions")


def write_requests(session: Session, case: Case, told: CaseSnapshot, people: People, history: History) -> None:
    """Every request with its packs, in the order of their numbers."""
    earlier: list[RequestSnapshot] = []
    for part in told.parts():
        _write_request(session, case, part, people, history, _continued(part.request, earlier))
        earlier.append(part.request)
    session.flush()
    session.refresh(case, ["requests"])


def _continued(request: RequestSnapshot, earlier: list[RequestSnapshot]) -> int | None:
    """The request that a later one was copied from: the one whose reference it carries."""
    named = [each.number for each in earlier if each.reference and each.reference == request.previous_reference]
    found = named or [each.number for each in earlier]
    return found[-1] if found else None


def _write_request(
    session: Session, case: Case, part: RequestPart, people: People, history: History, continues: int | None
) -> None:
    told = part.request
    row = Request(case_id=case.id, continues_number=continues, **{name: getattr(told, name) for name in OF_REQUEST})
    if told.urgent_reason:
        seal(session, row, "urgent_reason", case.key_id, told.urgent_reason)
    if told.submitted_at is not None:
        filed = history.last(lambda each: each.event.name == "submit" and request_number(each.event) == told.number)
        row.submitted_by_id = (filed or history.steps[0]).row.by_id
    row.typed_by_id = people.named(told.typed_by).id if told.typed_by else None
    row.checked_by_id = people.named(told.checked_by).id if told.checked_by else None
    session.add(row)
    session.flush()
    if told.differing_fields:
        keep_differences(session, case, row, [_difference(told.differing_fields)])
    row.packs = [
        RequestPacks(
            line_number=line.number,
            units_a_day=line.units_a_day,
            days=line.days,
            total_units=line.total_units,
            packs=line.packs_requested,
            note=line.packs_note,
        )
        for line in part.lines
        if line.packs_requested is not None
    ]


def _difference(text: str) -> Difference:
    """What was typed otherwise, as it is told: label, text and why, whose words come out the same again."""
    label, _, rest = text.partition(": «")
    typed, _, why = rest.rpartition("» (")
    return Difference("", label, "", typed, why.removesuffix(")"))


def write_answers(session: Session, case: Case, told: CaseSnapshot, people: People, ids: Iterator[str]) -> None:
    """Each answered form under the version it was answered to."""
    for held in told.answered():
        row = AnswerSet(id=next(ids), case_id=case.id, form=held.form, form_version=held.form_version)
        row.subject, row.saved_at = held.subject, held.saved_at or case.opened_at
        row.saved_by_id = people.named(held.saved_by).id
        seal(session, row, "answers", case.key_id, dict(held.answers))
        session.add(row)
    session.flush()


def write_posologies(session: Session, case: Case, told: CaseSnapshot, history: History, ids: Iterator[str]) -> None:
    """Each posology, with the request that states it first."""
    stated: dict[PosologySnapshot, int] = {}
    for part in told.parts():
        if part.request.posology is not None:
            stated.setdefault(part.request.posology, part.request.number)
    for held in told.posologies:
        row = Posology(id=next(ids), case_id=case.id, version=held.version, request_number=stated.get(held))
        row.from_on, row.at, row.by_id = held.from_on, case.opened_at, history.steps[0].row.by_id
        seal(session, row, "details", case.key_id, {name: getattr(held, name) for name in DETAILS})
        session.add(row)
    session.flush()


def write_signatures(session: Session, case: Case, told: CaseSnapshot, people: People, ids: Iterator[str]) -> None:
    """Each signature as it was given elsewhere: its name, instant and the hash of what was signed, marked as such."""
    for part in told.parts():
        for held in part.request.signatures:
            session.add(given_elsewhere(case, held, people, next(ids), part.request.number))
    session.flush()


def given_elsewhere(case: Case, held: SignatureSnapshot, people: People, row_id: str, number: int = 0,
                    subject: str = "") -> Signature:  # fmt: skip
    """The row of a signature that was given in another installation."""
    by = people.named(held.name)
    row = Signature(id=row_id, case_id=case.id, request_number=number, subject=subject, account_id=by.id)
    for name in ("meaning", "name", "role", "at", "content_sha256", "collegiate_number", "delegation"):
        setattr(row, name, getattr(held, name))
    row.is_imported = True
    return row


def write_rectifications(session: Session, case: Case, told: CaseSnapshot, history: History, people: People,
                         ids: Iterator[str]) -> None:  # fmt: skip
    """What was rectified of each request after the agency had it."""
    for part in told.parts():
        for held in part.request.rectifications:
            step = history.take(
                "rectification",
                ("rectify_request",),
                lambda each, of=str(part.request.number): each.event.instance in (of, ""),  # type: ignore[misc]
            )
            row = Rectification(id=next(ids), case_id=case.id, request_number=part.request.number, number=held.number)
            row.field, row.line_number, row.role = held.field, held.line, step.event.role
            row.by_id, row.at, row.event_id = people.named(held.by).id, step.event.at, step.row.id
            seal(session, row, "details", case.key_id, {"old": held.old, "new": held.new, "reason": held.reason})
            session.add(row)
    session.flush()
