"""The outcomes of a programme with 20,000 treated cases and 80,000 visits: read, opened and counted, against plain SQL.

    python -m benchmarks.outcomes [NUMBER OF CASES]

Rows are written in bulk here, which nothing else may do: what is measured is reading them. Each case has a key of its
own, as real ones do. The baseline reads the same visits and sealed answers through the driver and opens none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.case_list import analyse
from benchmarks.timing import interleaved, ratio
from compassionate.models import AnswerSet, Case, CaseEvent, Dose, Patient, Visit, new_id
from compassionate.models.vault import vault_of
from compassionate.services.actors import Actor
from compassionate.services.outcomes.cohort import cohort, measured
from tests.world import VISIT, World

CASES = 20_000
START = datetime(2020, 3, 1, 9, tzinfo=UTC)
NOW = START + timedelta(days=3000)
VISITS = (("baseline", 0), ("m3", 3), ("m6", 6), ("m12", 12))


def fill(session: Session, model: Case, number: int, random: Random) -> None:
    """Copies of a case, each of a patient of their own, treated and seen four times."""
    step = session.query(CaseEvent).filter_by(case_id=model.id).first()
    assert step is not None
    tables: dict[Any, list[dict[str, Any]]] = {Patient: [], Case: [], Dose: [], Visit: [], AnswerSet: []}
    person, copied = (
        {column.name: getattr(row, column.name) for column in type(row).__table__.columns}
        for row in (model.patient, model)
    )
    vault = vault_of(session)
    for place in range(number):
        key = vault.new_key(session, "case", model.patient.key_id)
        patient = person | {"id": new_id()}
        case = copied | {"id": new_id(), "code": f"HGA-X-{place:07}", "key_id": key.id, "patient_id": patient["id"]}
        on = (START + timedelta(days=random.randrange(2000))).date()
        tables[Patient].append(patient)
        tables[Case].append(case)
        given = {"act": "administration", "line_number": 1, "batch": "L1", "units": 1, "given_on": on}
        tables[Dose].append(
            {"id": new_id(), "case_id": case["id"], "expires_on": date(2030, 1, 1), "by_id": case["opened_by_id"],
             "event_id": step.id, **given}
        )  # fmt: skip
        _seen(session, tables, case, on, random)
    for table, rows in tables.items():
        for first in range(0, len(rows), 1000):
            session.connection().execute(insert(table.__table__), rows[first : first + 1000])


def _seen(
    session: Session, tables: dict[Any, list[dict[str, Any]]], case: dict[str, Any], on: date, random: Random
) -> None:
    pain = random.randint(50, 90)
    for name, months in VISITS:
        day = on + timedelta(days=30 * months)
        row = {"case_id": case["id"], "name": name, "months": months, "planned_on": day, "status": "done"}
        tables[Visit].append({"id": new_id(), "done_on": day, **row})
        told = VISIT | {"vas_pain": max(0, pain - months * random.randint(0, 5))}
        held, plain = new_id(), json.dumps(told).encode()
        sealed = vault_of(session).seal(session, case["key_id"], plain, f"answer_sets.answers.{held}")
        form = {"form": "follow-up-disc", "form_version": "2026-11", "subject": name, "answers": sealed, "version": 1}
        tables[AnswerSet].append(
            {"id": held, "case_id": case["id"], "saved_by_id": case["opened_by_id"], "saved_at": START, **form}
        )


def hospital(engine: Engine, number: int) -> Actor:
    """A hospital with so many treated cases; returns its physician."""
    with databases.open_session(engine, write=True) as session:
        world = World(session, now=START)
        model = world.open_case()
        session.flush()
        fill(session, model, number, Random(10))
        session.commit()
        analyse(session)
        return world.people["physician"]


PLAIN = (
    "SELECT v.case_id, v.name, v.months, v.planned_on, v.done_on, v.status, a.id, a.answers FROM visits v "
    "LEFT JOIN answer_sets a ON a.case_id = v.case_id AND a.subject = v.name"
)


def statements(engine: Engine, work: Callable[[], object]) -> int:
    """How many statements it takes."""
    seen: list[str] = []
    listen = (engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    event.listen(*listen)
    work()
    event.remove(*listen)
    return len(seen)


def asked(name: str, engine: Engine, number: int) -> list[list[str]]:
    """What the cohort costs, and its table."""
    actor = hospital(engine, number)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    with databases.open_session(engine) as session:

        def read() -> Any:
            session.rollback()
            return cohort(session, actor, "disc-msc", NOW)

        held = read()
        found = interleaved(
            {
                "plain": lambda: cursor.execute(PLAIN).fetchall(),
                "read": read,
                "count": lambda: measured(held),
            },
            rounds=3,
        )
        count = statements(engine, read)
    raw.close()
    rows = [
        [name, label, f"{1000 * found['plain']:.0f}", f"{1000 * found[mine]:.0f}", ratio(found[mine], found["plain"])]
        for label, mine in (("read and opened / plain SQL", "read"), ("all figures / plain SQL", "count"))
    ]
    return [*rows, [name, "statements", "", str(count), ""]]


def main() -> None:
    """Measure on every database there is."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    databases.compared(f"Outcomes of {number} treated cases", lambda name, engine: asked(name, engine, number))


if __name__ == "__main__":
    main()
