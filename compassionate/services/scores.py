"""Scores of a visit, by the score's key (`vas`, `womac_pain`): unrounded, in each score's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.instruments import INSTRUMENTS, Instrument, OutOfRange

# Which instrument a question belongs to: most of them are asked by no form that is being scored.
ASKED_BY = {part.link_id: each for each in INSTRUMENTS.values() for part in (*each.item_parts(), *each.score_parts())}


def scores_of(answers: Mapping[str, Any]) -> dict[str, float]:
    """Every score that the answers of a visit give; one with too few items answered is left out."""
    asked = {each.id for link_id in answers if (each := ASKED_BY.get(link_id))}
    found: dict[str, float] = {}
    for name in INSTRUMENTS:  # in the order in which they are shown
        found |= _scores(INSTRUMENTS[name], answers) if name in asked else {}
    return found


def _scores(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, float]:
    try:
        scored = instrument.score_answers(answers)
    except OutOfRange:
        return {}
    keyed = {instrument.scale(name).key: each.value for name, each in scored.items()}
    return {key: value for key, value in keyed.items() if value is not None}
