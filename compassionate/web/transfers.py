"""Transfers between hospitals: sent from a case, answered by the other hospital before it sees anything of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.models.transfers import OFFERED, OUTSIDE
from compassionate.paths import cure_url, step_url
from compassionate.services import receiving, transfers
from compassionate.services.transfers import Sent
from compassionate.web.access import actor, readers, roles
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.physician_changes import known
from compassionate.web.presenters import errors_by_field, present_errors, present_reasons
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.moving import TRANSFER

blueprint = Blueprint("transfers", __name__)
BASE, INCOMING = "/expedientes/<code>/traslado", "/traslados"
FORM = ("to", "outside", "reason", "informed_on", "agreed", "medicine", "medicine_by", "withdrawal")
TONES = {"offered": "wait", "accepted": "good", "outside": "good", "refused": "stop", "withdrawn": "done"}
# What ends a case here once the patient is elsewhere, by where it stands.
ENDING = {
    "authorised": "abandon_before_treatment",
    **dict.fromkeys(("in_treatment", "interrupted", "suspended", "revoked"), "end_treatment"),
    **dict.fromkeys(("in_follow_up", "not_treated", "lost_to_follow_up", "denied", "withdrawn"), "close"),
}
receivers = roles(*receiving.RECEIVERS)


@blueprint.route(BASE, methods=["GET", "POST"])
@readers
def send(code: str) -> Any:
    """Where the patient goes, why, and what was said to them; what is left to do here."""
    case, failure = load_case(code), None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: transfers.send(db(), actor(), case, given, clock.now()))
        if failure is None:
            flash(say("done.transfer_case"), "success")
            return redirect(cure_url("transfer", code), 303)
    return _page(load_case(code), failure), status_of(failure)


@blueprint.post(f"{BASE}/retirar")
@readers
def withdraw(code: str) -> Any:
    """Take the offer back while nobody accepted it."""
    case, reason = load_case(code), request.form.get("withdrawal", "")
    failure = attempt(lambda: transfers.withdraw(db(), actor(), case, reason, clock.now()))
    if failure is None:
        flash(say("done.withdraw_transfer"), "success")
        return redirect(cure_url("transfer", code), 303)
    return _page(load_case(code), failure), failure.status


def _page(case: Case, failure: Failure | None) -> str:
    listed = transfers.history(db(), case)
    stands = transfers.standing(db(), case)
    labels = {name: say(f"transfer.label.{name}") for name in FORM}
    places = [(each.code, each.name) for each in transfers.destinations(db(), case)]
    return render_template(
        "cases/transfer.html",
        rows=[_row(each) for each in listed],
        stands=stands is not None,
        offered=stands is not None and stands.status == OFFERED,
        may_send=may(case, "transfer"),
        who=who_may(case, "transfer"),
        has_summary=transfers.summary(db(), case) is not None,
        places=[*places, (OUTSIDE, say("transfer.outside"))],
        medicine=[(each, say(f"choice.medicine.{each}")) for each in transfers.MEDICINE],
        facts=known(TRANSFER),
        ending=_ending(case),
        filled=fill(dict.fromkeys(FORM, ""), case=case, failure=failure, labels=labels),
        recovered=recovered_at(),
        **frame(case),
    )


def _ending(case: Case) -> dict[str, str]:
    """The step that ends the case here, as a link."""
    step = ENDING.get(case.state, "withdraw_request")
    return {"text": say(f"step.{step}"), "href": step_url(case.code, step)}


def _row(each: Sent) -> dict[str, Any]:
    row, words = each.row, each.words
    return {
        "to": words["destination"],
        "status": say(f"transfer.status.{row.status}"),
        "tone": TONES[row.status],
        "reason": words["reason"],
        "by": each.by,
        "at": exact(row.sent_at),
        "facts": [
            {"key": say("transfer.label.informed_on"), "value": day(row.informed_on)},
            {"key": say("transfer.label.medicine"), "value": _medicine(words)},
        ],
        "answer": words.get("answer", ""),
        "answered_by": each.answered_by,
        "answered_at": exact(row.answered_at) if row.answered_at else "",
    }


def _medicine(words: Any) -> str:
    return ". ".join(part for part in (say(f"choice.medicine.{words['medicine']}"), words["medicine_by"]) if part)


@blueprint.get(INCOMING)
@receivers
def incoming() -> Any:
    """The patients whom other hospitals offer: from whom and since when, nothing else before it is accepted."""
    return _incoming()


@blueprint.post(f"{INCOMING}/<transfer_id>/<answer>")
@receivers
def answer(transfer_id: str, answer: str) -> Any:
    """Accept an offer, which opens a case here, or refuse it with a reason."""
    opened: list[str] = []
    if answer == "aceptar":
        failure = attempt(lambda: opened.append(receiving.accept(db(), actor(), transfer_id, clock.now()).code))
    elif answer == "rechazar":
        reason = request.form.get("refusal", "")
        failure = attempt(lambda: receiving.refuse(db(), actor(), transfer_id, reason, clock.now()))
    else:
        raise NotFound
    if failure is not None:
        return _incoming(failure, transfer_id), failure.status
    flash(say("done.receive_transfer" if opened else "done.refuse_transfer"), "success")
    return redirect(f"/expedientes/{opened[0]}" if opened else url_for("transfers.incoming"), 303)


def _incoming(failure: Failure | None = None, answered: str = "") -> str:
    errors = failure.errors if failure else ()
    found = receiving.incoming(db(), actor())
    return render_template(
        "cases/transfers.html",
        rows=[
            {
                "id": each.id,
                "from": each.from_centre,
                "telephone": each.telephone,
                "by": each.by,
                "when": ago(each.at),
                "exact": exact(each.at),
                "to": each.to_centre,
                "error": errors_by_field(errors).get("refusal", "") if each.id == answered else "",
            }
            for each in found
        ],
        summary=present_errors(errors),
        reasons=present_reasons(failure.reasons, "") if failure else [],
        facts=known(TRANSFER),
    )
