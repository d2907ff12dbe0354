"""Settings that durability rests on are read back, not only asked for (DUR-06)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import make_url, text

from compassionate.models import database
from compassionate.models.database import UNSAFE, NotDurable, make_engine
from tests.attacks.serving import ROOT, Installation

READ_BACK = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_every_connection_to_sqlite_has_wal_full_sync_and_foreign_keys(fresh_engine, dialect):
    if dialect != "sqlite":
        pytest.skip("of SQLite")
    with fresh_engine.connect() as first, fresh_engine.connect() as second:
        for connection in (first, second):
            held = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in READ_BACK}
            assert held == READ_BACK


@pytest.mark.parametrize(
    ("asked", "given"),
    [("journal_mode=WAL", "journal_mode=DELETE"), ("synchronous=FULL", "synchronous=NORMAL"),
     ("foreign_keys=ON", "foreign_keys=OFF")],
)  # fmt: skip
def test_a_setting_that_did_not_take_is_refused(tmp_path, monkeypatch, asked, given):
    class Deaf(sqlite3.Cursor):
        def execute(self, sql, *more):
            return super().execute(sql.replace(asked, given), *more)

    class Connection(sqlite3.Connection):
        def cursor(self, *_):
            return super().cursor(Deaf)

    with sqlite3.connect(tmp_path / "held.db", factory=Connection) as connection, pytest.raises(NotDurable) as refused:
        database._set_sqlite(connection, None)
    connection.close()
    assert list(refused.value.wrong) == [asked.partition("=")[0]]


def test_a_postgresql_that_forgets_is_refused(fresh_url, dialect, monkeypatch):
    if dialect != "postgresql":
        pytest.skip("of PostgreSQL")
    monkeypatch.delenv(UNSAFE)  # the server of the tests keeps nothing through a power cut
    with pytest.raises(NotDurable) as refused:
        make_engine(fresh_url).connect()
    assert refused.value.wrong == {"fsync": "off"}


def test_a_commit_that_does_not_wait_for_the_disk_is_refused(fresh_engine, fresh_url, dialect, monkeypatch):
    if dialect != "postgresql":
        pytest.skip("of PostgreSQL")
    name = make_url(fresh_url).database
    with fresh_engine.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        connection.commit()
    monkeypatch.delenv(UNSAFE)
    with pytest.raises(NotDurable) as refused:
        make_engine(fresh_url).connect()
    assert refused.value.wrong["synchronous_commit"] == "off"


def test_the_server_does_not_start_on_a_database_that_forgets(installation: Installation, dialect):
    if dialect != "postgresql":
        pytest.skip("of PostgreSQL")
    environment = {name: value for name, value in installation.env().items() if name != UNSAFE}
    started = subprocess.run(
        [sys.executable, "wsgi.py", "127.0.0.1:1"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert started.returncode == 1
    assert "fsync = off" in started.stderr
    assert "Traceback" not in started.stderr


def test_nobody_waits_for_ever(fresh_engine, dialect):
    asked = {"sqlite": ("PRAGMA busy_timeout",), "postgresql": ("SHOW lock_timeout", "SHOW statement_timeout")}
    with fresh_engine.connect() as connection:
        for setting in asked[dialect]:
            assert str(connection.exec_driver_sql(setting).scalar()) not in ("0", "0ms")
