"""What a step writes besides its state: decisions, signatures, doses, ledger, consents, visits.

One small function a step, found by name; run by advance.py in the same transaction, after the event is
written. Values come checked (workflow/values.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.errors import FieldError, Invalid
from compassionate.models import (
    Decision,
    DecisionPacks,
    new_id,
)
from compassionate.models.vault import seal
from compassionate.services import continuing
from compassionate.services.answers import report_gaps
from compassionate.services.appeal_effects import begin
from compassionate.services.binding import ENDORSEMENT, signing
from compassionate.services.cells.effects import CELL_EFFECTS
from compassionate.services.consents import CONSENT_EFFECTS
from compassionate.services.deadlines import day_of
from compassionate.services.doses import record_dose, record_first_dose
from compassionate.services.fact_clocks import end_tracing
from compassionate.services.facts import request_of
from compassionate.services.movements import SUPPLY_EFFECTS
from compassionate.services.proofs import SigningAct
from compassionate.services.reactions import owe_triage
from compassionate.services.signatures import sign, void
from compassionate.services.snapshots import snapshot
from compassionate.services.step import Effect, Step
from compassionate.services.submissions import submit, undo
from compassionate.services.urgent import filed
from compassionate.workflow.roles import Role


def _endorse(step: Step) -> None:
    held = snapshot(step.session, step.case, step.request_number)
    sign(step.session, step.actor, step.case, signing(held, ENDORSEMENT), Role.DIRECTOR, step.now)


def _void_endorsement(step: Step) -> None:
    act = SigningAct(ENDORSEMENT, step.case.id, step.request_number)
    void(step.session, step.actor, step.case, act, step.now, step.event.name)


def _check_order(step: Step) -> None:
    values = step.values
    if values["seen_on"] < values["decided_on"]:
        raise Invalid((FieldError("seen_on", "decision.seen_before_decided"),))
    if values.get("valid_until") and values["valid_until"] < values["decided_on"]:
        raise Invalid((FieldError("valid_until", "decision.ends_before_decided"),))


def _record_authorisation(step: Step) -> None:
    _check_order(step)
    decision = _decision(step, "authorised", step.values["seen_on"])
    decision.valid_until, decision.follow_up_forms = (
        step.values.get("valid_until"),
        bool(step.values.get("follow_up_forms")),
    )
    _seal_texts(step, decision, "conditions")
    step.session.add(decision)
    step.session.flush()
    for line, packs in step.values["packs_granted"].items():
        step.session.add(DecisionPacks(decision_id=decision.id, line_number=int(line), packs=packs))


def _record_denial(step: Step) -> None:
    decision = _decision(step, "denied", step.values["notified_on"])
    decision.grounds, decision.appeal_named = list(step.values["grounds"]), step.values["appeal_named"]
    decision.without_hearing = step.before != "refusal_notified"
    _seal_texts(step, decision, "grounds_text")
    step.session.add(decision)
    begin(step)


def _seal_texts(step: Step, decision: Decision, name: str) -> None:
    """Its words, and who told it: a caller's name is personal data too."""
    texts = {each: step.values.get(each) or "" for each in (name, "sender")}
    seal(step.session, decision, "texts", step.case.key_id, texts)


def _decision(step: Step, outcome: str, seen_on: Any) -> Decision:
    return Decision(
        id=new_id(),
        case_id=step.case.id,
        request_number=step.request_number,
        outcome=outcome,
        channel=step.values["channel"],
        decided_on=step.values["decided_on"],
        seen_on=seen_on,
        reference=step.values.get("reference") or "",
        paper_id=step.paper_id,
        event_id=step.event.id,
    )


def _prepare_again(step: Step) -> None:
    _void_endorsement(step)
    request = request_of(step.case, step.request_number)
    assert request is not None
    undo(request)


def _open_continuation(step: Step) -> None:
    session, case = step.session, step.case
    held = continuing.forecasts(session, case, step.now)
    kind = step.values["request_kind"]
    continuing.copy_last(session, step.actor, case, step.request_number, kind, held, step.now)


def _submit(step: Step) -> None:
    submit(step)
    filed(step, not report_gaps(step.session, step.case, step.request_number))


def _record_death(step: Step) -> None:
    end_tracing(step)
    if step.facts.doses_given:
        known_on = day_of({}, (), step.now)
        owe_triage(step.session, step.case, "death", "", step.event, known_on, step.now)


EFFECTS: Mapping[str, Effect] = {
    "endorse": _endorse,
    "return_for_changes": _void_endorsement,
    "reopen_preparation": _void_endorsement,
    "submit": _submit,
    "record_authorisation": _record_authorisation,
    "record_appeal_upheld": _record_authorisation,
    "record_denial": _record_denial,
    "prepare_again": _prepare_again,
    "open_continuation": _open_continuation,
    "record_death": _record_death,
    "record_lost_to_follow_up": end_tracing,
    "close": end_tracing,
    "start_treatment": record_first_dose,
    "record_dose": record_dose,
    **CELL_EFFECTS,
    **CONSENT_EFFECTS,
    **SUPPLY_EFFECTS,
}
