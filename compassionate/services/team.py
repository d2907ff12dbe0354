"""Who is responsible for a case, and what may be completed or settled beside its steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Clock, Decision
from compassionate.models.vault import seal
from compassionate.services import papers, physician_changes
from compassionate.services.actors import Actor
from compassionate.services.calendars import Calendars
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.days import past_day
from compassionate.services.deadlines import settle_case
from compassionate.services.explanations import close
from compassionate.services.facts import today_at
from compassionate.services.memberships import ever_held, in_force_on
from compassionate.services.papers import Upload
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.text import clean
from compassionate.words import say
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.roles import Role
from compassionate.workflow.values import read_date


def holders(session: Session, case: Case, role: Role, now: datetime) -> list[Account]:
    """Who may answer for a case in a role, by name: whoever holds it at the centre today, and whoever answers now."""
    present, today = {case.physician_id, case.pharmacist_id} - {None}, today_at(case, now)
    holds = and_(Account.active.is_(True), in_force_on(today))
    wanted = ever_held(case.centre_id, role).where(or_(holds, Account.id.in_(present)))
    return list(session.scalars(wanted).unique())


def set_team(session: Session, actor: Actor, case: Case, physician_id: str, pharmacist_id: str, now: datetime) -> None:
    """Name the responsible physician and the pharmacist of a case; raises Invalid, Refused.

    Once somebody signed, another physician answers for it after accepting in writing (services/physician_changes.py).
    """
    require_edit(case, actor, "team")
    if physician_id != (case.physician_id or "") and physician_changes.needs_acceptance(session, case):
        raise Invalid((FieldError("physician", "team.hand_over"),))
    chosen: dict[str, Account | None] = {}
    for field, account_id, role in (
        ("physician", physician_id, Role.PHYSICIAN),
        ("pharmacist", pharmacist_id, Role.PHARMACIST),
    ):
        known = {account.id: account for account in holders(session, case, role, now)}
        if account_id and account_id not in known:
            raise Invalid((FieldError(field, "value.not_a_choice"),))
        chosen[field] = known.get(account_id)
    before = _team(case)
    case.physician, case.pharmacist = chosen["physician"], chosen["pharmacist"]
    changes = differing(before, _team(case))
    record(session, case, actor, now, "edit_team", role=role_for("team", case, actor), changes=changes)


def _team(case: Case) -> dict[str, str]:
    """Who answers for a case, as people would say it."""
    named = {"physician": case.physician, "pharmacist": case.pharmacist}
    return {name: f"{each.name} ({each.username})" if each else "" for name, each in named.items()}


def complete_decision(
    session: Session,
    actor: Actor,
    case: Case,
    decision_id: str,
    given: Mapping[str, Any],
    now: datetime,
    upload: Upload | None = None,
) -> Decision:
    """Add what a decision still owed: its reference, and the writing that confirms a call; raises Invalid, Refused.

    Fields: reference, written_on, channel (of the writing). A call never permits a dose (RD 1015/2009 art. 10.a).
    A file that came along becomes the decision's paper.
    """
    require_edit(case, actor, "complete_decision")
    row = session.scalar(select(Decision).where(Decision.id == decision_id, Decision.case_id == case.id))
    if row is None:
        raise NotFound
    reference, written_on = _completing(row, given, today_at(case, now))
    before = {"reference": row.reference, "written_on": row.written_on}
    if upload is not None:
        title = say("paper_kind.agency_decision")  # never the file's own name: it may hold the patient's
        row.paper_id = papers.upload(session, actor, case, "agency_decision", title, upload, now, row.request_number).id
    row.reference, row.written_on = reference or row.reference, written_on or row.written_on
    changes = differing(before, {"reference": row.reference, "written_on": row.written_on})
    details = {"reference": reference, "written_on": str(written_on or ""), "channel": given.get("channel") or ""}
    details |= {"paper": row.paper_id} if upload is not None else {}
    role = role_for("complete_decision", case, actor)
    record(session, case, actor, now, "complete_decision", role=role, inputs=details, changes=changes)
    return row


def _completing(row: Decision, given: Mapping[str, Any], today: date) -> tuple[str, date | None]:
    """The reference and the day of the writing as typed, one of them at least; raises Invalid."""
    errors: list[FieldError] = []
    reference = clean(str(given.get("reference") or "")).strip()[:60]
    text, written_on = str(given.get("written_on") or "").strip(), None
    if text:
        try:
            written_on = read_date(text)
        except ValueError:
            errors.append(FieldError("written_on", "value.date_format"))
    if written_on and not row.decided_on <= written_on <= today:
        errors.append(FieldError("written_on", "decision.written_out_of_order"))
    if str(given.get("channel") or "") not in ("", *CHANNELS[:-1]):
        errors.append(FieldError("channel", "value.not_a_choice"))
    if not reference and not text:
        errors.append(FieldError("reference", "value.missing"))
    if errors:
        raise Invalid(tuple(errors))
    return reference, written_on


def send_follow_up_forms(session: Session, actor: Actor, case: Case, on: str, now: datetime, field: str = "on") -> None:
    """Record that the follow-up forms that the authorisation asks for were sent (RD 1015/2009 art. 11.1.d).

    `field` is what errors call the day. Raises Invalid, Refused, NotFound (no decision asks for any not yet sent).
    """
    require_edit(case, actor, "follow_up_forms")
    owed = forms_owed(session, case)
    if not owed:
        raise NotFound
    day = past_day(field, on, today_at(case, now))
    if day < max(row.decided_on for row in owed):
        raise Invalid((FieldError(field, "decision.forms_before_decided"),))
    for row in owed:
        row.forms_sent_on = day
    role = role_for("follow_up_forms", case, actor)
    record(session, case, actor, now, "send_follow_up_forms", role=role, inputs={"on": day})


def forms_owed(session: Session, case: Case) -> list[Decision]:
    """The decisions whose follow-up forms were not sent yet."""
    wanted = select(Decision).where(
        Decision.case_id == case.id, Decision.follow_up_forms.is_(True), Decision.forms_sent_on.is_(None)
    )
    return list(session.scalars(wanted.order_by(Decision.decided_on)))


def forms_sent(session: Session, case: Case) -> list[Decision]:
    """The decisions whose follow-up forms were sent."""
    wanted = select(Decision).where(Decision.case_id == case.id, Decision.forms_sent_on.is_not(None))
    return list(session.scalars(wanted.order_by(Decision.forms_sent_on)))


def open_clocks(session: Session, case: Case) -> list[Clock]:
    """The clocks that run (or are suspended) on a case, oldest first."""
    return list(
        session.scalars(
            select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)).order_by(Clock.opened_at)
        )
    )


def settle_clock(session: Session, actor: Actor, case: Case, clock_id: str, reason: str, now: datetime) -> Clock:
    """Close a clock with a reason (an appeal waived, an answer that came otherwise); raises Invalid, Refused."""
    require_edit(case, actor, "settle_clocks")
    row = session.scalar(select(Clock).where(Clock.id == clock_id, Clock.case_id == case.id, Clock.closed_at.is_(None)))
    if row is None:
        raise NotFound
    text = clean(reason).strip()
    if not text:
        raise Invalid((FieldError("reason", "value.missing"),))
    details = {"clock": row.clock, "reason": text}
    close(session, row, case.centre, Calendars(session), now)
    seal(session, row, "settled_reason", case.key_id, text)
    event = record(
        session, case, actor, now, "settle_clock", role=role_for("settle_clocks", case, actor), inputs=details
    )
    row.closed_by_event_id = event.id
    settle_case(session, case)
    return row
