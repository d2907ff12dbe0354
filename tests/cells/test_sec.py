"""The Single European Code: what is built is read again, and whatever is wrong is told with its field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.cells import sec
from compassionate.errors import Invalid
from compassionate.words import has_words, say
from tests.cells.examples import ALNUM, CODE, codes, few


def fields_refused(text: str) -> list[str]:
    with pytest.raises(Invalid) as refused:
        sec.read(text)
    return [error.field for error in refused.value.errors]


@few
@given(codes)
def test_what_is_built_is_read_again_however_it_is_printed(code: sec.SingleEuropeanCode) -> None:
    for text in (code.text, code.printed, "\n".join(code.printed_lines), f"SEC {code.text}", f" {code.text}\r\n"):
        assert sec.read(text) == code
    assert sec.from_stored(sec.stored(code)) == code
    assert "".join(sec.fields(code).values()) == sec.stored(code)


@few
@given(codes, st.data())
def test_a_single_other_character_is_another_code_or_none(code: sec.SingleEuropeanCode, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code.text) - 1))
    sign = data.draw(st.sampled_from([each for each in ALNUM if each != code.text[place]]))
    changed = code.text[:place] + sign + code.text[place + 1 :]
    try:
        read = sec.read(changed)
    except Invalid:
        return
    differing = [name for name, value in sec.fields(read).items() if sec.fields(code)[name] != value]
    assert len(differing) == 1


def test_it_is_forty_characters_after_the_letters_sec() -> None:
    assert CODE.printed == "SEC: ES000123A999926123456 E000004200120261201"
    assert len(sec.stored(CODE)) == 40
    assert CODE.printed_lines == ("SEC: ES000123A999926123456", "E000004200120261201")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("1S000123A999926123456", ["country"]),
        ("es000123a999926123456", ["country", "donation"]),
        ("ES00-123A999926123456", ["establishment"]),
        ("ES000123A99992612345", ["donation_sequence"]),
        ("ES000123A999926123456 X000004200120261201", ["system"]),
        ("ES000123A999926123456 E00000420012026120", ["product_sequence"]),
        ("ES000123A999926123456 E000004200120261301", ["expires"]),
        ("ES000123A999926123456 E00000420012026120O", ["expires"]),
        ("ES000123A999926123456 Ñ00000*200120261201", ["system", "product"]),
        ("ES000123 A999926123456 E000004200120261201", ["code"]),
        ("", ["code", "donation_sequence"][:1]),
    ],
)
def test_what_is_wrong_is_told_with_its_field(text: str, fields: list[str]) -> None:
    assert fields_refused(text) == fields


def test_every_refusal_is_a_spanish_sentence() -> None:
    codes = ("sequences", "length", *(name for name in sec.FIELDS), "no_such_day")
    assert all(has_words(f"error.sec.{code}") for code in codes)
    assert "letras mayúsculas" in say("error.sec.country", value="1S")


def test_no_expiry_is_eight_zeros() -> None:
    code = sec.build("ES", "000123", "A999926123456", "A", "0000042", "001")
    assert code.text.endswith("00000000")
    read = sec.read(code.text)
    assert read.product is not None
    assert read.product.expires is None


def test_the_donation_stands_alone_until_there_is_a_product() -> None:
    code = sec.build("ES", "000123", "A999926123456")
    assert code.product is None
    assert code.printed == "SEC: ES000123A999926123456"


def test_a_field_that_is_too_short_is_never_filled_up() -> None:
    with pytest.raises(Invalid) as refused:
        sec.build("ES", "123", "A999926123456", "E", "42", "001")
    assert [error.field for error in refused.value.errors] == ["establishment", "product"]


def test_nothing_is_owed_inside_one_centre_and_the_donation_until_it_is_distributed() -> None:
    assert sec.owed(stays_in_centre=True, is_distributed=True) == sec.NONE_OWED
    assert sec.owed(stays_in_centre=False, is_distributed=False) == sec.DONATION_OWED
    assert sec.owed(stays_in_centre=False, is_distributed=True) == sec.WHOLE_OWED


def test_the_format_is_settled_until_the_new_regulation_applies() -> None:
    assert sec.is_settled(date(2027, 8, 6))
    assert not sec.is_settled(date(2027, 8, 7))
    assert CODE.format == sec.FORMAT_2015
