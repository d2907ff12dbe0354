"""A report frozen in words: everything that is printed of it, as plain data, and what two issues say differently.

What is frozen is what is printed and what is hashed: titles, tables cell by cell as people read them, notes, pictures.
When it was made, its number and its code are of the issue and not of what it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compassionate.documents.charts import bars
from compassionate.documents.difference_words import ADDED, CHANGED, REMOVED, Difference
from compassionate.documents.phrases import Phrases
from compassionate.snapshot import canonical, sha256
from compassionate.statistics.tables import Mark, Report, Section, Table, shown

FORMAT, VERSION = "compassionate.report", 1
FEWEST_BARS = 2
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tabled:
    """A report about to be printed, or as it was: `content` is what it says, `about` what is known of its making."""

    kind: str
    template_version: str
    centre: str
    zone: str
    content: Plain
    about: tuple[tuple[str, str], ...] = ()
    is_demo: bool = False

    @property
    def language(self) -> str:
        """The language that it speaks."""
        return str(self.content["language"])

    @property
    def content_sha256(self) -> str:
        """SHA-256 of what it says and of the template: the same whatever the number and time of its issue."""
        return sha256(_said(self))

    def frozen(self) -> bytes:
        """The bytes that are kept beside the PDF, and inside it."""
        held = {"format": FORMAT, "version": VERSION, "centre": self.centre, "zone": self.zone}
        held |= _said(self) | {"about": self.about, "is_demo": self.is_demo, "content_sha256": self.content_sha256}
        return canonical(held)


def _said(held: Tabled) -> dict[str, Any]:
    return {"kind": held.kind, "template_version": held.template_version, "content": held.content}


class NotAReport(ValueError):
    """These bytes are no frozen report of a version that is read here."""


def thawed(data: bytes) -> Tabled:
    """What `frozen` wrote; raises NotAReport for anything else."""
    try:
        held = json.loads(data)
        if (held["format"], held["version"]) != (FORMAT, VERSION):
            raise NotAReport(held["version"])
        about = tuple((str(label), str(value)) for label, value in held["about"])
        names = ("kind", "template_version", "centre", "zone", "content")
        return Tabled(**{name: held[name] for name in names}, about=about, is_demo=held["is_demo"])
    except (KeyError, TypeError, UnicodeError, json.JSONDecodeError) as error:
        raise NotAReport(type(error).__name__) from error


def freeze(
    report: Report, kind: str, template_version: str, marks: Mapping[Mark, str], centre: str, zone: str
) -> Tabled:
    """A report as it will be printed."""
    sections = [_section(report, marks, each) for each in report.sections]
    told = {"title": report.title, "subtitle": report.subtitle, "language": report.language, "sections": sections}
    said = json.loads(canonical(told))  # as it will be read again
    return Tabled(kind, template_version, centre, zone, said, report.about, report.is_demo)


def _section(report: Report, marks: Mapping[Mark, str], section: Section) -> dict[str, Any]:
    tables = [_table(report, marks, each) for each in section.tables]
    return {"id": section.code, "title": section.title, "tables": tables, "notes": list(section.notes)}


def _table(report: Report, marks: Mapping[Mark, str], table: Table) -> dict[str, Any]:
    whole = sum(column.width for column in table.columns)
    columns = [
        {"said": each.head, "width": round(100 * each.width / whole, 1), "numeric": each.kind != "text"}
        for each in table.columns
    ]
    rows = [
        [
            {"said": shown(value, column.kind, dict(marks), report.language), "is_mark": isinstance(value, Mark)}
            for column, value in zip(table.columns, cells, strict=True)
        ]
        for cells in table.rows
    ]
    return {
        "code": table.code,
        "title": table.title,
        "columns": columns,
        "rows": rows,
        "notes": list(table.notes),
        "chart": _chart(table, rows),
    }


def _chart(table: Table, rows: list[list[dict[str, Any]]]) -> dict[str, Any] | None:
    """The picture of a table, or one of the column that it names, where there is something to see."""
    if table.picture is not None:
        return dict(table.picture)
    if table.bars is None:
        return None
    place = table.bars
    found = [(str(cells[0]), cells[place]) for cells in table.rows]
    told = [(name, value if isinstance(value, int) else 0) for name, value in found]
    if sum(bool(value) for _, value in told) < FEWEST_BARS:
        return None
    return bars(table.title, [(name, value, row[place]["said"]) for (name, value), row in zip(told, rows, strict=True)])


def differences(before: Tabled, after: Tabled) -> list[Difference]:
    """What two issues say differently, by section, table and row; empty exactly where their hashes are the same."""
    words = Phrases(after.language, after.zone)
    was, says = before.content, after.content
    head = words.say("content_section.report_head")
    found = [
        Difference(head, words.say(f"content_field.{name}"), old, new, CHANGED)
        for name, old, new in (
            ("report_title", was["title"], says["title"]),
            ("report_subtitle", was["subtitle"], says["subtitle"]),
            ("report_language", was["language"], says["language"]),
            ("report_template", before.template_version, after.template_version),
        )
        if old != new
    ]
    for old, new in _pairs(was["sections"], says["sections"], "id"):
        found += _of_section(words, old, new)
    return found or _rest(words, before, after)


def _rest(words: Phrases, before: Tabled, after: Tabled) -> list[Difference]:
    """What no row tells: the order of parts, a picture of what is in no table."""
    if before.content_sha256 == after.content_sha256:
        return []
    label, old, new = (words.say(f"content_field.report_rest{end}") for end in ("", "_before", "_after"))
    return [Difference(words.say("content_section.report_head"), label, old, new, CHANGED)]


def _of_section(words: Phrases, old: Plain | None, new: Plain | None) -> Iterator[Difference]:
    title = str((new or old or {}).get("title", ""))
    yield from _notes(words, title, title, old, new)
    for was, says in _pairs((old or {}).get("tables", ()), (new or {}).get("tables", ()), "code"):
        yield from _of_table(words, title, was, says)


def _of_table(words: Phrases, section: str, old: Plain | None, new: Plain | None) -> Iterator[Difference]:
    title = str((new or old or {}).get("title", ""))
    for key, was, says in _rows(old, new):
        cells = _cells(was, old), _cells(says, new)
        if was is None or says is None:
            told = [", ".join(f"{head}: {value}" if head else value for head, value in each.items()) for each in cells]
            yield Difference(section, f"{title}: {key}", told[0], told[1], ADDED if was is None else REMOVED)
            continue
        for head in dict.fromkeys([*cells[0], *cells[1]]):
            before, after = cells[0].get(head, ""), cells[1].get(head, "")
            if before != after:
                yield Difference(section, f"{title}: {key}, {head}", before, after, CHANGED)
    yield from _notes(words, section, title, old, new)


def _notes(words: Phrases, section: str, title: str, old: Plain | None, new: Plain | None) -> Iterator[Difference]:
    before, after = (list((each or {}).get("notes", ())) for each in (old, new))
    label = f"{title}: {words.say('content_field.report_note')}"
    yield from (Difference(section, label, each, "", REMOVED) for each in before if each not in after)
    yield from (Difference(section, label, "", each, ADDED) for each in after if each not in before)


def _rows(old: Plain | None, new: Plain | None) -> Iterator[tuple[str, Any, Any]]:
    """Rows by their first cell, those of one name in their order."""
    before, after = (_by_name((each or {}).get("rows", ())) for each in (old, new))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key[0], before.get(key), after.get(key)


def _by_name(rows: Sequence[Any]) -> dict[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    for row in rows:
        name, number = row[0]["said"], 0
        while (name, number) in found:
            number += 1
        found[(name, number)] = row
    return found


def _cells(row: Any, table: Plain | None) -> dict[str, str]:
    """What a row says after its name, by the heads of the columns."""
    if row is None or table is None:
        return {}
    heads = [column["said"] for column in table["columns"]]
    return {head: cell["said"] for head, cell in list(zip(heads, row, strict=True))[1:]}


def _pairs(old: Sequence[Plain], new: Sequence[Plain], name: str) -> Iterator[tuple[Plain | None, Plain | None]]:
    before, after = ({each[name]: each for each in held} for held in (old, new))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield before.get(key), after.get(key)
