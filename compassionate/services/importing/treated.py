"""What was decided, agreed, supplied, given and measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Case, Consent, Decision, DecisionPacks, Dose, PatientLink, SupplyEntry, Visit
from compassionate.models.vault import seal
from compassionate.services.importing.asked import given_elsewhere
from compassionate.services.importing.happened import History, Told, request_number, same_day
from compassionate.services.importing.people import People
from compassionate.snapshot import (
    CaseSnapshot,
    ConsentSnapshot,
    DecisionSnapshot,
    DoseSnapshot,
    PatientAnswersSnapshot,
    SupplySnapshot,
)

GRANTS, DENIALS = ("record_authorisation", "record_appeal_upheld"), ("record_denial",)
DOSES, CORRECTED = ("start_treatment", "record_dose"), "correct_first_dose"
MOVES = {
    "ordered": ("order_supply",),
    "promised": ("promise_supply",),
    "received": ("receive_supply",),
    "released": ("release_supply",),
    "rejected": ("reject_supply",),
    "returned": ("return_supply",),
    "destroyed": ("destroy_supply",),
    "recalled": ("recall_batch",),
    "recall_lifted": ("lift_recall",),
    "dispensed": DOSES,
    "administered": DOSES,
}
OF_DECISION = ("request_number", "outcome", "channel", "decided_on", "seen_on", "reference", "valid_until",
               "follow_up_forms")  # fmt: skip
OF_SUPPLY = ("line_number", "kind", "on", "units", "packs", "batch", "expires_on", "reference")
OF_DOSE = ("act", "line_number", "batch", "expires_on", "units", "given_on", "next_on")
OF_CONSENT = ("kind", "sheet_version", "informed_on", "signed_on", "signed_by", "copy_given", "ended_on")


def write_decisions(session: Session, case: Case, told: CaseSnapshot, history: History, papers: set[str],
                    ids: Iterator[str]) -> None:  # fmt: skip
    """Each decision of the agency; what its document does not print is said by the step that recorded it."""
    for held in told.decisions:
        step = history.take("decision", GRANTS if held.outcome == "authorised" else DENIALS, _decided(held))
        said = step.inputs
        row = Decision(id=next(ids), case_id=case.id, event_id=step.row.id, grounds=list(held.grounds))
        for name in OF_DECISION:
            setattr(row, name, getattr(held, name))
        row.appeal_named = str(said.get("appeal_named") or "")
        row.without_hearing = held.outcome == "denied" and step.event.before != "refusal_notified"
        row.paper_id = said.get("paper") if said.get("paper") in papers else None
        texts = {"conditions": held.conditions, "grounds_text": held.grounds_text, "sender": said.get("sender") or ""}
        seal(session, row, "texts", case.key_id, texts)
        row.packs = [
            DecisionPacks(line_number=int(line), packs=packs) for line, packs in held.packs.items() if line.isdecimal()
        ]
        session.add(row)
    session.flush()


def _decided(held: DecisionSnapshot) -> Any:
    def fits(each: Told) -> bool:
        same = request_number(each.event) == held.request_number
        return same and same_day(each.inputs.get("decided_on"), held.decided_on)

    return fits


def write_consents(session: Session, case: Case, told: CaseSnapshot, history: History, people: People,
                   papers: set[str], ids: Iterator[str]) -> None:  # fmt: skip
    """The round of each consent that stands."""
    for held in told.consents:
        steps = [each for each in history.steps if (each.event.region, each.event.instance) == ("consent", held.kind)]
        if steps or held.informed_on or held.signed_on or held.ended_on:
            row = _consent(session, case, held, steps, people, papers, next(ids))
            session.add(row)
            if held.witness is not None:
                session.add(given_elsewhere(case, held.witness, people, next(ids), subject=row.id))
    session.flush()


def _consent(session: Session, case: Case, held: ConsentSnapshot, steps: list[Told], people: People,
             papers: set[str], row_id: str) -> Consent:  # fmt: skip
    said: dict[str, Any] = {key: value for each in steps for key, value in each.inputs.items()}
    rounds = sum(1 for each in steps if each.event.name == "inform_patient")
    row = Consent(id=row_id, case_id=case.id, number=max(rounds, 1), **{n: getattr(held, n) for n in OF_CONSENT})
    row.informed_by_id = people.named(held.informed_by).id if held.informed_by else None
    row.ended_by_word = held.ended_on is not None and said.get("form") == "oral"
    seen = [each.inputs.get("paper") for each in steps if each.event.name == "record_consent"] if held.signed_on else []
    row.paper_id = seen[-1] if seen and seen[-1] in papers else None
    details = {name: getattr(held, name) for name in ("representative", "interpreter", "language", "hearing_of_minor")}
    more = {name: said[name] for name in ("written_on",) if said.get(name)}
    seal(session, row, "details", case.key_id, details | more)
    return row


def write_supply(session: Session, case: Case, told: CaseSnapshot, history: History, people: People,
                 papers: set[str], ids: Iterator[str]) -> None:  # fmt: skip
    """Each movement of the ledger, in its order."""
    for held in told.supply:
        step = history.take("supply", MOVES.get(held.kind, ()), _moved(held))
        row = SupplyEntry(id=next(ids), case_id=case.id, event_id=step.row.id, by_id=people.named(held.by).id)
        for name in OF_SUPPLY:
            setattr(row, name, getattr(held, name))
        row.paper_id = step.inputs.get("paper") if step.inputs.get("paper") in papers else None
        session.add(row)
    session.flush()


def _moved(held: SupplySnapshot) -> Any:
    def fits(each: Told) -> bool:
        said = each.inputs
        if each.event.name in DOSES:
            named = str(said.get("line")) == str(held.line_number) and said.get("units") == held.units
            return named and not said.get("from_dispensed") and same_day(said.get("given_on"), held.on)
        same = each.event.instance == f"line-{held.line_number}" and same_day(said.get("on"), held.on)
        return same and said.get("batch", held.batch) == held.batch

    return fits


def write_doses(session: Session, case: Case, told: CaseSnapshot, history: History, people: People,
                ids: Iterator[str]) -> None:  # fmt: skip
    """Each dispensing and administration."""
    corrected = any(history.all(CORRECTED))
    for number, held in enumerate(told.doses):
        step = history.take("dose", DOSES, _given(held, any_day=corrected and not number))
        row = Dose(id=next(ids), case_id=case.id, event_id=step.row.id, by_id=people.named(held.by).id)
        for name in OF_DOSE:
            setattr(row, name, getattr(held, name))
        row.from_dispensed = held.act == "administration" and bool(step.inputs.get("from_dispensed"))
        details = {"collected_by": held.collected_by, "note": held.note}
        seal(session, row, "details", case.key_id, details)
        session.add(row)
    session.flush()


def _given(held: DoseSnapshot, any_day: bool = False) -> Any:
    def fits(each: Told) -> bool:
        said = each.inputs
        same = (said.get("act"), said.get("batch"), said.get("units")) == (held.act, held.batch, held.units)
        return same and (any_day or same_day(said.get("given_on"), held.given_on))

    return fits


OF_VISIT = ("planned_on", "done_on", "day", "before_days", "after_days", "off_days", "unscheduled")


def write_visits(session: Session, case: Case, told: CaseSnapshot, people: People, ids: Iterator[str]) -> None:
    """Each planned visit and what became of it; its answers are among the forms, those of the patient with it."""
    for held in told.visits:
        row = Visit(id=next(ids), case_id=case.id, name=held.name, months=held.months, status=held.status)
        for name in OF_VISIT:
            setattr(row, name, getattr(held, name))
        if held.reason:
            seal(session, row, "reason", case.key_id, held.reason)
        session.add(row)
        session.flush()
        for said in held.by_patient:
            session.add(_by_patient(session, case, row, said, people, next(ids)))
    session.flush()


def _by_patient(
    session: Session, case: Case, visit: Visit, said: PatientAnswersSnapshot, people: People, number: str
) -> PatientLink:
    """What a patient answered elsewhere: the words come, the link with which they came does not."""
    row = PatientLink(id=number, case_id=case.id, visit_id=visit.id, digest=None, language=said.language)
    row.answered_at, row.verdict, row.verdict_at = said.answered_at, said.verdict, said.verdict_at
    row.made_at = row.expires_at = said.asked_at or said.answered_at
    row.made_by_id = people.named(said.asked_by).id
    row.verdict_by_id = people.named(said.verdict_by).id if said.verdict else None
    seal(session, row, "answers", case.key_id, dict(said.answers))
    return row
