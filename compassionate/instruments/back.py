"""Pain and disability of the back. Only scores of the Oswestry and Roland-Morris questionnaires: no wording is here."""

from compassionate.instruments.model import TOTAL, Band, Instrument, Item, Scale, Threshold
from compassionate.instruments.rules import names, numbered, share_of_highest, summed
from compassionate.instruments.sources import HELLUM, OSTELO, OSTELO_2005, REGISTRY_2020

PAIN_BANDS = (Band("none", 4), Band("mild", 44), Band("moderate", 74), Band("severe", 100))
RECOVERED = Threshold(OSTELO_2005, points=0, kind="recovered")


def _vas(instrument_id: str, prefix: str) -> Instrument:
    """Pain on a line of 100 mm, at one place of the body."""
    mic = Threshold(OSTELO, points=15, percent=30)
    scale = Scale(
        TOTAL, instrument_id, ("pain",), 0, 100, summed, 1, unit="mm", thresholds=(mic,), bands=PAIN_BANDS
    )  # fmt: skip
    return Instrument(
        instrument_id, (Item("pain", 0, 100, step=0),), (scale,), OSTELO, ships="wording", item_prefix=prefix
    )  # fmt: skip


def _nrs(instrument_id: str, prefix: str, place: str, mic: float, sdc: float) -> Instrument:
    """Pain as a number from 0 to 10; the registry gives a change of its own for each place."""
    registry = f"{REGISTRY_2020}, {place} pain"
    thresholds = (
        Threshold(OSTELO, points=2, percent=30),
        Threshold(registry, points=mic),
        Threshold(registry, points=sdc, kind="sdc"),
        RECOVERED,
    )
    scale = Scale(TOTAL, instrument_id, ("pain",), 0, 10, summed, 1, thresholds=thresholds)
    return Instrument(
        instrument_id, (Item("pain", 0, 10, step=0),), (scale,), OSTELO, ships="wording", item_prefix=prefix
    )  # fmt: skip


VAS = _vas("vas", "vas")
VAS_LEG = _vas("vas-leg", "vas_leg")
NRS = _nrs("nrs", "nrs", "back", 2.7, 3.6)
NRS_LEG = _nrs("nrs-leg", "nrs_leg", "leg", 3.2, 3.7)

SECTIONS = numbered("", 10, 0, 5)
ODI = Instrument(
    id="odi",
    items=SECTIONS,
    scales=(
        Scale(
            name=TOTAL,
            key="odi",
            items=names(SECTIONS),
            minimum=0,
            maximum=100,
            rule=share_of_highest(5),
            least=9,
            missing="at_least",
            unit="percent",
            entered_as="percent",
            thresholds=(
                Threshold(OSTELO, points=10, percent=30),
                Threshold(REGISTRY_2020, points=18),
                Threshold(REGISTRY_2020, points=18, kind="sdc"),
                Threshold(HELLUM, points=15, kind="success"),
            ),
            # The owner's bands are of whole numbers (0-20, 21-40 …): what lies between two belongs to the higher.
            bands=(
                Band("minimal", 20),
                Band("moderate", 40),
                Band("severe", 60),
                Band("very_severe", 80),
                Band("extreme", 100),
            ),
        ),
    ),
    source="ODI 2.1a, J. Fairbank, Mapi Research Trust",
    version="2.1a",
)

TICKS = numbered("", 24, 0, 1)
ROLAND_MORRIS = Instrument(
    id="roland-morris",
    items=TICKS,
    scales=(
        Scale(
            name=TOTAL,
            key="roland-morris",
            items=names(TICKS),
            minimum=0,
            maximum=24,
            rule=summed,
            least=1,
            missing="counts_as_none",
            entered_as="ticked",
            step=1,
            thresholds=(
                Threshold(OSTELO, points=5, percent=30),
                Threshold(OSTELO_2005, points=2, kind="recovered"),
            ),
        ),
    ),
    source="Roland & Morris 1983; Spanish version: Kovacs 2002",
    is_entered_ready=True,
)
