"""Workbooks: numbers are numbers, nothing runs, nothing personal, the same bytes again."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest

from compassionate.exports import workbooks
from compassionate.statistics.tables import Column, Mark, Report, Section, Table

AT = datetime(2026, 7, 3, 9, tzinfo=UTC)
MARKS = {Mark.HIDDEN: "*", Mark.UNKNOWN: "desconocido", Mark.NOTHING: "–"}
RUNS = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "https://example.org", "\t=1", "{=1+1}", "00123", "1e5")


def a_report(*names: str, title: str = "Tabla") -> Report:
    columns = (Column("Nombre", width=20), Column("Casos", "count"), Column("Importe", "money"))
    rows = tuple((name, number, 125_055) for number, name in enumerate(names, start=1))
    table = Table("t", title, columns, (*rows, ("Oculto", Mark.HIDDEN, Mark.UNKNOWN)), bars=1)
    return Report("Informe", "Hospital & Co", (("Centro", "=1"),), (Section("s", "Una: hoja/[larga]", (table,)),))


def opened(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbooks.write(report, MARKS, AT)))


def test_no_text_becomes_a_formula_a_link_or_a_number():
    sheet = opened(a_report(*RUNS, title="=2+2")).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert [text for text in RUNS if text.strip() not in [str(each).strip() for each in texts]] == []


def test_money_is_a_number_of_euros_and_what_is_not_told_is_a_word():
    sheet = opened(a_report("Uno")).active
    assert sheet is not None
    rows = {row[0].value: (row[1], row[2]) for row in sheet.iter_rows(max_col=3)}
    count, money = rows["Uno"]
    assert (count.value, money.value, money.number_format) == (1, 1250.55, "#,##0.00")
    assert [cell.value for cell in rows["Oculto"]] == ["*", "desconocido"]


def test_the_sheet_prints_on_its_side_with_its_head_on_every_page():
    sheet = opened(a_report("Uno")).active
    assert sheet is not None
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth in (None, 1)  # one is what is meant where nothing is said
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows
    assert sheet.freeze_panes


@pytest.mark.parametrize("part", ["docProps/core.xml", "docProps/app.xml"])
def test_nobody_is_named_in_the_properties(part: str):
    held = zipfile.ZipFile(io.BytesIO(workbooks.write(a_report("Uno"), MARKS, AT))).read(part).decode()
    for name in ("creator", "lastModifiedBy", "Company", "Manager"):
        assert f"<{name}>" not in held.replace("dc:", "").replace("cp:", "").replace(f"<{name}></{name}>", "")


def test_the_same_report_is_the_same_bytes():
    assert workbooks.write(a_report("Uno"), MARKS, AT) == workbooks.write(a_report("Uno"), MARKS, AT)
