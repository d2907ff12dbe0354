"""Every instrument and every score by its key. Scores of ours only: no wording of a protected instrument is here."""

from compassionate.instruments.back import NRS, NRS_LEG, ODI, ROLAND_MORRIS, VAS, VAS_LEG
from compassionate.instruments.causality import NARANJO
from compassionate.instruments.imaging import KELLGREN_LAWRENCE, MODIC, PFIRRMANN, PFIRRMANN_MODIFIED
from compassionate.instruments.knee import KOOS, KOOS_PS, LEQUESNE, WOMAC
from compassionate.instruments.model import TOTAL, Instrument, Scale
from compassionate.instruments.quality_of_life import EQ5D5L, SF12
from compassionate.instruments.rand36 import RAND36

INSTRUMENTS: dict[str, Instrument] = {
    each.id: each
    for each in (
        *(VAS, VAS_LEG, NRS, NRS_LEG, ODI, ROLAND_MORRIS),
        *(WOMAC, KOOS, KOOS_PS, LEQUESNE),
        *(RAND36, SF12, EQ5D5L),
        *(PFIRRMANN, PFIRRMANN_MODIFIED, MODIC, KELLGREN_LAWRENCE, NARANJO),
    )
}
# The scores of visits, in the order in which they are shown: `vas`, `womac_pain`, `koos_P`.
SCALES: dict[str, Scale] = {scale.key: scale for each in INSTRUMENTS.values() for scale in each.scales}
_INSTRUMENT_OF = {scale.key: each for each in INSTRUMENTS.values() for scale in each.scales}


def instrument(instrument_id: str) -> Instrument:
    """The instrument with that id; KeyError if there is none."""
    return INSTRUMENTS[instrument_id]


def scale(instrument_id: str, name: str = TOTAL) -> Scale:
    """A score of an instrument, by both names; KeyError if there is none."""
    return INSTRUMENTS[instrument_id].scale(name)


def instrument_of(key: str) -> Instrument:
    """The instrument that the score with that key belongs to; KeyError if there is none."""
    return _INSTRUMENT_OF[key]


def measured_by(link_ids: frozenset[str]) -> tuple[Instrument, ...]:
    """The instruments of which a form asks every item, or every ready score."""
    return tuple(each for each in INSTRUMENTS.values() if _is_asked(each, link_ids))


def _is_asked(each: Instrument, link_ids: frozenset[str]) -> bool:
    items = {part.link_id for part in each.item_parts() if not part.is_optional}
    ready = {part.link_id for part in each.score_parts()}
    return items <= link_ids or (bool(ready) and ready <= link_ids)
