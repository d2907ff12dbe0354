"""The one thing that this person can do now for a case, and everything else that the table allows them.

Asked of the same answers that refuse: a step that is allowed, or the page that cures what stands against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compassionate.errors import Reason
from compassionate.models import Case
from compassionate.paths import cure_url, step_url
from compassionate.services.advance import Possible
from compassionate.services.appeals import KIND as APPEAL
from compassionate.services.facts import region_of
from compassionate.web.step_order import EXCEPTIONAL, LAST, leads_on
from compassionate.web.step_words import instance_words, present, state_tone
from compassionate.web.templating import say
from compassionate.workflow.permissions import may_edit
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE

ROLE = "role.missing"
# The section of the permission table that a curing page edits.
SECTION_OF_CURE = {
    "patient": "patient",
    "product": "product",
    "eligibility": "eligibility",
    "criteria": "eligibility",
    "report": "report",
    "posology": "posology",
    "packs": "packs",
    "import": "packs",
    "documents": "issue_documents",
    "decision": "complete_decision",
    "follow_up": "visits",
    "deadlines": "settle_clocks",
    "reactions": "settle_reactions",
}
REGION_OF_CURE = {"sponsor": "sponsor_agreement", "committee": "committee", "consent": "consent", "supply": "supply"}
# How a denial is appealed against, the nearest way first, and where an appeal stands that still waits for it.
APPEALING = {"file_appeal": "K-REP", "file_higher_appeal": "K-REP", "file_court": "K-CON", "waive_appeal": ""}
APPEALABLE = frozenset({"open", "court_open", "dismissed", "dismissed_by_silence"})
# Whoever else is awaited: what the law takes for done when nobody does it comes first (Ley 39/2015 art. 43.2).
AT_ONCE = frozenset({"record_notification_access"})
OUTSIDE = frozenset({"agency", "sponsor", "committee"})


@dataclass(frozen=True, slots=True)
class Next:
    """What the case page answers first: the button, the step it leads to, what blocks that."""

    primary: dict[str, str] | None = None
    goal: str = ""
    goal_href: str = ""
    goal_who: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    waits_outside: bool = False


def next_for(
    case: Case, steps: Sequence[Possible], roles: frozenset[Role], lapsed: frozenset[str] = frozenset()
) -> Next:
    """The one thing for these roles to do now, and what stands between the case and its next state.

    `lapsed`: terms to appeal that are over; what came too late is not proposed.
    """
    ahead = [step for step in steps if not step.instance and leads_on(step.name)]
    first = [step for step in ahead if step.name not in LAST] or ahead
    appeal = _appealing(case, steps, roles, lapsed)
    chosen = _button(case, appeal) if appeal else None
    chosen = chosen or next((found for step in first if (found := _primary(case, step, steps, roles))), None)
    beside = [step for step in steps if step.instance and _offered(case, step)] if _has_turn(case, roles) else []
    chosen = chosen or next((_button(case, step) for step in beside), None)
    chosen = chosen or next((_button(case, step) for step in ahead if step.answer.allowed), None)
    unopened = next((_button(case, step) for step in steps if step.name in AT_ONCE and step.answer.allowed), None)
    held = _with_goal(case, unopened or chosen, appeal or next(iter(first), None))
    return replace(held, waits_outside=held.waits_outside and unopened is None)


def _appealing(
    case: Case, steps: Sequence[Possible], roles: frozenset[Role], lapsed: frozenset[str]
) -> Possible | None:
    """The step by which a denial is appealed against while a term runs; once all are over, that nobody appeals."""
    open_now = {row.instance for row in case.regions if row.kind == APPEAL and row.state in APPEALABLE}
    own = [step for step in steps if step.instance in open_now and step.answer.allowed and _has_turn(case, roles)]
    return next(
        (step for name, term in APPEALING.items() for step in own if step.name == name and term not in lapsed), None
    )


def _has_turn(case: Case, roles: frozenset[Role]) -> bool:
    return bool(roles & set(case.turn.split(",")))


def _with_goal(case: Case, chosen: dict[str, str] | None, goal: Possible | None) -> Next:
    if goal is None:
        return Next(chosen)
    reasons = [reason for reason in goal.answer.reasons if reason.code != ROLE]
    who = ", ".join(say(f"role.{role}") for role in goal.answer.row.roles)
    outside = bool(case.turn) and set(case.turn.split(",")) <= OUTSIDE
    url = step_url(case.code, goal.action)
    return Next(chosen, say(f"step.{goal.name}"), url, who, present(case, reasons), outside)


def _offered(case: Case, step: Possible) -> bool:
    """A step beside the case to take now: its region is not where it should be, and nobody outside is awaited."""
    row = region_of(case, step.answer.region, step.instance)
    settled = row is not None and state_tone(case, row.kind, row.state) == "good"
    return _moves(case, step) and not settled and not _waits_outside(case, step)


def _moves(case: Case, step: Possible) -> bool:
    """Whether an allowed step leads its region on to another state."""
    row = region_of(case, step.answer.region, step.instance)
    return step.answer.allowed and leads_on(step.name) and (row is None or row.state != step.answer.target)


def _waits_outside(case: Case, step: Possible) -> bool:
    row = region_of(case, step.answer.region, step.instance)
    return row is not None and row.state in ("asked", "promised", "ordered")


def _primary(case: Case, step: Possible, steps: Sequence[Possible], roles: frozenset[Role]) -> dict[str, str] | None:
    """The button for a step of the case: the step itself, or the first of its cures that is theirs."""
    if step.answer.allowed:
        return _button(case, step)
    cures = [found for reason in step.answer.reasons if (found := _cure(case, reason, steps, roles))]
    return min(cures, key=lambda each: each["waits"], default=None)


def _cure(case: Case, reason: Reason, steps: Sequence[Possible], roles: frozenset[Role]) -> dict[str, str] | None:
    if reason.code == ROLE:
        return None
    region = REGION_OF_CURE.get(reason.cure)
    if region is not None:
        beside = (step for step in steps if step.answer.region == region and _moves(case, step))
        found = next(beside, None)
        return _button(case, found) | {"waits": "1" if _waits_outside(case, found) else ""} if found else None
    section = SECTION_OF_CURE.get(reason.cure)
    if not section or not may_edit(section, roles, case.state):
        return None
    href = cure_url(reason.cure, case.code, 0, case.centre.code)
    return {"text": say(f"cure.{reason.cure}"), "href": href, "hint": present(case, (reason,))[0]["text"], "waits": ""}


def _button(case: Case, step: Possible) -> dict[str, str]:
    region = step.answer.region
    hint = instance_words(case, region, step.instance) if step.instance else ""
    return {"text": say(f"step.{step.name}"), "href": step_url(case.code, step.action), "hint": hint, "waits": ""}


def other_steps(case: Case, steps: Iterable[Possible], but: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Every further step of this person, by where it belongs; what is blocked keeps its reasons."""
    groups: dict[str, dict[str, Any]] = {}
    for step in steps:
        if not _is_theirs(case, step) or step.waits_for_something_to_move or step_url(case.code, step.action) in but:
            continue
        title, folded = _group(case, step)
        held = groups.setdefault(title, {"title": title, "folded": folded, "steps": []})
        held["steps"].append(_offer(case, step))
    return sorted(groups.values(), key=lambda each: bool(each["folded"]))


def _is_theirs(case: Case, step: Possible) -> bool:
    """A step of one of their roles; one that would only begin what cannot begin yet is left out."""
    row = region_of(case, step.answer.region, step.instance) if step.instance else None
    begun = not step.instance or (row is not None and row.state != NONE)
    return all(reason.code != ROLE for reason in step.answer.reasons) and (begun or step.answer.allowed)


def _group(case: Case, step: Possible) -> tuple[str, bool]:
    if step.name in EXCEPTIONAL:
        return say("case_page.other_steps"), True
    region = step.answer.region
    title = say("case_page.of_case") if region == CASE else say(f"region.{region}")
    words = instance_words(case, region, step.instance) if step.instance else ""
    return (f"{title}: {words}" if words and region != "continuation" else title), False


def _offer(case: Case, step: Possible) -> dict[str, Any]:
    return {
        "text": say(f"step.{step.name}"),
        "href": step_url(case.code, step.action),
        "reasons": present(case, step.answer.reasons, _number(step)),
    }


def _number(step: Possible) -> int:
    return int(step.instance.rpartition("-")[2]) if step.answer.region == "continuation" else 0
