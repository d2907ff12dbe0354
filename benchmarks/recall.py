"""A recall of a batch that 200 patients of 2,000 cases had: the act and its report, beside the same rows by plain SQL.

    python -m benchmarks.recall [cases] [patients]

The service finds the cases, locks them, adds up their ledgers, writes event, version, movement, audit row and outbox
message for each and the call list, and commits. The baseline writes the rows that the service wrote, through the
driver, in one transaction with nothing to decide. SQLite, full sync; each on a copy of the same file.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compassionate.models import Base, Case, CaseEvent, CaseLine, Dose, SupplyEntry, Vault, new_id
from compassionate.models.database import ALONE, make_engine
from compassionate.services.recalls import report
from compassionate.services.recalls.entering import enter
from tests.databases import create_schema
from tests.world import World

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WRITTEN = ("case_events", "supply_entries", "recalls", "recall_centres", "recall_cases", "outbox", "audit_entries")
BATCH = "L1"


def build(session: Session, cases: int, patients: int) -> World:
    """So many cases like one, of which so many received two units of the batch and dispensed one."""
    world = World(session)
    first = world.open_case()
    session.flush()
    event = session.scalars(select(CaseEvent.id)).first()
    row = {column.name: getattr(first, column.key) for column in Case.__table__.columns}
    rows = [row | {"id": new_id(), "code": f"HGA-2026-{number:05d}X"} for number in range(10, 10 + cases)]
    session.execute(insert(Case.__table__), rows)
    line = first.lines[0].product_line_id
    session.execute(
        insert(CaseLine.__table__),
        [{"id": new_id(), "case_id": each["id"], "number": 1, "product_line_id": line} for each in rows],
    )
    by = world.people["pharmacist"].account_id
    for each in rows:
        batch = BATCH if each in rows[:patients] else f"X{each['code']}"
        for kind, units in (("received", 2), ("released", 2), ("dispensed", 1)):
            session.add(_entry(each["id"], kind, units, batch, by, event))
        session.add(_dose(each["id"], batch, by, event))
    session.commit()
    return world


def _entry(case_id: str, kind: str, units: int, batch: str, by: str, event: Any) -> SupplyEntry:
    known: dict[str, Any] = {"on": date(2026, 10, 1), "expires_on": date(2027, 10, 1), "line_number": 1}
    return SupplyEntry(case_id=case_id, kind=kind, units=units, batch=batch, by_id=by, event_id=event, **known)


def _dose(case_id: str, batch: str, by: str, event: Any) -> Dose:
    known: dict[str, Any] = {"act": "dispensing", "line_number": 1, "expires_on": date(2027, 10, 1), "units": 1}
    return Dose(case_id=case_id, batch=batch, given_on=date(2026, 10, 2), by_id=by, event_id=event, **known)


def rows_of(path: Path, table: str) -> list[tuple[Any, ...]]:
    """Every row of a table, as the driver gives them."""
    with sqlite3.connect(path) as held:
        return held.execute(f"SELECT * FROM {table}").fetchall()


def by_hand(path: Path, rows: dict[str, list[tuple[Any, ...]]], ids: list[str]) -> float:
    """Seconds that the same rows take through the driver."""
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("PRAGMA synchronous=FULL")
    begun = perf_counter()
    held.execute("BEGIN IMMEDIATE")
    held.executemany("UPDATE cases SET version = version + 1 WHERE id = ?", [(each,) for each in ids])
    for table, values in rows.items():
        marks = ",".join("?" * len(values[0]))
        held.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
    held.execute("COMMIT")
    return perf_counter() - begun


def main(cases: int = 2000, patients: int = 200) -> None:
    """Measure once and print."""
    assert Base.metadata.tables
    with tempfile.TemporaryDirectory() as folder:
        before, after, plain = (Path(folder) / f"{name}.db" for name in ("before", "after", "plain"))
        create_schema(f"sqlite:///{before}")
        info = {"vault": Vault(b"k" * 32)}
        with Session(make_engine(f"sqlite:///{before}"), info=info) as session:
            world = build(session, cases, patients)
            who, product, shared = world.people["pharmacist"], world.product.code, dict(session.info)
        with sqlite3.connect(before) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for copy in (after, plain):
            shutil.copyfile(before, copy)
        given = {"product": product, "batch": "l1", "ordered_by": "agency", "alert_number": "R_1/2026"}
        given |= {"ordered_at": NOW.isoformat(), "reason": "Prueba de carga"}
        with Session(make_engine(f"sqlite:///{after}"), info=shared) as session:
            begun = perf_counter()
            session.connection(execution_options=ALONE)
            recall = enter(session, who, given, NOW)
            session.commit()
            acted, begun = perf_counter() - begun, perf_counter()
            told = report.told(session, who, recall, "es")
            report.report(told)
            reported, ids = perf_counter() - begun, [line.row.case_id for line in told.listed]
        known = {table: set(rows_of(before, table)) for table in WRITTEN}
        rows = {table: [row for row in rows_of(after, table) if row not in known[table]] for table in WRITTEN}
        baseline = by_hand(plain, {table: values for table, values in rows.items() if values}, ids)
    print(f"{cases} cases, {len(ids)} patients: act {acted:.2f} s, report {reported:.2f} s")
    print(f"plain SQL of the same rows {baseline:.3f} s: ratio {acted / baseline:.1f}")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:3]))
