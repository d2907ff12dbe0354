"""Outcome measures: what they range over, how they are scored, how big a change counts."""

from compassionate.instruments.change import Change, change
from compassionate.instruments.model import Instrument, OutOfRange, Part, Score, Threshold
from compassionate.instruments.registry import INSTRUMENTS, NRS, ODI, VAS, instrument, measured_by

__all__ = [
    "INSTRUMENTS",
    "NRS",
    "ODI",
    "VAS",
    "Change",
    "Instrument",
    "OutOfRange",
    "Part",
    "Score",
    "Threshold",
    "change",
    "instrument",
    "measured_by",
]
