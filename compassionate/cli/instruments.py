"""`flask instruments`: the outcome measures, and the score of some answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, columns, wrong
from compassionate.config import ROOT
from compassionate.errors import FieldError, Invalid
from compassionate.instruments import (
    INSTRUMENTS,
    Instrument,
    OutOfRange,
    Scale,
    Threshold,
    UnknownName,
    Written,
    WrongNumber,
    ceiling,
    read,
)
from compassionate.instruments.described import PAGE, published

group = AppGroup("instruments", help="Las escalas que se puntúan.")
JUDGED = ("mic", "sdc")


@group.command("list")
@as_json
@answers_errors
def list_instruments(as_json: bool) -> None:
    """Escribe las escalas, su recorrido y sus cambios publicados."""
    rows = [_listed(each) for each in INSTRUMENTS.values()]
    said = [row | {"names": ", ".join(score["name"] for score in row["scores"])} for row in rows]
    answer({"instruments": rows}, columns(said, ("id", "names")), as_json)


def _listed(instrument: Instrument) -> dict[str, Any]:
    return {
        "id": instrument.id,
        "version": instrument.version,
        "versions": list(instrument.versions),
        "items": [item.name for item in instrument.items],
        "ships": instrument.ships,
        "source": instrument.source,
        "scores": [_scale(scale) for scale in instrument.scales],
        "change_thresholds": thresholds(instrument),
        **_ceiling(instrument),
    }


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "name": scale.name,
        "key": scale.key,
        "unit": scale.unit,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "worse": scale.worse,
        "missing_rule": scale.missing,
        "least_answered": scale.least,
        "items": list(scale.items),
        "entered_as": scale.entered_as or None,
        "bands": [{"id": band.code, "upper": band.upper, "below": band.is_below} for band in scale.bands],
    }


def _ceiling(instrument: Instrument) -> dict[str, Any]:
    """What a single implanted dose cannot reach, where that is known."""
    if not instrument.unanswerable:
        return {}
    top, unreachable = ceiling(instrument)
    return {"single_implanted_dose": {"maximum": top, "unreachable": list(unreachable)}}


@group.command("score")
@click.argument("name", metavar="ESCALA")
@click.option("--answers", "given", required=True, metavar="JSON", help="JSON, o @FICHERO.")
@as_json
@answers_errors
def score(name: str, given: str, as_json: bool) -> None:
    """Puntúa unas respuestas: {"items":[…]} en el orden de la escala, o las subescalas por su nombre."""
    instrument = INSTRUMENTS.get(name)
    if instrument is None:
        wrong(f"No hay ninguna escala «{_printable(name)}»; las hay: {', '.join(INSTRUMENTS)}.")
    document = _scored(_written(instrument, _document(given)))
    answer(document, [f"{scale}: {value}" for scale, value in document["scores"].items()], as_json)


def _scored(written: Written) -> dict[str, Any]:
    instrument = written.instrument
    scored = instrument.scores(written.answers)
    return {
        "instrument": instrument.id,
        "version": written.version,
        "scores": {name: each.value for name, each in scored.items()},
        "answered": written.answers.count,
        "of": written.asked,
        "band": next((each.band for each in scored.values() if each.band), None),
        "change_thresholds": thresholds(instrument),
        **_ceiling(instrument),
    }


def _written(instrument: Instrument, given: dict[str, Any]) -> Written:
    try:
        return read(instrument, given)
    except OutOfRange as error:
        raise Invalid((FieldError("items", "instrument.out_of_range", {"why": str(error)}),)) from error
    except WrongNumber as error:
        raise Invalid((FieldError("items", "instrument.wrong_number", {"wanted": error.wanted}),)) from error
    except UnknownName as error:
        known = ", ".join((*instrument.enterable, *(item.name for item in instrument.items)))
        wrong(f"«{instrument.id}» no tiene «{_printable(str(error))}»; tiene: items, {known}.")


def _document(given: str) -> dict[str, Any]:
    try:
        document = json.loads(Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given)
    except (ValueError, RecursionError) as error:
        wrong(f"--answers no es JSON: {_printable(str(error))}")
    except OSError as error:
        wrong(f"No se puede leer «{_printable(given[1:])}»: {error.strerror}")
    if not isinstance(document, dict):
        wrong('--answers tiene que ser un objeto JSON, por ejemplo {"items":[40]}.')
    return document


def _printable(text: str) -> str:
    """At most a line of what somebody typed, without what a terminal cannot show."""
    return text.encode("utf-8", "replace").decode("utf-8")[:80]


def thresholds(instrument: Instrument) -> list[dict[str, Any]]:
    """The published changes that are judged by, one row a value; what was not seen in its source says so."""
    return [
        {"kind": each.kind, "score": scale.name, "status": each.status} | row
        for scale in instrument.scales
        for each in scale.thresholds
        if each.kind in JUDGED
        for row in _values(scale, each)
    ]


def _values(scale: Scale, threshold: Threshold) -> list[dict[str, Any]]:
    values = [(threshold.points, scale.unit), (threshold.percent, "percent_of_first")]
    return [{"value": value, "unit": unit, "source": threshold.source} for value, unit in values if value is not None]


@group.command("publish")
@click.option("--check", is_flag=True, help="No escribe: sale con 1 si la página está atrasada.")
@as_json
@answers_errors
def publish_page(check: bool, as_json: bool) -> None:
    """Escribe docs/instruments.md."""
    path, text = ROOT / PAGE, published()
    is_stale = not path.exists() or path.read_text(encoding="utf-8") != text
    if is_stale and not check:
        path.write_text(text, encoding="utf-8")
    words = f"Atrasada: {PAGE}" if is_stale and check else f"Escrita: {PAGE}" if is_stale else "La página está al día."
    answer({"page": PAGE, "stale": is_stale and check, "written": is_stale and not check}, [words], as_json)
    if is_stale and check:
        raise click.exceptions.Exit(REFUSED)
