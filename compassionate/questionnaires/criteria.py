"""Clinical eligibility: answers held against the thresholds that the form itself carries.

A threshold is data of the form's version, with its source; a hospital that wants another publishes
another version. Nothing here decides: a physician reads the findings and accepts or rejects.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compassionate.questionnaires.enabling import fields, is_answered
from compassionate.questionnaires.model import Criterion, Item, Limit, Questionnaire
from compassionate.questionnaires.validation import validate
from compassionate.questionnaires.values import said

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS = {"=": "", "in": "", "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ "}


@dataclass(frozen=True)
class Finding:
    """One criterion held against the answers.

    `met` is None while an answer is missing that could still decide; for an exclusion, met means not
    excluded. `blocking` says whether its source excludes the patient or only advises; `threshold` is
    in words; `link_ids` are the questions that it reads.
    """

    criterion: str
    met: bool | None
    blocking: bool
    threshold: str
    source: str
    kind: str = "inclusion"
    link_ids: tuple[str, ...] = ()


def assess(questionnaire: Questionnaire, answers: Mapping[str, Any], language: str = "es") -> tuple[Finding, ...]:
    """A finding for every criterion of the form, in its order; a closed question or a bad value counts as missing."""
    bad = {error.field for error in validate(questionnaire, answers)}
    judged: dict[str, list[tuple[Item, bool | None]]] = {}
    for field in fields(questionnaire, answers):
        if field.item.criterion:
            usable = field.is_enabled and is_answered(field.answer) and field.path not in bad
            holds = _holds(field.item.criterion, field.answer) if usable else None
            judged.setdefault(field.item.criterion.id, []).append((field.item, holds))
    return tuple(_finding(parts, language) for parts in judged.values())


def threshold(item: Item, language: str = "es") -> str:
    """What the criterion of an item asks for, in words: `≥ 6 meses`, `No`, `Pfirrmann III, Pfirrmann IV`."""
    limits = item.criterion.limits if item.criterion else ()
    return "; ".join(_limit_words(item, limit, language) for limit in limits)


def _finding(parts: list[tuple[Item, bool | None]], language: str) -> Finding:
    criteria = [item.criterion for item, _ in parts if item.criterion]
    first = criteria[0]
    return Finding(
        criterion=first.id,
        met=_together([holds for _, holds in parts]),
        blocking=any(criterion.is_blocking for criterion in criteria),
        threshold=_together_words([item for item, _ in parts], language),
        source="; ".join(dict.fromkeys(criterion.source for criterion in criteria)),
        kind=first.kind,
        link_ids=tuple(item.link_id for item, _ in parts),
    )


def _together(parts: list[bool | None]) -> bool | None:
    """One failure decides at once; otherwise every part must be known."""
    if False in parts:
        return False
    return None if None in parts else True


def _together_words(items: list[Item], language: str) -> str:
    words = {item.text.said(language): threshold(item, language) for item in items}
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return "; ".join(f"{label}: {limit}" for label, limit in words.items())


def _holds(criterion: Criterion, answer: Any) -> bool:
    return all(_limit_holds(limit, answer) for limit in criterion.limits)


def _limit_holds(limit: Limit, answer: Any) -> bool:
    if limit.operator in COMPARISONS:
        return all(COMPARISONS[limit.operator](answer, value) for value in limit.values)
    given = answer if isinstance(answer, list) else [answer]
    return all(each in limit.values for each in given)


def _limit_words(item: Item, limit: Limit, language: str) -> str:
    return SIGNS[limit.operator] + ", ".join(said(item, value, language) for value in limit.values)
