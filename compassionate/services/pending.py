"""What a case still lacks, by who must act: the steps that leave where it stands, and what stands against each.

Asked of the same functions that refuse (services/advance.py), so that what is shown is what holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.errors import Reason
from compassionate.models import Case
from compassionate.services.advance import Possible, possible
from compassionate.services.facts import gather, region_of, today_at
from compassionate.services.memberships import Holder, holders_by_role
from compassionate.workflow.facts import Asker, Facts
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE

PERSONAL = ("not_own_request",)  # conditions on who asks, not on the case
RESPONSIBLE = {Role.PHYSICIAN.value: "physician_id", Role.PHARMACIST.value: "pharmacist_id"}
Holders = Mapping[str, Sequence[Holder]]


@dataclass(slots=True)
class Owed:
    """One thing that is missing, of which request (0: the first), and the steps that it holds up."""

    reason: Reason
    number: int
    steps: list[Possible] = field(default_factory=list)


@dataclass(slots=True)
class Share:
    """What falls to one role: the people who hold it, what they owe, and the steps that nothing stands against."""

    role: str
    people: tuple[Holder, ...]
    owed: list[Owed] = field(default_factory=list)
    ready: list[Possible] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pending:
    """A case's shares, those who hold others up first, and the steps whose time has not come, with why not."""

    shares: tuple[Share, ...]
    later: tuple[Possible, ...]


def number_of(step: Possible) -> int:
    """The request that a step is about; 0 for everything that is no continuation."""
    return int(step.instance.rpartition("-")[2]) if step.answer.region == "continuation" else 0


def people_for(case: Case, role: str, holders: Holders) -> tuple[Holder, ...]:
    """Who can act in a role for a case: its own physician alone where there is one; its own pharmacist first."""
    held = _answering(case, role, holders)
    own = getattr(case, RESPONSIBLE[role]) if role in RESPONSIBLE else None
    first = tuple(each for each in held if each.account_id == own)
    if role == Role.PHYSICIAN and first:
        return first
    return first + tuple(each for each in held if each not in first)


def _answering(case: Case, role: str, holders: Holders) -> tuple[Holder, ...]:
    """Who answers for a role in this case: who is on duty does for urgent requests alone."""
    is_urgent = any(row.urgent for row in case.requests)
    return tuple(each for each in holders.get(role, ()) if is_urgent or not each.on_duty)


def pending(session: Session, case: Case, now: datetime) -> Pending:
    """Every step that leaves where the case and its regions stand, with what stands against it, by who must act."""
    holders = holders_by_role(session, case.centre_id, today_at(case, now))
    steps, facts = possible(session, None, case, now), gather(session, case, now)
    shares: dict[str, Share] = {}
    later = [step for step in steps if not step.answer.allowed and _not_begun(case, step)]
    for step in (each for each in steps if each not in later):
        reasons = step.answer.reasons or _nobody_may(case, step, facts, holders)
        for reason in reasons:
            _owe(_share(shares, case, str(reason.who), holders), reason, step)
        if not reasons:
            _share(shares, case, step.answer.row.roles[0].value, holders).ready.append(step)
    _leave_out_whoever_took_part(shares, facts)
    return Pending(tuple(sorted(shares.values(), key=lambda each: not each.owed)), tuple(later))


def _not_begun(case: Case, step: Possible) -> bool:
    if step.waits_for_something_to_move:
        return True
    row = region_of(case, step.answer.region, step.instance)
    return step.answer.region != CASE and (row is None or row.state == NONE)


def _share(shares: dict[str, Share], case: Case, role: str, holders: Holders) -> Share:
    return shares.setdefault(role, Share(role, people_for(case, role, holders)))


def _owe(share: Share, reason: Reason, step: Possible) -> None:
    number = number_of(step)
    same = (each for each in share.owed if each.number == number and _key(each.reason) == _key(reason))
    held = next(same, None)
    if held is None:
        held = Owed(reason, number)
        share.owed.append(held)
    held.steps.append(step)


def _key(reason: Reason) -> tuple[str, str]:
    return reason.code, str(sorted(reason.params.items()))


def _barred(facts: Facts, holder: Holder, role: Role, guards: Iterable[str]) -> tuple[Reason, ...]:
    asker = Asker(holder.account_id, frozenset({role}))
    return tuple(reason for name in guards for reason in GUARDS[name](facts, asker, None))


def _nobody_may(case: Case, step: Possible, facts: Facts, holders: Holders) -> tuple[Reason, ...]:
    """Why nobody of the role may take a step that the case allows; empty where somebody may, or nobody holds it."""
    guards = [name for name in step.answer.row.guards if name in PERSONAL]
    barred = [
        _barred(facts, each, role, guards)
        for role in step.answer.row.roles
        for each in _answering(case, role.value, holders)
    ]
    return barred[0] if guards and barred and all(barred) else ()


def _leave_out_whoever_took_part(shares: Mapping[str, Share], facts: Facts) -> None:
    """Of those who might endorse, only who had no hand in the request is named (RD 1015/2009 art. 8.1)."""
    share = shares.get(Role.DIRECTOR.value)
    if share is None or not any(set(step.answer.row.guards) & set(PERSONAL) for step in share.ready):
        return
    free = (each for each in share.people if not _barred(facts, each, Role.DIRECTOR, PERSONAL))
    share.people = tuple(free)
