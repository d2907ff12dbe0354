"""iCalendar as RFC 5545 has it: escaped, folded between letters, whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from compassionate.exports.calendar_files import LONGEST_LINE, Entry, escaped, folded, written

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lines(file: bytes) -> list[str]:
    """The lines of a calendar, unfolded as any reader does."""
    return file.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def read_back(text: str) -> str:
    """A TEXT value as a reader takes it."""
    out, rest = "", iter(text)
    for letter in rest:
        if letter == "\\":
            letter = next(rest)
            letter = "\n" if letter in "nN" else letter
        out += letter
    return out


def test_one_day_is_written_whole():
    file = written(
        "Mi calendario; de prueba", [Entry("clock-1@x", date(2026, 12, 31), "HGA, vence", 2, AT, "https://h/1")]
    )
    said = lines(file)
    assert said[0] == "BEGIN:VCALENDAR"
    assert said[-1] == "END:VCALENDAR"
    for line in (
        "X-WR-CALNAME:Mi calendario\\; de prueba", "UID:clock-1@x", "SEQUENCE:2", "SUMMARY:HGA\\, vence",
        "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "LAST-MODIFIED:20260302T090000Z",
        "DTSTAMP:20260302T090000Z", "URL:https://h/1",
    ):  # fmt: skip
        assert line in said, line


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_whatever_a_text_holds_it_stays_one_value_and_no_line_is_too_long(text: str):
    line = folded(f"SUMMARY:{escaped(text)}")
    assert all(len(piece.encode()) <= LONGEST_LINE for piece in line.split("\r\n"))
    assert "\n" not in line.replace("\r\n ", "")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in plain if (each >= " " and each != "\x7f") or each == "\n")
    assert read_back(line.replace("\r\n ", "").removeprefix("SUMMARY:")) == kept
