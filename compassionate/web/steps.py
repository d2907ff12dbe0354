"""The page of every step: asked, drawn, taken. One page for every row of every table, read from the row itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from compassionate import clock
from compassionate.errors import Conflict, FieldError, Invalid, Refused
from compassionate.extensions import commit, db
from compassionate.models import Case
from compassionate.services import idempotency
from compassionate.services.actors import Actor
from compassionate.services.advance import Place, ask, place
from compassionate.services.binding import ENDORSEMENT, content_of
from compassionate.services.conversation import count_open
from compassionate.services.filing import take_step
from compassionate.services.proofs import SigningAct
from compassionate.services.resubmission import FILED
from compassionate.services.signed_steps import signed_act
from compassionate.services.snapshots import snapshot
from compassionate.services.submissions import SUBMIT
from compassionate.web import drafts, reading, signing
from compassionate.web.access import actor, readers
from compassionate.web.changed_values import since_filed, since_seen
from compassionate.web.conflicts import changes_since
from compassionate.web.endorsement import ENDORSE, endorsement
from compassionate.web.framing import frame, load_case
from compassionate.web.label_scans import check_photographs, form_read, reads_labels
from compassionate.web.landing import landing
from compassionate.web.presenters import error_text, errors_by_field
from compassionate.web.step_fields import Asking, fields_of
from compassionate.web.step_order import EXCEPTIONAL
from compassionate.web.step_words import as_day, instance_words, present, state_tone, state_words
from compassionate.web.submission import MORE, submission
from compassionate.web.templating import say
from compassionate.web.uploads import PHOTOGRAPH, takes_files, upload_sent
from compassionate.words import has_words
from compassionate.workflow.engine import Answer

blueprint = Blueprint("steps", __name__)
CLOSE = "close"
ADDRESS = "/expedientes/<code>/pasos/<action>"
Typed = MultiDict[str, str]


@blueprint.get(ADDRESS)
@readers
def show(code: str, action: str) -> Any:
    """The form of a step, or every reason why it may not be taken."""
    case = load_case(code)
    typed = drafts.draft_fields(current_user.account)
    answer = _ask(case, action)
    if answer.reasons and not typed:
        return _blocked(case, action, answer)
    return _draw(case, action, answer, typed or MultiDict(), reasons=answer.reasons)


@blueprint.post(ADDRESS)
@readers
@reads_labels
@takes_files
def take(code: str, action: str) -> Any:
    """Take the step; whatever stands against it brings the form back with all that was typed."""
    case, typed, key = load_case(code), form_read(), request.form.get("idempotency_key", "")
    taken = idempotency.result_of(db(), actor(), key)
    if taken:
        return redirect(taken, 303)
    if MORE in typed:  # asks for more rows, and for nothing to be done
        return _redraw(code, action, typed)
    try:
        url = _take(case, action, typed, key)
    except Invalid as wrong:
        return _redraw(code, action, typed, errors=wrong.errors), 422
    except Refused as refused:
        reading.refused(refused.reasons)
        return _redraw(code, action, typed, reasons=refused.reasons), 403
    except Conflict:
        return _lost(code, action, typed, key)
    return redirect(url, 303)


def _ask(case: Case, action: str) -> Answer:
    where, _ = place(case, action)
    g.request_number = where.request_number
    return ask(db(), actor(), case, action, clock.now())


def _take(case: Case, action: str, typed: Typed, key: str) -> str:
    answer = _ask(case, action)
    where, name = place(case, action)
    who = _signer(case, action, typed) if answer.row.signed and not answer.reasons else actor()
    url, now = landing(case, where, name), clock.now()
    given = _given(answer, typed)
    if not answer.reasons:
        check_photographs(typed)
    event = take_step(db(), who, case, action, given, now, if_version=_version(typed), upload=upload_sent())
    idempotency.remember(db(), actor(), key, url, now)
    drafts.drop(current_user.account, request.path)
    commit()
    flash(say(f"done.{event.name}"), "success" if event.name == name else "error")
    return url


def _signer(case: Case, action: str, typed: Typed) -> Actor:
    """Who signs shows once more that it is they, under what they read (RD 1015/2009 art. 8.1; Ley 39/2015 art. 10)."""
    act = _act(case, action)
    if typed.get("content", act.content) != act.content:  # also where no step was taken: products have no version here
        raise Conflict(case.code, case.state, case.version)
    return signing.signer(act, writes=act.meaning != ENDORSEMENT)


def _act(case: Case, action: str) -> SigningAct:
    act = signed_act(db(), case, action)
    assert act is not None
    if act.meaning != ENDORSEMENT:
        return act
    return replace(act, content=content_of(snapshot(db(), case, act.number), ENDORSEMENT))


def _version(typed: Typed) -> int | None:
    text = typed.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else None


def _given(answer: Answer, typed: Typed) -> dict[str, Any]:
    several = {each.name for each in answer.row.inputs if each.kind == "choices"}
    return {name: typed.getlist(name) if name in several else typed.get(name) for name in typed}


def _redraw(
    code: str, action: str, typed: Typed, errors: Iterable[FieldError] = (), reasons: Iterable[Any] = ()
) -> str:
    """The form again, from a case as it stands in the database: what the refused step had begun is undone."""
    db().rollback()
    case = load_case(code)
    return _draw(case, action, _ask(case, action), typed, errors, reasons)


def _lost(code: str, action: str, typed: Typed, key: str) -> Any:
    """Somebody was first: themselves with a second click, or somebody else, who is named."""
    db().rollback()
    taken = idempotency.result_of(db(), actor(), key)
    if taken:
        return redirect(taken, 303)
    case = load_case(code)
    answer, changes = _ask(case, action), changes_since(db(), case, _version(typed) or 0)
    if answer.reasons:
        typed_rows = _typed_rows(case, action, answer, typed)
        context = _heading(case, action) | {"reasons": present(case, answer.reasons, g.request_number)}
        return render_template("steps/conflict.html", changes=changes, typed=typed_rows, **context), 409
    return _draw(case, action, answer, typed, changes=changes), 409


def _asking(case: Case, where: Place, name: str) -> Asking:
    return Asking(db(), case, where, name, clock.now())


def _heading(case: Case, action: str) -> dict[str, Any]:
    where, name = place(case, action)
    return frame(case) | {
        "action": action,
        "step": name,
        "title": say(f"step.{name}"),
        "caption": instance_words(case, where.region.name, where.instance),
        "state": state_words(where.region.name, where.state),
        "state_tone": state_tone(case, where.region.name, where.state),
        "back": landing(case, where, ""),
    }


def _blocked(case: Case, action: str, answer: Answer) -> str:
    reasons = present(case, answer.reasons, g.request_number)
    return render_template("steps/blocked.html", answer=answer, reasons=reasons, **_heading(case, action))


def _draw(
    case: Case,
    action: str,
    answer: Answer,
    typed: Typed,
    errors: Iterable[FieldError] = (),
    reasons: Iterable[Any] = (),
    changes: Iterable[Any] = (),
) -> str:
    where, name = place(case, action)
    wrong = tuple(errors)
    context = _heading(case, action) | {
        "answer": answer,
        "row": answer.row,
        "target": state_words(where.region.name, answer.target),
        "fields": fields_of(_asking(case, where, name), answer.row.inputs, typed, errors_by_field(wrong)),
        "errors": [_summed(each) for each in wrong],
        "wrong": errors_by_field(wrong),
        "reasons": present(case, reasons, where.request_number),
        "changes": list(changes),
        "exceptional": name in EXCEPTIONAL,
        "recovered_at": g.get("recovered_at"),
        "key": secrets.token_urlsafe(24),
        "open_questions": count_open(db(), case) if name == CLOSE else 0,
    }
    if answer.row.signed:
        context["signing"] = signing.offer(case, _act(case, action), answer.row.roles[0])
    if name == ENDORSE:
        view = endorsement(db(), case, where.request_number)
        context["since_seen"] = since_seen(db(), case, where.request_number)
        return render_template("steps/endorse.html", view=view, **context)
    if name in FILED:
        context["since_filed"] = since_filed(db(), case, where.request_number)
    if name == SUBMIT:
        rows = submission(db(), case, where.request_number, typed, context["wrong"])
        return render_template("steps/submit.html", view=rows, **context)
    return render_template("steps/step.html", **context)


def _summed(error: FieldError) -> dict[str, str]:
    """An error for the head of the form: told apart from the others by its field's label."""
    row, _, number = error.field.rpartition(".")
    name = row if number.isdigit() else error.field.removesuffix(PHOTOGRAPH)
    label = say(f"input.{name}") if has_words(f"input.{name}") else ""
    text = error_text(error)
    return {"text": f"{label}: {text[:1].lower()}{text[1:]}" if label else text, "href": f"#{error.field}"}


def _typed_rows(case: Case, action: str, answer: Answer, typed: Typed) -> list[dict[str, str]]:
    """What somebody had typed, to be read and copied where the form is of no use any more."""
    where, name = place(case, action)
    drawn = fields_of(_asking(case, where, name), answer.row.inputs, typed, {})
    rows = [{"key": each.label, "value": _shown(each)} for each in drawn if each.kind != "packs"]
    rows += [{"key": row["label"], "value": row["value"]} for each in drawn for row in each.rows]
    return [row for row in rows if row["value"]]


def _shown(field: Any) -> str:
    words = {each["value"]: each["text"] for each in field.options}
    return ", ".join(words.get(value) or as_day(value) for value in field.chosen if value)
