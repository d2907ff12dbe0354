"""The audit chain: appended, never changed; whatever is changed behind its back is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compassionate.models import AuditEntry
from compassionate.models.history_bars import POSTGRES_HEAD_BARS, SQLITE_HEAD_BARS, postgres_bars, sqlite_bars
from compassionate.services import audit, chain
from compassionate.services.operators import at_the_machine
from tests.world import START

ROWS = 6
NOTHING = {"rows": 0, "head": audit.GENESIS, "at": ""}
ROW_BARS = {True: ("UPDATE_audit_entries", "DELETE_audit_entries"), False: ("guard_audit_entries",)}


@pytest.fixture
def session(fresh_engine: Engine, vault) -> Iterator[Session]:
    """A database of its own, in which rows may be spoilt."""
    with Session(fresh_engine, info={"vault": vault}) as session:
        for number in range(ROWS):
            audit.append(session, at_the_machine("ana"), "log_in", START + timedelta(minutes=number), number=number)
        session.commit()
        yield session


@contextmanager
def bars_down(session: Session) -> Iterator[None]:
    """Somebody with power over the database takes the triggers away, and puts them back."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    tables = [("audit_entries", name) for name in ROW_BARS[is_sqlite]]
    tables += [("audit_chains", name) for name in ("forward_audit_chains", "keep_audit_chains")]
    for table, name in tables:
        session.execute(text(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}")))
    yield
    up = (
        [*sqlite_bars("audit_entries"), *SQLITE_HEAD_BARS]
        if is_sqlite
        else [*postgres_bars("audit_entries"), *POSTGRES_HEAD_BARS]
    )
    for statement in up:
        session.connection().exec_driver_sql(statement)
    session.commit()
    session.expire_all()


def first_bad(session: Session) -> int | None:
    found = chain.verify(session)
    assert found.ok is (found.first_bad is None)
    assert found.ok is (found.why == "")
    return found.first_bad


def test_a_whole_chain_is_whole(session):
    found = chain.verify(session)
    assert (found.ok, found.rows, found.first_bad) == (True, ROWS, None)
    assert found.head == session.get_one(AuditEntry, ROWS).hash


def test_an_empty_chain_is_whole(fresh_engine):
    with Session(fresh_engine) as session:
        assert chain.verify(session) == chain.Verdict(True, 0, audit.GENESIS)
        assert chain.head_document(session) == NOTHING | {"reads": NOTHING}


def test_a_row_says_who_what_and_when_in_canonical_json(session):
    row = json.loads(session.get_one(AuditEntry, 1).row)
    assert row == {
        "seq": 1, "at": START.isoformat(), "actor": "", "operator": "ana", "as": [], "action": "log_in", "case": "",
        "result": "ok", "detail": {"number": 0},
    }  # fmt: skip
    assert session.get_one(AuditEntry, 1).row == json.dumps(row, sort_keys=True, separators=(",", ":"))


def test_a_clock_that_goes_back_is_written_down_and_the_chain_goes_on(session):
    audit.append(session, None, "log_in", START - timedelta(days=1))
    row = json.loads(session.get_one(AuditEntry, ROWS + 1).row)
    assert row["at"] == (START + timedelta(minutes=ROWS - 1)).isoformat()
    assert row["clock_behind"] == (START - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
@pytest.mark.parametrize(
    "change",
    ["row = replace(row, 'log_in', 'log_out')", "hash = '{0:f<64}'", "previous = '{0:e<64}'", "seq = seq + 100"],
)
def test_every_row_that_is_changed_is_named(session, seq, change):
    with bars_down(session):
        session.execute(text(f"UPDATE audit_entries SET {change.format('')} WHERE seq = {seq}"))
    assert first_bad(session) == seq


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_every_row_that_is_taken_out_is_named(session, seq):
    with bars_down(session):
        session.execute(text(f"DELETE FROM audit_entries WHERE seq = {seq}"))
    assert first_bad(session) == seq


def test_rows_that_changed_places_are_named(session):
    with bars_down(session):
        for before, after in ((3, 103), (4, 3), (103, 4)):
            session.execute(text(f"UPDATE audit_entries SET seq = {after} WHERE seq = {before}"))
    assert first_bad(session) == 3


def test_a_row_rewritten_with_its_hash_is_named_by_the_next(session):
    with bars_down(session):
        entry = session.get_one(AuditEntry, 3)
        row = entry.row.replace("log_in", "log_out")
        digest = audit.link(entry.previous, row)
        session.execute(
            text("UPDATE audit_entries SET row = :row, hash = :hash WHERE seq = 3"), {"row": row, "hash": digest}
        )
    assert first_bad(session) == 4


def test_a_cut_tail_is_seen_against_the_head_of_the_chain(session):
    with bars_down(session):
        session.execute(text(f"DELETE FROM audit_entries WHERE seq > {ROWS - 2}"))
    assert first_bad(session) == ROWS - 1


def test_a_cut_tail_with_its_head_is_seen_against_a_head_kept_elsewhere(session):
    kept = chain.head_document(session)
    with bars_down(session):
        last = session.get_one(AuditEntry, ROWS - 2).hash
        session.execute(text(f"DELETE FROM audit_entries WHERE seq > {ROWS - 2}"))
        session.execute(text("UPDATE audit_chains SET count = :count, head = :head"), {"count": ROWS - 2, "head": last})
    assert first_bad(session) is None
    found = chain.verify_against(session, kept)
    assert (found.ok, found.first_bad) == (False, ROWS - 1)


def test_a_history_written_anew_is_seen_against_a_head_kept_elsewhere(session):
    kept = chain.head_document(session)
    with bars_down(session):
        previous = audit.GENESIS
        for seq in range(1, ROWS + 1):
            row = session.get_one(AuditEntry, seq).row.replace("ana", "eva")
            digest = audit.link(previous, row)
            session.execute(
                text("UPDATE audit_entries SET row = :row, previous = :previous, hash = :hash WHERE seq = :seq"),
                {"row": row, "previous": previous, "hash": digest, "seq": seq},
            )
            previous = digest
        session.execute(text("UPDATE audit_chains SET head = :head"), {"head": previous})
    assert first_bad(session) is None
    assert chain.verify_against(session, kept).first_bad == ROWS
    assert chain.verify_against(session, chain.head_document(session)).ok


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET row = 'x' WHERE seq = 1", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses_to_change_a_row(session, statement):
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(statement))
    session.rollback()
    assert chain.verify(session).ok


def test_postgresql_refuses_to_empty_the_table_too(session):
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite knows no TRUNCATE")
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("TRUNCATE audit_entries"))


def test_an_export_says_the_rows_as_they_are(session):
    lines = [json.loads(each.line) for each in chain.export(session)]
    assert [line["seq"] for line in lines] == list(range(1, ROWS + 1))
    assert lines[0].keys() == {"seq", "previous", "row", "hash"}
    assert audit.link(lines[-1]["previous"], lines[-1]["row"]) == lines[-1]["hash"] == chain.head(session).head


def test_what_is_typed_to_look_like_a_row_stays_text(session):
    """Quotes, line ends and controls of an operator's name cannot begin a row or a field of their own (ASVS 16.4.1)."""
    forged = 'ana","action":"nothing"}\n{"seq":1\x00\u2028\ud800'
    audit.append(session, at_the_machine(forged), "log_in", START + timedelta(hours=1))
    session.commit()
    lines = [each.line for each in chain.export(session)]
    row = json.loads(json.loads(lines[-1])["row"])
    assert len(lines) == ROWS + 1
    assert all(len(line.splitlines()) == 1 for line in lines)
    assert (row["action"], row["operator"].startswith('ana","action"')) == ("log_in", True)
    assert chain.verify(session).ok
