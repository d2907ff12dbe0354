"""What the chains cost: appending with and without the chain, walking it, and a page with and without its read.

    python -m benchmarks.audit

Appending: one act a transaction, as the application does it, against the same row inserted with nothing to link it to
(no head read, no hash, no head moved). Verifying: rows a second, against hashing the same texts and nothing else.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Engine, insert, select, text

from benchmarks import databases
from benchmarks.timing import interleaved, measure, print_table, ratio
from compassionate.models import ReadEntry
from compassionate.services import chain
from compassionate.services.audit import AUDIT, READS, Act, write
from compassionate.services.reads import Note, ReadLog

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
APPENDED, WALKED, TOGETHER = 200, 20_000, 8
ROLES = ("pharmacist@HGA",)
ACT = Act(NOW, "view", "0" * 36, "", ROLES, "", None, "0" * 16, detail={"page": "cases.show", "method": "GET"})
UNLINKED = insert(ReadEntry.__table__)
serial = count(10_000_000)


def with_chain(engine: Engine) -> None:
    """So many acts, each in a transaction of its own."""
    for _ in range(APPENDED):
        with databases.open_session(engine, write=True) as session:
            write(session, AUDIT, [ACT])
            session.commit()


def without_chain(engine: Engine, row: str) -> None:
    """The same rows, linked to nothing."""
    for _ in range(APPENDED):
        seq = next(serial)
        with databases.open_session(engine, write=True) as session:
            values = {"seq": seq, "previous": "0" * 64, "row": row, "hash": f"{seq:064d}"}
            session.connection().execute(UNLINKED, values)
            session.commit()


def append_row(name: str, engine: Engine) -> list[str]:
    """One line: an act a transaction."""
    with databases.open_session(engine, write=True) as session:
        write(session, AUDIT, [ACT])
        session.commit()
        row = str(session.scalar(select(AUDIT.rows.c.row).limit(1)))
    found = interleaved({"chain": lambda: with_chain(engine), "plain": lambda: without_chain(engine, row)})
    mine, plain = found["chain"] / APPENDED, found["plain"] / APPENDED
    return [name, "append an act", f"{1000 * plain:.2f} ms", f"{1000 * mine:.2f} ms", "<= 1.3 x", ratio(mine, plain)]


def batch_row(name: str, engine: Engine) -> list[str]:
    """One line: reads that wait together, against as many alone."""
    log = ReadLog(lambda: databases.open_session(engine, write=True))
    empty_reads(engine)
    notes = [Note(READS, ACT)]
    found = interleaved(
        {
            "alone": lambda: [log.record(notes) for _ in range(APPENDED)],
            "together": lambda: [log.record(notes * TOGETHER) for _ in range(APPENDED // TOGETHER)],
        }
    )
    alone, together = found["alone"] / APPENDED, found["together"] / APPENDED
    label = f"a read, {TOGETHER} waiting together"
    return [name, label, f"{1000 * alone:.2f} ms", f"{1000 * together:.2f} ms", "–", ratio(together, alone)]


def empty_reads(engine: Engine) -> None:
    """Empty the table of reads, which the rows without a chain have filled."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER DELETE_read_entries"))
        else:
            connection.execute(text("DROP TRIGGER guard_read_entries ON read_entries"))
        connection.execute(text("DELETE FROM read_entries"))


def walk_row(name: str, engine: Engine) -> list[str]:
    """One line: walking a long chain."""
    with databases.open_session(engine, write=True) as session:
        write(session, AUDIT, [ACT] * WALKED)
        session.commit()
        texts = list(session.scalars(select(AUDIT.rows.c.row)))
        taken = measure(lambda: chain.verify(session))
        assert chain.verify(session).ok
        hashing = measure(lambda: [hashlib.sha256(each.encode()).hexdigest() for each in texts])
    each = taken / len(texts)
    return [
        name,
        "verify a row",
        f"{1e6 * hashing / len(texts):.1f} µs",
        f"{1e6 * each:.1f} µs ({1 / each:,.0f} a second)",
        "–",
        ratio(taken, hashing),
    ]


def main() -> None:
    """Measure on every database there is."""
    with databases.every() as engines:
        rows = [make(name, engine) for name, engine in engines.items() for make in (append_row, batch_row, walk_row)]
    heads = ("database", "what", "without", "with", "target", "ratio")
    print_table("The chains of proof: what they cost", heads, rows)


if __name__ == "__main__":
    main()
