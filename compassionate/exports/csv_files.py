"""Every CSV that leaves the product is written here: RFC 4180, and no cell that a spreadsheet would run (INJ-04).

A spreadsheet takes a cell that begins with = + - @ (in their full-width and small forms too), with a tab or a
line end, for a formula (OWASP "CSV injection"; ASVS 1.2.10). Such a text gets one apostrophe in front, and so
does a text that begins with an apostrophe: whoever reads the file back takes one apostrophe off every cell
that begins with one, and has what was written, character for character (`read` does so). Numbers are written
as numbers: -5 is no formula. What this cannot mend: a file opened with another separator than its own.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

Cell = str | int | float | Decimal | date | datetime | bool | None
MARK = "'"
STARTERS = frozenset("=+-@\u2212|%")
INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
BYTE_ORDER_MARK = "\ufeff"


def _significant(text: str) -> str:
    """The first character that a spreadsheet would see, full-width and small forms as the plain one."""
    seen = next((char for char in text if unicodedata.category(char) not in INVISIBLE), "")
    return unicodedata.normalize("NFKC", seen)[:1]


def may_run(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula."""
    return text[:1] in ("\t", "\r", "\n") or _significant(text) in STARTERS


def safe(value: Cell) -> str:
    """A cell as it is written: text that could run, or that begins with the mark, gets the mark in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # an instant is a date too
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    text = value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written
    return MARK + text if text.startswith(MARK) or may_run(text) else text


def original(cell: str) -> str:
    """The text that `safe` was given."""
    return cell.removeprefix(MARK)


def lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> Iterator[str]:
    """The file line by line, for what is too long to be held at once."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in chain([header], rows):
        writer.writerow([safe(cell) for cell in row])
        yield held.getvalue()
        held.seek(0)
        held.truncate()


def write(header: Sequence[str], rows: Iterable[Sequence[Cell]], for_people: bool = False) -> bytes:
    """A CSV file in UTF-8: commas for machines; semicolon and byte order mark as a Spanish spreadsheet opens it."""
    text = "".join(lines(header, rows, ";" if for_people else ","))
    return ((BYTE_ORDER_MARK if for_people else "") + text).encode()


def read(data: bytes) -> list[list[str]]:
    """The cells of a file that `write` made, as they were before they were made safe; the header is the first row."""
    text = data.decode()
    separator = ";" if text.startswith(BYTE_ORDER_MARK) else ","
    rows = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), delimiter=separator, strict=True)
    return [[original(cell) for cell in row] for row in rows]
