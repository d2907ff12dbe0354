"""Where a patient belongs when it is not here: the router's advice from the answers to the legal checklist.

Advice never decides: a physician reads it and refers, rejects or goes on (RD 1015/2009 art. 1.2, 2, 9; RD 477/2014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Any]
UNDER_INVESTIGATION = ("trial_ongoing", "ma_applied")


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: its code, what it rests on, the step that follows it and the route to name there."""

    code: str
    legal_basis: str
    step: str
    route: str = ""


def _is(name: str, wanted: object) -> Callable[[Answers], bool]:
    return lambda answers: answers.get(name) is wanted


def _not_under_investigation(answers: Answers) -> bool:
    return answers.get("trial_status") not in (None, "", *UNDER_INVESTIGATION)


def _only_abroad(answers: Answers) -> bool:
    # Art. 2.3 takes what does not fall under 2.1: a medicine under investigation here stays here.
    return answers.get("authorised_abroad") is True and answers.get("trial_status") not in UNDER_INVESTIGATION


RULES: tuple[tuple[Callable[[Answers], bool], Advice], ...] = (
    (_is("purpose_is_care", False), Advice("research", "RD 1015/2009 art. 1.2", "refer", "research")),
    (_is("atu_exists", True), Advice("atu_exists", "RD 1015/2009 art. 9", "refer", "atu_exists")),
    (_is("same_institution", True), Advice("same_hospital", "RD 477/2014 art. 3.2", "refer", "same_hospital")),
    (_is("authorised_in_spain", True), Advice("authorised_here", "RD 1015/2009 art. 2.2", "refer", "authorised_here")),
    (_only_abroad, Advice("authorised_abroad", "RD 1015/2009 art. 2.3, 17", "refer", "authorised_abroad")),
    (
        _is("satisfactory_alternative_exists", True),
        Advice("alternative_exists", "RD 1015/2009 art. 2.1", "reject_eligibility"),
    ),
    (_not_under_investigation, Advice("not_under_investigation", "RD 1015/2009 art. 2.1", "reject_eligibility")),
)


def advise(answers: Answers) -> tuple[Advice, ...]:
    """Every advice that the answers give; none where they say nothing against this route."""
    return tuple(advice for rule, advice in RULES if rule(answers))
