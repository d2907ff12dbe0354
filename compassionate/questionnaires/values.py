"""One answer: what is wrong with it, how it is read from a page, how it is said to people.

Numbers and dates are written as they are in Spain: decimal comma, dd/mm/aaaa.
"""

import math
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from compassionate.questionnaires.model import Item, ItemType, Number
from compassionate.text import clean, is_clean, single_line
from compassionate.words import say

STRING_LENGTH = 250
TEXT_LENGTH = 8000
LARGEST_INTEGER = 2**31 - 1
SIGNIFICANT_DIGITS = 15
DECIMAL = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?", re.ASCII)
INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
SPANISH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Wrong = tuple[str, dict[str, str]]
"""A code and its parameters."""


def read(item: Item, typed: str) -> Any:
    """What was typed into a field as an answer; left as text where it cannot be read, for `wrongs` to say so."""
    text = clean(typed) if item.type is ItemType.TEXT else single_line(typed)
    match item.type:
        case ItemType.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        case ItemType.INTEGER:
            return int(text) if INTEGER.fullmatch(text) else text
        case ItemType.DECIMAL:
            return _number(text)
        case ItemType.DATE:
            return _date(text)
    return text


def wrongs(item: Item, answer: object) -> Iterator[Wrong]:
    """What is wrong with one answer of that item; nothing if it is good."""
    match item.type:
        case ItemType.BOOLEAN:
            if not isinstance(answer, bool):
                yield "answer.not_yes_or_no", {}
        case ItemType.INTEGER | ItemType.DECIMAL:
            yield from _number_wrongs(item, answer)
        case ItemType.DATE:
            yield from _date_wrongs(item, answer)
        case ItemType.STRING | ItemType.TEXT:
            yield from _text_wrongs(item, answer)
        case ItemType.CHOICE:
            if item.option(answer) is None:
                yield "answer.not_an_option", {}


def typed(item: Item, answer: object) -> str:
    """The answer as the value of its field, so that a page can be filled with what was stored."""
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return number(answer) if isinstance(answer, int | float) else str(answer)


def said(item: Item, answer: object, language: str = "es") -> str:
    """The answer as people read it: choice texts, units, decimal comma, dd/mm/aaaa."""
    if isinstance(answer, list):
        return ", ".join(said(item, each, language) for each in answer)
    if isinstance(answer, bool):
        return say("answer.yes" if answer else "answer.no", language)
    if isinstance(answer, int | float):
        return with_unit(item, answer, language)
    if item.type is ItemType.CHOICE:
        option = item.option(answer)
        return option.text.said(language) if option else str(answer)
    return long_date(answer) if item.type is ItemType.DATE else str(answer)


def with_unit(item: Item, value: Number | str, language: str = "es") -> str:
    """A number with its decimal comma and the item's unit, or a date."""
    shown = long_date(value) if isinstance(value, str) else number(value, language)
    return f"{shown} {item.unit.said(language)}" if item.unit else shown


def number(value: Number, language: str = "es") -> str:
    """A number without exponent or needless zeros; a decimal comma but in English."""
    plain = format(Decimal(repr(value)), "f")
    trimmed = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return trimmed if language == "en" else trimmed.replace(".", ",")


def long_date(value: object) -> str:
    """An ISO date as dd/mm/aaaa; anything else as it is."""
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"
    return str(value)


def _number(text: str) -> Any:
    if not DECIMAL.fullmatch(text):
        return text
    exact = Decimal(text.replace(",", "."))
    return float(exact) if len(exact.normalize().as_tuple().digits) <= SIGNIFICANT_DIGITS else text


def _date(text: str) -> str:
    spanish = SPANISH_DATE.fullmatch(text)
    if not spanish:
        return text
    day, month, year = spanish.groups()
    iso = f"{year}-{month:0>2}-{day:0>2}"
    return iso if _is_date(iso) else text


def _is_date(text: str) -> bool:
    try:
        return bool(ISO_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _number_wrongs(item: Item, answer: object) -> Iterator[Wrong]:
    is_whole = item.type is ItemType.INTEGER
    kinds = int if is_whole else int | float
    if isinstance(answer, bool) or not isinstance(answer, kinds) or (isinstance(answer, float) and math.isnan(answer)):
        yield ("answer.not_an_integer" if is_whole else "answer.not_a_number"), {}
    elif abs(answer) > LARGEST_INTEGER:
        yield "answer.too_large", {}
    else:
        yield from _outside(item, answer)


def _date_wrongs(item: Item, answer: object) -> Iterator[Wrong]:
    if not isinstance(answer, str) or not _is_date(answer):
        yield "answer.not_a_date", {}
    else:
        yield from _outside(item, answer)


def _outside(item: Item, answer: Any) -> Iterator[Wrong]:
    if item.minimum is not None and answer < item.minimum:
        yield "answer.below_minimum", {"minimum": with_unit(item, item.minimum)}
    if item.maximum is not None and answer > item.maximum:
        yield "answer.above_maximum", {"maximum": with_unit(item, item.maximum)}


def _text_wrongs(item: Item, answer: object) -> Iterator[Wrong]:
    longest = item.max_length or (STRING_LENGTH if item.type is ItemType.STRING else TEXT_LENGTH)
    if not isinstance(answer, str):
        yield "answer.not_text", {}
    elif len(answer) > longest:
        yield "answer.too_long", {"maximum": str(longest), "length": str(len(answer))}
    elif not is_clean(answer) or (item.type is ItemType.STRING and single_line(answer) != answer):
        yield "answer.unprintable", {}
