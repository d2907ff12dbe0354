"""The hospital's mail server: how a mail is handed to it, and whether what it says of one is its last word.

TLS is begun wherever the server offers it, its certificate and name are always looked at, and a password is never
said in clear. What a mail holds is looked at elsewhere (RET-03: none names a patient). A connection that breaks
is made anew, so that a mail at which a server always breaks it keeps no other waiting.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

Post = Callable[[EmailMessage], None]
PATIENCE = 20
FINAL = 500  # from here on a server means what it says (RFC 5321 4.2.1)
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NoTls(smtplib.SMTPException):
    """A password would have gone over the wire in clear."""


class NoServer(smtplib.SMTPException):
    """The server could not be reached once more, or did not let us in again."""


LOST = (NoServer, smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError)


@dataclass(slots=True)
class _Office:
    """A connection that is made anew where the last mail broke it."""

    parts: SplitResult
    held: smtplib.SMTP | None = field(default=None)

    def open(self) -> smtplib.SMTP:
        """The server, greeted and logged in to; raises SMTPException, OSError."""
        if self.held is not None and self.held.sock is not None:  # a server that says 421 hangs up
            return self.held
        host, port = self.parts.hostname or "localhost", self.parts.port or 0
        if self.parts.scheme == "smtps":
            self.held = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        else:
            self.held = smtplib.SMTP(host, port, timeout=PATIENCE)
            self._go_private(self.held, host)
        if self.parts.username:
            self.held.login(unquote(self.parts.username), unquote(self.parts.password or ""))
        return self.held

    def _go_private(self, server: smtplib.SMTP, host: str) -> None:
        server.ehlo()  # before it nobody knows what the server offers
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif self.parts.username and host not in THIS_MACHINE:
            raise NoTls(f"{host} ofrece la conexión sin cifrar y no se le dice la contraseña")

    def post(self, mail: EmailMessage) -> None:
        """Hand over one mail; raises what the server said of it."""
        try:
            self._again().send_message(mail)
        except LOST:
            self.close()
            raise

    def _again(self) -> smtplib.SMTP:
        try:
            return self.open()
        except (smtplib.SMTPException, OSError) as error:
            raise NoServer(str(error)) from error

    def close(self) -> None:
        """Hang up; whoever has hung up already is not asked."""
        if self.held is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.held.quit()
            self.held.close()
        self.held = None


@contextmanager
def post_office(url: str) -> Iterator[Post | None]:
    """The mail server at `smtp://user:password@host:port` (`smtps://` for TLS from the start); none for no address."""
    if not url:
        yield None
        return
    office = _Office(urlsplit(url))
    try:
        office.open()
        yield office.post
    finally:
        office.close()


def is_final(error: Exception) -> bool:
    """Whether it would be the same tomorrow: the server refuses the address or the mail, or it is no mail at all.

    What it says of us or of the connection is no word about a mail.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers: list[Any] = list(error.recipients.values())
        return all(code >= FINAL for code, _ in answers)
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= FINAL
    return isinstance(error, (KeyError, ValueError, TypeError)) and not isinstance(error, OSError)


def is_lost(error: Exception) -> bool:
    """Whether the connection broke."""
    return isinstance(error, LOST)
