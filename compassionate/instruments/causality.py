"""How likely a medicine caused a reaction: Naranjo's ten questions, with published weights (PMC6136411, table 1)."""

from compassionate.instruments.model import TOTAL, Band, Instrument, Item, Scale
from compassionate.instruments.rules import names, summed

# Yes and no; not known is 0 everywhere.
WEIGHTS = ((1, 0), (2, -1), (1, 0), (2, -1), (-1, 2), (-1, 1), (1, 0), (1, 0), (1, 0), (1, 0))
QUESTIONS = tuple(
    Item(str(number), min(yes, no, 0), max(yes, no), words={"yes": yes, "no": no, "unknown": 0})
    for number, (yes, no) in enumerate(WEIGHTS, start=1)
)
BANDS = (Band("doubtful", 0), Band("possible", 4), Band("probable", 8), Band("definite", 13))
NARANJO = Instrument(
    id="naranjo",
    items=QUESTIONS,
    scales=(
        Scale(
            TOTAL,
            "naranjo",
            names(QUESTIONS),
            -4,
            13,
            summed,
            1,
            missing="counts_as_none",
            worse="neither",
            bands=BANDS,
        ),
    ),
    source="Naranjo 1981; weights: PMC6136411, table 1",
    ships="wording",
    # One implanted dose cannot be withdrawn, given again, measured in blood or raised.
    unanswerable=frozenset({"3", "4", "6", "7", "8"}),
)


def ceiling(instrument: Instrument) -> tuple[float, tuple[str, ...]]:
    """The highest score without the questions that one implanted dose leaves open, and the bands out of reach."""
    (scale,) = instrument.scales
    top = sum(item.maximum for item in instrument.items if item.name not in instrument.unanswerable)
    reached = next(place for place, band in enumerate(scale.bands) if band.holds(top))
    return top, tuple(band.code for band in scale.bands[reached + 1 :])
