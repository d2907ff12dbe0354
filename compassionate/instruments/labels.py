"""Names of what is entered, in words: our own, never those of a protected questionnaire."""

from __future__ import annotations

from compassionate.instruments.model import Instrument, Part
from compassionate.words import SPANISH, has_words, say


def title(instrument: Instrument, language: str = SPANISH) -> str:
    """The name of the whole instrument."""
    return say(f"instrument.title.{instrument.id}", language)


def part_label(instrument: Instrument, part: Part, language: str = SPANISH) -> str:
    """What a form says beside one thing to enter: its range belongs to it, since we print no wording."""
    span = {"low": f"{part.minimum:g}", "high": f"{part.maximum:g}"}
    if part.scale:
        return say("instrument.enter.score", language, name=_short(instrument, part.scale, language), **span)
    own = f"instrument.item.{instrument.id}.{part.item}"
    if has_words(own, SPANISH):
        return say(own, language, **span)
    several = f"instrument.item.{instrument.id}.each"
    place = [each.link_id for each in instrument.item_parts()].index(part.link_id) + 1
    code = several if has_words(several, SPANISH) else "instrument.enter.item"
    return say(code, language, number=place, name=part.item, **span)


def choice_label(instrument: Instrument, word: str, language: str = SPANISH) -> str:
    """One answer of an item that is answered in words."""
    return say(f"instrument.answer.{instrument.id}.{word}", language)


def _short(instrument: Instrument, scale: str, language: str) -> str:
    return say(f"instrument.{instrument.scale(scale).key}.short", language)
