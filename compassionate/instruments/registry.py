"""The outcome measures that we score. Section and scale scores only: no wording of a protected instrument is here.

Sources. Ostelo 2008: Ostelo et al., Spine 2008;33:90-94. ISSLS 2020: doi 10.1007/s00586-019-06222-8.
Hellum 2011: PMC3100911. WOMAC: MEDLINE 11093446.
"""

from compassionate.instruments.model import Instrument, Part, Threshold

OSTELO = "Ostelo 2008"
REGISTRY_2020 = "ISSLS 2020, doi 10.1007/s00586-019-06222-8"
WOMAC_SOURCE = "MEDLINE 11093446, as a share of the scale"
WOMAC_RULE = "every scale score must be there"

VAS = Instrument(
    id="vas",
    parts=(Part("vas_pain", 100),),
    unit="mm",
    worse="high",
    least_answered=1,
    missing_rule="one value",
    mics=(Threshold(OSTELO, points=15, percent=30),),
    bands=((4, "none"), (44, "mild"), (74, "moderate"), (100, "severe")),
)

NRS = Instrument(
    id="nrs",
    parts=(Part("nrs_pain", 10),),
    unit="points",
    worse="high",
    least_answered=1,
    missing_rule="one value",
    mics=(Threshold(OSTELO, points=2, percent=30), Threshold(f"{REGISTRY_2020}, back pain", points=2.7)),
    sdc=Threshold(f"{REGISTRY_2020}, back pain", points=3.6),
)

ODI = Instrument(
    id="odi",
    parts=tuple(Part(f"odi_{section}", 5) for section in range(1, 11)),
    unit="percent",
    worse="high",
    least_answered=9,
    missing_rule="one section may be missing; the score is of those answered",
    is_percent=True,
    mics=(
        Threshold(OSTELO, points=10, percent=30),
        Threshold("Hellum 2011, individual success", points=15),
        Threshold(REGISTRY_2020, points=18),
    ),
    sdc=Threshold(REGISTRY_2020, points=18),
    # The owner's bands are of whole numbers (0-20, 21-40 …): what lies between two belongs to the higher.
    bands=((20, "minimal"), (40, "moderate"), (60, "severe"), (80, "very_severe"), (100, "extreme")),
)


def _womac(name: str, parts: tuple[Part, ...], share_percent: float | None) -> Instrument:
    """A WOMAC scale, Likert version; its minimal change is published as a share of the scale."""
    top = sum(part.maximum for part in parts)
    mics = () if share_percent is None else (Threshold(WOMAC_SOURCE, points=share_percent * top / 100),)
    return Instrument(f"womac_{name}", parts, "points", "high", len(parts), WOMAC_RULE, mics=mics)


PAIN, STIFFNESS, FUNCTION = Part("womac_pain", 20), Part("womac_stiffness", 8), Part("womac_function", 68)
WOMAC_PAIN = _womac("pain", (PAIN,), 9.7)
WOMAC_FUNCTION = _womac("function", (FUNCTION,), 9.3)
WOMAC_STIFFNESS = _womac("stiffness", (STIFFNESS,), 10.0)
WOMAC_TOTAL = _womac("total", (PAIN, STIFFNESS, FUNCTION), None)

INSTRUMENTS: dict[str, Instrument] = {
    instrument.id: instrument
    for instrument in (VAS, NRS, ODI, WOMAC_PAIN, WOMAC_STIFFNESS, WOMAC_FUNCTION, WOMAC_TOTAL)
}


def instrument(instrument_id: str) -> Instrument:
    """The instrument with that id; KeyError if there is none."""
    return INSTRUMENTS[instrument_id]


def measured_by(link_ids: frozenset[str]) -> tuple[Instrument, ...]:
    """The instruments that a form with those questions can score."""
    return tuple(each for each in INSTRUMENTS.values() if all(part.link_id in link_ids for part in each.parts))
