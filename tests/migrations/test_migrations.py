"""The schema moves with what is in it: whole or not at all, and no two versions write beside each other."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from obstore.store import ObjectStore
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.application import create_app, refuse_another_schema
from compassionate.config import Settings
from compassionate.models import Base, Case, Centre, Clock, Installation
from compassionate.models.database import WRITE, SchemaMoved, make_engine
from compassionate.models.vault import Vault
from compassionate.services import backup, chain, checking, held_files, instance, keys, patients, restoring
from compassionate.services.store import open_store
from compassionate.services.verifying import verify_file
from tests.conftest import MASTER_KEY
from tests.databases import WorkerDatabases, create_schema
from tests.house.source import ROOT
from tests.migrations.held import first_release
from tests.web.conftest import TOKEN
from tests.world import FORMS, START


@pytest.fixture
def old(fresh_engine: Engine) -> ObjectStore:
    """The database of the first release; its documents."""
    return first_release(fresh_engine)


def session_of(engine: Engine, store: ObjectStore) -> Session:
    return Session(engine, info={"vault": Vault(MASTER_KEY), "store": store, "forms": FORMS})


def expect_everything(engine: Engine, store: ObjectStore, rows: int = 72) -> None:
    """What the first release wrote is read, found and proved."""
    with session_of(engine, store) as session:
        assert [case.state for case in session.scalars(select(Case).order_by(Case.code))] == ["closed", "authorised"]
        centre = session.scalars(select(Centre)).one()
        assert len(patients.find_exactly(session, centre, "100002")) == 1
        names = {patients.identity_of(session, case.patient).surnames for case in session.scalars(select(Case))}
        assert names == {"Inventada Prueba", "Otra Persona"}
        verdict = chain.verify(session)
        assert (verdict.ok, verdict.rows) == (True, rows)
        found = checking.check(session)
        assert found.ok, found


def test_what_the_first_release_wrote_goes_up_with_the_schema(fresh_engine: Engine, old: ObjectStore):
    instance.migrate(fresh_engine)
    expect_everything(fresh_engine, old)
    with session_of(fresh_engine, old) as session:
        adopted = keys.adopt(session, Vault(MASTER_KEY))
        assert adopted.master == Vault(MASTER_KEY).fingerprint()
        session.commit()
        assert session.scalars(select(Installation.id)).one() == adopted.id
    instance.migrate(fresh_engine)  # once more changes nothing
    with session_of(fresh_engine, old) as session:
        for held in held_files.every(session):
            if held.name.startswith("documents/"):
                pdf = Vault(MASTER_KEY).open(session, held.key_id, bytes(old.get(held.name).bytes()), held.place)
                assert verify_file(session, pdf, clock.now())["unchanged"]


def test_who_was_denied_before_appeals_were_kept_may_still_appeal(fresh_engine: Engine, old: ObjectStore):
    deny = (
        "UPDATE cases SET state = 'denied' WHERE state = 'authorised'",
        "UPDATE decisions SET outcome = 'denied', appeal_named = 'alzada'",
        (
            "INSERT INTO clocks (id, case_id, instance, clock, opened_by_event_id, opened_at)"
            " SELECT clock, case_id, '', clock, event_id, at FROM (SELECT d.case_id, d.event_id, e.at, 'K-REP' AS clock"
            " FROM decisions d JOIN case_events e ON e.id = d.event_id JOIN cases c ON c.id = d.case_id"
            " WHERE c.state = 'denied' UNION ALL SELECT d.case_id, d.event_id, e.at, 'K-CON'"
            " FROM decisions d JOIN case_events e ON e.id = d.event_id JOIN cases c ON c.id = d.case_id"
            " WHERE c.state = 'denied') AS opened"
        ),
    )
    with fresh_engine.begin() as connection:
        for statement in deny:
            connection.execute(text(statement))
    instance.migrate(fresh_engine)
    with session_of(fresh_engine, old) as session:
        closed, denied = session.scalars(select(Case).order_by(Case.code))
        assert [row.kind for row in closed.regions if row.kind == "appeal"] == []
        assert [(row.instance, row.state) for row in denied.regions if row.kind == "appeal"] == [("appeal-0", "open")]
        clocks = session.scalars(select(Clock).where(Clock.clock.in_(("K-REP", "K-CON"))).order_by(Clock.clock))
        assert [(row.clock, row.instance, row.closed_at is None) for row in clocks] == [
            ("K-CON", "appeal-0", False),
            ("K-REP", "appeal-0", True),
        ]


def triggers(engine: Engine) -> set[str]:
    """What bars writing, as the database itself says it."""
    sql = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT event_object_table || trigger_name || event_manipulation || action_timing || action_statement"
        " FROM information_schema.triggers"
    )
    with engine.connect() as connection:
        return {" ".join(each.split()).lower() for each in connection.scalars(text(sql))}


def test_the_newest_schema_is_that_of_the_models(fresh_engine: Engine, old: ObjectStore, fresh_url: str):
    instance.migrate(fresh_engine)
    with fresh_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    moved = triggers(fresh_engine)
    with instance.moving_schema(fresh_engine) as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    create_schema(fresh_url)
    assert moved == triggers(fresh_engine) != set()


@pytest.mark.parametrize("moment", [8, *(pytest.param(each, marks=pytest.mark.long) for each in (20, 35))])
def test_a_migration_that_is_killed_leaves_the_old_schema_and_is_repeated(
    moment: int, fresh_engine: Engine, fresh_url: str, old: ObjectStore
):
    before = set(inspect(fresh_engine).get_table_names())
    arguments = [sys.executable, str(Path(__file__).parent / "killed.py"), fresh_url, str(moment)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COMPASSIONATE_UNSAFE_DATABASE": "1"}
    done = subprocess.run(arguments, env=environment, capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert set(inspect(fresh_engine).get_table_names()) == before
    with fresh_engine.connect() as connection:
        assert instance.held_revision(connection) == "0001"
    instance.migrate(fresh_engine)
    expect_everything(fresh_engine, old)


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Any]:
    """A running process of this version."""
    app = create_app(Settings(tmp_path, fresh_url, "memory:", MASTER_KEY, "a secret of the tests", "a salt"))
    yield app
    app.extensions["compassionate"].engine.dispose()


def move_on(url: str) -> None:
    """Somebody installs a newer version, whose schema is another."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


