"""What is wrong with answers, and what is still missing: one judgement for page, API and import.

Saving a part is allowed, saving a bad value is not: `validate` finds bad values, `missing` finds what
a finished form still lacks. Answers to closed questions are judged as values but never demanded.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from compassionate.errors import FieldError
from compassionate.questionnaires.enabling import Field, fields, is_answered
from compassionate.questionnaires.model import Answers, Item, Questionnaire
from compassionate.questionnaires.values import wrongs

MOST_ROWS = 200


def validate(questionnaire: Questionnaire, answers: object) -> tuple[FieldError, ...]:
    """Every bad value, unknown linkId or wrong shape; takes any JSON and never raises."""
    if not isinstance(answers, dict):
        return (FieldError("", "answer.not_answers"),)
    known = frozenset(item.link_id for item in _outside_rows(questionnaire.items))
    unknown = (FieldError(str(key), "answer.unknown_question") for key in answers if key not in known)
    found = (error for field in fields(questionnaire, answers) for error in _field_errors(questionnaire, field))
    return (*unknown, *found)


def missing(questionnaire: Questionnaire, answers: Answers) -> tuple[FieldError, ...]:
    """Required open questions without an answer; empty when the form is complete."""
    return tuple(
        FieldError(field.path, "answer.missing", {"label": field.item.text})
        for field in fields(questionnaire, answers)
        if field.is_enabled and field.item.required and not is_answered(field.answer)
    )


def _outside_rows(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if item.is_question or item.is_rows:
            yield item
        else:
            yield from _outside_rows(item.items)


def _field_errors(questionnaire: Questionnaire, field: Field) -> Iterator[FieldError]:
    if field.answer is None:
        return
    if field.item.is_rows:
        yield from _rows_errors(field)
        return
    for code, params in _answer_wrongs(field.item, field.answer):
        yield FieldError(field.path, code, {"label": field.item.text, **params})


def _answer_wrongs(item: Item, answer: object) -> Iterator[tuple[str, Mapping[str, str]]]:
    if not item.repeats:
        yield from wrongs(item, answer)
    elif not isinstance(answer, list):
        yield "answer.not_a_list", {}
    elif not all(item.option(each) for each in answer):
        yield "answer.not_an_option", {}
    elif len(set(answer)) < len(answer):
        yield "answer.chosen_twice", {}


def _rows_errors(field: Field) -> Iterator[FieldError]:
    label = {"label": field.item.text}
    rows: Any = field.answer
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield FieldError(field.path, "answer.not_rows", label)
        return
    if len(rows) > MOST_ROWS:
        yield FieldError(field.path, "answer.too_many_rows", {**label, "maximum": str(MOST_ROWS)})
    known = frozenset(item.link_id for item in _outside_rows(field.item.items))
    for index, row in enumerate(rows):
        for key in row.keys() - known:
            yield FieldError(f"{field.path}.{index}.{key}", "answer.unknown_question")
