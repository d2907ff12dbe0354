"""Every workbook that leaves the product is written here: numbers as numbers, texts as texts, and nothing that runs.

No text becomes a formula, a link or a number by the way it begins (OWASP "CSV injection"; INJ-04): each cell is
written by the method of its own kind. Nothing personal stands in the file's properties; the same report gives the
same bytes.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from compassionate.statistics.tables import Column, Mark, Report, Section, Table, Value
from compassionate.text import clean

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

# Excel takes neither more letters in a sheet's name nor these ones.
LONGEST_NAME, FORBIDDEN = 31, str.maketrans(dict.fromkeys("[]:*?/\\", " "))
LONGEST_CELL = 32_767
FORMATS = {"count": "#,##0", "decimal": "#,##0.0", "money": "#,##0.00"}
A4, ACCENT, RULE = 9, "#0d5c6b", "#cbc7bd"
BESIDE = 1  # columns between a table and its picture
ROWS_OF_A_CHART = 15
CENTS = Decimal(100)
CLOSED = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Book:
    """One workbook being written: a sheet a section, its tables one under the other."""

    def __init__(self, report: Report, marks: dict[Mark, str], made_at: datetime) -> None:
        from xlsxwriter import Workbook  # some fifty milliseconds that only whoever exports waits for

        self.report, self.marks = report, marks
        self.held = io.BytesIO()
        self.book: Workbook = Workbook(self.held, CLOSED)
        properties = {"title": report.title, "subject": report.subtitle, "author": "", "company": "", "comments": ""}
        self.book.set_properties(properties | {"created": made_at.replace(tzinfo=None, microsecond=0)})
        self.formats = {name: self.book.add_format(look) for name, look in _looks().items()}

    def written(self) -> bytes:
        """The file."""
        for place, section in enumerate(self.report.sections):
            self._sheet(section, is_first=not place)
        self.book.close()
        return self.held.getvalue()

    def _sheet(self, section: Section, is_first: bool) -> None:
        sheet = self.book.add_worksheet(section.title.translate(FORBIDDEN)[:LONGEST_NAME])
        sheet.hide_gridlines(2)
        row = self._head(sheet, section, is_first)
        heads = row
        for table in section.tables:
            row = self._table(sheet, table, row)
        self._widths(sheet, section)
        self._print(sheet, heads, freeze=len(section.tables) == 1)

    def _head(self, sheet: Worksheet, section: Section, is_first: bool) -> int:
        sheet.write_string(0, 0, self.report.title if is_first else section.title, self.formats["title"])
        sheet.write_string(1, 0, clean(self.report.subtitle), self.formats["note"])
        lines = [f"{label}: {value}" for label, value in self.report.about] if is_first else []
        for place, line in enumerate(lines, start=2):
            sheet.write_string(place, 0, clean(line), self.formats["note"])
        return 3 + len(lines)

    def _table(self, sheet: Worksheet, table: Table, row: int) -> int:
        """Title, head, rows, notes; returns the row after it, and after its picture."""
        begin = row
        sheet.write_string(row, 0, clean(table.title), self.formats["caption"])
        for place, column in enumerate(table.columns):
            look = "head" if column.kind == "text" else "head_right"
            sheet.write_string(row + 1, place, clean(column.head), self.formats[look])
        for number, cells in enumerate(table.rows, start=row + 2):
            for place, (column, value) in enumerate(zip(table.columns, cells, strict=True)):
                self._cell(sheet, number, place, column, value)
        row += 2 + len(table.rows)
        for note in table.notes:
            sheet.write_string(row, 0, clean(note), self.formats["note"])
            row += 1
        if table.bars is not None and _has_bars(table):
            self._chart(sheet, table, begin)
            row = max(row, begin + ROWS_OF_A_CHART)
        return row + 1

    def _cell(self, sheet: Worksheet, row: int, place: int, column: Column, value: Value) -> None:
        if isinstance(value, Mark):
            sheet.write_string(row, place, self.marks[value], self.formats["mark"])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self.formats["day"])
        elif isinstance(value, str):
            sheet.write_string(row, place, clean(value)[:LONGEST_CELL], self.formats["text"])
        elif column.kind == "money":
            sheet.write_number(row, place, float(value / CENTS), self.formats["money"])
        else:
            sheet.write_number(row, place, float(value), self.formats[column.kind])

    def _chart(self, sheet: Worksheet, table: Table, begin: int) -> None:
        """Bars beside the table, drawn by the spreadsheet from the table's own cells."""
        chart: Any = self.book.add_chart({"type": "bar"})
        first, last, name = begin + 2, begin + 1 + len(table.rows), sheet.get_name()
        chart.add_series(
            {
                "name": clean(table.columns[table.bars or 0].head),
                "categories": [name, first, 0, last, 0],
                "values": [name, first, table.bars, last, table.bars],
                "fill": {"color": ACCENT},
                "data_labels": {"value": True},
                "gap": 60,
            }
        )
        chart.set_title({"name": clean(table.title), "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"major_gridlines": {"visible": False}, "num_format": "0", "visible": False})
        chart.set_size({"width": 520, "height": 280})
        sheet.insert_chart(begin, len(table.columns) + BESIDE, chart, {"description": clean(table.title)})

    def _widths(self, sheet: Worksheet, section: Section) -> None:
        for place in range(max((len(table.columns) for table in section.tables), default=0)):
            widths = [table.columns[place].width for table in section.tables if place < len(table.columns)]
            sheet.set_column(place, place, max(widths))

    def _print(self, sheet: Worksheet, heads: int, freeze: bool) -> None:
        """A4 on its side, as wide as the page, its head on every page; and the head stays while one scrolls."""
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.repeat_rows(heads + 1 if freeze else 0, heads + 1 if freeze else 1)
        sheet.freeze_panes(heads + 2 if freeze else 2, 0)
        sheet.set_footer("&L" + self.report.subtitle.replace("&", "&&")[:150] + "&R&P / &N")


def _has_bars(table: Table) -> bool:
    return any(isinstance(cells[table.bars or 0], int) for cells in table.rows)


def _looks() -> dict[str, dict[str, Any]]:
    cell = {"valign": "top", "bottom": 1, "bottom_color": RULE}
    numbers = {kind: cell | {"num_format": code, "align": "right"} for kind, code in FORMATS.items()}
    head = {"bold": True, "font_color": "#ffffff", "bg_color": ACCENT, "text_wrap": True, "valign": "vcenter"}
    return numbers | {
        "title": {"bold": True, "font_size": 16},
        "caption": {"bold": True, "font_color": ACCENT},
        "note": {"italic": True, "font_color": "#51595c"},
        "text": cell | {"text_wrap": True},
        "mark": cell | {"align": "right", "font_color": "#51595c"},
        "day": cell | {"num_format": "dd/mm/yyyy", "align": "left"},
        "head": head,
        "head_right": head | {"align": "right"},
    }


def write(report: Report, marks: dict[Mark, str], made_at: datetime) -> bytes:
    """A report as a workbook of one sheet a section (XLSX)."""
    return Book(report, marks, made_at).written()
