"""Outcome measures: what they range over, how they are scored, how big a change counts."""

from compassionate.instruments.causality import ceiling
from compassionate.instruments.change import Change, change, reaches
from compassionate.instruments.labels import choice_label, part_label, title
from compassionate.instruments.model import (
    TOTAL,
    Answers,
    Instrument,
    Item,
    OutOfRange,
    Part,
    Scale,
    Score,
    Threshold,
)
from compassionate.instruments.reading import UnknownName, Written, WrongNumber, read
from compassionate.instruments.registry import INSTRUMENTS, SCALES, instrument, instrument_of, measured_by, scale

__all__ = [
    "INSTRUMENTS",
    "SCALES",
    "TOTAL",
    "Answers",
    "Change",
    "Instrument",
    "Item",
    "OutOfRange",
    "Part",
    "Scale",
    "Score",
    "Threshold",
    "UnknownName",
    "Written",
    "WrongNumber",
    "ceiling",
    "change",
    "choice_label",
    "instrument",
    "instrument_of",
    "measured_by",
    "part_label",
    "reaches",
    "read",
    "scale",
    "title",
]
