"""Keys and ciphertext: a master key outside the database, a key a centre, a key a patient and a case.

Every ciphertext names its key and is bound to table, column and row, so that moving it elsewhere fails
loudly (AES-256-GCM). Shredding a patient is deleting one row of `data_keys`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified, new_id

NONCE_BYTES = 12
KEY_BYTES = 32
MASTER = "master"


class DataKey(Identified, Base):
    """A key wrapped by its parent: `scope` is `centre`, `patient` or `case`."""

    __tablename__ = "data_keys"
    scope: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    wrapped: Mapped[bytes]


class WrongKey(Exception):
    """A ciphertext does not open: wrong key, or it was moved from another row."""


class Vault:
    """Opens and seals with the keys of one installation; holds the unwrapped ones in memory."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key must have {KEY_BYTES} bytes")
        self._master = master_key
        self._known: dict[str, bytes] = {}

    def new_key(self, session: Session, scope: str, parent_id: str | None = None) -> DataKey:
        """A fresh key of a scope, wrapped by its parent (None: the master key)."""
        row = DataKey(id=new_id(), scope=scope, parent_id=parent_id)
        secret = os.urandom(KEY_BYTES)
        row.wrapped = self._encrypt(self._parent(session, parent_id), secret, f"data_keys.wrapped.{row.id}")
        session.add(row)
        session.flush()
        return row

    def seal(self, session: Session, key_id: str, plain: bytes, bound_to: str) -> bytes:
        """Ciphertext of `plain`, readable only with that key and only at that place."""
        return self._encrypt(self._key(session, key_id), plain, bound_to)

    def open(self, session: Session, key_id: str, sealed: bytes, bound_to: str) -> bytes:
        """The plain bytes; raises WrongKey where key or place differ."""
        return self._decrypt(self._key(session, key_id), sealed, bound_to)

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
        return hmac.new(self._master, b"compassionate.master", hashlib.sha256).hexdigest()[:16]

    def _key(self, session: Session, key_id: str) -> bytes:
        if key_id not in self._known:
            row = session.get(DataKey, key_id)
            if row is None:
                raise WrongKey(f"key {key_id} is gone")
            self._known[key_id] = self._decrypt(
                self._parent(session, row.parent_id), row.wrapped, f"data_keys.wrapped.{row.id}"
            )
        return self._known[key_id]

    def _parent(self, session: Session, parent_id: str | None) -> bytes:
        return self._master if parent_id is None else self._key(session, parent_id)

    @staticmethod
    def _encrypt(key: bytes, plain: bytes, bound_to: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())

    @staticmethod
    def _decrypt(key: bytes, sealed: bytes, bound_to: str) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
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
