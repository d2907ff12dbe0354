"""What the application is built on: database sessions, languages, CSRF, log-in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from obstore.store import ObjectStore
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from compassionate.models.database import ALONE, PATIENCE, WRITE
from compassionate.models.vault import Vault
from compassionate.questionnaires import Catalogue
from compassionate.services.reports import LEAST
from compassionate.services.scanning import Scanner
from compassionate.services.seals import SealSettings
from compassionate.services.typed_order import Orders

babel = Babel()
csrf = CSRFProtect()
MULTIPART = "multipart/form-data"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOTHING, UNKNOWN, KEPT = "nothing", "unknown", "kept"


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every session of the application is given."""

    engine: Engine
    vault: Vault
    forms: Catalogue
    store: ObjectStore
    orders: Orders = field(default_factory=dict)
    seal: SealSettings = field(default_factory=SealSettings)
    address: str = ""
    scanner: Scanner | None = None
    small_cell: int = LEAST

    def session(self, write: bool = False, alone: bool = False, patience: int | None = None) -> Session:
        """A session that knows keys, forms and document store; `write` queues with other writers from the first.

        `alone`: a writer beside whom nobody writes, on every database (keys that are being replaced).
        `patience`: seconds that it waits for another writer.
        """
        info: dict[str, Any] = {"vault": self.vault, "forms": self.forms, "store": self.store, "orders": self.orders}
        info |= {"seal": self.seal, "address": self.address, "scanner": self.scanner}
        info["small_cell"] = self.small_cell
        session = Session(self.engine, info=info)
        if write or alone:
            session.connection(
                execution_options=(ALONE if alone else WRITE) | ({PATIENCE: patience} if patience else {})
            )
        return session


def foundation() -> Foundation:
    """The foundation of the running application."""
    held: Foundation = current_app.extensions["compassionate"]
    return held


def db() -> Session:
    """The session of this request, begun as a writer where the request writes."""
    if "session" not in g:
        g.session = _begun()
        g.session.info["request"] = g.get("request_id", "")  # stands in every audit row of this request
    session: Session = g.session
    return session


def commit() -> None:
    """Commit the request's session; what the request did is durable when this returns."""
    g.outcome = UNKNOWN  # a connection may drop between the commit and its answer: then nobody may say either
    try:
        db().commit()
    except DBAPIError as error:
        g.outcome = UNKNOWN if error.connection_invalidated else NOTHING
        raise
    g.outcome = KEPT


def outcome() -> str:
    """What became of the request's writing, for a page that says so after a fault: nothing, unknown or kept."""
    return str(g.get("outcome", NOTHING))


def close_session(error: Any = None) -> None:
    """Give the request's connection back, undoing what was not committed."""
    session = g.pop("session", None)
    if session is not None:
        with suppress(SQLAlchemyError):  # a connection that is gone cannot even be told so
            session.close()


def begin_writing() -> Session:
    """Turn the request's session into a writer after long reading: what it had read is read anew."""
    session = db()
    session.rollback()
    session.connection(execution_options=WRITE)
    return session


def reads_first(view: Any) -> Any:
    """Mark a writing page that works long before it writes (a PDF): its session starts as a reader."""
    view.reads_first = True
    return view


def alone(view: Any) -> Any:
    """Mark a writing page beside whom nobody writes: terms are counted by what it changes (calendars, TIM-07).

    A step that was begun earlier is over before the change begins, and what it opened is then counted again; one that
    is begun later waits, and counts by what is new.
    """
    view.alone = True
    return view


def _begun() -> Session:
    view = current_app.view_functions.get(request.endpoint or "")
    return foundation().session(write=_starts_as_writer(), alone=_starts_as_writer() and getattr(view, "alone", False))


def _starts_as_writer() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    with_files = request.mimetype == MULTIPART and getattr(view, "takes_files", False)
    return request.method in WRITING and not with_files and not getattr(view, "reads_first", False)
