"""Restoring a backup into an empty installation: verified before anything is touched, then all of it or nothing.

A backup of an older schema is loaded as what it is and brought up to date; one under an archived master key is
wrapped by the present one. Everybody logs in again, and the audit chain says that a new epoch begins (Annex 11 §7.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from obstore.store import ObjectStore
from sqlalchemy import Connection, Engine, MetaData, Table, select, update
from sqlalchemy.orm import Session

from compassionate.models import Account, Installation
from compassionate.models.vault import Vault, fingerprint
from compassionate.services import audit, backup, backup_rows, chain, instance, keys, store
from compassionate.services.actors import Actor
from compassionate.services.backup import Manifest, refused


def restore(
    engine: Engine,
    held_store: ObjectStore,
    folder: Path,
    masters: tuple[bytes, ...],
    salt: str,
    now: datetime,
    actor: Actor | None = None,
) -> Manifest:
    """Put a backup into an empty installation; `masters`: the present one, then archived ones. Raises Refused."""
    manifest, master = backup.verify(folder, masters)
    if not instance.knows_revision(manifest.revision):
        raise refused("newer", version=manifest.version)
    if manifest.salt != backup.salt_fingerprint(salt):
        raise refused("salt")
    with engine.connect() as connection:
        _expect_no_rows(connection)
    names = {name for name, _ in backup.files(folder, manifest, master)}
    with Session(engine, info={"store": held_store}) as session:
        if set(store.names(session)) - names:
            raise refused("not_empty", what="el almacén de documentos")
        for name, data in backup.files(folder, manifest, master):
            store.put(session, name, data)  # one that an earlier attempt had put is the same, or `flask check` says so
    vault = Vault(master, masters)
    with instance.moving_schema(engine) as connection:
        _expect_no_rows(connection)
        _fill(connection, manifest, backup.rows(folder, manifest, master))
        with Session(connection, join_transaction_mode="rollback_only", info={"vault": vault}) as session:
            _settle(session, vault, manifest, fingerprint(masters[0]), now, actor)
            session.flush()
    return manifest


def _tables(connection: Connection) -> list[Table]:
    return [table for table in backup_rows.tables(connection) if table.name != Installation.__tablename__]


def _expect_no_rows(connection: Connection) -> None:
    for table in _tables(connection):
        if connection.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise refused("not_empty", what=f"la tabla {table.name}")


def _fill(connection: Connection, manifest: Manifest, lines: Iterable[str]) -> None:
    if instance.held_revision(connection) != manifest.revision:
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
        instance.upgrade(connection, manifest.revision)
    else:
        connection.exec_driver_sql("DELETE FROM installation")
    if backup_rows.load(connection, lines) != manifest.counts:
        raise refused("damaged", part=backup.ROWS)
    instance.upgrade(connection)


def _settle(
    session: Session, vault: Vault, manifest: Manifest, present: str, now: datetime, actor: Actor | None
) -> None:
    """The restored installation under the present master key, nobody logged in, its chains whole."""
    kept = {name: manifest.audit[name] for name in manifest.audit}
    if not chain.verify_all(session, [kept])["ok"]:
        raise refused("damaged", part="audit")
    audit.append(session, actor, "restore_backup", now, backup=manifest.id, made_at=manifest.made_at, **_epoch(kept))
    keys.adopt(session, vault)
    if vault.fingerprint() != present:
        keys.rewrap(session, vault, present, now, actor)
    for account_id in session.scalars(select(Account.id)).all():
        anew = secrets.token_hex(32)
        session.execute(update(Account).where(Account.id == account_id).values(session_key=anew))


def _epoch(head: dict[str, object]) -> dict[str, object]:
    """Where the chain stood when the backup was made: the rows after it are of a new epoch."""
    return {"rows": head["rows"], "head": head["head"]}
