"""Taking a step together with the paper that proves it: checked first, filed, then taken, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.errors import Refused
from compassionate.models import Case, CaseEvent, Paper
from compassionate.services import papers, submissions
from compassionate.services.actors import Actor
from compassionate.services.advance import advance, ask, place, reading_for
from compassionate.services.differences import keep_differences
from compassionate.services.recording import expect_version
from compassionate.services.requests import the_request
from compassionate.words import say
from compassionate.workflow.table import Input
from compassionate.workflow.values import read

PAPER_KINDS = {
    "record_sponsor_agreement": "sponsor_agreement",
    "record_consent": "signed_consent",
    "record_consent_refusal": "signed_consent",
    "record_consent_revocation": "signed_consent",
    "record_correction_request": "agency_notice",
    "record_refusal_notice": "agency_notice",
    "record_suspension": "agency_notice",
    "record_suspension_lifted": "agency_notice",
    "record_authorisation": "agency_decision",
    "record_appeal_upheld": "agency_decision",
    "record_denial": "agency_decision",
    "record_appeal_granted": "agency_decision",
    "record_appeal_partly_upheld": "agency_decision",
    "record_appeal_dismissed": "agency_decision",
    "record_deemed_withdrawn": "agency_decision",
    "record_revocation": "agency_decision",
    "release_supply": "release_certificate",
}


def paper_kind(step: str) -> str:
    """The kind of paper that proves a step."""
    return PAPER_KINDS.get(step, "other")


def take_step(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    given: Mapping[str, Any],
    now: datetime,
    *,
    if_version: int | None = None,
    upload: papers.Upload | None = None,
) -> CaseEvent:
    """Take a step as typed into its form; a file that came along is filed first and becomes the step's paper.

    Nothing is stored where values or the law refuse. Raises NotFound, Conflict, Invalid, Refused as `advance`.
    """
    expect_version(case, if_version)
    answer = ask(session, actor, case, action, now)
    if answer.reasons:
        raise Refused(answer.reasons)
    asked = next((each for each in answer.row.inputs if each.kind == "paper"), None)
    values = dict(given)
    if asked is not None:
        _check(case, asked, answer.row.inputs, values, now, upload)
        if upload is not None:
            values[asked.name] = _file(session, actor, case, action, upload, now).id
    if answer.row.name == submissions.SUBMIT:
        return _submit(session, actor, case, action, values, now)
    return advance(session, actor, case, action, values, now)


def _submit(
    session: Session, actor: Actor, case: Case, action: str, values: Mapping[str, Any], now: datetime
) -> CaseEvent:
    """The filing with the rows of its form: what was typed otherwise is kept with the request and told in the event."""
    number = place(case, action)[0].request_number
    found = submissions.differences(session, case, number, values)
    event = advance(session, actor, case, action, submissions.with_differences(values, found), now)
    if found:
        keep_differences(session, case, the_request(case, number), found)
    return event


def _check(
    case: Case,
    asked: Input,
    inputs: tuple[Input, ...],
    values: dict[str, Any],
    now: datetime,
    upload: papers.Upload | None,
) -> None:
    """Refuse wrong values before anything is stored."""
    if upload is not None:
        values[asked.name] = "with this form"
    read(inputs, values, reading_for(case, now))


def _file(session: Session, actor: Actor, case: Case, action: str, upload: papers.Upload, now: datetime) -> Paper:
    where, name = place(case, action)
    kind = paper_kind(name)
    title = say(f"paper_kind.{kind}")  # never the file's own name: it may hold the patient's
    return papers.upload(session, actor, case, kind, title, upload, now, where.request_number)
