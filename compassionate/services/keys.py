"""Whether the master key is this installation's, and new keys for old: the master key, data keys, files.

ENS op.exp.10, ASVS 13.3.4. A rotation may be cut off at any point: every step is one transaction, a row always
says which key it is under, and running it again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Select, Table, func, inspect, select, update
from sqlalchemy.orm import Session

from compassionate.errors import StartRefused
from compassionate.models import Base, Centre, DataKey, Installation, new_id
from compassionate.models.vault import RETIRED, Vault, WrongKey, fingerprint, named_key, vault_of
from compassionate.services import audit, held_files, store
from compassionate.services.actors import Actor
from compassionate.services.patients import renew_fingerprints

OpenSession = Callable[[], AbstractContextManager[Session]]
# Sealed once and never again: their ciphertext is named by its hash in the audit chain.
PROOF = frozenset({("case_events", "inputs")})
# Binary columns that hold no ciphertext of the vault.
NOT_SEALED = frozenset({("data_keys", "wrapped"), ("passkeys", "public_key")})


class WrongMaster(StartRefused):
    """The master key given is not that of this database."""

    def __init__(self, given: str, wanted: str) -> None:
        super().__init__(
            f"La clave maestra no es la de esta instalación: sus datos están bajo la clave {wanted} y se ha dado "
            f"la {given}. Ponga la suya en secrets.json o en COMPASSIONATE_MASTER_KEY."
        )


@dataclass(slots=True)
class Rotated:
    """What a rotation replaced."""

    master: str = ""
    keys: int = 0
    rows: int = 0
    files: int = 0


def expect_master(session: Session, vault: Vault) -> None:
    """Use the master key that the installation is under; raises WrongMaster where it was not given.

    An installation of the first releases does not know its key: one of its keys must open.
    """
    if not inspect(session.connection()).has_table(DataKey.__tablename__):
        return
    held = None
    if inspect(session.connection()).has_table(Installation.__tablename__):
        held = session.scalar(select(Installation.master))
    if held is not None:
        given = vault.fingerprint()
        if not vault.use(held):
            raise WrongMaster(given, held)
        return
    _expect_first_key_to_open(session, vault)


def _expect_first_key_to_open(session: Session, vault: Vault) -> None:
    table = DataKey.__table__
    row = session.execute(select(table.c.id, table.c.wrapped).where(table.c.parent_id.is_(None)).limit(1)).one_or_none()
    if row is not None and not vault.opens(row.id, row.wrapped):
        raise WrongMaster(vault.fingerprint(), "?")


def adopt(session: Session, vault: Vault) -> Installation:
    """The installation's own row, made where an earlier release left none; raises WrongMaster."""
    held: Installation | None = session.scalar(select(Installation))
    if held is not None:
        return held
    _expect_first_key_to_open(session, vault)
    held = Installation(id=new_id(), master=vault.fingerprint())
    session.add(held)
    for row in session.scalars(select(DataKey).where(DataKey.parent_id.is_(None))):
        row.master = held.master
    session.flush()
    return held


def rewrap(session: Session, vault: Vault, after: str, now: datetime, actor: Actor | None = None) -> Rotated:
    """Wrap every key without parent by another master key of the vault, in one transaction with what says so."""
    held = adopt(session, vault)
    before = held.master
    secrets = [
        (row, vault.secret(session, row)) for row in session.scalars(select(DataKey).where(DataKey.parent_id.is_(None)))
    ]
    vault.use(after)
    for row, secret in secrets:
        vault.wrap(session, row, secret)
    held.master = after
    audit.append(session, actor, "rotate_master_key", now, before=before, after=after, keys=len(secrets))
    return Rotated(master=after, keys=len(secrets))


def present_master(session: Session, masters: tuple[bytes, ...]) -> bytes:
    """The one of these master keys that the installation is under; raises WrongMaster."""
    held = session.scalar(select(Installation.master)) or fingerprint(masters[0])
    for each in masters:
        if fingerprint(each) == held:
            return each
    raise WrongMaster(fingerprint(masters[0]), held)


def rotate_data_keys(alone: OpenSession, now: datetime, actor: Actor | None = None) -> Rotated:
    """New keys for centres, patients and cases; rows and files sealed anew, a transaction a key."""
    found = Rotated()
    with alone() as session:
        held = adopt(session, vault_of(session))
        if held.rotation_mark is None:
            held.rotation_mark = new_id()
            audit.append(session, actor, "rotate_data_keys", now, until=held.rotation_mark)
        mark = held.rotation_mark
        session.commit()
    for scope in (DataKey.scope == "centre", DataKey.scope != RETIRED):  # parents before what hangs from them
        _rotate_scope(alone, scope, mark, found)
    with alone() as session:
        found.files = reseal_files(session)
    with alone() as session:
        adopt(session, vault_of(session)).rotation_mark = None
        audit.append(session, actor, "rotated_data_keys", now, keys=found.keys, rows=found.rows, files=found.files)
        session.commit()
    return found


