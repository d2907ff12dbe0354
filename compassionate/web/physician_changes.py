"""The change of a case's responsible physician: offered, accepted in writing or not, and who was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, PhysicianChange
from compassionate.paths import cure_url
from compassionate.services import physician_changes, physician_offers
from compassionate.services.cases import require_edit
from compassionate.services.physician_offers import Change
from compassionate.services.proofs import SigningAct
from compassionate.web import signing
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.presenters import errors_by_field
from compassionate.web.templating import basis_words, day, exact, say
from compassionate.web.uploads import takes_files, upload_sent
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.moving import PHYSICIAN, facts
from compassionate.workflow.roles import Role

blueprint = Blueprint("physician_changes", __name__)
BASE = "/expedientes/<code>/relevo"
FORM = ("to", "reason", "refusal", "withdrawal", "accepted_on", "told_on", "channel", "told_reference")
TONES = {"pending": "wait", "accepted": "good", "refused": "stop", "withdrawn": "done"}


@blueprint.get(BASE)
@readers
def show(code: str) -> Any:
    """Who answers for the case, who is asked to, and every change before."""
    return _page(load_case(code))


@blueprint.post(BASE)
@readers
def offer(code: str) -> Any:
    """Ask a colleague to take the case over."""
    case, form = load_case(code), request.form
    to, reason, seen = form.get("to", ""), form.get("reason", ""), form.get("before")
    act = lambda: physician_changes.offer(db(), actor(), case, to, reason, clock.now(), seen)  # noqa: E731
    return _done(code, act, "offer_case")


@blueprint.post(f"{BASE}/<answer>")
@readers
@takes_files
def do(code: str, answer: str) -> Any:
    """Answer the offer that waits: accept it, refuse it, record a paper, take it back."""
    acts: dict[str, tuple[Callable[[Case], object], str]] = {
        "aceptar": (_accept, "accept_case"),
        "rechazar": (_refuse, "refuse_case"),
        "papel": (_paper, "accept_case"),
        "retirar": (_withdraw, "withdraw_offer"),
    }
    case = load_case(code)
    if answer not in acts:
        raise NotFound
    act, step = acts[answer]
    return _done(code, lambda: act(case), step)


def _accept(case: Case) -> object:
    require_edit(case, actor(), "accept_case")
    waits = physician_offers.pending(db(), case)
    if waits is None or waits.to_id != actor().account_id:
        return physician_changes.accept(db(), actor(), case, clock.now())  # which says why not
    who = signing.signer(_act(case, physician_offers.opened(db(), case, waits)))
    return physician_changes.accept(db(), who, case, clock.now())


def _act(case: Case, waits: Change) -> SigningAct:
    words = physician_changes.statement(case, waits)
    return physician_changes.accepting(case, waits.row, words).act(case)


def _refuse(case: Case) -> object:
    return physician_changes.refuse(db(), actor(), case, request.form.get("refusal", ""), clock.now(), "refusal")


def _withdraw(case: Case) -> object:
    return physician_changes.withdraw(
        db(), actor(), case, request.form.get("withdrawal", ""), clock.now(), "withdrawal"
    )


def _paper(case: Case) -> object:
    require_edit(case, actor(), "record_acceptance")  # before the file is looked at
    on = request.form.get("accepted_on", "")
    return physician_changes.accept_on_paper(db(), actor(), case, on, upload_sent(), clock.now())


@blueprint.post(f"{BASE}/<change_id>/aviso")
@readers
def tell(code: str, change_id: str) -> Any:
    """Record when and how the agency was told."""
    case, given = load_case(code), request.form.to_dict()
    act = lambda: physician_changes.tell(db(), actor(), case, change_id, given, clock.now())  # noqa: E731
    return _done(code, act, "tell_physician_change")


def _done(code: str, act: Callable[[], object], step: str) -> Any:
    failure = attempt(act)
    if failure is None:
        flash(say(f"done.{step}"), "success")
        return redirect(cure_url("hand_over", code), 303)
    return _page(load_case(code), failure), status_of(failure)


def _page(case: Case, failure: Failure | None = None) -> str:
    listed = physician_offers.history(db(), case)
    waits = next((each for each in listed if each.row.status == "pending"), None)
    mine = waits is not None and waits.row.to_id == actor().account_id and may(case, "accept_case")
    may_offer = may(case, "hand_over") and physician_changes.may_offer(db(), actor(), case, clock.now())
    labels = {name: say(f"handing.label.{name}") for name in FORM if name not in ("channel", "told_reference")}
    return render_template(
        "cases/physician_change.html",
        physician=case.physician.name if case.physician else "",
        before=case.physician_id or "",
        waits=_row(case, waits) if waits else None,
        statement=physician_changes.statement(case, waits) if waits else "",
        rows=[_row(case, each) for each in listed if each is not waits],
        people=[(each.id, each.name) for each in physician_changes.candidates(db(), case, clock.now())],
        mine=mine,
        may_offer=may_offer,
        may_record=may(case, "record_acceptance"),
        may_tell=may(case, "tell_physician_change"),
        who=who_may(case, "hand_over"),
        channels=[(each, say(f"choice.channel.{each}")) for each in CHANNELS],
        facts=known(PHYSICIAN),
        filled=fill(dict.fromkeys(FORM, ""), case=case, failure=failure, labels=labels),
        signing=signing.offer(case, _act(case, waits), Role.PHYSICIAN) if waits and mine else None,
        signing_errors=errors_by_field(failure.errors) if failure else {},
        recovered=recovered_at(),
        **frame(case),
    )


def known(of: str) -> list[dict[str, Any]]:
    """What is known of a change, each with its basis and whether anything published says it."""
    return [
        {"text": say(f"moving_fact.{fact.id}"), "basis": basis_words(fact.legal_basis), "verified": fact.verified}
        for fact in facts(of)
    ]


def _row(case: Case, each: Change) -> dict[str, Any]:
    row: PhysicianChange = each.row
    told = (
        say("handing.told", on=day(row.told_on), how=say(f"choice.channel.{row.told_channel}")) if row.told_on else ""
    )
    return {
        "id": row.id,
        "from": each.from_name or say("case_page.nobody"),
        "to": each.to_name,
        "by": each.by_name,
        "at": exact(row.offered_at),
        "reason": each.reason,
        "status": say(f"handing.status.{row.status}"),
        "tone": TONES[row.status],
        "answer": each.answer,
        "answered_by": each.answered_by,
        "answered_at": exact(row.answered_at) if row.answered_at else "",
        "statement": each.statement,
        "accepted_on": day(row.accepted_on) if row.accepted_on else "",
        "paper_id": row.paper_id,
        "told": ", ".join(part for part in (told, row.told_reference) if part),
        "owes": physician_offers.owes_telling(case, row),
    }
