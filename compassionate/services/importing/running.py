"""Legal clocks of a case that came: opened, stopped and closed again by the steps that its history tells."""

from __future__ import annotations

from sqlalchemy.orm import Session

from compassionate.models import Case, Wait
from compassionate.services.clocks import move_clocks
from compassionate.services.importing.happened import History, Told
from compassionate.workflow import engine
from compassionate.workflow.table import CASE, Pathway, Transition


def run_clocks(session: Session, case: Case, history: History) -> None:
    """Do to the case's clocks what each of its steps did, by this installation's calendars (Ley 39/2015 art. 30)."""
    pathway = engine.pathway(case.pathway, case.pathway_version)
    for each in history.steps:
        row = _row(pathway, each)
        if row is not None:
            move_clocks(session, case, each.row, row, each.event.instance, each.inputs, each.event.at)


def _row(pathway: Pathway, told: Told) -> Transition | None:
    regions = [each for each in (pathway.case, *pathway.regions) if each.name == told.event.region]
    rows = [row for region in regions for row in region.transitions if row.name == told.event.name]
    return next((row for row in rows if told.event.before in row.sources), None)


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
