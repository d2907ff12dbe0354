"""Destroying a case: two people, a tombstone, keys and ciphertext gone from every file, a chain that holds (RET-02)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound, Refused
from compassionate.models import AuditEntry, Base, Case, DataKey, IssuedDocument, Paper, Patient, Tombstone
from compassionate.models.vault import Vault, WrongKey
from compassionate.services import blocking, cases, chain, checking, keys, purging, retention, shredding
from compassionate.services.store import open_store
from compassionate.workflow.roles import Role
from tests.world import FORMS, World

LONG_AFTER = datetime(2062, 6, 1, 9, tzinfo=UTC)
MUCH_LATER = datetime(2066, 1, 1, 9, tzinfo=UTC)
YEARS = {"key_documents": "20", "clinical_record": "10", "blocked_years": "3"}
OpenSession = Callable[[], Session]


@pytest.fixture
def opened(fresh_engine: Engine, vault: Vault, tmp_path: Path) -> OpenSession:
    """Sessions on a database of one's own, with a document store in a folder."""
    store = open_store(str(tmp_path / "documents"))
    return lambda: Session(fresh_engine, info={"vault": vault, "forms": FORMS, "store": store})


@pytest.fixture
def session(opened: OpenSession) -> Iterator[Session]:
    with opened() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    """A hospital with two administrators."""
    world = World(session)
    world.add_person("admin2", Role.ADMINISTRATOR)
    retention.set_years(session, world.people["admin"], world.centre, YEARS, world.now)
    return world


@pytest.fixture
def case(world: World) -> Case:
    """A case that was closed early, blocked when its time had come."""
    case = world.closed_early()
    blocking.block(world.session, world.people["admin"], case, LONG_AFTER)
    return case


@pytest.fixture
def treated(world: World) -> Case:
    """A case that went the whole way, with papers, blocked when its time had come."""
    case = world.case_in("in_follow_up")
    world.add_paper(case)
    world.finish_follow_up(case)
    world.act(case, "regulatory", "close")
    blocking.block(world.session, world.people["admin"], case, LONG_AFTER)
    return case


def destroyed(world: World, case: Case) -> Tombstone:
    purging.propose(world.session, world.people["admin"], case, MUCH_LATER)
    return purging.destroy(world.session, world.people["admin2"], case, MUCH_LATER)


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [reason.code for reason in refusal.value.reasons]


def everything(engine: Engine, tmp_path: Path) -> bytes:
    """Every byte that the installation keeps on disk (on PostgreSQL: every row of every table)."""
    if engine.dialect.name == "sqlite":
        database = Path(str(engine.url.database))
        files = [file for file in database.parent.glob(f"{database.name}*") if file.is_file()]
        files += [file for file in (tmp_path / "documents").rglob("*") if file.is_file()]
        return b"".join(file.read_bytes() for file in files)
    with engine.connect() as connection:
        rows = [row for table in Base.metadata.sorted_tables for row in connection.execute(select(table))]
    return b"".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)


def test_one_person_proposes_and_another_confirms(world: World, case: Case):
    admin, second = world.people["admin"], world.people["admin2"]
    assert refused(lambda: purging.destroy(world.session, second, case, MUCH_LATER)) == [
        "retention.not_destroyable_waiting"
    ]
    purging.propose(world.session, admin, case, MUCH_LATER)
    assert refused(lambda: purging.destroy(world.session, admin, case, MUCH_LATER)) == ["retention.two_people"]
    stone = purging.destroy(world.session, second, case, MUCH_LATER)
    assert stone.proposed_by_id != stone.purged_by_id


def test_who_took_part_in_a_case_neither_proposes_nor_confirms(world: World, case: Case):
    pharmacist = world.add_person("farma2", Role.PHARMACIST, Role.ADMINISTRATOR)
    from compassionate.services.recording import contribute

    contribute(world.session, case, pharmacist)
    assert refused(lambda: purging.propose(world.session, pharmacist, case, MUCH_LATER)) == ["retention.took_part"]
    purging.propose(world.session, world.people["admin"], case, MUCH_LATER)
    assert refused(lambda: purging.destroy(world.session, pharmacist, case, MUCH_LATER)) == ["retention.took_part"]


def test_nobody_without_the_office_destroys(world: World, case: Case):
    for who in ("physician", "pharmacist", "auditor", "regulatory"):
        assert refused(lambda who=who: purging.propose(world.session, world.people[who], case, MUCH_LATER)) == [
            "role.missing"
        ]


def test_a_blocked_case_waits_for_liabilities_to_end(world: World, case: Case):
    soon = LONG_AFTER.replace(year=2065)  # three years to the day: that day is still kept
    assert refused(lambda: purging.propose(world.session, world.people["admin"], case, soon)) == [
        "retention.not_destroyable_blocked"
    ]
    purging.propose(world.session, world.people["admin"], case, soon.replace(day=2))


