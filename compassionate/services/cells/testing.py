"""A result of the release specification, and what an unfavourable one that comes late sets going at once.

A late positive sterility result is a quality defect and a biovigilance event; whether something was passed on to the
patient is a physician's triage, and only that may call it a suspected reaction (regulation.md 3.1).
"""

from __future__ import annotations

from compassionate.errors import FieldError, Invalid
from compassionate.models import CellIncident, CellTest, Procurement, new_id
from compassionate.models.vault import seal
from compassionate.programmes.model import ReleaseTest
from compassionate.services.cells import rows
from compassionate.services.cells.results import FAILED, judge
from compassionate.services.deadlines import day_of
from compassionate.services.programmes import programme_of
from compassionate.services.reactions import owe_triage
from compassionate.services.step import Step

LATE_RESULT = "late_result"


def record_test(step: Step, held: Procurement) -> None:
    """Write one result; one that was there before stays, replaced."""
    test = _test(step)
    verdict, value = judge(test, step.values["result"])
    earlier = rows.results(step.session, held)
    before = rows.standing_results(earlier).get(test.id)
    row = CellTest(
        id=new_id(),
        case_id=step.case.id,
        procurement_id=held.id,
        number=len(earlier) + 1,
        test=test.id,
        verdict=verdict,
        value=value,
        unit=test.unit,
        is_late=held.released_at is not None,
        on=step.values["on"],
        at=step.now,
        by_id=step.actor.account_id,
        replaces_id=before.id if before else None,
        event_id=step.event.id,
    )
    step.session.add(row)
    step.session.flush()
    if row.is_late and verdict == FAILED and test.effect == "stops":
        _tell_at_once(step, held, test)


def _test(step: Step) -> ReleaseTest:
    programme = programme_of(step.session, step.case)
    test = programme.test(step.values["test"].strip()) if programme else None
    if test is None:
        raise Invalid((FieldError("test", "cells.unknown_test"),))
    return test


def _tell_at_once(step: Step, held: Procurement, test: ReleaseTest) -> None:
    for kind in ("quality_defect", "biovigilance"):
        row = CellIncident(
            id=new_id(),
            case_id=step.case.id,
            procurement_id=held.id,
            kind=kind,
            cause=test.id,
            at=step.now,
            by_id=step.actor.account_id,
            event_id=step.event.id,
        )
        seal(step.session, row, "details", step.case.key_id, {"note": step.values.get("note") or ""})
        step.session.add(row)
    step.session.flush()
    if held.applied_at is not None:  # transmission to the patient: a physician decides whether it is suspected
        owe_triage(step.session, step.case, LATE_RESULT, test.id, step.event, day_of({}, (), step.now), step.now)
