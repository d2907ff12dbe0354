"""Steps through the full service against the same rows written by plain SQL in one transaction.

    python -m benchmarks.transitions

The service: find the case of a known person, gather its facts, ask every guard, move state and turn, write history,
audit chain, clocks and outbox, commit. The baseline writes the rows that the service wrote, through the driver, with
nothing to decide: the same number of rows in the same tables, one transaction a step.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.models import Case, Clock
from compassionate.services.actors import Actor
from compassionate.services.advance import advance
from compassionate.services.cases import get_case
from tests.world import World

STEPS = 40  # a run, half of them there and half of them back
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TARGETS = {"SQLite, full sync": 4.0, "PostgreSQL": 3.0}

# A loop of two steps: who, action and values of each.
Loop = tuple[tuple[str, str, dict[str, str]], tuple[str, str, dict[str, str]]]
ASKED = {"notified_on": "2026-11-02", "text": "Falta la resonancia.", "channel": "mse"}
SENT = {"answered_at": "2026-11-02T08:00:00+00:00", "text": "Se aporta."}
CORRECTION: Loop = (
    ("pharmacist", "record_correction_request", ASKED),
    ("pharmacist", "answer_correction", SENT),
)
PAUSE: Loop = (
    ("physician", "interrupt_treatment", {"reason": "Analítica alterada."}),
    ("physician", "resume_treatment", {"note": ""}),
)
LOOPS = (
    ("correction asked, answered (clocks)", "submitted", CORRECTION),
    ("interrupted, resumed (treatment gate)", "in_treatment", PAUSE),
)


@dataclass(frozen=True)
class Prepared:
    """A case to move, and the people who move it."""

    engine: Engine
    code: str
    people: dict[str, Actor]
    loop: Loop


def prepare(engine: Engine, state: str, loop: Loop, number: int) -> Prepared:
    """A hospital with one case in the state where the loop starts."""
    with databases.open_session(engine, write=True) as session:
        world = World(session, code=f"HB{number}", now=datetime(2026, 10, 1, 9, tzinfo=UTC))
        case = world.case_in(state)
        session.commit()
        return Prepared(engine, case.code, world.people, loop)


def through_service(prepared: Prepared) -> None:
    """Every step as a request takes it: a session, the case, the step, a commit."""
    for number in range(STEPS):
        who, action, values = prepared.loop[number % 2]
        actor = prepared.people[who]
        with databases.open_session(prepared.engine, write=True) as session:
            case = get_case(session, actor, prepared.code)
            advance(session, actor, case, action, values, NOW, case.version)
            session.commit()


@dataclass(frozen=True)
class Row:
    """What the service wrote last, to be written again."""

    case_id: str
    account_id: str
    states: tuple[str, str]
    turns: tuple[str, str]
    clock: str
    event: dict[str, Any]
    audit_row: str


def last_rows(session: Session, code: str) -> Row:
    """The rows of the last step of a case."""
    case = session.scalars(select(Case).where(Case.code == code)).one()
    raw = session.connection().exec_driver_sql
    event = raw("SELECT * FROM case_events ORDER BY case_version DESC LIMIT 1").mappings().one()
    audit_row = raw("SELECT row FROM audit_entries ORDER BY seq DESC LIMIT 1").scalar_one()
    clock = session.scalar(select(Clock.id).where(Clock.case_id == case.id).limit(1)) or ""
    return Row(
        case.id, event["by_id"], (event["after"], event["before"]), (case.turn, "agency"), clock, dict(event), audit_row
    )


Execute = Callable[..., Any]
serial = count(1)


def plain_step(execute: Execute, held: Row, number: int, clocks: bool, mark: str) -> None:
    """The rows of one step: read the version, move the case, write event, chain, outbox and clock."""
    stamp, new, event = NOW.isoformat(), f"plain-{next(serial):029d}", held.event
    version = execute(f"SELECT version FROM cases WHERE id = {mark}", (held.case_id,)).fetchone()[0]
    execute(
        f"UPDATE cases SET state = {mark}, turn = {mark}, since_at = {mark}, changed_at = {mark}, version = {mark} "
        f"WHERE id = {mark} AND version = {mark}",
        (held.states[number % 2], held.turns[number % 2], stamp, stamp, version + 1, held.case_id, version),
    )
    columns = (*EVENT_COLUMNS, "inputs")
    values = (new, held.case_id, version + 1, stamp, *(event[name] for name in EVENT_COLUMNS[4:]), event["inputs"])
    execute(f"INSERT INTO case_events ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})", values)
    if clocks:
        execute(f"UPDATE clocks SET suspended_at = {mark} WHERE id = {mark}", (stamp, held.clock))
    seq, head = execute("SELECT count, head FROM audit_chains WHERE name = 'audit'").fetchone()
    execute(
        f"INSERT INTO audit_entries (seq, previous, row, hash, case_id) VALUES ({', '.join([mark] * 5)})",
        (seq + 1, head, held.audit_row, f"{new:0<64}", held.case_id),
    )
    execute(
        f"UPDATE audit_chains SET count = {mark}, head = {mark}, at = {mark} WHERE name = 'audit'",
        (seq + 1, f"{new:0<64}", stamp),
    )
    execute(
        f"INSERT INTO outbox (id, at, kind, {QUOTED_KEY}, case_id, payload) VALUES ({', '.join([mark] * 6)})",
        (new, stamp, "case.event", new, held.case_id, json.dumps({"event": new, "name": event["name"]})),
    )


EVENT_COLUMNS = (
    "id",
    "case_id",
    "case_version",
    "at",
    "name",
    "region",
    "instance",
    "before",
    "after",
    "by_id",
    "by_name",
    "role",
)
QUOTED_KEY = '"key"'


def by_plain_sql(prepared: Prepared, held: Row, clocks: bool) -> None:
    """The same rows through the driver, a transaction a step."""
    raw = prepared.engine.raw_connection()
    is_sqlite = prepared.engine.dialect.name == "sqlite"
    try:
        cursor = raw.cursor()
        for number in range(STEPS):
            if is_sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            plain_step(cursor.execute, held, number, clocks, "?" if is_sqlite else "%s")
            cursor.execute("COMMIT") if is_sqlite else raw.commit()
    finally:
        raw.close()


def compare(engine: Engine, state: str, loop: Loop, number: int) -> tuple[float, float]:
    """Seconds of a step through the service, and by plain SQL; each on a case of its own."""
    mine, plain = prepare(engine, state, loop, 2 * number), prepare(engine, state, loop, 2 * number + 1)
    through_service(plain)
    with databases.open_session(engine) as session:
        held = last_rows(session, plain.code)
    found = interleaved(
        {"service": lambda: through_service(mine), "plain": lambda: by_plain_sql(plain, held, state == "submitted")}
    )
    return found["service"] / STEPS, found["plain"] / STEPS


def table_row(name: str, engine: Engine, number: int) -> list[str]:
    """One line of the table: a loop on a database."""
    label, state, loop = LOOPS[number]
    service, plain = compare(engine, state, loop, number)
    figures = [f"{1000 * plain:.2f}", f"{1000 * service:.2f}", f"{1 / service:.0f}"]
    return [name, label, *figures, f"<= {TARGETS[name]:.0f} x", ratio(service, plain)]


def main() -> None:
    """Measure on every database there is."""
    with databases.every() as engines:
        rows = [table_row(name, engine, number) for name, engine in engines.items() for number in range(len(LOOPS))]
    heads = ("database", "step", "plain SQL, ms", "service, ms", "steps a second", "target", "ratio")
    print_table("A step through the full service against the same rows by plain SQL", heads, rows)


if __name__ == "__main__":
    main()
