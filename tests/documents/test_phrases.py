"""Dates, instants, numbers and calculations as people in Spain write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from compassionate.documents.blocks import NotPlain, breakable, tidy
from compassionate.documents.charts import chart
from compassionate.documents.contexts.packs import calculation, total_units, waste
from compassionate.documents.phrases import Phrases, decimal, shortened
from compassionate.snapshot import LineSnapshot
from tests.documents import examples

WORDS = Phrases()
LINE = examples.SECOND_LINE


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [
        (0, None, "0"), (1.0, None, "1"), (2.50, None, "2,5"), (9999, None, "9999"), (10000, None, "10\u00a0000"),
        (-0.25, None, "-0,25"),
        (1234567.891, 2, "1\u00a0234\u00a0567,89"), (28.888888, 1, "28,9"), (Decimal("0.10"), None, "0,1"),
        (1e-7, None, "0,0000001"),
    ],
)  # fmt: skip
def test_numbers_have_a_decimal_comma(value: float, places: int | None, said: str):
    assert WORDS.number(value, places) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Madrid", "22/07/2026, 11:35 (Europe/Madrid, UTC+02:00)"),
        ("Atlantic/Canary", "22/07/2026, 10:35 (Atlantic/Canary, UTC+01:00)"),
        ("America/New_York", "22/07/2026, 05:35 (America/New_York, UTC-04:00)"),
    ],
)
def test_an_instant_is_said_in_the_centres_own_time(zone: str, said: str):
    assert Phrases("es", zone).moment(datetime(2026, 7, 22, 9, 35, tzinfo=UTC)) == said


def test_what_is_not_there_is_said_as_nothing():
    said = [
        WORDS.day(None),
        WORDS.moment(None),
        WORDS.short_moment(None),
        WORDS.number(None),
        WORDS.euros(None),
        WORDS.yes_no(None),
    ]
    assert said == [""] * 6
    assert WORDS.count(None, "pack") == ""
    assert WORDS.choice("sex", "") == ""


def test_dates_and_prices():
    assert WORDS.day(date(1987, 3, 9)) == "09/03/1987"
    assert WORDS.day("2026-11-12") == "12/11/2026"
    assert WORDS.day("mañana") == "mañana"
    assert WORDS.euros(125050) == "1250,50\u00a0€"
    assert WORDS.count(1, "pack") == "1\u00a0envase"
    assert WORDS.choice("sex", "neither") == "neither"
    assert Phrases("en").number(2.5) == "2.5"


@pytest.mark.parametrize(
    ("text", "value"), [("0,5", "0.5"), (" 2 ", "2"), ("", None), ("dos", None), ("Infinity", None)]
)
def test_a_typed_number_is_read(text: str, value: str | None):
    assert decimal(text) == (Decimal(value) if value else None)


@pytest.mark.parametrize(
    ("line", "total", "left"),
    [
        (LINE, 168, 12),
        (replace(LINE, total_units=None), 168, 12),
        (replace(LINE, total_units=None, units_a_day="0,5", days=15), 8, 172),
        (replace(LINE, packs_requested=5), 168, None),
        (replace(LINE, total_units=None, units_a_day="", days=None), None, None),
    ],
)
def test_packs_are_rounded_up_and_what_is_left_over_is_said(line: LineSnapshot, total: int | None, left: int | None):
    assert total_units(line) == total
    assert waste(line) == left


def test_a_calculation_can_be_checked_by_hand():
    assert (
        calculation(LINE, WORDS).replace("\u00a0", " ")
        == "2 × 84 días = 168 unidades; 168 ÷ 30 = 5,6 → 6 envases; sobran 12 unidades"
    )
    third = replace(LINE, total_units=100, packs_note="Por si acaso")
    assert "100 ÷ 30 ≈ 3,33" in calculation(third, WORDS).replace("\u00a0", " ")
    assert calculation(third, WORDS).endswith("Por si acaso")
    stated = replace(LINE, total_units=None, units_a_day="", days=None)
    assert calculation(stated, WORDS).replace("\u00a0", " ") == "6 envases"


def test_only_plain_data_reaches_a_template():
    assert tidy({"a": ["b\x00", 1, None, True, {"c": ("d",)}]}) == {"a": ["b", 1, None, True, {"c": ["d"]}]}
    with pytest.raises(NotPlain):
        tidy({"when": date(2026, 1, 1)})


def test_a_word_longer_than_a_line_may_be_broken_and_others_are_left_alone():
    assert breakable("a" * 99) == "a" * 99
    assert breakable("f" * 64) == "f" * 64
    broken = breakable("x " + "e\u0301" * 120)
    assert broken.replace("\u200b", "") == "x " + "e\u0301" * 120
    assert "\u200b\u0301" not in broken


def test_a_long_value_is_cut_at_the_end():
    assert shortened("uno  dos\ntres", 20) == "uno dos tres"
    assert shortened("x" * 30, 10) == "x" * 9 + "…"


def test_a_chart_lies_within_its_frame():
    drawn = chart("t", [(0, "Basal"), (3, "3"), (12, "12")], [("a", [72, None, 20]), ("b", [70, 0, 100])], 100, WORDS)
    points = [point for line in drawn["lines"] for point in line["points"]]
    assert len(points) == 5
    assert all(drawn["left"] < point["x"] < drawn["right"] and 0 < point["y"] <= drawn["bottom"] for point in points)
    first = [line["points"][0] for line in drawn["lines"]]
    assert abs(first[0]["label_y"] - first[1]["label_y"]) > 12  # 72 and 70 do not cover each other
    assert [tick["said"] for tick in drawn["ticks"]] == ["Basal", "3", "12"]


def test_crowded_visits_leave_some_names_out():
    drawn = chart("t", [(month, f"{month} meses") for month in range(24)], [("a", [50.0] * 24)], 100, WORDS)
    named = [tick["x"] for tick in drawn["ticks"] if tick["said"]]
    assert all(after - before >= 60 for before, after in pairwise(named))
