"""The list of what a request still needs, part by part: computed from the same facts that the guards read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.questionnaires import missing
from compassionate.services import answers
from compassionate.services.binding import ENDORSEMENT, REPORT
from compassionate.services.criteria import legal_reasons, unmet_criteria
from compassionate.services.facts import answers_of, gather, region_of
from compassionate.services.papers import IN_DOSSIER
from compassionate.services.snapshots import papers_of, report_form, report_subject, snapshot
from compassionate.snapshot import CaseSnapshot
from compassionate.workflow.facts import Facts

DONE, BEGUN, TODO, WAITING, NOT_NEEDED = "done", "begun", "todo", "waiting", "not_needed"


@dataclass(frozen=True, slots=True)
class Task:
    """One part: its name, how it stands, how many things it lacks, who does it and the key of its page (paths.py)."""

    name: str
    status: str
    who: tuple[str, ...]
    cure: str
    count: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed in this part."""
        return self.status in (DONE, NOT_NEEDED, "count", "optional", "signed")


@dataclass(frozen=True, slots=True)
class _Desk:
    session: Session
    case: Case
    number: int
    facts: Facts
    held: CaseSnapshot


def tasks(
    session: Session, case: Case, number: int, now: datetime, held: CaseSnapshot | None = None
) -> tuple[Task, ...]:
    """The parts of a request in the order in which people fill them; a continuation has those that are its own.

    `held`: the snapshot of this request, where the caller has it already.
    """
    held = held or snapshot(session, case, number)
    desk = _Desk(session, case, number, gather(session, case, now, number), held)
    makers = OF_FIRST if number == 0 else OF_CONTINUATION
    return tuple(make(desk) for make in makers)


def _patient(desk: _Desk) -> Task:
    status = DONE if desk.facts.patient_identified else TODO
    return Task("patient", status, ("pharmacist", "physician"), "patient")


def _product(desk: _Desk) -> Task:
    return Task("product", DONE if desk.facts.product_chosen else TODO, ("pharmacist", "physician"), "product")


def _eligibility(desk: _Desk) -> Task:
    session, case = desk.session, desk.case
    if case.state not in ("draft", "screening"):
        return Task("eligibility", DONE, ("physician",), "eligibility")
    given = answers_of(session, case, "eligibility")
    owed = len(legal_reasons(session, case)) + len(unmet_criteria(session, case))
    return Task("eligibility", _status(owed, bool(given)), ("physician",), "eligibility", owed)


def _report(desk: _Desk) -> Task:
    form, subject = report_form(desk.number), report_subject(desk.number)
    given = answers_of(desk.session, desk.case, form, subject)
    owed = len(missing(answers.form_for(desk.session, desk.case, form, subject), given))
    name = "progress" if desk.number else "report"
    return Task(name, _status(owed, bool(given)), ("physician",), "report", owed)


def _posology(desk: _Desk) -> Task:
    stated = desk.held.request.posology is not None and bool(desk.held.request.duration_weeks)
    return Task("posology", DONE if stated else TODO, ("physician",), "posology")


def _packs(desk: _Desk) -> Task:
    asked = [line for line in desk.held.lines if line.packs_requested]
    lines_owed = len(desk.held.lines) - len(asked) if not desk.number else int(not asked)
    owed = lines_owed + int(desk.held.request.needs_import is None)
    return Task("packs", _status(owed, bool(asked)), ("pharmacist",), "packs", owed)


def _sponsor(desk: _Desk) -> Task:
    agreement = desk.facts.sponsor_agreement
    if not desk.facts.sponsor_willing:
        return Task("sponsor", TODO, ("pharmacist",), "sponsor")
    if agreement == "asked":
        return Task("sponsor", WAITING, ("sponsor",), "sponsor")
    return Task("sponsor", DONE if agreement in ("given", "not_needed") else TODO, ("pharmacist",), "sponsor")


def _committee(desk: _Desk) -> Task:
    region = region_of(desk.case, "committee")
    state = region.state if region else "not_needed"
    status = {
        "not_needed": NOT_NEEDED,
        "not_asked": TODO,
        "asked": WAITING,
        "favourable": DONE,
        "unfavourable": "refused",
    }[state]
    who = {"asked": "committee", "unfavourable": "physician"}.get(state, "pharmacist")
    return Task("committee", status, (who,), "committee")


def _papers(desk: _Desk) -> Task:
    held = papers_of(desk.session, desk.case, desk.number)
    count = sum(1 for paper in held if paper.kind in IN_DOSSIER)
    return Task("papers", "count" if count else "optional", ("pharmacist", "physician"), "papers", count)


def _signatures(desk: _Desk) -> Task:
    signed, request = desk.held.signature(REPORT), desk.facts.request
    if signed is None:
        return Task("signatures", "unsigned", ("physician",), "report")
    is_open = desk.facts.case_state == "preparing" or desk.number > 0
    if is_open and not request.report_signed:
        return Task("signatures", "stale", ("physician",), "report")
    endorsed = desk.held.signature(ENDORSEMENT) is not None
    return Task("signatures", "signed" if not endorsed else DONE, ("physician",), "report")


def _status(owed: int, begun: bool) -> str:
    return DONE if not owed else BEGUN if begun else TODO


OF_FIRST: tuple[Callable[[_Desk], Task], ...] = (
    _patient,
    _product,
    _eligibility,
    _report,
    _posology,
    _packs,
    _sponsor,
    _committee,
    _papers,
    _signatures,
)
OF_CONTINUATION: tuple[Callable[[_Desk], Task], ...] = (
    _report,
    _posology,
    _packs,
    _sponsor,
    _committee,
    _papers,
    _signatures,
)
