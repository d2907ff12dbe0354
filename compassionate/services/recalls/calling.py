"""Calling the patients of a recalled batch: each call with how it ended, and when to try again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from compassionate.errors import NotFound, Refused
from compassionate.models import Case, Recall, RecallCall, RecallCase, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services.actors import Actor
from compassionate.services.edits import hold
from compassionate.services.given import Given
from compassionate.services.recalls.entering import read_instant
from compassionate.services.recalls.finding import CALLERS, missing, require_standing
from compassionate.services.recording import record
from compassionate.services.visibility import not_blocked

REACHED, MESSAGE, NOT_REACHED, RETURNED, CHECK, GIVEN_UP = OUTCOMES = (
    "reached", "message_left", "not_reached", "units_returned", "medical_check", "given_up",
)  # fmt: skip
AGAIN = (MESSAGE, NOT_REACHED)  # to be called once more
UNITS = ("used", "back", "lost")
MOST_UNITS = 100_000


@dataclass(slots=True)
class Line:
    """One line of the call list: the case, its units at the act, and every call, the last one first."""

    row: RecallCase
    calls: list[RecallCall] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """The case."""
        return self.row.case

    def told(self, name: str) -> int:
        """Units that calls told of: used, back, lost."""
        return sum(getattr(call, name) for call in self.calls)

    @property
    def still_at_home(self) -> int:
        """Units at home that no call has accounted for."""
        return self.row.at_home - sum(self.told(name) for name in UNITS)

    @property
    def state(self) -> str:
        """Where calling stands: `no_call` (the patient had none of it), `to_call`, or how the last call ended."""
        return self.row.outcome or ("no_call" if self.row.settled else "to_call")


def lines(session: Session, actor: Actor, recall: Recall, case_id: str = "") -> list[Line]:
    """The call list, as far as this person may know the cases: who is still to be called first.

    Two queries, however many cases.
    """
    wanted = (
        select(RecallCase)
        .join(Case, RecallCase.case_id == Case.id)
        .where(RecallCase.recall_id == recall.id, Case.centre_id.in_(actor.centres()), not_blocked(actor))
        .options(joinedload(RecallCase.case).joinedload(Case.patient))
        .options(joinedload(RecallCase.case).joinedload(Case.centre))
        .options(joinedload(RecallCase.case).joinedload(Case.physician))
    )
    wanted = wanted.where(RecallCase.case_id == case_id) if case_id else wanted
    ordered = wanted.order_by(RecallCase.settled, RecallCase.at_home.desc(), Case.code)
    held = {row.id: Line(row) for row in session.scalars(ordered)}
    for call in _calls(session, recall):
        if call.recall_case_id in held:
            held[call.recall_case_id].calls.append(call)
    return list(held.values())


def _calls(session: Session, recall: Recall) -> Sequence[RecallCall]:
    of_recall = select(RecallCase.id).where(RecallCase.recall_id == recall.id)
    wanted = select(RecallCall).where(RecallCall.recall_case_id.in_(of_recall)).options(joinedload(RecallCall.by))
    return session.scalars(wanted.order_by(RecallCall.at.desc(), RecallCall.number.desc())).all()


def line_of(session: Session, actor: Actor, recall: Recall, code: str) -> Line:
    """The line of one case; raises NotFound."""
    case_id = session.scalar(select(Case.id).where(Case.code == code.strip().upper()))
    found = lines(session, actor, recall, case_id) if case_id else []
    if not found:
        raise NotFound
    return found[0]


def may_call(actor: Actor, case: Case) -> bool:
    """Whether a person may write down calls about this case."""
    return bool(actor.roles_at(case.centre_id) & set(CALLERS))


def note_of(session: Session, case: Case, call: RecallCall) -> str:
    """What was noted of a call."""
    return str((unseal(session, call, "details", case.key_id) or {}).get("note", ""))


def record_call(
    session: Session, actor: Actor, recall: Recall, code: str, given: Mapping[str, Any], now: datetime
) -> RecallCall:
    """Write down a call; raises NotFound, Refused, Invalid.

    Fields: outcome, at (local; empty: now), used, back, lost (units at home), next_at, note.
    """
    line = line_of(session, actor, recall, code)
    hold(session, line.case)
    require_standing(recall)
    line = line_of(session, actor, recall, code)  # somebody may have called meanwhile
    case = line.case
    if not may_call(actor, case):
        raise Refused((missing(CALLERS),))
    values, note = _read(line, given, now)
    inputs = {"recall": recall.code, **values, "note": note}
    role = next(role.value for role in CALLERS if role in actor.roles_at(case.centre_id))
    event = record(session, case, actor, now, "record_recall_call", role=role, inputs=inputs)
    keys = {"recall_case_id": line.row.id, "case_id": case.id, "number": len(line.calls) + 1, "event_id": event.id}
    call = RecallCall(id=new_id(), by_id=actor.account_id, **keys, **values)
    if note:
        seal(session, call, "details", case.key_id, {"note": note})
    session.add(call)
    left = line.still_at_home - sum(values[name] for name in UNITS)
    line.row.outcome, line.row.next_at = call.outcome, call.next_at
    line.row.settled = left == 0 and call.outcome not in AGAIN
    session.flush()
    return call


def _read(line: Line, given: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], str]:
    read, zone = Given(given), line.case.centre.zone
    outcome = read.one_of("outcome", OUTCOMES)
    at = read_instant(read, "at", zone, now, required=False) or now
    units = {name: read.whole(name, 0, MOST_UNITS) if read.raw(name) else 0 for name in UNITS}
    left = line.still_at_home - sum(units.values())
    if left < 0:
        read.wrong("back", "recall.more_than_at_home", units=line.still_at_home)
    if outcome == RETURNED and not units["back"]:
        read.wrong("back", "value.missing")
    again = outcome in AGAIN or (left > 0 and outcome != GIVEN_UP)
    next_at = read_instant(read, "next_at", zone, now, required=again, ahead=True)
    note = read.lines("note", required=outcome in (GIVEN_UP, CHECK))
    if outcome == GIVEN_UP and left:
        read.wrong("lost", "recall.units_owed", units=left)
    read.settle()
    return {"outcome": outcome, "at": at, "next_at": next_at, **units}, note
