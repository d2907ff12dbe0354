"""What each step of the region `cells` writes: attempt, containers, chain of custody, results, incidents."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from compassionate.cells import sec, shelf_life
from compassionate.errors import FieldError, Invalid
from compassionate.models import CellContainer, DonorEvaluation, Procurement, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services.cells import rows
from compassionate.services.cells.custody import add, arrive, in_order
from compassionate.services.cells.testing import record_test
from compassionate.services.programmes import programme_of
from compassionate.services.step import Effect, Step
from compassionate.workflow.cells import SEROLOGY

KEPT = ("early_reason", "payer_if_denied", "identified_by", "procedure", "lots", "allergies", "incidents")
LETTERS = {"procurement": "E", "transport": "T", "primary": "P", "shipping": "S", "pack": "C"}


def attempt_of(step: Step) -> Procurement:
    """The attempt that a step is about."""
    held = rows.current(step.session, step.case)
    assert held is not None
    return held


def _wrong(field: str, code: str, **params: Any) -> Invalid:
    return Invalid((FieldError(field, f"cells.{code}", params),))


def _evaluate(step: Step) -> None:
    _write_evaluation(step, step.values["on"], None, {"justification": step.values["justification"]})


def _serology(step: Step) -> None:
    """Every test of annex III 1.1 with its result; the justification stays as it was written."""
    before, values = rows.evaluation(step.session, step.case), step.values
    known = (unseal(step.session, before, "details", step.case.key_id) or {}) if before else {}
    repeated = values.get("repeated_on")
    details = known | {
        "serology": {test: values[test] for test in SEROLOGY},
        "nat": bool(values.get("nat")),
        "repeated_on": repeated.isoformat() if repeated else None,
        "sample_exception": values.get("sample_exception") or "",
    }
    evaluated_on: date = before.evaluated_on if before else values["drawn_on"]
    _write_evaluation(step, evaluated_on, values["drawn_on"], details)


def _write_evaluation(step: Step, evaluated_on: date, drawn_on: date | None, details: Mapping[str, Any]) -> None:
    before = rows.evaluation(step.session, step.case)
    row = DonorEvaluation(
        id=new_id(),
        case_id=step.case.id,
        number=before.number + 1 if before else 1,
        evaluated_on=evaluated_on,
        drawn_on=drawn_on,
        by_id=step.actor.account_id,
        event_id=step.event.id,
    )
    seal(step.session, row, "details", step.case.key_id, dict(details))
    step.session.add(row)


def donation_number(case_code: str, attempt: int) -> str:
    """Thirteen letters and digits, of this case and attempt alone; they say nothing of the patient (annex VII)."""
    digest = hashlib.sha256(f"{case_code}/{attempt}".encode()).digest()
    return b32encode(digest)[:13].decode("ascii")


def _schedule(step: Step) -> None:
    """A new attempt, unless the last one was only put off: then it is the same one on another day."""
    held, values = rows.current(step.session, step.case), step.values
    if held is None or held.ended_as:
        number = held.number + 1 if held else 1
        held = Procurement(
            id=new_id(),
            case_id=step.case.id,
            number=number,
            donation_number=donation_number(step.case.code, number),
            event_id=step.event.id,
        )
        step.session.add(held)
    held.planned_on, held.site, held.establishment = values["planned_on"], values["site"], values["establishment"]
    keep(step, held, values)
    step.session.flush()
    if not rows.containers(step.session, held):
        _contain(step, held, ("procurement", "transport"))


def keep(step: Step, held: Procurement, told: Mapping[str, Any]) -> None:
    """Seal what was said in words with the attempt, beside what was said before."""
    before = unseal(step.session, held, "details", step.case.key_id) or {} if held.details else {}
    said = {name: told[name] for name in (*KEPT, "failed_because") if told.get(name)}
    seal(step.session, held, "details", step.case.key_id, before | said)


def _contain(step: Step, held: Procurement, kinds: tuple[str, ...], european_code: str = "") -> None:
    made_of_them = "primary" in kinds
    for kind in kinds:
        row = CellContainer(
            id=new_id(),
            case_id=step.case.id,
            procurement_id=held.id,
            kind=kind,
            code=f"{held.donation_number}-{LETTERS[kind]}1",
            european_code=european_code,
            batch=held.batch,
            split="001" if made_of_them else "",
            expires_at=held.expires_at if made_of_them else None,
        )
        step.session.add(row)
    step.session.flush()


def _procure(step: Step) -> None:
    held, values = attempt_of(step), step.values
    if values["ended_at"] < values["began_at"]:
        raise _wrong("ended_at", "ends_before")
    held.procured_at, held.ended_at = values["began_at"], values["ended_at"]
    held.volume = values["volume_ml"]
    keep(step, held, values)
    add(step, held, "record_procurement", values["ended_at"], way=(held.site, ""), verdict="agrees")


def _hand_over(step: Step) -> None:
    held, values = attempt_of(step), step.values
    at = in_order(step, held, "left_at")
    way = (held.site, held.establishment)
    add(step, held, "hand_over_cells", at, way=way, seal_number=values.get("seal") or "", verdict="agrees")


def _receive(step: Step) -> None:
    held = attempt_of(step)
    held.received_at = arrive(step, held, "receive_cells", held.establishment)


def _accept(step: Step) -> None:
    held = attempt_of(step)
    held.accepted_at, held.accepted_by_id = step.now, step.actor.account_id
    add(step, held, "accept_cells", step.now)


def _culture(step: Step) -> None:
    held, values = attempt_of(step), step.values
    used = select(Procurement.id).where(Procurement.batch == values["batch"], Procurement.id != held.id).limit(1)
    if step.session.scalar(used) is not None:
        raise _wrong("batch", "batch_used")
    held.cultured_at, held.batch = in_order(step, held, "began_at"), values["batch"]
    add(step, held, "start_culture", held.cultured_at, verdict="agrees")


def _harvest(step: Step) -> None:
    held = attempt_of(step)
    held.harvested_at = in_order(step, held, "ended_at")
    add(step, held, "finish_culture", held.harvested_at)


def _release(step: Step) -> None:
    """The qualified person releases: containers are made, and from this instant nothing of it is given any more."""
    held, values = attempt_of(step), step.values
    _check_expiry(step, held, values["expires_at"])
    held.released_at, held.released_by_id, held.expires_at = step.now, step.actor.account_id, values["expires_at"]
    _contain(step, held, ("primary", "shipping", "pack"), _european_code(held, values.get("european_code") or ""))
    add(step, held, "release_cells", step.now)


def _check_expiry(step: Step, held: Procurement, expires_at: datetime) -> None:
    programme = programme_of(step.session, step.case)
    hours = programme.cells.shelf_life_hours if programme and programme.cells else None
    if shelf_life.is_expired(expires_at, step.now):
        raise _wrong("expires_at", "expires_before")
    if hours is not None and held.harvested_at and (expires_at - held.harvested_at).total_seconds() > hours * 3600:
        raise _wrong("expires_at", "shelf_life", hours=hours)


def _european_code(held: Procurement, text: str) -> str:
    if not text:
        return ""
    try:
        code = sec.read(text)
    except Invalid as invalid:
        raise Invalid(tuple(FieldError("european_code", each.code, each.params) for each in invalid.errors)) from None
    if code.donation.donation != held.donation_number:
        raise _wrong("european_code", "code_differs")
    return sec.stored(code)


def _ended(as_what: str) -> Effect:
    def effect(step: Step) -> None:
        held = attempt_of(step)
        held.ended_as = as_what
        keep(step, held, {"failed_because": step.values.get("reason")})
        add(step, held, step.event.name, step.now)

    return effect


def _dispatch(step: Step) -> None:
    held = attempt_of(step)
    held.dispatched_at = in_order(step, held, "left_at")
    way, seal_number = (held.establishment, step.case.centre.name), step.values.get("seal") or ""
    add(step, held, "dispatch_cells", held.dispatched_at, way=way, seal_number=seal_number, verdict="agrees")


def _deliver(step: Step) -> None:
    held = attempt_of(step)
    held.delivered_at = arrive(step, held, "receive_cells_at_hospital", step.case.centre.name)
    held.line_number = step.case.lines[0].number


def _check_identity(step: Step) -> None:
    add(step, attempt_of(step), "check_cells_identity", step.now, verdict="agrees")


def _apply(step: Step) -> None:
    held = attempt_of(step)
    held.applied_at, held.ended_as = step.values.get("given_at") or step.now, "applied"
    add(step, held, "record_cells_applied", held.applied_at)


def _destroy(step: Step) -> None:
    held = attempt_of(step)
    held.destroyed_on = step.values["on"]
    add(step, held, "destroy_cells", step.now, details={"by": step.values["destroyed_by"]})


def _report(step: Step) -> None:
    held = attempt_of(step)
    held.reported_on = step.values["on"]
    add(step, held, "report_destination", step.now, details={"to": step.values["reported_to"]})


def _hold(step: Step) -> None:
    sides = {name: step.values[name] for name in ("expected", "found")}
    add(step, attempt_of(step), "hold_cells", step.now, verdict="mismatch", details=sides)


def _lift(step: Step) -> None:
    details = {"note": step.values["reason"]}
    add(step, attempt_of(step), "lift_identity_hold", step.now, verdict="lifted", details=details)


def _judge(step: Step) -> None:
    details = {"note": step.values["reason"]}
    add(step, attempt_of(step), "judge_temperature", step.now, verdict=step.values["judgement"], details=details)


def _test(step: Step) -> None:
    record_test(step, attempt_of(step))


CELL_EFFECTS: Mapping[str, Effect] = {
    "start_donor_evaluation": _evaluate,
    "record_serology": _serology,
    "schedule_procurement": _schedule,
    "record_procurement": _procure,
    "hand_over_cells": _hand_over,
    "receive_cells": _receive,
    "accept_cells": _accept,
    "reject_cells": _ended("not_accepted"),
    "start_culture": _culture,
    "finish_culture": _harvest,
    "record_cell_test": _test,
    "release_cells": _release,
    "fail_batch": _ended("failed"),
    "dispatch_cells": _dispatch,
    "receive_cells_at_hospital": _deliver,
    "check_cells_identity": _check_identity,
    "record_cells_applied": _apply,
    "record_cells_not_applied": _ended("not_applied"),
    "destroy_cells": _destroy,
    "report_destination": _report,
    "hold_cells": _hold,
    "lift_identity_hold": _lift,
    "judge_temperature": _judge,
}
