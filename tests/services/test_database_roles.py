"""On PostgreSQL the application works as a role that can add rows of proof and change none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from compassionate.models import Vault
from compassionate.models.database import make_engine
from compassionate.services import chain
from compassionate.services.database_roles import may_change_proof, prepare
from tests.conftest import MASTER_KEY
from tests.world import World

DENIED = r"permission denied|must be owner"
APP = "compassionate_application_of_a_test"
FORBIDDEN = (
    "UPDATE audit_entries SET row = row",
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries",
    "UPDATE read_entries SET row = row",
    "DELETE FROM read_entries",
    "TRUNCATE read_entries",
    "DELETE FROM audit_chains",
    "TRUNCATE audit_chains",
    "DROP TRIGGER guard_audit_entries ON audit_entries",
    "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "DROP TABLE audit_entries",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (id int)",
    "UPDATE alembic_version SET version_num = 'x'",
)

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.fixture
def owner(databases) -> Iterator[Engine]:
    """The owner of a database that is still empty."""
    with databases.fresh_url("postgresql") as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.execute(text(f"DROP ROLE IF EXISTS {APP}"))
            connection.execute(text(f"CREATE ROLE {APP} LOGIN PASSWORD 'of a test'"))
        yield engine
        with engine.connect() as connection:
            connection.execute(text(f"DROP OWNED BY {APP}"))
            connection.execute(text(f"DROP ROLE {APP}"))
        engine.dispose()


@pytest.fixture
def application(owner: Engine, dialect: str) -> Iterator[Engine]:
    """The application's own engine, on the schema that the owner made for it."""
    url = owner.url.set(username=APP, password="of a test")
    engine = make_engine(url.render_as_string(hide_password=False))
    prepare(engine, make_url(owner.url).render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def test_the_application_works_and_can_change_no_row_of_proof(application: Engine):
    assert not may_change_proof(application)
    with Session(application, info={"vault": Vault(MASTER_KEY)}) as session:
        World(session).case_in("preparing")
        session.commit()
        assert chain.verify(session).ok
    for statement in FORBIDDEN:
        with (
            application.connect() as connection,
            pytest.raises(ProgrammingError, match=DENIED),
        ):
            connection.execute(text(statement))


def test_a_head_goes_only_on_to_a_row_that_is_there(application: Engine):
    """That row must be writable; what an application in wrong hands can do with it is add rows, never lose one."""
    with Session(application, info={"vault": Vault(MASTER_KEY)}) as session:
        World(session).open_case()
        session.commit()
    for change in ("count = 0", "count = count - 1", "count = count + 1", f"head = '{'0' * 64}'", "name = 'other'"):
        with application.connect() as connection, pytest.raises(Exception, match="a chain only grows"):
            connection.execute(text(f"UPDATE audit_chains SET {change} WHERE name = 'audit'"))


def test_preparing_again_changes_nothing(application: Engine, owner: Engine):
    prepare(application, owner.url.render_as_string(hide_password=False))
    assert not may_change_proof(application)
    assert may_change_proof(owner)
