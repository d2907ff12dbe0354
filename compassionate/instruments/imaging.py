"""Grades that a radiologist reads in a picture, each stored with the scale or the wording that it was read by."""

from compassionate.instruments.model import TOTAL, Instrument, Item, Scale, Threshold, Worse
from compassionate.instruments.rules import summed
from compassionate.instruments.sources import NOT_SEEN


def _graded(
    instrument_id: str, lowest: int, highest: int, source: str, *, worse: Worse = "high", versions: tuple[str, ...] = ()
) -> Instrument:
    """One grade from the lowest to the highest."""
    one_grade = Threshold(NOT_SEEN, points=1, status="unverified")
    scale = Scale(
        TOTAL, instrument_id, ("grade",), lowest, highest, summed, 1, unit="grade", worse=worse, step=1,
        thresholds=(one_grade,) if instrument_id.startswith("pfirrmann") else (),
    )  # fmt: skip
    items = (Item("grade", lowest, highest),)
    return Instrument(instrument_id, items, (scale,), source, ships="wording", versions=versions)


PFIRRMANN = _graded("pfirrmann", 1, 5, "Pfirrmann 2001")
PFIRRMANN_MODIFIED = _graded("pfirrmann-modified", 1, 8, "Griffith 2007")
# Oedema, fat and sclerosis are kinds of change, not degrees of one: no end is worse.
MODIC = _graded("modic", 0, 3, "Modic 1988", worse="neither")
# At least five wordings of grade 2 are in use.
KELLGREN_LAWRENCE = _graded(
    "kellgren-lawrence", 0, 4, "Kellgren & Lawrence 1957", versions=("1957", "atlas_1963", "other")
)  # fmt: skip
