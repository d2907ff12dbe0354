"""Which questions are open, given the answers so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compassionate.questionnaires.model import Answers, Condition, Item, Questionnaire


@dataclass(frozen=True)
class Field:
    """An item at its place in the answers: `path` is the name of its field on a page."""

    path: str
    item: Item
    answer: Any
    is_enabled: bool


def is_answered(answer: object) -> bool:
    """Whether something was answered; `false` and zero are answers, rows in which nothing stands are not."""
    if isinstance(answer, list):
        return any(each != {} for each in answer)
    return answer is not None and answer != ""


def fields(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> Iterator[Field]:
    """Every item with its answer, row by row, in the order of the page.

    An item is open when its own conditions and those of its groups hold. A question that is itself
    closed counts as not answered. Conditions look back only, so that one pass settles them.
    """
    yield from _fields(questionnaire.items, answers, {}, "", True)


def enabled(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> frozenset[str]:
    """The paths of the items that are open."""
    return frozenset(field.path for field in fields(questionnaire, answers) if field.is_enabled)


def relevant(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> Answers:
    """The answers that count: those to open questions of this form. Rules and documents read these."""
    result: Answers = {}
    for field in fields(questionnaire, answers):
        if not field.is_enabled or not is_answered(field.answer):
            continue
        if field.item.is_rows:
            result[field.path] = [{} for _ in _rows(field.answer)]
        elif field.item.is_question:
            _place(result, field.path, field.answer)
    return _without_empty_rows(result)


def _without_empty_rows(answers: Answers) -> Answers:
    """Rows in which nothing counts say nothing, and neither does a group of such rows."""
    tidy = {
        key: [row for row in answer if row != {}] if isinstance(answer, list) else answer
        for key, answer in answers.items()
    }
    return {key: answer for key, answer in tidy.items() if is_answered(answer)}


def _place(result: Answers, path: str, answer: Any) -> None:
    *row, link_id = path.split(".")
    target = result[row[0]][int(row[1])] if row else result
    target[link_id] = answer


def _fields(
    items: tuple[Item, ...], answers: Mapping[str, Any], known: dict[str, Any], prefix: str, is_open: bool
) -> Iterator[Field]:
    for item in items:
        opens = is_open and _holds(item, known)
        answer = answers.get(item.link_id) if item.is_question or item.is_rows else None
        yield Field(prefix + item.link_id, item, answer, opens)
        if item.is_rows:
            for index, row in enumerate(_rows(answer)):
                yield from _fields(item.items, row, dict(known), f"{prefix}{item.link_id}.{index}.", opens)
        elif item.is_question:
            known[item.link_id] = answer if opens else None
        else:
            yield from _fields(item.items, answers, known, prefix, opens)


def _rows(answer: object) -> list[Mapping[str, Any]]:
    rows = answer if isinstance(answer, list) else []
    return [row if isinstance(row, dict) else {} for row in rows]


def _holds(item: Item, known: Mapping[str, Any]) -> bool:
    if not item.enable_when:
        return True
    held = [_condition_holds(condition, known) for condition in item.enable_when]
    return any(held) if item.enable_any else all(held)


def _condition_holds(condition: Condition, known: Mapping[str, Any]) -> bool:
    answer = known.get(condition.question)
    if condition.operator == "exists":
        return is_answered(answer) is condition.answer
    given = answer if isinstance(answer, list) else [answer]
    return any(_equal(each, condition.answer) for each in given)


def _equal(answer: object, wanted: object) -> bool:
    # In Python 1 == True; to a form they are answers of different kinds.
    return answer == wanted and isinstance(answer, bool) is isinstance(wanted, bool)
