"""A calendar as iCalendar (RFC 5545): whole days alone, escaped and folded.

Written by hand: of the format we need one component with nine properties and read nothing back, and a library would
bring a parser, recurrence and time zones along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75  # octets (RFC 5545 3.1)
ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\r", "\\n"), ("\n", "\\n"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One day of a calendar; `uid` stays the same while the day moves and `sequence` grows."""

    uid: str
    on: date
    summary: str
    sequence: int
    changed_at: datetime
    url: str = ""


def written(name: str, entries: Iterable[Entry]) -> bytes:
    """The file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Compassionate//ES", "METHOD:PUBLISH"]
    lines += ["CALSCALE:GREGORIAN", f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for entry in entries:
        lines += _event(entry)
    return "".join(f"{folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _event(entry: Entry) -> Iterator[str]:
    changed = f"{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield from ("BEGIN:VEVENT", f"UID:{escaped(entry.uid)}", f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}")
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART;VALUE=DATE:{_day(entry.on)}"
    yield f"DTEND;VALUE=DATE:{_day(entry.on + timedelta(days=1))}"
    yield from (f"SUMMARY:{escaped(entry.summary)}", "TRANSP:TRANSPARENT", "CLASS:PRIVATE")
    if entry.url:
        yield f"URL:{entry.url}"
    yield "END:VEVENT"


def _day(value: date) -> str:
    return f"{value.year:04}{value.month:02}{value.day:02}"


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545 3.3.11): what would end it or begin another one is written otherwise."""
    for plain, safe in ESCAPES:
        text = text.replace(plain, safe)
    return "".join(each for each in text if each >= " " and each != "\x7f")


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, no letter cut in two."""
    pieces, piece, room = [], "", LONGEST_LINE
    for letter in line:
        if len((piece + letter).encode()) > room:
            pieces.append(piece)
            piece, room = "", LONGEST_LINE - 1  # the next ones begin with a space
        piece += letter
    return "\r\n ".join([*pieces, piece])
