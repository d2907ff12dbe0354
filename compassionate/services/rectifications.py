"""Rectifying a request that the agency has: dated, old value and new, told or not; no silent edit, no new case.

Ley 39/2015 art. 16, 66.1; RD 1015/2009 art. 8.1. What the endorsement speaks for is endorsed again, what the
report's signature covers is signed again; the dossier issued before says no longer the same and is issued anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Account, Case, Rectification, Request, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import rectified_values
from compassionate.services.actors import Actor
from compassionate.services.answers import record_signing
from compassionate.services.binding import ENDORSEMENT, REPORT, signing
from compassionate.services.cases import require_edit
from compassionate.services.days import day_errors, past_day
from compassionate.services.edits import begin_edit, hold
from compassionate.services.facts import gather, request_state, today_at
from compassionate.services.given import Given
from compassionate.services.proofs import SigningAct
from compassionate.services.recording import record
from compassionate.services.rectified_values import Target, target
from compassionate.services.requests import role_for, the_request
from compassionate.services.signatures import sign, void
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import sha256
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.rectifying import Rule
from compassionate.workflow.roles import Role

EDIT = "rectify_request"


@dataclass(frozen=True, slots=True)
class Rectified:
    """One rectification with its sealed words opened."""

    row: Rectification
    old: str
    new: str
    reason: str
    by: str
    endorsed_by: str = ""

    @property
    def owes_telling(self) -> bool:
        """Whether the agency has not been told yet."""
        return self.row.told_on is None

    @property
    def owes_endorsement(self) -> bool:
        """Whether management has still to endorse it."""
        return self.row.endorse_again and self.row.endorsed_at is None


def rectifications(session: Session, case: Case, number: int) -> list[Rectified]:
    """Every rectification of a request, oldest first."""
    return [_opened(session, case, row) for row in _rows(session, case, number)]


def _rows(session: Session, case: Case, number: int) -> list[Rectification]:
    wanted = select(Rectification).where(Rectification.case_id == case.id, Rectification.request_number == number)
    return list(session.scalars(wanted.order_by(Rectification.number)))


def _opened(session: Session, case: Case, row: Rectification) -> Rectified:
    held = unseal(session, row, "details", case.key_id)
    names = [session.get(Account, each) if each else None for each in (row.by_id, row.endorsed_by_id)]
    by, endorsed_by = (account.name if account else "" for account in names)
    return Rectified(row, held["old"], held["new"], held["reason"], by, endorsed_by)


def may_rectify(rule: Rule, actor: Actor, case: Case) -> bool:
    """Whether one of the actor's roles may rectify the field."""
    return bool(actor.roles_at(case.centre_id) & set(rule.roles))


