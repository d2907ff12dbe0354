"""Sending what waits in the outbox: after the commit that wrote it, once, by one sender at a time.

Without a mail server nothing leaves the hospital: messages are kept. A row is marked as sent by whoever sent it and
by nobody else (DUR-03): what this sender has no way to send (a case's events, which services/telling.py reads)
stays as it is, and each mail is marked in a commit of its own, so that a kill repeats one mail at most.
"""

from __future__ import annotations

import fcntl
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from compassionate.models import OutboxMessage

MAIL = "mail"
LOCK = 0x636F6D70  # of PostgreSQL's advisory locks, ours
BATCH = 100
Post = Callable[[EmailMessage], None]
OpenSession = Callable[[], Session]


@dataclass(slots=True)
class Sent:
    """What one run did: `kept` wait for a sender, `failed` are tried again; `busy`: another run is at it."""

    sent: int = 0
    kept: int = 0
    failed: int = 0
    busy: bool = False


@contextmanager
def _alone(session: Session) -> Iterator[bool]:
    """Whether this run is the only sender: an advisory lock of the server, or a locked file beside SQLite's."""
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        held = bool(session.scalar(select(func.pg_try_advisory_lock(LOCK))))
        try:
            yield held
        finally:
            if held:
                session.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        return
    with Path(f"{bind.engine.url.database}.outbox").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def send(read: OpenSession, write: OpenSession, post: Post | None, sender: str, now: datetime) -> Sent:
    """Send what waits; idempotent, and safe when it runs twice at once. Without `post` everything is kept."""
    found = Sent()
    with read() as session, _alone(session) as alone:
        if not alone:
            return Sent(busy=True)
        unsent = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
        found.kept = session.scalar(unsent if post is None else unsent.where(OutboxMessage.kind != MAIL)) or 0
        after = ""
        while post is not None and (waiting := _waiting(session, after)):
            after = waiting[-1].id
            for message in waiting:
                _send_one(message, write, post, sender, now, found)
    return found


def _waiting(session: Session, after: str) -> list[OutboxMessage]:
    wanted = select(OutboxMessage).where(
        OutboxMessage.sent_at.is_(None), OutboxMessage.kind == MAIL, OutboxMessage.id > after
    )
    return list(session.scalars(wanted.order_by(OutboxMessage.id).limit(BATCH)))


def _send_one(message: OutboxMessage, write: OpenSession, post: Post, sender: str, now: datetime, found: Sent) -> None:
    if not _posted(message, post, sender):
        found.failed += 1
        return
    with write() as session:
        row = session.get_one(OutboxMessage, message.id)
        row.sent_at = now
        if row.payload.get("forget"):  # a list of cases is kept no longer than it takes to send it
            row.payload = {name: value for name, value in row.payload.items() if name != "text"}
        session.commit()
    found.sent += 1


def _posted(message: OutboxMessage, post: Post, sender: str) -> bool:
    try:
        post(_mail(message, sender))
    except (smtplib.SMTPException, OSError, KeyError, ValueError, TypeError):
        return False  # one that cannot be written as a mail must not keep the others waiting
    return True


def _mail(message: OutboxMessage, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.payload["to"], message.payload["subject"]
    mail["Message-ID"] = f"<{message.id}@compassionate.invalid>"  # sent twice after a crash, it is one mail
    mail.set_content(message.payload["text"])
    return mail


@contextmanager
def post_office(url: str) -> Iterator[Post | None]:
    """The mail server at `smtp://user:password@host:port` (`smtps://` for TLS from the start); none for no address."""
    if not url:
        yield None
        return
    parts = urlsplit(url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname or "localhost", parts.port or 0, timeout=20) as server:
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield lambda mail: (server.send_message(mail), None)[1]
