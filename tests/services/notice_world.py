"""A hospital on a database of its own, and what telling needs: sessions that read and sessions that write."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from compassionate.models import Account, Notice, OutboxMessage
from compassionate.models.database import WRITE
from compassionate.models.vault import Vault
from tests.world import World


class Telling:
    """The doors of a database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.read = partial(Session, engine)
        self.world = World(Session(engine, info={"vault": vault}))
        self.world.session.commit()

    def write(self) -> Session:
        """A session that queues with other writers."""
        session = Session(self.engine)
        session.connection(execution_options=WRITE)
        return session

    def told(self) -> list[tuple[str, str, str]]:
        """Every notice: who, kind, of which step or clock."""
        self.world.session.commit()
        with self.read() as session:
            rows = session.execute(
                select(Account.username, Notice.kind, Notice.params)
                .join(Account, Account.id == Notice.account_id)
                .order_by(Notice.id)
            )
            return sorted(
                (name.partition(".")[0], kind, params.get("step") or params["clock"]) for name, kind, params in rows
            )

    def mails(self) -> list[Any]:
        """What the outbox holds of mails."""
        with self.read() as session:
            wanted = select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
            return [dict(row.payload) for row in session.scalars(wanted)]