def test_a_hold_stops_a_destruction_that_was_proposed(world: World, case: Case):
    purging.propose(world.session, world.people["admin"], case, MUCH_LATER)
    blocking.put_hold(world.session, world.people["auditor"], case, "Oficio judicial", MUCH_LATER)
    assert refused(lambda: purging.destroy(world.session, world.people["admin2"], case, MUCH_LATER)) == [
        "retention.not_destroyable_held"
    ]


def test_a_proposal_may_be_taken_back(world: World, case: Case):
    purging.propose(world.session, world.people["admin"], case, MUCH_LATER)
    purging.reject(world.session, world.people["director"], case, MUCH_LATER)
    assert refused(lambda: purging.destroy(world.session, world.people["admin2"], case, MUCH_LATER)) == [
        "retention.not_destroyable_waiting"
    ]


def test_a_tombstone_stays_and_the_chain_holds(world: World, treated: Case):
    code, case_id = treated.code, treated.id
    stone = destroyed(world, treated)
    world.session.commit()
    assert (stone.code, stone.ground, stone.with_patient, stone.files) == (code, "cells", True, 6)
    assert chain.verify(world.session).ok
    last = world.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert '"destroy_case"' in last.row
    assert last.case_id == case_id
    with pytest.raises(NotFound):
        cases.get_case(world.session, world.people["physician"], code)


def test_the_next_case_does_not_take_the_number_of_a_destroyed_one(world: World, case: Case):
    code = case.code
    destroyed(world, case)
    assert world.open_case(nhc="200002", surnames="Otra Persona").code > code


def test_no_row_of_a_destroyed_case_is_left_but_in_tombstone_and_chain(world: World, treated: Case):
    case_id, patient_id, held = treated.id, treated.patient_id, {treated.key_id, treated.patient.key_id}
    destroyed(world, treated)
    world.session.commit()
    left = set()
    for table in Base.metadata.sorted_tables:
        for row in world.session.execute(select(table)):
            if {str(cell) for cell in row} & ({case_id, patient_id} | held):
                left.add(table.name)
    assert left == {"audit_entries", "tombstones"}


def test_a_patient_is_destroyed_with_the_last_case_only(world: World, case: Case):
    session, patient, key = world.session, case.patient_id, case.patient.key_id
    opening = cases.Opening(world.centre, case.patient, world.product, (1,), world.accounts["physician"])
    other = cases.open_case(session, world.people["pharmacist"], opening, world.tick())
    assert destroyed(world, case).with_patient is False
    session.commit()
    assert session.get(Patient, patient) is not None
    assert session.get(DataKey, key) is not None
    assert cases.get_case(session, world.people["physician"], other.code).patient_id == patient


def test_keys_and_ciphertext_are_gone_from_every_file(
    world: World, treated: Case, opened: OpenSession, fresh_engine: Engine, tmp_path: Path
):
    session = world.session
    keys.replace_key(session, session.get_one(DataKey, treated.key_id))  # a key that was replaced dies with its heir
    keys.replace_key(session, session.get_one(DataKey, treated.key_id))
    neighbour = world.case_in("draft", nhc="200002", surnames="Otra Persona")
    kept_key = session.get_one(DataKey, neighbour.key_id).wrapped
    family = select(DataKey.wrapped).where(DataKey.parent_id == treated.key_id)
    secrets = [session.get_one(DataKey, key).wrapped for key in (treated.key_id, treated.patient.key_id)]
    secrets += session.scalars(family)
    assert len(secrets) == 4
    secrets += [treated.patient.identifiers, *session.scalars(select(Paper.details).where(Paper.case_id == treated.id))]
    document = session.scalars(select(IssuedDocument.id).where(IssuedDocument.case_id == treated.id)).one()
    sealed_file = (tmp_path / "documents" / "documents" / document).read_bytes()
    session.commit()
    assert all(each in everything(fresh_engine, tmp_path) for each in (*secrets, kept_key))
    destroyed(world, treated)
    session.commit()
    session.close()
    assert shredding.finish(opened, opened, MUCH_LATER) == []
    held = everything(fresh_engine, tmp_path)
    assert [each for each in (*secrets, sealed_file[:64]) if each in held] == []
    assert kept_key in held


def test_a_key_is_gone_from_memory_too(world: World, case: Case, vault: Vault):
    key = case.key_id
    destroyed(world, case)
    with pytest.raises(WrongKey):
        vault.seal(world.session, key, b"x", "anywhere")


def test_rows_and_files_agree_after_a_destruction(world: World, treated: Case, opened: OpenSession):
    destroyed(world, treated)
    world.session.commit()
    assert checking.check(world.session).unclaimed != []  # a crash here leaves noise without a key …
    world.session.close()
    assert shredding.finish(opened, opened, MUCH_LATER) == []  # … that the next run takes away
    assert shredding.finish(opened, opened, MUCH_LATER) == []
    with opened() as session:
        assert checking.check(session).ok
        assert session.scalars(select(Tombstone)).one().scoured_at == MUCH_LATER
        assert session.scalar(select(func.count()).select_from(Case)) == 0
