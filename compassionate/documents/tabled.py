"""A report of tables as a tagged PDF: a summary page, the sections with their pictures, the definitions last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compassionate.documents.charts import bars
from compassionate.documents.render import Rendered, printed
from compassionate.statistics.tables import Mark, Report, Section, Table, shown

FEWEST_BARS = 2


def render(report: Report, marks: Mapping[Mark, str], made_at: datetime) -> Rendered:
    """The report printed; the same report and instant give the same bytes."""
    head = {
        "title": f"{report.title} · {report.subtitle}",
        "heading": report.title,
        "subtitle": report.subtitle,
        "language": report.language,
        "created": made_at.isoformat(timespec="seconds"),
        "is_demo": report.is_demo,
        "about": [{"label": label, "value": value} for label, value in report.about],
    }
    sections = [_section(report, marks, each) for each in report.sections]
    return printed("committee_report/document.html", report.language, {"head": head, "sections": sections}, made_at)


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
    """A picture of the column that a table names, where there is something to see."""
    if table.bars is None:
        return None
    place = table.bars
    found = [(str(cells[0]), cells[place]) for cells in table.rows]
    told = [(name, value if isinstance(value, int) else 0) for name, value in found]
    if sum(bool(value) for _, value in told) < FEWEST_BARS:
        return None
    return bars(table.title, [(name, value, row[place]["said"]) for (name, value), row in zip(told, rows, strict=True)])
