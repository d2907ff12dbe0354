"""A report frozen in words: what is hashed is what is printed, and two that differ say where."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.documents.tabled_content import NotAReport, differences, freeze, thawed
from compassionate.statistics.tables import Column, Mark, Report, Section, Table, Value
from tests.documents.printed import frozen_report, pages_of, print_report, squeezed

NAMES = st.sampled_from(["A", "B", "C"])
VALUES: st.SearchStrategy[Value] = st.one_of(st.integers(0, 3), st.sampled_from([Mark.HIDDEN, Mark.UNKNOWN, "x"]))
ROWS = st.lists(st.tuples(NAMES, VALUES), max_size=4).map(tuple)
NOTES = st.lists(st.sampled_from(["n1", "n2"]), max_size=2, unique=True).map(tuple)


def table(
    code: str, rows: tuple[tuple[Value, ...], ...], notes: tuple[str, ...] = (), bars: int | None = None
) -> Table:
    columns = (Column("Qué", width=30), Column("Cuántos", "count"))
    return Table(code, f"Tabla {code}", columns, rows, notes, bars)


def report(*tables: Table, **other: Any) -> Report:
    given = {"title": "Informe", "subtitle": "Hospital", "about": (("Hecho", "hoy"),)} | other
    return Report(given["title"], given["subtitle"], given["about"], (Section("one", "Parte", tables),))


TABLES = st.lists(st.builds(table, NAMES, ROWS, NOTES), max_size=3, unique_by=lambda each: each.code)
REPORTS = st.builds(lambda tables, title: report(*tables, title=title), TABLES, st.sampled_from(["Informe", "Otro"]))


@settings(max_examples=150, deadline=None)
@given(REPORTS, REPORTS)
def test_two_reports_have_one_hash_exactly_where_nothing_differs(one: Report, other: Report):
    before, after = frozen_report(one), frozen_report(other)
    same = before.content_sha256 == after.content_sha256
    assert (differences(before, after) == []) is same
    assert (differences(after, before) == []) is same
    assert same is (before.content == after.content)


def test_what_is_frozen_is_read_again_and_says_the_same():
    held = frozen_report(report(table("A", (("x", 1), ("y", Mark.HIDDEN)), ("nota",), bars=1)))
    again = thawed(held.frozen())
    assert again == held
    assert again.content_sha256 == json.loads(held.frozen())["content_sha256"]
    assert differences(again, held) == []


def test_when_it_was_made_is_no_part_of_what_it_says():
    rows = (("x", 1),)
    earlier, later = (frozen_report(report(table("A", rows), about=(("Hecho", when),))) for when in ("ayer", "hoy"))
    assert earlier.content_sha256 == later.content_sha256
    other_template = replace(later, template_version="2")
    assert [each.label for each in differences(later, other_template)] == ["Plantilla"]


def test_a_difference_names_table_row_and_column_with_both_values():
    before = frozen_report(report(table("A", (("Autorizadas", 1), ("Denegadas", 2), ("Otras", 3)))))
    after = frozen_report(report(table("A", (("Autorizadas", 4), ("Denegadas", 2), ("Nuevas", 5)), ("Una nota",))))
    told = [(each.section, each.label, each.old, each.new, each.kind) for each in differences(before, after)]
    assert told == [
        ("Parte", "Tabla A: Autorizadas, Cuántos", "1", "4", "changed"),
        ("Parte", "Tabla A: Otras", "Cuántos: 3", "", "removed"),
        ("Parte", "Tabla A: Nuevas", "", "Cuántos: 5", "added"),
        ("Parte", "Tabla A: nota", "", "Una nota", "added"),
    ]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'"x"', b'{"format": "compassionate.report", "version": 2}', b"\xff"]
)
def test_what_is_no_frozen_report_is_not_read(data: bytes):
    with pytest.raises(NotAReport):
        thawed(data)


def test_every_frozen_word_is_printed():
    rows = (("Uno", 1, Decimal("2.5"), date(2026, 1, 2)), ("Dos", 12_345, Mark.UNKNOWN, Mark.NOTHING))
    columns = (Column("Qué"), Column("Cuántos", "count"), Column("Media", "decimal"), Column("Día"))
    made = report(Table("A", "Tabla de todo", columns, rows, ("Una nota",)))
    printed = squeezed("".join(pages_of(print_report(made).pdf)))
    for words in ("Uno", "2,5", "02/01/2026", "12.345", "desconocido", "Una nota", "Tabla de todo", "Parte"):
        assert squeezed(words) in printed


def test_a_report_is_frozen_with_the_words_of_its_marks():
    held = freeze(report(table("A", (("x", Mark.HIDDEN),))), "k", "1", dict.fromkeys(Mark, "?"), "HGA", "Europe/Madrid")
    assert held.content["sections"][0]["tables"][0]["rows"] == [
        [{"said": "x", "is_mark": False}, {"said": "?", "is_mark": True}]
    ]
