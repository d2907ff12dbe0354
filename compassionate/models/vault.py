"""Keys and ciphertext: a master key outside the database, a key a centre, a key a patient and a case.

Every ciphertext names its key and is bound to table, column and row, so that moving it elsewhere fails
loudly (AES-256-GCM). Shredding a patient is deleting one key with those below it; a key that was
replaced stays, wrapped by the one that replaced it, for what is never written again (history, audit) or not yet.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified, new_id
from compassionate.models.database import insert_missing

NONCE_BYTES = 12
KEY_BYTES = 32
SEAL = b"\xc1K1"  # a ciphertext that names its key begins so; those of the first releases begin with a nonce
HEADER = len(SEAL) + 16
RETIRED = "retired"


class Installation(Base):
    """What this installation is: its id, the fingerprint of its master key, and how far a rotation of keys has come.

    `rotation_mark`: data keys with a smaller id are still to be replaced (ids grow with time).
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("number = 1", name="one_row"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), default=new_id)
    master: Mapped[str] = mapped_column(String(16))
    rotation_mark: Mapped[str | None] = mapped_column(String(ID_LENGTH))


class DataKey(Identified, Base):
    """A key wrapped by its parent: `scope` is `centre`, `patient`, `case`, or `retired` under the key that replaced it.

    `master` is the fingerprint of the master key that wraps a key without parent.
    """

    __tablename__ = "data_keys"
    scope: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"), index=True)
    wrapped: Mapped[bytes]
    master: Mapped[str | None] = mapped_column(String(16))


class WrongKey(Exception):
    """A ciphertext does not open: wrong key, or it was moved from another row."""


class MasterChanged(WrongKey):
    """The installation's master key was replaced while this process was running: it has to be started again."""


class Vault:
    """Opens and seals with the keys of one installation; holds the unwrapped ones in memory.

    `others` are master keys that may wrap rows too: the next one, while keys are being rotated.
    """

    def __init__(self, master_key: bytes, others: Iterable[bytes] = ()) -> None:
        self._masters = {fingerprint(key): key for key in (master_key, *others)}
        self._master = master_key
        self._known: dict[str, bytes] = {}

    def new_key(self, session: Session, scope: str, parent_id: str | None = None) -> DataKey:
        """A fresh key of a scope, wrapped by its parent (None: the master key)."""
        row = DataKey(id=new_id(), scope=scope, parent_id=parent_id)
        if parent_id is None:
            self._expect_master(session)
        self.wrap(session, row, os.urandom(KEY_BYTES))
        session.add(row)
        session.flush()
        return row

    def wrap(self, session: Session, row: DataKey, secret: bytes) -> None:
        """Wrap a key's secret by its parent, or by the master key where it has none."""
        parent = self._master if row.parent_id is None else self._key(session, row.parent_id)
        row.master = self.fingerprint() if row.parent_id is None else None
        row.wrapped = _encrypt(parent, secret, _wrapped_place(row.id))
        self._known[row.id] = secret

    def secret(self, session: Session, row: DataKey) -> bytes:
        """The secret of a key, to wrap it anew; raises WrongKey."""
        return self._key(session, row.id)

    def seal(self, session: Session, key_id: str, plain: bytes, bound_to: str) -> bytes:
        """Ciphertext of `plain` that names its key, readable only with that key and only at that place."""
        header = SEAL + uuid.UUID(key_id).bytes
        return header + _encrypt(self._key(session, key_id), plain, bound_to, header)

    def open(self, session: Session, key_id: str, sealed: bytes, bound_to: str) -> bytes:
        """The plain bytes; raises WrongKey where the place differs, or the key is neither this one nor one it replaced.

        A ciphertext of the first releases names no key: it is tried with each key of the family.
        """
        named = named_key(sealed)
        if named is not None and (named == key_id or named in self._family(session, key_id)):
            return _decrypt(self._key(session, named), sealed[HEADER:], bound_to, sealed[:HEADER])
        for each in (key_id, *self._family(session, key_id)):
            try:
                return _decrypt(self._key(session, each), sealed, bound_to)
            except WrongKey:
                continue
        raise WrongKey(f"the ciphertext of {bound_to} does not open")

    def blind_index(self, session: Session, key_id: str, field: str, value: str) -> str:
        """A keyed fingerprint of an identifier, by field and centre: exact search without the value."""
        derived = hmac.digest(self._key(session, key_id), f"blind-index.{field}".encode(), hashlib.sha256)
        return hmac.new(derived, value.encode(), hashlib.sha256).hexdigest()

    def forget(self, *key_ids: str) -> None:
        """Drop keys from memory: they were destroyed."""
        for key_id in key_ids:
            self._known.pop(key_id, None)

    def fingerprint(self) -> str:
        """Tells one master key from another without giving it away."""
        return fingerprint(self._master)

    def use(self, master: str) -> bool:
        """Take the master key of that fingerprint as the installation's; says whether it is held."""
        if master not in self._masters:
            return False
        self._master = self._masters[master]
        return True

    def hold(self, master_key: bytes) -> None:
        """Hold another master key beside the installation's own."""
        self._masters[fingerprint(master_key)] = master_key

    def opens(self, key_id: str, wrapped: bytes) -> bool:
        """Whether the master key opens a key that it should have wrapped."""
        try:
            _decrypt(self._master, wrapped, _wrapped_place(key_id))
        except WrongKey:
            return False
        return True

    def _expect_master(self, session: Session) -> None:
        held = session.scalar(select(Installation.master))
        if held is None:
            insert_missing(session, Installation, number=1, id=new_id(), master=self.fingerprint(), rotation_mark=None)
        elif held != self.fingerprint():
            raise MasterChanged("the master key of this installation is another one")

    def _key(self, session: Session, key_id: str) -> bytes:
        row = session.get(DataKey, key_id)  # asked each time: a key that was shredded opens nothing in any process
        if row is None:
            self._known.pop(key_id, None)
            raise WrongKey(f"key {key_id} is gone")
        if key_id not in self._known:
            self._known[key_id] = _decrypt(self._parent(session, row), row.wrapped, _wrapped_place(row.id))
        return self._known[key_id]

    def _parent(self, session: Session, row: DataKey) -> bytes:
        if row.parent_id is not None:
            return self._key(session, row.parent_id)
        if row.master is None:
            return self._master
        if row.master not in self._masters:
            raise MasterChanged(f"key {row.id} is wrapped by another master key")
        return self._masters[row.master]

    @staticmethod
    def _family(session: Session, key_id: str) -> list[str]:
        """The keys that this one replaced, newest first."""
        retired = select(DataKey.id).where(DataKey.parent_id == key_id, DataKey.scope == RETIRED)
        return list(session.scalars(retired.order_by(DataKey.id.desc())))


