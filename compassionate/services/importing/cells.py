"""The chain of a patient's own cells, written again from the steps that came: the same effects, at the same instants.

Containers keep their codes: a donation number follows from the case's code and the attempt. RDL 9/2014 art. 33.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import Invalid
from compassionate.models import Case
from compassionate.services import programmes
from compassionate.services.actors import Actor
from compassionate.services.cells.effects import CELL_EFFECTS
from compassionate.services.importing.happened import History, Told
from compassionate.services.importing.reading import refuse
from compassionate.services.step import Step
from compassionate.workflow.cells import CELLS, REGION
from compassionate.workflow.facts import Facts
from compassionate.workflow.values import Reading, read


def write_cells(session: Session, case: Case, history: History) -> None:
    """Every attempt, container, result and link of the chain; refuses a file whose steps do not fit together."""
    steps = [each for each in history.steps if each.event.region == REGION]
    if not steps:
        return
    held = programmes.latest(session, case.product.programme)
    if held is not None and not case.programme:
        case.programme, case.programme_version = held.id, held.version
    try:
        for each in steps:
            _write(session, case, each)
    except Invalid:
        refuse("no_history")


def _write(session: Session, case: Case, told: Told) -> None:
    effect = CELL_EFFECTS.get(told.event.name)
    if effect is None or (told.event.name == "record_cell_test" and not case.programme):
        return
    at = told.event.at
    by = Actor(told.row.by_id, "", told.event.by, ())
    facts = Facts(today=civil_date(at, case.centre.zone))
    effect(Step(session, by, case, told.row, _values(case, told), facts, at, REGION, told.event.before))
    session.flush()


def _values(case: Case, told: Told) -> Mapping[str, Any]:
    """What was typed, as the step read it; the instant of an implant came with the dose."""
    inputs = next(row.inputs for row in CELLS.transitions if row.name == told.event.name)
    lines = tuple(line.number for line in case.lines)
    values = read(inputs, told.inputs, Reading(told.event.at, case.centre.zone, lines)) | {"paper": None}
    given_at = told.inputs.get("given_at")
    return values | ({"given_at": datetime.fromisoformat(given_at)} if given_at else {})
