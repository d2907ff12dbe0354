"""What a case that came still owes: legal clocks and suspected reactions, from the steps that its history tells.

Counted by this installation's calendars: a local day off that only the other hospital knew is not counted here.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Clock, ReactionTriage, Wait
from compassionate.models.vault import seal, unseal
from compassionate.services import appeals, fact_clocks, operations
from compassionate.services.clocks import move_clocks
from compassionate.services.deadlines import day_of, settle_case
from compassionate.services.fact_clocks import REACTION, TRACING
from compassionate.services.importing.happened import History, Told, request_number
from compassionate.services.reactions import instance_of, open_reactions, owe_triage
from compassionate.snapshot import CaseSnapshot
from compassionate.workflow import engine
from compassionate.workflow.table import CASE, Pathway, Transition

FOUND = ("record_visit", "record_visit_waived")
OVER = ("record_lost_to_follow_up", "record_death", "close")


def run_clocks(session: Session, case: Case, told: CaseSnapshot, history: History) -> None:
    """Do to the case's clocks what each of its steps did (Ley 39/2015 art. 30; RD 1015/2009 art. 11.1.c-d)."""
    pathway = engine.pathway(case.pathway, case.pathway_version)
    denials: Counter[int] = Counter()
    for each in history.steps:
        row = _row(pathway, each)
        if row is not None:
            move_clocks(session, case, each.row, row, each.event.instance, each.inputs, each.event.at)
        if each.event.name == "record_denial":
            _hand_to_appeal(session, each, denials)
        _follow(session, case, told, each)
    settle_case(session, case)


def _row(pathway: Pathway, told: Told) -> Transition | None:
    regions = [each for each in (pathway.case, *pathway.regions) if each.name == told.event.region]
    rows = [row for region in regions for row in region.transitions if row.name == told.event.name]
    return next((row for row in rows if told.event.before in row.sources), None)


def _hand_to_appeal(session: Session, told: Told, denials: Counter[int]) -> None:
    """The clocks of a denial are those of its appeal (services/appeal_effects.py)."""
    number = request_number(told.event)
    denials[number] += 1
    instance = f"{appeals.KIND}-{number}" + (f"-{denials[number]}" if denials[number] > 1 else "")
    for clock in session.scalars(select(Clock).where(Clock.opened_by_event_id == told.row.id)):
        clock.instance = instance
        if clock.clock == "K-CON" and told.inputs.get("appeal_named") == "alzada":
            clock.closed_at, clock.closed_by_event_id = told.event.at, told.row.id
    session.flush()


def _follow(session: Session, case: Case, told: CaseSnapshot, step: Told) -> None:
    """Who was missed and looked for, and what has to be asked of a suspected reaction or a death."""
    name, row, at, visit = step.event.name, step.row, step.event.at, f"visit-{step.event.instance}"
    planned = next((each for each in told.visits if each.name == step.event.instance), None)
    if name in FOUND:
        fact_clocks.end(session, case, row, TRACING, at, visit)
    if name in OVER:
        fact_clocks.end(session, case, row, TRACING, at)
    if name == "record_visit_missed":
        on = (planned.planned_on if planned else None) or day_of({}, (), at)
        fact_clocks.begin(session, case, row, TRACING, visit, on, at)
    if name == "record_visit" and planned is not None and planned.done_on is not None:
        fact_clocks.end(session, case, row, TRACING, at, until=planned.done_on)
        if planned.answers is not None and planned.answers.answers.get("adverse_events") is True:
            owe_triage(session, case, "suspected", planned.name, row, planned.done_on, at)
    if name == "record_death" and told.doses:
        owe_triage(session, case, "death", "", row, day_of({}, (), at), at)
    if name == operations.STEP:
        operations.told_again(session, case, row, step.inputs)
    if name == "settle_reaction" and (owed := open_reactions(session, case)):
        _settle(session, case, owed[0], step)


def _settle(session: Session, case: Case, row: ReactionTriage, step: Told) -> None:
    row.settled_at, row.settled_by_id = step.event.at, step.row.by_id
    details = unseal(session, row, "details", case.key_id) | {"outcome": str(step.inputs.get("outcome") or "")}
    seal(session, row, "details", case.key_id, details)
    fact_clocks.end(session, case, step.row, REACTION, step.event.at, instance_of(row))


def write_waits(session: Session, case: Case, history: History) -> None:
    """How long the case stood in each of its states; for whom it waited, nobody wrote down."""
    since, state = case.opened_at, ""
    for each in history.steps:
        if each.event.region != CASE or each.event.after in ("", each.event.before):
            continue
        if state and since < each.event.at:
            session.add(Wait(case_id=case.id, state=state, turn=None, from_at=since, until_at=each.event.at))
        since, state = each.event.at, each.event.after
    session.flush()
