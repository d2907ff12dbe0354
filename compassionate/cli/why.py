"""Why not, on the command line: every step of a case, what stands against it, and who can do something about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.cli.answering import reason_document
from compassionate.models import Case
from compassionate.services.actors import Actor
from compassionate.services.advance import Possible, possible
from compassionate.services.facts import gather, today_at
from compassionate.services.memberships import holders_by_role
from compassionate.services.pending import Holders, number_of, people_for
from compassionate.words import say

OWN_REQUEST = "endorsement.own_request"
STATE = "state.not_source"


def document(session: Session, actor: Actor | None, case: Case, now: datetime) -> dict[str, Any]:
    """Every step of the case's table, with what stands against it and the names of those who can act today."""
    holders = holders_by_role(session, case.centre_id, today_at(case, now))
    found = possible(session, actor, case, now, every=True)
    own = gather(session, case, now).contributors
    steps = [_step(case, each, holders, own) for each in found]
    return {"code": case.code, "state": case.state, "transitions": steps}


def _step(case: Case, each: Possible, holders: Holders, own: frozenset[str]) -> dict[str, Any]:
    return {
        "name": each.name,
        "action": each.action,
        "region": each.answer.region,
        "instance": each.instance,
        "target": each.answer.target,
        "allowed": each.answer.allowed,
        "by": [{"role": role.value, "people": _names(case, role.value, holders)} for role in each.answer.row.roles],
        "reasons": [
            reason_document(reason, case.code, number_of(each))
            | {"people": _names(case, str(reason.who), holders, own if reason.code == OWN_REQUEST else frozenset())}
            for reason in each.answer.reasons
        ],
    }


def _names(case: Case, role: str, holders: Holders, but: frozenset[str] = frozenset()) -> list[str]:
    """Who can act in a role for a case; nobody endorses what they took part in (RD 1015/2009 art. 8.1)."""
    return [each.name for each in people_for(case, role, holders) if each.account_id not in but]


def lines(steps: Iterable[dict[str, Any]]) -> list[str]:
    """The steps that leave where the case stands, as text."""
    found = []
    for each in steps:
        if [reason["code"] for reason in each["reasons"]] == [STATE]:
            continue
        who = "; ".join(_who(held["role"], held["people"]) for held in each["by"])
        found.append(f"{each['action']}: {'se puede' if each['allowed'] else 'no se puede'} · lo da: {who}")
        found += [_line(reason) for reason in each["reasons"]]
    return found


def _line(reason: dict[str, Any]) -> str:
    who = f" Le toca a: {_who(reason['who'], reason['people'])}." if reason["who"] else ""
    return f"    {reason['text']} ({reason['legal_basis']}){who}"


def _who(role: str, people: list[str]) -> str:
    """A role with the names of those who hold it; said in words where nobody does."""
    return f"{say(f'role.{role}')} ({', '.join(people) or say('pending.nobody')})"
