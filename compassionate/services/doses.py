"""Dispensing and administration: what a step through the treatment gate writes (RD 1015/2009 art. 8.2, 11)."""

from __future__ import annotations

from datetime import date

from compassionate.errors import FieldError, Invalid
from compassionate.models import Dose, new_id
from compassionate.models.vault import seal
from compassionate.services.ledger import Batch
from compassionate.services.movements import add_entry, batch_of
from compassionate.services.step import Step
from compassionate.services.visit_plan import plan


def record_dose(step: Step) -> None:
    """Write the dose and, unless it was dispensed before, take its units out of the pharmacy's stock."""
    values = step.values
    batch = batch_of(step, values["line"], values["batch"])
    dispensed_before = bool(values.get("from_dispensed")) and values["act"] == "administration"
    _check_day(values["given_on"], batch, dispensed_before)
    dose = Dose(
        id=new_id(),
        case_id=step.case.id,
        act=values["act"],
        line_number=values["line"],
        batch=batch.batch,
        expires_on=batch.expires_on,
        units=values["units"],
        from_dispensed=dispensed_before,
        given_on=values["given_on"],
        next_on=values.get("next_on"),
        by_id=step.actor.account_id,
        event_id=step.event.id,
    )
    details = {"collected_by": values.get("collected_by") or "", "note": values.get("note") or ""}
    seal(step.session, dose, "details", step.case.key_id, details)
    step.session.add(dose)
    if not dispensed_before:
        kind = "dispensed" if values["act"] == "dispensing" else "administered"
        add_entry(
            step,
            kind,
            values["line"],
            values["given_on"],
            values["units"],
            batch=batch.batch,
            expires_on=batch.expires_on,
        )


def _check_day(given_on: date, batch: Batch, dispensed_before: bool) -> None:
    """No dose is dated before its batch was released, nor one given at home before it was dispensed (art. 11.2)."""
    since = batch.dispensed_on if dispensed_before else batch.released_on
    if since is not None and given_on < since:
        code = "stock.before_dispensing" if dispensed_before else "stock.before_release"
        raise Invalid((FieldError("given_on", code, {"batch": batch.batch, "on": since}),))


def record_first_dose(step: Step) -> None:
    """The first dose also dates the planned visits."""
    record_dose(step)
    plan(step.session, step.case, step.values["given_on"])
