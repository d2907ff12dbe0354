"""Sending what waits in the outbox: after the commit that wrote it, by one sender at a time, at least once.

Without a mail server nothing leaves the hospital: messages are kept. A row is marked as sent by whoever sent it and
by nobody else (DUR-03): what this sender has no way to send (a case's events, which services/telling.py reads)
stays as it is, and each mail is marked in a commit of its own. No two programs commit as one: who is killed after the
server took a mail and before that commit sends it again, one mail at most, under the same Message-ID.
"""

from __future__ import annotations

import fcntl
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session

from compassionate.models import OutboxMessage
from compassionate.services.mail_server import Post, is_final, is_lost

MAIL = "mail"
LOCK = 0x636F6D70  # of PostgreSQL's advisory locks, ours
BATCH = 100
AGAIN_AFTER = timedelta(days=1)  # a server that refuses an address for good is asked once more a day
TRIED_FOR = timedelta(days=14)
MOST_LOST = 3  # connections that break one after the other, before the rest waits for the next run
OpenSession = Callable[[], Session]


@dataclass(slots=True)
class Sent:
    """What one run did: `kept` wait for a sender, `failed` are tried again; `busy`: another run is at it.

    `refused`: the server will not take them, which is asked once more each day.
    """

    sent: int = 0
    kept: int = 0
    failed: int = 0
    busy: bool = False
    refused: int = 0


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
        if post is not None:
            _send_all(session, _Sending(write, post, sender, now, found))
    return found


@dataclass(slots=True)
class _Sending:
    """What one run sends with; `lost` connections broke one after the other."""

    write: OpenSession
    post: Post
    sender: str
    now: datetime
    found: Sent
    lost: int = 0


def _send_all(session: Session, run: _Sending) -> None:
    after = ""
    while waiting := _waiting(session, after, run.now):
        after = waiting[-1].id
        for message in waiting:
            _send_one(message, run)
            if run.lost >= MOST_LOST:
                return


def _due(now: datetime) -> ColumnElement[bool]:
    """What was never refused, and what was refused a day ago or longer and is not too old."""
    again = and_(OutboxMessage.refused_at <= now - AGAIN_AFTER, OutboxMessage.at > now - TRIED_FOR)
    return or_(OutboxMessage.refused_at.is_(None), again)


def _waiting(session: Session, after: str, now: datetime) -> list[OutboxMessage]:
    wanted = select(OutboxMessage).where(
        OutboxMessage.sent_at.is_(None), OutboxMessage.kind == MAIL, OutboxMessage.id > after, _due(now)
    )
    return list(session.scalars(wanted.order_by(OutboxMessage.id).limit(BATCH)))


def _send_one(message: OutboxMessage, run: _Sending) -> None:
    """Send one and mark it, or note that the server refused it; one that is no mail keeps no other waiting."""
    try:
        run.post(_mail(message, run.sender, run.now))
    except (smtplib.SMTPException, OSError, KeyError, ValueError, TypeError) as error:
        run.lost = run.lost + 1 if is_lost(error) else 0
        if not is_final(error):
            run.found.failed += 1
            return
        _mark(message, run, refused=True)
        run.found.refused += 1
        return
    run.lost = 0
    _mark(message, run)
    run.found.sent += 1


def _mark(message: OutboxMessage, run: _Sending, refused: bool = False) -> None:
    with run.write() as session:
        row = session.get_one(OutboxMessage, message.id)
        if refused:
            row.refused_at = run.now
        else:
            row.sent_at = run.now
        if not refused and row.payload.get("forget"):  # a list of cases is kept no longer than it takes to send it
            row.payload = {name: value for name, value in row.payload.items() if name != "text"}
        session.commit()


def refused(session: Session) -> list[str]:
    """The addresses whose mails the server refuses, each once: somebody must write them right."""
    wanted = select(OutboxMessage.payload).where(
        OutboxMessage.sent_at.is_(None), OutboxMessage.kind == MAIL, OutboxMessage.refused_at.is_not(None)
    )
    return sorted({str(payload.get("to", "")) for payload in session.scalars(wanted)})


def _mail(message: OutboxMessage, sender: str, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.payload["to"], message.payload["subject"]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.id}@compassionate.invalid>"  # sent twice after a crash, it is one mail
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(message.payload["text"], cte="quoted-printable")  # seven bits: every server takes them
    return mail
