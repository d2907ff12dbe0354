"""CSV that no spreadsheet runs, and that loses nothing (INJ-04)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compassionate.exports import csv_files

HOSTILE = (
    "=1+1",
    "+34 600 000 000",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe66" + "1",
    "\u22121",
    '=HYPERLINK("http://evil.example","x")',
    "|cmd",
    "%0A=1",
)
PLAIN = ("Ibuprofeno 600 mg", "a=b", "L4-L5", "correo@hospital.example", "", "ñ; á, «x»", 'dijo "no"', "dos\nlíneas")


def cells(value: csv_files.Cell) -> tuple[str, str]:
    """The cell as another program reads it, and as our reader does."""
    data = csv_files.write(["c"], [[value]])
    return list(csv.reader(io.StringIO(data.decode(), newline="")))[1][0], csv_files.read(data)[1][0]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str):
    theirs, ours = cells(text)
    assert theirs == "'" + text
    assert ours == text


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_cell_is_left_as_it_is(text: str):
    assert cells(text) == (text, text)


def test_an_apostrophe_of_the_text_itself_is_not_lost():
    assert cells("'90 años") == ("''90 años", "'90 años")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"),
        (-0.5, "-0.5"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
        (True, "true"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00+00:00"),
    ],
)
def test_numbers_dates_and_nothing_are_no_formulas(value: csv_files.Cell, written: str):
    assert cells(value)[0] == written


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=4), st.booleans())
@example([["\r\n=1", "a\0b", "'"]], True)
def test_any_text_comes_back_as_it_was(rows: list[list[str]], for_people: bool):
    assert csv_files.read(csv_files.write(["a"], rows, for_people)) == [["a"], *rows]


@given(st.text(st.sampled_from("=+-@\t\r\n '\u200b\uff1d\uff0b\uff0d\uff20a;,\""), min_size=1))
def test_no_cell_of_any_file_begins_as_a_formula(text: str):
    theirs, _ = cells(text)
    bare = theirs.lstrip(" \u200b\t\r\n")
    assert bare[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def test_half_a_character_is_written_as_a_question_mark():
    assert cells("a\ud800")[0] == "a?"


def test_a_file_for_people_opens_in_a_spanish_spreadsheet():
    data = csv_files.write(["código", "estado"], [["A", "B"]], for_people=True)
    assert data == '\ufeff"código";"estado"\r\n"A";"B"\r\n'.encode()
