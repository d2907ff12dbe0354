"""The values of a step as people type them: one error a field, in any zone, whatever the text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import String

from compassionate.errors import Invalid
from compassionate.models import Base
from compassionate.workflow.table import Input
from compassionate.workflow.values import NUMBER_LIMIT, READERS, Reading, read, read_date
from tests.workflow.situations import NOW, PATHWAY

MADRID, CANARY = "Europe/Madrid", "Atlantic/Canary"
HERE = Reading(NOW, MADRID, (1, 2))
ALL_INPUTS = {asked for region in PATHWAY.regions for row in region.transitions for asked in row.inputs}


def value(asked: Input, given: Any, reading: Reading = HERE) -> Any:
    return read((asked,), {asked.name: given}, reading)[asked.name]


def code(asked: Input, given: Any, reading: Reading = HERE) -> str:
    with pytest.raises(Invalid) as refusal:
        value(asked, given, reading)
    (error,) = refusal.value.errors
    assert error.field == asked.name
    return error.code


# Dates.

ON = Input("on", "date")


@pytest.mark.parametrize("text", ["2026-03-05", "05/03/2026", "5/3/2026", "05-03-2026", "5.3.2026", " 05/03/2026 "])
def test_a_date_is_iso_or_day_month_year(text: str):
    assert value(ON, text) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "2026-13-01", "mañana", "5/3/26", "03/2026", "0001-01-01", "01/01/2201", "1/1/1899"]
)
def test_a_date_that_does_not_exist_is_refused(text: str):
    assert code(ON, text) == "value.date_format"


def test_a_date_may_be_today_and_not_tomorrow():
    assert value(ON, "20/11/2026") == date(2026, 11, 20)
    assert code(ON, "21/11/2026") == "value.date_in_future"


@pytest.mark.parametrize("name", ["valid_until", "next_on", "expected_on", "expires_on", "start_wished_on"])
def test_what_is_planned_may_lie_ahead(name: str):
    assert value(Input(name, "date"), "01/01/2028") == date(2028, 1, 1)


def test_today_is_the_day_at_the_centre():
    late = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)
    assert Reading(late, MADRID).today == date(2026, 3, 6)
    assert Reading(late, CANARY).today == date(2026, 3, 5)
    assert value(ON, "06/03/2026", Reading(late, MADRID)) == date(2026, 3, 6)
    assert code(ON, "06/03/2026", Reading(late, CANARY)) == "value.date_in_future"


# Instants.

AT = Input("submitted_at", "datetime")


@pytest.mark.parametrize(("zone", "hour"), [(MADRID, 8), (CANARY, 9)])
def test_an_instant_is_local_to_the_centre_and_kept_in_utc(zone: str, hour: int):
    assert value(AT, "2026-07-01T10:00", Reading(NOW, zone)) == datetime(2026, 7, 1, hour, tzinfo=UTC)


def test_an_instant_with_its_own_offset_keeps_it():
    assert value(AT, "2026-07-01T10:00+00:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["ayer", "2026-02-30T10:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "1899-12-31T10:00"]
)
def test_an_instant_that_does_not_exist_or_is_out_of_this_world_is_refused(text: str):
    assert code(AT, text) == "value.datetime_format"


def test_an_instant_is_not_in_the_future_anywhere():
    noon_in_madrid = Reading(datetime(2026, 7, 1, 10, 0, tzinfo=UTC), MADRID)
    assert value(AT, "2026-07-01T12:00", noon_in_madrid).hour == 10
    assert code(AT, "2026-07-01T12:01", noon_in_madrid) == "value.date_in_future"
    assert code(AT, "2026-07-01T12:00", Reading(noon_in_madrid.now, CANARY)) == "value.date_in_future"


# Texts.


def test_text_is_cleaned_and_what_is_left_empty_is_missing():
    assert value(Input("reason", "long_text"), "  por\u2028motivos\u202e  ") == "por\nmotivos"
    assert code(Input("reason", "long_text"), " \u200b ") == "value.missing"
    assert code(Input("reason", "long_text"), None) == "value.missing"
    assert value(Input("note", "long_text", required=False), "") is None


@pytest.mark.parametrize(("kind", "limit"), [("text", 200), ("long_text", 8000)])
def test_text_has_a_limit_that_the_error_names(kind: Any, limit: int):
    assert value(Input("anything", kind), "a" * limit) == "a" * limit
    with pytest.raises(Invalid) as refusal:
        value(Input("anything", kind), "a" * (limit + 1))
    (error,) = refusal.value.errors
    assert (error.code, error.params) == ("value.too_long", {"limit": limit, "length": limit + 1})


COLUMNS = {
    "reference": ("requests.reference", "decisions.reference", "supply_entries.reference"),
    "registry_number": ("requests.registry_number",),
    "batch": ("supply_entries.batch", "doses.batch"),
    "sheet_version": ("consents.sheet_version",),
    "delivery_note": ("supply_entries.reference",),
    "certificate": ("supply_entries.reference",),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_text_that_goes_into_a_column_fits_it(name: str):
    for asked in (each for each in ALL_INPUTS if each.name == name):
        with pytest.raises(Invalid) as refusal:
            value(asked, "a" * 5000)
        limit = refusal.value.errors[0].params["limit"]
        for place in COLUMNS[name]:
            table, column = place.split(".")
            held = Base.metadata.tables[table].c[column].type
            assert isinstance(held, String)
            assert held.length is not None
            assert limit <= held.length


# Choices, flags, numbers.


def test_one_of_the_choices_is_taken_and_no_other():
    asked = Input("act", "choice", choices=("dispensing", "administration"))
    assert value(asked, "dispensing") == "dispensing"
    assert code(asked, "Dispensing") == "value.not_a_choice"
    assert code(asked, "") == "value.missing"


GROUNDS = Input("grounds", "choices", choices=("risk", "other"))


@pytest.mark.parametrize(
    ("given", "expected"), [("risk", ["risk"]), (["risk", "other"], ["risk", "other"]), (("risk", "risk"), ["risk"])]
)
def test_several_choices_come_as_one_text_or_as_many(given: Any, expected: list[str]):
    assert value(GROUNDS, given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", "missing"), ([], "missing"), (None, "missing"), (["x"], "not_a_choice"), (5, "not_a_choice")],
)
def test_several_choices_are_refused_where_none_or_a_wrong_one_is_picked(given: Any, expected: str):
    assert code(GROUNDS, given) == f"value.{expected}"


def test_no_choice_will_do_where_none_is_required():
    assert value(Input("grounds", "choices", required=False, choices=("risk",)), None) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, True),
        ("on", True),
        ("1", True),
        ("true", True),
        ("Sí", True),
        ("yes", True),
        ("", False),
        (None, False),
        ("no", False),
        (False, False),
    ],
)
def test_a_flag_is_ticked_or_not(given: Any, expected: bool):
    assert value(Input("copy_given", "flag"), given) is expected


UNITS = Input("units", "integer")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("12", 12), (str(NUMBER_LIMIT), NUMBER_LIMIT)])
def test_a_number_is_whole_and_above_zero(text: str, number: int):
    assert value(UNITS, text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1,5", "1.0", "1e3", "doce", "²", "9" * 5000, str(NUMBER_LIMIT + 1)])
def test_anything_else_is_no_number(text: str):
    assert code(UNITS, text) == "value.whole_number"


@pytest.mark.parametrize("text", ["3", "0", "²", "uno", "9" * 5000])
def test_a_line_is_one_of_the_case(text: str):
    assert value(Input("line", "line"), "2") == 2
    assert code(Input("line", "line"), text) == "value.unknown_line"


def test_a_number_given_as_a_number_is_read_the_same():
    assert value(UNITS, 12) == 12
    assert value(Input("line", "line"), 2) == 2


# Packs.

PACKS = Input("packs_granted", "packs")


def test_packs_are_given_line_by_line_and_fewer_is_normal():
    assert read((PACKS,), {"packs_granted.1": "3", "packs_granted.2": " 0 "}, HERE) == {
        "packs_granted": {"1": 3, "2": 0}
    }


@pytest.mark.parametrize("second", ["", "-1", "1,5", "muchos", "999999"])
def test_each_line_needs_its_number_of_packs(second: str):
    with pytest.raises(Invalid) as refusal:
        read((PACKS,), {"packs_granted.1": "3", "packs_granted.2": second}, HERE)
    (error,) = refusal.value.errors
    assert (error.field, error.code, error.params) == ("packs_granted", "value.packs_number", {"line": 2})


def test_an_authorisation_of_no_packs_at_all_is_none():
    with pytest.raises(Invalid) as refusal:
        read((PACKS,), {"packs_granted.1": "0", "packs_granted.2": "0"}, HERE)
    assert refusal.value.errors[0].code == "value.packs_none"


# All at once.


def test_every_wrong_field_is_named_at_once():
    inputs = (ON, UNITS, GROUNDS, Input("reason", "long_text"), PACKS)
    with pytest.raises(Invalid) as refusal:
        read(inputs, {"on": "ayer", "units": "x"}, HERE)
    assert [error.field for error in refusal.value.errors] == ["on", "units", "grounds", "reason", "packs_granted"]


def test_names_that_the_step_lacks_are_ignored():
    assert read((ON,), {"on": "2026-03-05", "state": "closed"}, HERE) == {"on": date(2026, 3, 5)}


def test_every_kind_of_input_of_the_table_is_read():
    special = {"packs", "flag", "choices"}
    assert {asked.kind for asked in ALL_INPUTS} <= set(READERS) | special


inputs = st.sampled_from(sorted(ALL_INPUTS, key=repr))
readings = st.builds(
    Reading,
    st.integers(0, 36500).map(lambda days: NOW + timedelta(days=days)),
    st.sampled_from([MADRID, CANARY]),
    st.sampled_from([(), (1,), (1, 2)]),
)
anything = st.text(max_size=30) | st.none() | st.booleans() | st.integers() | st.lists(st.text(max_size=8), max_size=3)


@given(asked=inputs, given_value=anything, packs=st.text(max_size=6), reading=readings)
@example(asked=AT, given_value="0001-01-01T00:00+14:00", packs="", reading=HERE)
@example(asked=Input("line", "line"), given_value="²", packs="", reading=HERE)
@example(asked=PACKS, given_value="", packs="²", reading=HERE)
def test_reading_raises_nothing_but_invalid(asked: Input, given_value: Any, packs: str, reading: Reading):
    said = {asked.name: given_value, f"{asked.name}.1": packs}
    try:
        named = set(read((asked,), said, reading))
    except Invalid as refusal:
        named = {error.field for error in refusal.errors if error.code.startswith("value.")}
    assert named == {asked.name}


@given(text=st.text(alphabet="0123456789-/.T:+Zabc ", max_size=24))
def test_a_date_is_read_or_refused_whatever_the_text(text: str):
    for asked in (ON, AT):
        try:
            found = value(asked, text)
        except Invalid:
            continue
        assert found <= (HERE.now if isinstance(found, datetime) else HERE.today)


@given(day=st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_both_spellings_of_a_date_are_one_date(day: date):
    assert read_date(day.isoformat()) == read_date(f"{day:%d/%m/%Y}") == day


@given(minutes=st.integers(1, 40_000_000), zone=st.sampled_from([MADRID, CANARY]))
def test_a_local_instant_comes_back_as_it_was_typed(minutes: int, zone: str):
    at = (NOW - timedelta(days=1, minutes=minutes)).replace(tzinfo=None)
    stored = value(AT, at.isoformat(), Reading(NOW, zone))
    shown = stored.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert abs(shown - at) <= timedelta(hours=1)  # an hour that the clocks skip moves on
    assert stored.utcoffset() == timedelta(0)
