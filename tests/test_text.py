"""Cleaned text can be stored, compared and printed, and cleaning twice changes nothing."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.text import clean, is_clean, loses_characters, single_line

ANY_TEXT = st.text(st.characters(exclude_categories=()))
# A lone surrogate cannot be written in a source file that has to be encoded.
LONE_SURROGATE = chr(0xD800)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert single_line(single_line(text)) == single_line(text)
    assert is_clean(single_line(text))


@given(ANY_TEXT)
def test_cleaned_text_can_be_encoded_and_comes_back_from_json(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.encode().decode() == cleaned
    assert json.loads(json.dumps(cleaned, ensure_ascii=False)) == cleaned


@given(ANY_TEXT)
def test_cleaned_text_has_no_character_that_cannot_be_seen_or_reorders_others(text: str) -> None:
    left = {unicodedata.category(character) for character in clean(text) if character not in "\n\t"}

    assert not left & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(clean(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff\ufffe")


@given(ANY_TEXT)
def test_a_single_line_has_one_line(text: str) -> None:
    assert not set(single_line(text)) & set("\n\t\r\v\f\u0085\u2028\u2029")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029"])
def test_every_kind_of_line_end_becomes_a_newline(end: str) -> None:
    assert clean(f"Dolor{end}Fiebre") == "Dolor\nFiebre"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Dolor\x00 lumbar", "Dolor lumbar"),
        ("pa\u00adra\u200bce\ufefftamol", "paracetamol"),
        ("\u202e0,05\u202c mg", "0,05 mg"),
        ("n\u0303", "ñ"),
        ("  dos líneas  \n  y sangría\t\n", "dos líneas\n  y sangría"),
        ("\u200d", ""),
        (" \u2029 ", ""),
    ],
)
def test_what_cannot_be_seen_goes_and_the_words_stay(pasted: str, kept: str) -> None:
    assert clean(pasted) == kept


def test_what_stood_for_a_broken_character_is_seen_to_be_missing() -> None:
    assert clean(f"Nu{LONE_SURROGATE}ez") == "Nu\ufffdez"
    assert clean("a\uffffb") == "a\ufffdb"


@pytest.mark.parametrize("word", ["👩‍⚕️", "می‌خواهم", "Ñandú, çà i là", "x²·kg⁻¹ ≥ 5 µg"])
def test_meaningful_text_is_left_alone(word: str) -> None:
    assert is_clean(word)


def test_spaces_and_line_ends_go_without_telling_but_lost_characters_are_told() -> None:
    assert not loses_characters("  Dolor \r\n lumbar ")
    assert loses_characters("Dolor\x07")
    assert loses_characters(f"Dolor{LONE_SURROGATE}")
