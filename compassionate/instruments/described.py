"""The instruments in words, for the page of scales and for docs/instruments.md: ranges, rules, changes, licences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compassionate.instruments.causality import ceiling
from compassionate.instruments.labels import title
from compassionate.instruments.model import Instrument, Scale, Threshold
from compassionate.instruments.registry import INSTRUMENTS
from compassionate.words import SPANISH, has_words, say

ENGLISH = "en"
MINUS = "\u2212"


@dataclass(frozen=True)
class ScaleWords:
    """One score in words. `items` is how many it is made of."""

    key: str
    name: str
    items: int
    span: str
    unit: str
    worse: str
    rule: str
    bands: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ThresholdWords:
    """One published change in words."""

    score: str
    kind: str
    value: str
    source: str
    status: str
    is_judged: bool


@dataclass(frozen=True)
class InstrumentWords:
    """An instrument in words."""

    id: str
    title: str
    version: str
    source: str
    items: int
    ships: str
    licence: str
    note: str
    scales: tuple[ScaleWords, ...]
    thresholds: tuple[ThresholdWords, ...]


def described(instrument: Instrument, language: str = SPANISH) -> InstrumentWords:
    """Everything that is known of an instrument."""
    note = f"instrument.note.{instrument.id}"
    return InstrumentWords(
        id=instrument.id,
        title=title(instrument, language),
        version=instrument.version,
        source=instrument.source,
        items=len(instrument.items),
        ships=say(f"instrument.ships.{instrument.ships}", language),
        licence=_licence(instrument, language),
        note=say(note, language) if has_words(note) else "",
        scales=tuple(_scale(scale, language) for scale in instrument.scales),
        thresholds=tuple(_thresholds(instrument, language)),
    )


def _licence(instrument: Instrument, language: str) -> str:
    code = f"instrument.licence.{instrument.id}"
    if not instrument.unanswerable:
        return say(code, language)
    top, bands = ceiling(instrument)
    names = ", ".join(say(f"instrument.band.{instrument.id}.{band}", language).lower() for band in bands)
    return say(code, language, ceiling=f"{top:g}", unreachable=names)


def _scale(scale: Scale, language: str) -> ScaleWords:
    return ScaleWords(
        key=scale.key,
        name=say(f"instrument.{scale.key}.short", language),
        items=len(scale.items),
        span=f"{number(scale.minimum, language)} – {number(scale.maximum, language)}",
        unit=say(f"instrument.unit.{scale.unit}", language),
        worse=say(f"instrument.worse.{scale.worse}", language),
        rule=_rule(scale, language),
        bands=tuple(_bands(scale, language)),
    )


def _rule(scale: Scale, language: str) -> str:
    code = "one" if len(scale.items) == 1 else scale.missing
    return say(f"instrument.missing.{code}", language, least=scale.least, asked=len(scale.items))


def _bands(scale: Scale, language: str) -> Iterator[tuple[str, str]]:
    """Each band with where it ends: `≤ 20`, `< 5`."""
    for band in scale.bands:
        sign = "<" if band.is_below else "≤"
        yield say(f"instrument.band.{scale.key}.{band.code}", language), f"{sign} {number(band.upper, language)}"


def _thresholds(instrument: Instrument, language: str) -> Iterator[ThresholdWords]:
    for scale in instrument.scales:
        for each in scale.thresholds:
            yield ThresholdWords(
                score=say(f"instrument.{scale.key}.short", language),
                kind=say(f"instrument.kind.{each.kind}", language),
                value=_value(scale, each, language),
                source=each.source if each.status == "confirmed" else "–",
                status=say(f"instrument.status.{each.status}", language),
                is_judged=each.status == "confirmed",
            )


def _value(scale: Scale, threshold: Threshold, language: str) -> str:
    """`10 puntos o 30 % del valor inicial`."""
    unit = say(f"instrument.unit.{scale.unit}", language)
    points = threshold.note or (number(threshold.points, language) if threshold.points is not None else "")
    told = [f"{points} {unit}"] if points else []
    if threshold.percent is not None:
        told.append(f"{number(threshold.percent, language)} {say('instrument.unit.percent_of_first', language)}")
    return f" {say('instrument.or', language)} ".join(told)


def number(value: float, language: str = SPANISH) -> str:
    """A number of a range as people write it: at most three decimals."""
    shown = f"{round(value, 3):g}".replace("-", MINUS)
    return shown if language == ENGLISH else shown.replace(".", ",")


PAGE = "docs/instruments.md"
INTRODUCTION = """# Instruments: how outcomes are scored

Made by `flask instruments publish` from `compassionate/instruments`: change that, not this page.

Scores are kept unrounded. A score is named by its instrument and its own name (`womac`, `pain`) on the command line,
and by one key (`womac_pain`) in visits. A change is judged twice: is it important to a patient (minimal important
change), and is it more than the error of one patient's measurement (smallest detectable change). **What nobody has
seen in its source is listed as not confirmed and never judged by.** Wording of a protected questionnaire is not here:
where items may not be printed, their numbers or the ready scores are entered. Every score agrees with published
examples (`tests/instruments/scoring_vectors.json`).
"""
ENDING = """
## What is left out on purpose

- OMERACT-OARSI responders: the thresholds of the definition were not seen in their source.
- A change of the WOMAC total: what is published as "16 %" does not say of what.
- The Spanish wording of any questionnaire: none that is validated and free was at hand, and a translation
  of ours would not be one.
- Norms of Spain for SF-36 and SF-12: only those of the United States (1990) are computed.
"""
CHOSEN = ("score", "key", "items", "range", "worse end", "missing")


def published() -> str:
    """docs/instruments.md."""
    parts = [INTRODUCTION, *(_section(described(each, ENGLISH)) for each in INSTRUMENTS.values()), ENDING]
    return "\n".join(parts)


def _section(held: InstrumentWords) -> str:
    head = [
        f"\n## `{held.id}`: {held.title}\n",
        f"Items: {held.items}. Source: {held.source}. {held.ships}. {held.licence}",
    ]
    head += [f"Version: {held.version}."] if held.version else []
    head += [held.note] if held.note else []
    rows = [
        (each.name, f"`{each.key}`", str(each.items), f"{each.span} {each.unit}", each.worse, each.rule)
        for each in held.scales
    ]
    tables = [_table(CHOSEN, rows)]
    bands = [(each.name, f"{band} {end}") for each in held.scales for band, end in each.bands]
    if bands:
        tables.append("Bands: " + "; ".join(end for _, end in bands) + ".")
    if held.thresholds:
        told = [(each.score, each.kind, each.value, each.source, each.status) for each in held.thresholds]
        tables.append(_table(("score", "threshold", "value", "source", "status"), told))
    return "\n".join([head[0], " ".join(head[1:]), "", "\n\n".join(tables)])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)