def fingerprint(master_key: bytes) -> str:
    """Tells one master key from another without giving it away; raises ValueError for what is no key."""
    if len(master_key) != KEY_BYTES:
        raise ValueError(f"the master key must have {KEY_BYTES} bytes")
    return hmac.new(master_key, b"compassionate.master", hashlib.sha256).hexdigest()[:16]


def derive(master_key: bytes, purpose: str) -> bytes:
    """A key for one purpose, from a master key (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(master_key)


def named_key(sealed: bytes) -> str | None:
    """The id of the key that a ciphertext names; None for one of the first releases."""
    if not sealed.startswith(SEAL) or len(sealed) < HEADER + NONCE_BYTES:
        return None
    return str(uuid.UUID(bytes=bytes(sealed[len(SEAL) : HEADER])))


def _wrapped_place(key_id: str) -> str:
    return f"data_keys.wrapped.{key_id}"


def _encrypt(key: bytes, plain: bytes, bound_to: str, header: bytes = b"") -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, header + bound_to.encode())


def _decrypt(key: bytes, sealed: bytes, bound_to: str, header: bytes = b"") -> bytes:
    if len(sealed) < NONCE_BYTES:
        raise WrongKey(f"the ciphertext of {bound_to} is cut")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], header + bound_to.encode())
    except InvalidTag as error:
        raise WrongKey(f"the ciphertext of {bound_to} does not open") from error


def vault_of(session: Session) -> Vault:
    """The vault that this session was given when it was made."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    return vault


def seal(session: Session, row: Any, column: str, key_id: str, value: Any) -> None:
    """Write a JSON value sealed into a column of a row."""
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    setattr(row, column, vault_of(session).seal(session, key_id, plain, _place(row, column)))


def unseal(session: Session, row: Any, column: str, key_id: str) -> Any:
    """The JSON value that `seal` wrote; None for an empty column."""
    sealed = getattr(row, column)
    if sealed is None:
        return None
    return json.loads(vault_of(session).open(session, key_id, sealed, _place(row, column)))


def _place(row: Any, column: str) -> str:
    if row.id is None:
        row.id = new_id()
    return f"{row.__tablename__}.{column}.{row.id}"
