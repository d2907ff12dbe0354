"""Fixtures that every test may ask for; nothing here starts before it is asked for.

Database tests run twice, on SQLite and on PostgreSQL: `-k sqlite` and `-k postgresql` pick one. Where the second one
could tell nothing new, a module or a test is marked `one_database`; a test in such a module, `both_databases`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from compassionate.models.vault import Vault
    from tests.applications import Resident
    from tests.databases import WorkerDatabases

DIALECTS = ("sqlite", "postgresql")
RUN_FOLDER = "COMPASSIONATE_TEST_RUN"
MASTER_KEY = bytes(range(32))

# Two busy cores make any deadline a lottery; what a property test must prove is not its speed.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long too")
    parser.addoption(
        "--kills", type=int, default=96, help="how many workers are killed on SQLite; a fifth on PostgreSQL"
    )


# Pages whose work is in the database itself: locks, counts of queries, rows beside rows. The others, and the rules of
# the house that walk all pages, are drawn from services that are tested on both: PostgreSQL's turn is with --long.
PAGES_ON_BOTH = {
    *("test_steps", "test_cases", "test_home", "test_drafts", "test_papers", "test_reading", "test_audit"),
    *("test_emergency", "test_throttle", "test_out_of_service", "test_calendar_races"),
}


def _is_page_on_second_database(item: pytest.Item) -> bool:
    of_pages = item.path.parent.name in {"web", "house"} and item.path.stem not in PAGES_ON_BOTH
    return of_pages and _is_on_second_database(item)


def _is_on_second_database(item: pytest.Item) -> bool:
    return "[postgresql" in item.name


def _wants_one_database(item: pytest.Item) -> bool:
    """Whether it, or its whole module, is marked so; a test's own mark counts before its module's."""
    marks = (mark.name for mark in item.iter_markers() if mark.name in {"one_database", "both_databases"})
    return next(marks, "") == "one_database"


def _is_for_long_runs(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("long")) or _is_page_on_second_database(item)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _wants_one_database(item) and _is_on_second_database(item)]
    if not config.getoption("--long"):
        left_out += [item for item in items if _is_for_long_runs(item) and item not in left_out]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share: the place of their PostgreSQL server."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="compassionate-test-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or RUN_FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(RUN_FOLDER))
    if (folder / "postgresql").exists():
        from tests.databases import stop_server

        stop_server(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerDatabases]:
    """The makers of databases of this worker."""
    from tests.databases import WorkerDatabases

    made = WorkerDatabases(tmp_path_factory.mktemp("databases"), Path(os.environ[RUN_FOLDER]))
    yield made
    made.close()


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def engine(databases: WorkerDatabases, dialect: str) -> Engine:
    """The engine of the database that tests share; what a test commits through `session` is undone after it."""
    return databases.shared_engine(dialect)


@pytest.fixture
def fresh_url(databases: WorkerDatabases, dialect: str) -> Iterator[str]:
    """The address of a new database with the schema in it, for an application of one's own."""
    with databases.fresh_url(dialect) as url:
        yield url


@pytest.fixture(scope="session")
def residents(databases: WorkerDatabases, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Resident]:
    """The application of this worker on a database, made when the first test asks for it."""
    from tests.applications import Resident, settings_of

    @cache
    def resident(url: str) -> Resident:
        return Resident(settings_of(tmp_path_factory.mktemp("resident"), url))

    return resident


@pytest.fixture
def steady_url(databases: WorkerDatabases, dialect: str) -> Iterator[str]:
    """The address of a new database with the schema in it, the same for every test of this worker."""
    with databases.steady_url(dialect) as url:
        yield url


@pytest.fixture
def fresh_engine(fresh_url: str) -> Iterator[Engine]:
    """The engine of a new database, for tests that need real commits on several connections."""
    from compassionate.models.database import make_engine

    engine = make_engine(fresh_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is rolled back after the test."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def vault() -> Vault:
    """Keys under a master key that is no secret."""
    from compassionate.models.vault import Vault

    return Vault(MASTER_KEY)


@pytest.fixture
def session(connection: Connection, vault: Vault) -> Iterator[Session]:
    """A session whose commits and rollbacks are real to it, inside one transaction that leaves nothing behind."""
    with Session(connection, join_transaction_mode="create_savepoint", info={"vault": vault}) as session:
        yield session
