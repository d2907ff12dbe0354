"""The document store: files under generated names, written once, never overwritten (folder, memory or S3)."""

from __future__ import annotations

from pathlib import Path

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url
from sqlalchemy.orm import Session

from compassionate.errors import NotFound


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
    """Write a new file; one that is there already is left as it is (its name is its content's own id)."""
    try:
        store_of(session).put(key, data, mode="create")
    except AlreadyExistsError:
        return


def get(session: Session, key: str) -> bytes:
    """The bytes of a file; raises NotFound."""
    try:
        return bytes(store_of(session).get(key).bytes())
    except FileNotFoundError as error:
        raise NotFound from error


def names(session: Session) -> list[str]:
    """The names of every file."""
    return [str(entry["path"]) for page in store_of(session).list() for entry in page]
