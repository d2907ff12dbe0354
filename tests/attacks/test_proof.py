"""A change and its row of proof are one: a process killed between them leaves neither (AUD-05)."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from compassionate import clock
from compassionate.extensions import Foundation
from compassionate.models import Account, AuditEntry, Base, Case, Centre, Product
from compassionate.models.database import make_engine
from compassionate.models.vault import Vault
from compassionate.services import accounts, blocking, centres, chain, identity, medicines, retention, team
from compassionate.services.actors import Actor, actor_of
from compassionate.workflow.roles import Role
from tests.attacks import worker
from tests.attacks.serving import Installation
from tests.conftest import MASTER_KEY
from tests.web.census import CHAINS
from tests.world import FORMS, today

PERSON = {"given_name": "Persona", "surnames": "Otra", "birth_on": "1980-02-03", "sex": "female", "nhc": "100001"}
YEARS = {"key_documents": "20", "clinical_record": "10", "blocked_years": "3"}
POINTS = {  # before which statement the process dies
    "before its row": re.compile("INSERT INTO audit_entries"),
    "before the head": re.compile("UPDATE audit_chains"),
    "at the commit": None,
}
Kind = Callable[[Session], Any]


def account(session: Session, name: str) -> Account:
    return session.scalars(select(Account).where(Account.username == f"{name}.hga")).one()


def person(session: Session, name: str) -> Actor:
    return actor_of(account(session, name), today())


def first(session: Session) -> Case:
    return session.scalars(select(Case).order_by(Case.code).limit(1)).one()


def of_case(act: worker.Act) -> Kind:
    return lambda session: act(session, person(session, "pharmacist"), first(session))


def correct(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    identity.edit_identity(session, actor, case, PERSON, clock.now())
    return "edit_patient", ""


def answer_for(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    team.set_team(session, actor, case, "", "", clock.now())
    return "edit_team", ""


def keep(session: Session) -> None:
    blocking.put_hold(session, person(session, "director"), first(session), "Motivo", clock.now())


def speak(session: Session) -> None:
    accounts.set_language(session, person(session, "nurse"), account(session, "nurse"), "en", clock.now())


def rename(session: Session) -> None:
    given = {"name": "Otra Persona"}
    accounts.edit(session, person(session, "admin"), account(session, "nurse"), given, clock.now())


def give(session: Session) -> None:
    centre = session.scalars(select(Centre)).one()
    nurse, admin = account(session, "nurse"), person(session, "admin")
    accounts.grant(session, admin, nurse, centre, Role.DIRECTOR, clock.now(), date(2026, 1, 1))


def shut(session: Session) -> None:
    accounts.set_active(session, person(session, "admin"), account(session, "nurse"), False, clock.now())


def settle(session: Session) -> None:
    centre = session.scalars(select(Centre)).one()
    values = centres.values_of(centre) | {"name": "Otro", "official_code": "280001"}
    centres.edit(session, person(session, "admin"), centre, values, clock.now())


def count(session: Session) -> None:
    centre = session.scalars(select(Centre)).one()
    retention.set_years(session, person(session, "admin"), centre, YEARS, clock.now())


def withdraw(session: Session) -> None:
    medicines.withdraw_willingness(
        session, person(session, "pharmacist"), session.scalars(select(Product)).one(), clock.now()
    )


KINDS: dict[str, Kind] = {
    "a step": of_case(worker.step),
    "a paper": of_case(worker.paper),
    "a document": of_case(worker.document),
    "a case": of_case(worker.opening),
    "an identity": of_case(correct),
    "a team": of_case(answer_for),
    "a legal hold": keep,
    "a language": speak,
    "a person": rename,
    "a role": give,
    "an account": shut,
    "a centre": settle,
    "years": count,
    "a willingness": withdraw,
}


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def do(url: str, kind: Kind, point: str | None) -> int:
    """Do an act in a process of its own that dies at a point of it (or just after its end); the signal it died of."""
    child = os.fork()
    if child:
        return os.WTERMSIG(os.waitpid(child, 0)[1])
    try:
        engine = make_engine(url)
        held = Foundation(engine, Vault(MASTER_KEY), FORMS, worker.NoStore())  # type: ignore[arg-type]
        with held.session(write=True) as session:
            if point is not None:
                _arm(session.connection(), POINTS[point])
            kind(session)
            session.commit()
        die()
    finally:
        os._exit(1)  # it failed by itself: never back into the tests


def _arm(connection: Connection, statement: re.Pattern[str] | None) -> None:
    if statement is None:
        event.listen(connection.engine, "commit", die)
        return

    @event.listens_for(connection.engine, "before_cursor_execute")
    def _(ours: Any, cursor: Any, text: str, *_: Any) -> None:
        if statement.match(text):
            die()


def picture(installation: Installation) -> dict[str, list[str]]:
    """Every row of every table."""
    engine, tables = make_engine(installation.url, poolclass=NullPool), Base.metadata.sorted_tables
    with Session(engine) as session:
        assert chain.verify(session).ok
        return {table.name: sorted(repr(tuple(row)) for row in session.execute(select(table))) for table in tables}


def test_an_act_that_was_killed_left_neither_change_nor_row(installation: Installation):
    with installation.world() as world:
        world.open_case()
    before = picture(installation)
    for name, kind in KINDS.items():
        for point in POINTS:
            assert (name, point, do(installation.url, kind, point)) == (name, point, signal.SIGKILL)
    assert picture(installation) == before


def test_an_act_that_was_not_killed_left_both(installation: Installation):
    with installation.world() as world:
        world.open_case()
    before = picture(installation)
    for name, kind in KINDS.items():
        assert (name, do(installation.url, kind, None)) == (name, signal.SIGKILL)
        after = picture(installation)
        changed = {table for table in after if after[table] != before[table]}
        assert AuditEntry.__tablename__ in changed, name
        assert changed - CHAINS - {"outbox"}, name
        before = after
