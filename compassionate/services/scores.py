"""Scores of a visit, by the score's key (`vas`, `womac_pain`): unrounded, in each score's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.instruments import INSTRUMENTS, Instrument, OutOfRange


def scores_of(answers: Mapping[str, Any]) -> dict[str, float]:
    """Every score that the answers of a visit give; one with too few items answered is left out."""
    found: dict[str, float] = {}
    for instrument in INSTRUMENTS.values():
        found |= _scores(instrument, answers)
    return found


def _scores(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, float]:
    try:
        scored = instrument.score_answers(answers)
    except OutOfRange:
        return {}
    keyed = {instrument.scale(name).key: each.value for name, each in scored.items()}
    return {key: value for key, value in keyed.items() if value is not None}