def _rotate_scope(alone: OpenSession, scope: ColumnElement[bool], mark: str, found: Rotated) -> None:
    wanted = select(DataKey.id).where(scope, DataKey.id < mark)
    while True:
        with alone() as session:
            key_id = session.scalar(wanted.order_by(DataKey.id).limit(1))
            if key_id is None:
                return
            found.rows += replace_key(session, session.get_one(DataKey, key_id))
            found.keys += 1
            session.commit()


def replace_key(session: Session, old: DataKey) -> int:
    """A new key in the place of one: rows that it sealed are sealed anew, keys below it wrapped anew.

    The old one stays, wrapped by the new one, for what is never written again. Returns how many values were sealed.
    """
    vault = vault_of(session)
    new = vault.new_key(session, old.scope, old.parent_id)
    resealed = _reseal_rows(session, old.id, new.id)
    _name_instead(session, old.id, new.id)
    for row in session.scalars(select(DataKey).where(DataKey.parent_id == old.id)).all():
        secret = vault.secret(session, row)
        row.parent_id = new.id
        vault.wrap(session, row, secret)
    secret = vault.secret(session, old)
    old.scope, old.parent_id = RETIRED, new.id
    vault.wrap(session, old, secret)
    session.flush()
    session.expire_all()
    for centre in session.scalars(select(Centre).where(Centre.key_id == new.id)).all():
        renew_fingerprints(session, centre)
    return resealed


def _name_instead(session: Session, old: str, new: str) -> None:
    keys_table = DataKey.__table__
    for table in _tables():
        for key in table.foreign_keys:
            if key.column.table is keys_table and table is not keys_table:
                session.execute(update(table).where(key.parent == old).values({key.parent: new}))


def _reseal_rows(session: Session, old: str, new: str) -> int:
    vault, done = vault_of(session), 0
    for table, column in sealed_columns():
        if (table.name, column.name) in PROOF:
            continue
        rows = session.execute(_sealed_by(table, column, old)).all()
        for row_id, sealed in rows:
            place = f"{table.name}.{column.name}.{row_id}"
            plain = vault.open(session, old, sealed, place)
            again = vault.seal(session, new, plain, place)
            session.execute(update(table).where(_id(table) == row_id).values({column: again}))
        done += len(rows)
    return done


def _sealed_by(table: Table, column: Column[Any], key_id: str) -> Select[Any]:
    query = select(_id(table), column).where(column.is_not(None))
    if "key_id" in table.c:
        return query.where(table.c.key_id == key_id)
    cases = Base.metadata.tables["cases"]
    return query.where(_of_cases(table, select(cases.c.id).where(cases.c.key_id == key_id)))


def _of_cases(table: Table, wanted: Select[Any]) -> ColumnElement[bool]:
    """Which rows of a table belong to these cases: by its own column, or by that of the row that it hangs from."""
    if "case_id" in table.c:
        return table.c.case_id.in_(wanted)
    (parent,) = (key for key in table.foreign_keys if "case_id" in key.column.table.c)
    return parent.parent.in_(select(parent.column).where(parent.column.table.c.case_id.in_(wanted)))


def _id(table: Table) -> Column[Any]:
    """The column whose value a ciphertext of the table is bound to."""
    (column,) = table.primary_key.columns
    return column


def _tables() -> list[Table]:
    return list(Base.metadata.sorted_tables)


def sealed_columns() -> list[tuple[Table, Column[Any]]]:
    """Every column that holds ciphertext of the vault, with its table, read from the models."""
    return [
        (table, column)
        for table in _tables()
        for column in table.c
        if isinstance(column.type, LargeBinary) and (table.name, column.name) not in NOT_SEALED
    ]


def reseal_files(session: Session) -> int:
    """Seal anew every file that is under a replaced key: each is replaced as a whole, and opens before and after."""
    vault, done = vault_of(session), 0
    for held in held_files.every(session):
        sealed = store.get(session, held.name)
        if named_key(sealed) == held.key_id:
            continue
        try:
            plain = vault.open(session, held.key_id, sealed, held.place)
        except WrongKey:
            continue  # shredded or damaged: `flask check` says so
        store.replace(session, held.name, vault.seal(session, held.key_id, plain, held.place))
        done += 1
    return done


def status(session: Session) -> dict[str, Any]:
    """Which master key the installation is under, how many keys of each kind, and whether a rotation is under way."""
    held = session.scalar(select(Installation))
    counts = session.execute(select(DataKey.scope, func.count()).group_by(DataKey.scope).order_by(DataKey.scope))
    return {
        "installation": held.id if held else None,
        "master": held.master if held else vault_of(session).fingerprint(),
        "keys": {row[0]: row[1] for row in counts},
        "rotating": bool(held and held.rotation_mark),
    }
