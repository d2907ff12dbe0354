"""What must hold of the questions that a programme asks, and of the limits that they are held against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from compassionate.errors import FieldError
from compassionate.programmes.model import Programme, Question
from compassionate.questionnaires.model import Limit, Option

LINK_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
LONGEST = 8000
NUMBERS, ORDERED = ("integer", "decimal"), ("<", "<=", ">", ">=")


def question_problems(programme: Programme) -> Iterator[FieldError]:
    """Every mistake of the questions of a programme."""
    for criterion in programme.criteria:
        for question in criterion.asks:
            path = f"criteria[{criterion.id}].asks[{question.field}]"
            yield from _question(programme, question, path)
            if not question.limits:
                yield FieldError(f"{path}.limits", "programme.no_limit")
    for name, questions in (("questions", programme.questions), ("visit_questions", programme.visit_questions)):
        for question in questions:
            yield from _question(programme, question, f"{name}[{question.field}]")
    yield from _once(programme)


def _once(programme: Programme) -> Iterator[FieldError]:
    """No two questions, groups or sections of the criteria form under one name: answers are kept by it."""
    fields = [each.field for criterion in programme.criteria for each in criterion.asks]
    fields += [each.field for each in programme.questions] + [each.id for each in programme.sections]
    fields += [each.id.lower() for each in programme.criteria if len(each.asks) > 1]
    for name, count in Counter(fields).items():
        if count > 1:
            yield FieldError(name, "programme.twice", {"given": name})


def _question(programme: Programme, question: Question, path: str) -> Iterator[FieldError]:
    options = question.options or programme.scale(question.scale)
    if not LINK_ID.fullmatch(question.field):
        yield FieldError(f"{path}.field", "programme.bad_field")
    if question.scale and not programme.scale(question.scale):
        yield FieldError(f"{path}.scale", "programme.no_scale", {"given": question.scale})
    if question.scale and question.options:
        yield FieldError(f"{path}.options", "programme.scale_and_options")
    if (question.type == "choice") != bool(options) and not question.scale:
        yield FieldError(f"{path}.options", "programme.choice_options")
    if question.type not in NUMBERS and (question.minimum, question.maximum, question.unit) != (None, None, None):
        yield FieldError(path, "programme.not_a_number")
    if question.max_length is not None and not 1 <= question.max_length <= LONGEST:
        yield FieldError(f"{path}.max_length", "programme.out_of_range", {"low": 1, "high": LONGEST})
    if None not in (low := question.minimum, high := question.maximum) and low >= high:  # type: ignore[operator]
        yield FieldError(path, "programme.not_a_range")
    for limit in question.limits:
        yield from limit_problems(limit, question.type, options, path)


def limit_problems(limit: Limit, kind: str, options: tuple[Option, ...], path: str) -> Iterator[FieldError]:
    """Whether a limit can be held against an answer of that kind."""
    codes = {option.code for option in options}
    if not limit.values:
        yield FieldError(f"{path}.limits", "programme.empty_limit")
    fits = {
        "boolean": limit.operator == "=" and all(isinstance(value, bool) for value in limit.values),
        "choice": limit.operator in ("=", "in") and all(value in codes for value in limit.values),
        "integer": limit.operator in ORDERED and all(map(_is_number, limit.values)),
        "decimal": limit.operator in ORDERED and all(map(_is_number, limit.values)),
    }
    if not fits.get(kind, False):
        yield FieldError(f"{path}.limits", "programme.limit_does_not_fit", {"kind": kind})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
