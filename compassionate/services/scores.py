"""Scores of a visit, by instrument id: unrounded, in each instrument's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.instruments import INSTRUMENTS, Instrument, OutOfRange


def scores_of(answers: Mapping[str, Any]) -> dict[str, float]:
    """Every score that the answers of a visit give; an instrument with too few parts answered gives none."""
    found = {name: _score(instrument, answers) for name, instrument in INSTRUMENTS.items()}
    return {name: value for name, value in found.items() if value is not None}


def _score(instrument: Instrument, answers: Mapping[str, Any]) -> float | None:
    try:
        return instrument.score_answers(answers).value
    except OutOfRange:
        return None
