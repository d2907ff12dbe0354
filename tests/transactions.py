"""Which tables each committed transaction wrote: what proves that a change and its row of proof are one."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine, event

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
PROOF = "audit_entries"


class Transactions:
    """What an engine commits, from now on: the names of the tables of each transaction that wrote anything."""

    def __init__(self, engine: Engine) -> None:
        self._committed: list[frozenset[str]] = []
        event.listen(engine, "after_cursor_execute", self._note)
        event.listen(engine, "commit", self._keep)
        event.listen(engine, "rollback", self._drop)

    def taken(self) -> list[frozenset[str]]:
        """The transactions since this was asked last."""
        held, self._committed = self._committed, []
        return held

    def _note(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        found = WRITES.match(statement)
        if found and cursor.rowcount != 0:
            connection.info.setdefault("tables written", set()).add(found[1].lower())

    def _keep(self, connection: Any) -> None:
        written = connection.info.pop("tables written", None)
        if written:
            self._committed.append(frozenset(written))

    def _drop(self, connection: Any) -> None:
        connection.info.pop("tables written", None)
