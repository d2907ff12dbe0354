"""`flask instruments`: the outcome measures, and the score of some answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli.answering import answer, answers_errors, as_json, columns, wrong
from compassionate.errors import FieldError, Invalid
from compassionate.instruments import INSTRUMENTS, Instrument, OutOfRange, Threshold

group = AppGroup("instruments", help="Las escalas que se puntúan.")


def families() -> dict[str, dict[str, Instrument]]:
    """Instruments by id, each with its scores by name; one with a single score names it `total`."""
    found: dict[str, dict[str, Instrument]] = {}
    for each in INSTRUMENTS.values():
        family, _, scale = each.id.partition("_")
        found.setdefault(family, {})[scale or "total"] = each
    return found


@group.command("list")
@as_json
@answers_errors
def list_instruments(as_json: bool) -> None:
    """Escribe las escalas, su recorrido y sus cambios publicados."""
    rows = [_listed(name, scales) for name, scales in families().items()]
    said = [row | {"names": ", ".join(score["name"] for score in row["scores"])} for row in rows]
    answer({"instruments": rows}, columns(said, ("id", "names")), as_json)


def _listed(name: str, scales: Mapping[str, Instrument]) -> dict[str, Any]:
    scores = [
        {
            "name": scale,
            "unit": each.unit,
            "minimum": each.minimum,
            "maximum": each.maximum,
            "worse": each.worse,
            "missing_rule": each.missing_rule,
        }
        for scale, each in scales.items()
    ]
    return {"id": name, "scores": scores, "change_thresholds": _thresholds(scales)}


@group.command("score")
@click.argument("name", metavar="ESCALA")
@click.option("--answers", "given", required=True, metavar="JSON", help="JSON, o @FICHERO.")
@as_json
@answers_errors
def score(name: str, given: str, as_json: bool) -> None:
    """Puntúa unas respuestas: {"items":[…]} en el orden de la escala, o las subescalas por su nombre."""
    scales = families().get(name)
    if scales is None:
        wrong(f"No hay ninguna escala «{name}»; las hay: {', '.join(families())}.")
    parts = list({part.link_id: part for each in scales.values() for part in each.parts})
    answers = _answers(name, parts, _read(given))
    try:
        scored = {scale: each.score_answers(answers) for scale, each in scales.items()}
    except OutOfRange as error:
        raise Invalid((FieldError("items", "instrument.out_of_range", {"why": str(error)}),)) from error
    band = next((each.band for each in scored.values() if each.band), None)
    document: dict[str, Any] = {
        "instrument": name,
        "scores": {scale: each.value for scale, each in scored.items()},
        "answered": sum(answers.get(part) is not None for part in parts),
        "of": len(parts),
        "band": band,
        "change_thresholds": _thresholds(scales),
    }
    answer(document, [f"{scale}: {value}" for scale, value in document["scores"].items()], as_json)


def _read(given: str) -> dict[str, Any]:
    text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
    try:
        document = json.loads(text)
    except ValueError as error:
        wrong(f"--answers no es JSON: {error}")
    if not isinstance(document, dict):
        wrong('--answers tiene que ser un objeto JSON, por ejemplo {"items":[40]}.')
    return document


def _answers(name: str, parts: list[str], given: dict[str, Any]) -> dict[str, Any]:
    """Answers by linkId from items in order, or from parts by name (with or without the instrument's own)."""
    if "items" in given:
        items = given["items"]
        if not isinstance(items, list) or len(items) != len(parts):
            raise Invalid((FieldError("items", "instrument.wrong_number", {"wanted": len(parts)}),))
        return dict(zip(parts, items, strict=True))
    named = {part.removeprefix(f"{name}_"): part for part in parts} | {part: part for part in parts}
    unknown = [key for key in given if key not in named]
    if unknown:
        wrong(f"«{name}» no tiene «{unknown[0]}»; tiene: {', '.join(part.removeprefix(f'{name}_') for part in parts)}.")
    return {named[key]: value for key, value in given.items()}


def _thresholds(scales: Mapping[str, Instrument]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "score": scale} | row
        for scale, each in scales.items()
        for kind, thresholds in (("mic", each.mics), ("sdc", (each.sdc,) if each.sdc else ()))
        for threshold in thresholds
        for row in _values(each, threshold)
    ]


def _values(each: Instrument, threshold: Threshold) -> list[dict[str, Any]]:
    values = [(threshold.points, each.unit), (threshold.percent, "percent_of_first")]
    return [{"value": value, "unit": unit, "source": threshold.source} for value, unit in values if value is not None]
