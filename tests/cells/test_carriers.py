# ruff: noqa: DTZ001 - carriers print clocks without a zone
"""What labels carry, and what arrives when a scanner types it: read exactly, or refused with its place."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.cells import carriers, gs1, isbt128, sec, shelf_life
from compassionate.cells.custody import Expected
from compassionate.cells.wedge import GS, US_ON_SPANISH, as_us_keyboard
from compassionate.errors import Invalid
from tests.cells.examples import ALNUM, BAG, CODE, TODAY, containers, few

GTIN = "09521234543213"
WEDGES = {
    "as it is": lambda text: text,
    "with Enter": lambda text: f"{text}\r\n",
    "with its symbology": lambda text: f"]d2{text}",
    "as GS1-128": lambda text: f"]C1{text}\t",
    "a separator in front": lambda text: f"{GS}{text}",
    "separators written out": lambda text: f"]d2{text.replace(GS, '<GS>')}\n",
    "separators as a picture": lambda text: text.replace(GS, "\u241d"),
    "no separators at all": lambda text: text.replace(GS, ""),
    "a US scanner on a Spanish keyboard": lambda text: as_us_keyboard(f"]d2{text.replace(GS, '<GS>')}"),
    "the same without symbology": lambda text: as_us_keyboard(text.replace(GS, "")),
    "in brackets": gs1.bracketed,
}


def code_refused(raw: str) -> str:
    with pytest.raises(Invalid) as refused:
        carriers.read(raw, TODAY)
    return refused.value.errors[0].code


def place_refused(raw: str) -> int:
    with pytest.raises(Invalid) as refused:
        carriers.read(raw, TODAY)
    return int(refused.value.errors[0].params["place"])


@few
@given(containers, st.sampled_from(list(WEDGES.values())), st.booleans())
def test_a_label_of_ours_is_read_again_however_it_is_typed(bag: Expected, wedge: object, has_gtin: bool) -> None:
    assert callable(wedge)
    gtin = GTIN if has_gtin else ""
    carried = carriers.Carried(bag.container, bag.patient, bag.code, bag.batch, bag.expires_at, gtin)
    read = carriers.read(wedge(carried.element_string), TODAY)
    assert bag.code is not None
    assert bag.expires_at is not None
    wanted = {"container": bag.container, "patient": bag.patient, "batch": bag.batch, "expires_at": bag.expires_at}
    wanted |= sec.fields(bag.code)
    if gtin:
        wanted |= {"gtin": GTIN, "expires_on": shelf_life.day(bag.expires_at, bag.zone)}
    assert read.carrier == carriers.GS1
    assert dict(read.values) == wanted


@few
@given(containers, st.data())
def test_no_single_wrong_character_of_our_own_label_is_read_as_something_else(
    bag: Expected, data: st.DataObject
) -> None:
    text = bag.carried.element_string
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from([each for each in f"{ALNUM}-./" if each != text[place]]))
    with pytest.raises(Invalid):
        carriers.read(text[:place] + sign + text[place + 1 :], TODAY)


@few
@given(containers, st.data())
def test_no_label_that_was_cut_off_is_read(bag: Expected, data: st.DataObject) -> None:
    text = bag.carried.element_string
    with pytest.raises(Invalid):
        gs1.parse(text[: data.draw(st.integers(1, len(text) - 1))], TODAY)


def test_a_manufacturers_label_is_read_with_its_separator() -> None:
    read = carriers.read(f"]d201{GTIN}10L26/7{GS}2100042{GS}17270100", TODAY)
    assert dict(read.values) == {"gtin": GTIN, "batch": "L26/7", "serial": "00042", "expires_on": date(2027, 1, 31)}


def test_an_expiry_with_its_hour_is_the_clock_of_the_place() -> None:
    read = carriers.read(f"01{GTIN}7003261201{'1130'}", TODAY)
    assert read.values["expires_at_local"] == datetime(2026, 12, 1, 11, 30)


def test_an_unknown_identifier_is_refused_with_its_place_and_never_skipped() -> None:
    assert code_refused(f"]d201{GTIN}88123") == "gs1.unknown_identifier"
    assert place_refused(f"]d201{GTIN}88123") == 17
    assert code_refused("=%5100") == "isbt.unknown_structure"
    assert place_refused("=A9999261234560A&(000") == 17


def test_a_wrong_check_digit_and_a_day_that_is_none_are_refused() -> None:
    assert code_refused("]d20109521234543210") == "gs1.check_digit"
    assert code_refused(f"]d201{GTIN}17261301") == "gs1.no_such_day"
    assert code_refused(f"]d201{GTIN}70032612012560") == "gs1.no_such_day"


def test_two_scans_in_one_field_are_refused() -> None:
    text = BAG.carried.element_string
    assert code_refused(text + text) == "gs1.twice"


def test_isbt_128_is_read_alone_and_as_a_message() -> None:
    values = {"din": "A9999261234560A", "isbt_product": "S1234A00", "expires_at_local": datetime(2026, 12, 1, 11, 30)}
    message = isbt128.build(values)
    assert message == "&+03000=A9999261234560A=<S1234A00&>0263351130"
    for raw in (message, f"]d1{message}\r", as_us_keyboard(message)):
        assert dict(carriers.read(raw, TODAY).values) == values
    assert carriers.read("=A9999261234560A", TODAY).values == {"din": "A9999261234560A"}
    assert carriers.read("=>026335", TODAY).values == {"expires_on": date(2026, 12, 1)}


@few
@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_isbt_dates_come_back(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 13, 45)
    built = isbt128.build({"expires_at_local": moment, "collected_on": day})
    assert isbt128.parse(built) == {"expires_at_local": moment, "collected_on": day}


@pytest.mark.parametrize("raw", ["=A99992612345", "&>0263661130", "&>0263352460", "=>000000", "&+02000=>026335", "="])
def test_isbt_that_is_cut_off_or_no_day_is_refused(raw: str) -> None:
    assert code_refused(raw).startswith("isbt.")


def test_the_check_character_of_a_donation_number_is_the_published_one() -> None:
    assert isbt128.check_character("G123498654321") == "H"


def test_a_european_code_is_read_as_text_with_or_without_its_word() -> None:
    for raw in (CODE.printed, CODE.text, "\n".join(CODE.printed_lines), as_us_keyboard(CODE.printed)):
        read = carriers.read(raw, TODAY)
        assert (read.carrier, dict(read.values)) == (carriers.SEC, sec.fields(CODE))


def test_a_wrongly_set_keyboard_is_said() -> None:
    assert carriers.read("HGA'26'0001'P1", TODAY).layout == US_ON_SPANISH
    assert carriers.read("HGA'26'0001'P1", TODAY).code == "HGA-26-0001-P1"
    assert carriers.read("HGA-26-0001-P1", TODAY).layout == ""


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "scan.empty"),
        ("\r\n", "scan.empty"),
        ("A" * 401, "scan.too_long"),
        ("sec: es000123a999926123456", "scan.caps_lock"),
        ("]D2" + "01" + GTIN, "scan.caps_lock"),
        ("http://example.org/?a=1", "scan.no_carrier"),
        ("dos palabras", "scan.no_carrier"),
        ("\x00\ud800", "scan.no_carrier"),
    ],
)
def test_what_is_no_label_is_refused(raw: str, code: str) -> None:
    assert code_refused(raw) == code


@few
@given(st.text(max_size=120))
def test_any_text_is_read_or_refused_and_nothing_else(raw: str) -> None:
    with suppress(Invalid):
        carriers.read(raw, TODAY)


def test_the_century_is_the_nearest_one() -> None:
    assert gs1.parse(f"01{GTIN}17760101", TODAY)["expires_on"] == date(2076, 1, 1)
    assert gs1.parse(f"01{GTIN}11990101", TODAY)["made_on"] == date(1999, 1, 1)


def test_labels_of_the_instant_are_in_utc() -> None:
    assert carriers.read(BAG.carried.element_string, TODAY).values["expires_at"] == datetime(
        2026, 12, 1, 10, 30, tzinfo=UTC
    )
