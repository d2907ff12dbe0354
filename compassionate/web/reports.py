"""The report of a request on screen: its parts, what it lacks, and the signature under it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate.errors import Reason
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.questionnaires import Phrase, Questionnaire, display, missing
from compassionate.services import answers, binding, signature_states
from compassionate.services.binding import REPORT, content_of
from compassionate.services.completing import completes, report_state
from compassionate.services.facts import answers_of
from compassionate.services.following import follows
from compassionate.services.proofs import SigningAct
from compassionate.services.requests import the_request
from compassionate.services.snapshots import report_form, report_subject, snapshot
from compassionate.web import signing
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure
from compassionate.web.presenters import errors_by_field, present_errors, present_reasons
from compassionate.web.templating import language, say
from compassionate.workflow.roles import Role
from compassionate.workflow.urgent import REPORT as REPORT_PART

ANSWER_MISSING = "report.answer_missing"


def parts(form: Questionnaire) -> list[str]:
    """The linkIds of the parts of a report, in order."""
    return [item.link_id for item in form.items if not item.is_question and item.items]


def next_url(code: str, number: int, held: list[str], part: str) -> str:
    """The page after a part: the next part, or the report as a whole."""
    after = held[held.index(part) + 1 :]
    if after:
        return url_for("questionnaires.report_part", code=code, number=number, part=after[0])
    return url_for("questionnaires.report", code=code, number=number)


def part_words(form: Questionnaire, held: list[str], part: str) -> dict[str, str]:
    """Title and caption of the page of one part."""
    place = gettext("parte %(here)s de %(all)s", here=held.index(part) + 1, all=len(held))
    title = form.title.said(language())
    return {"title": form.item(part).text.said(language()), "caption": f"{title} · {place}"}


def report(case: Case, number: int, failure: Failure | None = None) -> dict[str, Any]:
    """Everything that the page of a report shows."""
    form_name, subject = report_form(number), report_subject(number)
    form = answers.form_for(db(), case, form_name, subject)
    given = answers_of(db(), case, form_name, subject)
    held, state = snapshot(db(), case, number), report_state(case, number)
    gaps, request = answers.signing_gaps(db(), case, number), the_request(case, number)
    errors = failure.errors if failure else ()
    return {
        "number": number,
        "title": form.title.said(language()),
        "parts": _parts(case, number, form, given),
        "sections": display(form, given, language()),
        "gaps": [_gap(case, number, gap) for gap in gaps if gap.code != ANSWER_MISSING],
        "unanswered": [_gap(case, number, gap) for gap in gaps if gap.code == ANSWER_MISSING],
        "is_begun": bool(given),
        "signature": signing.shown(signature_states.state(db(), case, binding.signing(held, REPORT), language())),
        "content": content_of(held, REPORT),
        "signing": signing.offer(case, signing_act(case, number, content_of(held, REPORT)), Role.PHYSICIAN),
        "may_write": may(case, "report", state),
        "may_sign": may(case, "sign_report", state),
        "who_signs": who_may(case, "sign_report", state),
        "errors": present_errors(errors),
        "by_field": errors_by_field(errors),
        "reasons": present_reasons(failure.reasons, case.code, number) if failure else [],
        "is_completed_later": request.submitted_at is None and REPORT_PART in follows(case, request),
        "is_being_completed": completes(case, number),
        "has_changed": failure is not None and failure.status == 409,
    }


def signing_act(case: Case, number: int, seen: str | None = None) -> SigningAct:
    """Signing the report of a request as it was read; as it stands, where nobody says what was read."""
    return SigningAct(REPORT, case.id, number, content=seen or content_of(snapshot(db(), case, number), REPORT))


def _parts(case: Case, number: int, form: Questionnaire, given: dict[str, Any]) -> list[dict[str, Any]]:
    lacking = {gap.field.split(".")[0] for gap in missing(form, given)}
    return [_part(case, number, form, part, lacking, given) for part in parts(form)]


def _part(
    case: Case, number: int, form: Questionnaire, part: str, lacking: set[str], given: dict[str, Any]
) -> dict[str, Any]:
    inside = {item.link_id for item in form.item(part).walk()}
    owed = len(inside & lacking)
    begun = bool(inside & given.keys())
    status = "done" if not owed else "begun" if begun else "todo"
    return {
        "link_id": part,
        "title": form.item(part).text.said(language()),
        "href": url_for("questionnaires.report_part", code=case.code, number=number, part=part),
        "status": say(f"task_status.{status}", count=owed),
        "tone": {"done": "done", "begun": "info", "todo": "neutral"}[status],
    }


def _gap(case: Case, number: int, gap: Reason) -> dict[str, Any]:
    """A gap with the link to the very question."""
    drawn = present_reasons((gap,), case.code, number)[0] | {"label": _said(gap.params.get("label", ""))}
    field = str(gap.params.get("field", ""))
    if gap.cure == "report" and field:
        drawn["cure_url"] = question_url(case, number, str(gap.params["form"]), field)
    elif gap.cure == "eligibility" and field:
        drawn["cure_url"] = f"{cure_url('eligibility', case.code)}#{field}"
    return drawn


def _said(label: object) -> str:
    return label.said(language()) if isinstance(label, Phrase) else str(label)


def question_url(case: Case, number: int, form_name: str, field: str) -> str:
    """The page on which a question of the report is answered, at that question."""
    form = answers.form_for(db(), case, form_name, report_subject(number))
    top = field.split(".")[0]
    for part in parts(form):
        if any(item.link_id == top for item in form.item(part).walk()):
            url = url_for("questionnaires.report_part", code=case.code, number=number, part=part)
            return f"{url}#{field}"
    return cure_url("report", case.code, number)
