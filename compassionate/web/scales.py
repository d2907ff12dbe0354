"""The outcome measures as a physician looks them up: what they range over, what counts as a change, and a calculator.

The calculator keeps nothing: what is typed is scored and drawn, and is gone with the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext

from compassionate.errors import FieldError
from compassionate.instruments import INSTRUMENTS, Instrument, OutOfRange, Part, Score, choice_label, part_label
from compassionate.instruments.described import InstrumentWords, described, number
from compassionate.web.access import signed_in
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import language, say

blueprint = Blueprint("scales", __name__)
WRONG = 422


@dataclass(frozen=True, slots=True)
class Calculated:
    """What was typed by linkId, what is wrong with it, and the scores."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)


@blueprint.get("/escalas")
@signed_in
def index() -> Any:
    """Every instrument with its scores."""
    return render_template("scales/index.html", instruments=[described(each, language()) for each in _all()])


def _all() -> list[Instrument]:
    return list(INSTRUMENTS.values())


@blueprint.get("/escalas/<name>")
@signed_in
def show(name: str) -> Any:
    """One instrument: range, direction, rule for what is missing, published changes, licence; and the calculator."""
    return _page(_known(name), Calculated())


@blueprint.post("/escalas/<name>")
@signed_in
def calculate(name: str) -> Any:
    """Score what was typed; nothing of it is kept."""
    instrument = _known(name)
    held = _calculated(instrument, request.form)
    return _page(instrument, held), WRONG if held.errors else 200


def _known(name: str) -> Instrument:
    return INSTRUMENTS.get(name) or abort(404)


def _calculated(instrument: Instrument, form: Mapping[str, str]) -> Calculated:
    typed = {part.link_id: form.get(part.link_id, "").strip()[:20] for part in instrument.item_parts()}
    errors, answers = [], {}
    for item in instrument.items:
        name = instrument.link_id(item.name)
        try:
            answers[name] = item.checked(_read(typed[name], item.words)) if typed[name] else None
        except (OutOfRange, ValueError):
            span = {"low": f"{item.minimum:g}", "high": f"{item.maximum:g}"}
            errors.append(FieldError(name, "instrument.not_taken", span))
    if not any(typed.values()):
        errors.append(FieldError(instrument.link_id(instrument.items[0].name), "instrument.nothing_typed"))
    return Calculated(typed, tuple(errors), {} if errors else instrument.score_answers(answers))


def _read(typed: str, words: Mapping[str, float]) -> float | str:
    return typed if typed in words else float(typed.replace(",", "."))


def _page(instrument: Instrument, held: Calculated) -> Any:
    words = described(instrument, language())
    texts = errors_by_field(held.errors)
    return render_template(
        "scales/show.html",
        scale=words,
        fields=[_field(instrument, part, held.typed.get(part.link_id, ""), texts) for part in instrument.item_parts()],
        errors=present_errors(held.errors),
        results=_results(instrument, words, held.scores),
    )


def _field(instrument: Instrument, part: Part, value: str, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": part.link_id,
        "label": part_label(instrument, part, language()),
        "value": value,
        "error": texts.get(part.link_id, ""),
        "options": [(word, choice_label(instrument, word, language())) for word in part.words],
        "optional": part.is_optional,
    }


def _results(instrument: Instrument, words: InstrumentWords, scores: Mapping[str, Score]) -> list[dict[str, str]]:
    """Each score, or how many answers it lacks."""
    named = {scale.name: said for scale, said in zip(instrument.scales, words.scales, strict=True)}
    return [
        {"name": named[name].name, "value": _value(named[name].unit, each), "band": _band(instrument, name, each)}
        for name, each in scores.items()
    ]


def _value(unit: str, score: Score) -> str:
    if score.value is None:
        told = {"answered": score.answered, "asked": score.asked}
        return str(gettext("Sin puntuación: %(answered)s de %(asked)s contestadas", **told))
    return f"{number(score.value, language())} {unit}"


def _band(instrument: Instrument, name: str, score: Score) -> str:
    return say(f"instrument.band.{instrument.scale(name).key}.{score.band}") if score.band else ""
