"""The document store: files under generated names, written once, never overwritten (folder, memory or S3).

A file is on the disk before the row that names it is committed (DUR-02): a file of a folder is synced with the
folders that hold its name; S3 answers only when it keeps it.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url
from sqlalchemy.orm import Session

from compassionate.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


def open_store(address: str) -> ObjectStore:
    """The store at an address: a folder, `memory:` or `s3://bucket/prefix`."""
    if address == "memory:":
        return MemoryStore()
    if "://" in address:
        return from_url(address)
    Path(address).mkdir(parents=True, exist_ok=True)
    return LocalStore(address)


def store_of(session: Session) -> ObjectStore:
    """The store that this session was given when it was made."""
    store: ObjectStore = session.info["store"]
    return store


def put(session: Session, key: str, data: bytes) -> None:
    """Write a new file and wait until the disk has it; raises Unavailable.

    One that is there already is left as it is (its name is its content's own id).
    """
    store = store_of(session)
    try:
        _require(store)
        _put(store, key, data)
        if isinstance(store, LocalStore):
            _sync(Path(str(store.prefix)), key)
    except (BaseError, OSError) as error:
        raise Unavailable("store") from error


def _put(store: ObjectStore, key: str, data: bytes) -> None:
    try:
        store.put(key, data, mode="create")
    except AlreadyExistsError:
        return


def replace(session: Session, key: str, data: bytes) -> None:
    """Put other bytes in the place of a file, as a whole; raises Unavailable.

    Whoever reads meanwhile has the old ones or the new ones.
    """
    store = store_of(session)
    try:
        _require(store)
        store.put(key, data, mode="overwrite")
        if isinstance(store, LocalStore):
            _sync(Path(str(store.prefix)), key)
    except (BaseError, OSError) as error:
        raise Unavailable("store") from error


def _require(store: ObjectStore) -> None:
    """A folder that went away (a disk that is not mounted) is never made anew: files would go to the wrong place."""
    if isinstance(store, LocalStore) and not Path(str(store.prefix)).is_dir():
        raise FileNotFoundError(str(store.prefix))


def _sync(root: Path, key: str) -> None:
    path = root / key
    for each in (path, *[parent for parent in path.parents if parent == root or root in parent.parents]):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def get(session: Session, key: str) -> bytes:
    """The bytes of a file; raises NotFound, and Unavailable where the whole store does not answer."""
    store = store_of(session)
    try:
        return bytes(store.get(key).bytes())
    except FileNotFoundError as error:
        try:
            _require(store)
        except FileNotFoundError:
            raise Unavailable("store") from error
        raise NotFound from error
    except (BaseError, OSError) as error:
        raise Unavailable("store") from error


def remove(session: Session, key: str) -> None:
    """Delete a file that no row names any more; one that is gone already is gone."""
    try:
        store_of(session).delete(key)
    except FileNotFoundError:
        return


def names(session: Session) -> list[str]:
    """The names of every file."""
    return [name for name, _ in files(session)]


def files(session: Session) -> Iterator[tuple[str, datetime]]:
    """Every file's name and when it was written."""
    for page in store_of(session).list():
        for entry in page:
            yield str(entry["path"]), entry["last_modified"]


def answers(session: Session) -> bool:
    """Whether the store can be read and, where it is a folder, written."""
    store = store_of(session)
    try:
        _require(store)
        store.list(prefix="none").collect()
    except (BaseError, OSError):
        return False
    return not isinstance(store, LocalStore) or os.access(str(store.prefix), os.W_OK | os.X_OK)
