"""One visit as a nurse types it: a line a question, the last visit's value beside it, its scores once it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.instruments import INSTRUMENTS, Change, Instrument, OutOfRange, Scale, Score, change
from compassionate.models import Visit
from compassionate.questionnaires import Questionnaire
from compassionate.questionnaires.values import said
from compassionate.services.visits import Planned
from compassionate.web.drawing import Node
from compassionate.web.sheets import Sheet
from compassionate.web.templating import day, language, say
from compassionate.web.visit_pictures import MINUS, figure
from compassionate.words import has_words

Beside = Mapping[str, Any]
FEW = 4  # so many numbers in one part of a form stand in a grid
CHOSEN = ("radios", "yes_no", "select")


def entry(sheet: Sheet, last: tuple[Visit, Beside] | None, said_by_patient: Beside) -> list[Node]:
    """The parts of the form as the page draws them: choices as lists of which a digit takes one, numbers in grids."""
    return [_part(node, sheet.form, last[1] if last else {}, said_by_patient) for node in sheet.nodes]


def _part(node: Node, form: Questionnaire, before: Beside, told: Beside) -> Node:
    inner = node.get("nodes") or [node]
    lines = [_line(each, form, before, told) for each in inner]
    grid = len(lines) >= FEW and all(each["kind"] == "number" for each in lines if each["kind"] != "display")
    hint = " ".join(each["label"] for each in lines if each["kind"] == "display")
    shown = [each for each in lines if each["kind"] != "display"]
    return node | {"lines": shown, "grid": grid, "hint": " ".join(filter(None, (node.get("hint", ""), hint)))}


def _line(node: Node, form: Questionnaire, before: Beside, told: Beside) -> Node:
    name = node.get("name", "")
    line = node | {"before": _words(form, name, before), "told": _words(form, name, told)}
    if node["kind"] in CHOSEN:
        line["kind"] = "numbered"
        options = list(node["options"])
        first = 0 if options and options[0][0].endswith("0") else 1  # the digit of a grade takes that grade, from 0 too
        line["options"] = [(value, f"{number} · {text}") for number, (value, text) in enumerate(options, first)]
    return line


def _words(form: Questionnaire, name: str, answers: Beside) -> str:
    if not name or name not in answers or not form.has(name):
        return ""
    return said(form.item(name), answers[name], language())


def scores(held: list[Planned], name: str, answers: Beside) -> list[dict[str, Any]]:
    """Each score of a visit with its band, and how it changed against the baseline: importance and error, both."""
    first = next((each for each in held if each.row.name == "baseline" and each.row.status == "done"), None)
    base = first.scores if first and name != "baseline" else {}
    return [row for each in INSTRUMENTS.values() for row in _scores(each, answers, base)]


def _scores(instrument: Instrument, answers: Beside, base: Mapping[str, float]) -> list[dict[str, Any]]:
    try:
        scored = instrument.score_answers(answers)
    except OutOfRange:
        return []
    asked = {instrument.scale(name): score for name, score in scored.items() if score.answered}
    return [_score(scale, score, base.get(scale.key)) for scale, score in asked.items()]


def _score(scale: Scale, score: Score, base: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": say(f"instrument.{scale.key}.name"), "value": "", "band": "", "base": ""}
    if score.value is None:
        missing = say("instrument.change.not_scored", answered=score.answered, asked=score.asked)
        return row | {"missing": missing}
    band = f"instrument.band.{scale.key}.{score.band}"
    row |= {"value": figure(score.value), "band": say(band) if score.band and has_words(band) else ""}
    if base is None or scale.worse == "neither":
        return row
    return row | _against(change(scale, base, score.value), base)


def _against(moved: Change, base: float) -> dict[str, str]:
    sign = "+" if moved.delta > 0 else ""
    return {
        "base": figure(base),
        "delta": (sign + figure(moved.delta)).replace("-", MINUS),
        "mic": _judged(moved.reaches_mic, moved.mic, "reaches_mic", "below_mic", "no_mic"),
        "error": _judged(moved.within_error, moved.sdc, "within_error", "beyond_error", "no_error"),
    }


def _judged(holds: bool | None, threshold: Any, yes: str, no: str, unknown: str) -> str:
    if holds is None:
        return say(f"instrument.change.{unknown}")
    return say(f"instrument.change.{yes if holds else no}", source=threshold.source)


def last_visit(last: tuple[Visit, Beside] | None) -> str:
    """Which visit the values beside the fields are of."""
    return f"{say(f'visit.{last[0].name}')}, {day(last[0].done_on)}" if last else ""