def rectify(
    session: Session,
    actor: Actor,
    case: Case,
    number: int,
    given: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> Rectification:
    """Rectify one field of a filed request; raises Invalid, Refused, Conflict, NotFound.

    Fields: field (`dose`, `packs.1`, `report.diagnosis`, `patient.surnames`, `submitted_at`…), value, reason; told_on,
    channel and told_reference where the agency was told already. What the physician's signature covers is signed anew
    by whoever rectifies it.
    """
    request = the_request(case, number)
    begin_edit(session, actor, case, "rectify", number, EDIT, seen)
    field, old = _field(session, actor, case, request, str(given.get("field") or ""))
    read = Given(given)
    new = rectified_values.read(session, case, number, field, read, now)
    said = {"old": old, "new": new, "reason": read.lines("reason")}
    told = _told(case, given, now, read)
    _settle(read, said)
    rectified_values.apply(session, actor, case, request, field, read, new, now)
    row = _written(session, actor, case, number, field, said, told, now)
    _signatures(session, actor, case, number, field.rule, now)
    return row


def _field(session: Session, actor: Actor, case: Case, request: Request, name: str) -> tuple[Target, str]:
    """The field of that name with what it says; raises Invalid for none, Refused for one of another role."""
    field, old = target(name), rectified_values.values(session, case, request).get(name)
    if field is None or old is None:
        raise Invalid((FieldError("field", "value.not_a_choice" if name else "value.missing"),))
    if not may_rectify(field.rule, actor, case):
        params = {"roles": tuple(field.rule.roles)}
        raise Refused((Reason("role.missing", field.rule.legal_basis, field.rule.roles[0], "accounts", params),))
    return field, old


def _settle(read: Given, said: Mapping[str, str]) -> None:
    if not said["reason"]:
        read.wrong("reason", "value.missing")
    if not read.errors and said["new"] == said["old"]:
        read.wrong("value", "rectify.same")
    read.settle()


def _written(
    session: Session,
    actor: Actor,
    case: Case,
    number: int,
    field: Target,
    said: Mapping[str, str],
    told: Mapping[str, Any],
    now: datetime,
) -> Rectification:
    """The rectification as a row of its own and as an event, old and new value sealed in both."""
    role = next(each for each in field.rule.roles if each in actor.roles_at(case.centre_id))
    inputs, changes = {"field": field.name, "reason": said["reason"]}, {field.name: (said["old"], said["new"])}
    event = record(session, case, actor, now, EDIT, role=role, instance=str(number), inputs=inputs, changes=changes)
    row = Rectification(
        id=new_id(),
        case_id=case.id,
        request_number=number,
        number=1 + len(_rows(session, case, number)),
        field=field.field,
        line_number=field.line,
        role=role,
        by_id=actor.account_id,
        at=now,
        event_id=event.id,
        endorse_again=field.rule.endorsed_again,
        **told,
    )
    seal(session, row, "details", case.key_id, dict(said))
    session.add(row)
    session.flush()
    return row


def _signatures(session: Session, actor: Actor, case: Case, number: int, rule: Rule, now: datetime) -> None:
    """The physician signs what they changed; an endorsement that does not speak for it stands no longer."""
    if rule.signed_again:
        row = sign(session, actor, case, signing(snapshot(session, case, number), REPORT), Role.PHYSICIAN, now)
        record_signing(session, actor, case, row, now)
    if rule.endorsed_again:
        void(session, actor, case, SigningAct(ENDORSEMENT, case.id, number), now)


def _told(case: Case, given: Mapping[str, Any], now: datetime, read: Given, required: bool = False) -> dict[str, Any]:
    """When and how the agency was told; nothing where it has not been told."""
    if not required and not any(read.raw(name) for name in ("told_on", "channel", "told_reference")):
        return {}
    text, today = read.raw("told_on"), today_at(case, now)
    wrong = day_errors("told_on", text, today)
    read.errors += wrong
    channel = read.raw("channel")
    if channel not in CHANNELS:
        read.wrong("channel", "value.not_a_choice" if channel else "value.missing")
    reference = read.text("told_reference", 60)
    return {
        "told_on": None if wrong else past_day("told_on", text, today),
        "told_channel": channel,
        "told_reference": reference,
    }


def tell(
    session: Session, actor: Actor, case: Case, number: int, row_id: str, given: Mapping[str, Any], now: datetime
) -> Rectification:
    """Record that the agency was told: when, how, under which number; raises Invalid, Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "tell_rectification")
    row = next((each for each in _rows(session, case, number) if each.id == row_id and each.told_on is None), None)
    if row is None:
        raise NotFound
    read = Given(given)
    told = _told(case, given, now, read, required=True)
    read.settle()
    row.told_on, row.told_channel, row.told_reference = told["told_on"], told["told_channel"], told["told_reference"]
    role, inputs = role_for("tell_rectification", case, actor), {"channel": row.told_channel, "on": row.told_on}
    record(session, case, actor, now, "tell_rectification", role=role, instance=str(number), inputs=inputs)
    return row


def endorse_again(
    session: Session, actor: Actor, case: Case, number: int, now: datetime, seen: str | None = None
) -> None:
    """Management endorses the request as rectified (RD 1015/2009 art. 8.1, 11.2); raises Refused, Conflict, NotFound.

    `seen` is the SHA-256 of the content that was read. Nobody endorses what they had a hand in.
    """
    hold(session, case)
    require_edit(case, actor, "endorse_rectification", request_state(case, number))
    owed = [each.row for each in rectifications(session, case, number) if each.owes_endorsement]
    if not owed:
        raise NotFound
    facts, asker = gather(session, case, now, number), actor.asker_at(case.centre_id, the_request(case, number).urgent)
    if Role.DIRECTOR in asker.withheld:
        raise Refused((Reason("delegation.only_urgent", "RD 1015/2009 art. 8.1", Role.DIRECTOR, "delegations"),))
    own = GUARDS["not_own_request"](facts, asker, None)
    if own:
        raise Refused(own)
    what = signing(snapshot(session, case, number), ENDORSEMENT)
    if seen is not None and seen != sha256(what.content):
        raise Conflict(case.code, case.state, case.version)
    signed = sign(session, actor, case, what, Role.DIRECTOR, now)
    for row in owed:
        row.endorsed_at, row.endorsed_by_id = now, actor.account_id
    inputs = {"content_sha256": signed.content_sha256}
    record(session, case, actor, now, "endorse_rectification", role="director", instance=str(number), inputs=inputs)