def test_a_process_whose_schema_moved_on_writes_no_more_and_says_so(app: Any, fresh_url: str):
    app.testing = False
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    move_on(fresh_url)
    with pytest.raises(SchemaMoved), app.extensions["compassionate"].session(write=True):
        pass
    typed = {"csrf_token": token[1], "username": "nadie", "password": "una clave cualquiera"}
    sent = client.post("/login", data=typed)
    assert sent.status_code == 503
    assert "reiniciarla" in sent.text
    result = app.test_cli_runner().invoke(args=["centres", "add", "HGA", "--name", "H", "--territory", "ES-MD"])
    assert result.exit_code == 2
    assert "9999" in result.stderr


def test_no_version_is_served_over_a_schema_that_is_not_its_own(app: Any, fresh_url: str):
    refuse_another_schema(app)
    move_on(fresh_url)
    with pytest.raises(SchemaMoved, match="9999"):
        refuse_another_schema(app)
    with pytest.raises(SchemaMoved, match="9999"):
        instance.migrate(app.extensions["compassionate"].engine)


def test_a_writer_that_has_begun_keeps_a_migration_waiting(fresh_engine: Engine, old: ObjectStore, fresh_url: str):
    """Two versions never write beside each other: the migration begins when the last old writer has ended."""
    other = make_engine(fresh_url)
    with fresh_engine.connect().execution_options(**WRITE) as writer, writer.begin(), other.connect() as waiting:
        if waiting.dialect.name == "sqlite":
            waiting.connection.cursor().execute("PRAGMA busy_timeout=1")
            refused = pytest.raises(Exception, match="locked")
        else:
            waiting.exec_driver_sql("SET lock_timeout = '10ms'")
            waiting.commit()
            refused = pytest.raises(Exception, match="timeout")
        with refused, waiting.execution_options(compassionate_write="migrate").begin():
            pass
    other.dispose()
    instance.migrate(fresh_engine)


def test_a_backup_of_the_first_schema_is_restored_and_brought_up_to_date(
    fresh_engine: Engine, old: ObjectStore, databases: WorkerDatabases, dialect: str, tmp_path: Path
):
    made = backup.create(lambda: session_of(fresh_engine, old), tmp_path / "backup", MASTER_KEY, "salt", START)
    assert made.revision == "0001"
    with databases.fresh_url(dialect) as url:
        engine, store = make_engine(url), open_store("memory:")
        restoring.restore(engine, store, tmp_path / "backup", (MASTER_KEY,), "salt", clock.now())
        with engine.connect() as connection:
            assert instance.held_revision(connection) == instance.newest_revision()
        expect_everything(engine, store, rows=73)
        engine.dispose()
