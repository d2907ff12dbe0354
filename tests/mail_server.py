"""A mail server of the tests: it speaks real SMTP on this machine, keeps what came over the wire and does as told."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.attacks.serving import free_port

USER, SECRET = b"compassionate", b"s@l y pimienta"
OK = "250 taken"


@dataclass
class Taken:
    """What the server holds of one mail, whether it said 250 or not."""

    sender: str
    to: list[str]
    raw: bytes
    was_private: bool
    logged_in: bool

    @property
    def mail(self) -> EmailMessage:
        """The mail as its reader sees it."""
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class MailServer:
    """What came, and what the server answers: to an address (RCPT), to a mail (DATA); `drop` breaks off after DATA.

    `before_ok` is called before a 250 of which `has_said_ok` tells once it is on the wire.
    """

    port: int
    came: list[Taken] = field(default_factory=list)
    to_address: Callable[[str], str] = lambda address: OK
    to_mail: Callable[[EmailMessage], str] = lambda mail: OK
    drop: Callable[[EmailMessage], bool] = lambda mail: False
    before_ok: Callable[[], None] | None = None
    has_said_ok: bool = False
    connections: int = 0
    lets_in: bool = True
    tried: int = 0

    def forbid(self) -> bool:
        """From now on no password is right; breaks off."""
        self.lets_in = False
        return True

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, lines: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = name
        return lines

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        said = self.to_address(address)
        if said == OK:
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        taken = Taken(
            envelope.mail_from, envelope.rcpt_tos, envelope.original_content, session.ssl is not None,
            session.authenticated,
        )  # fmt: skip
        self.came.append(taken)
        if self.drop(taken.mail):
            server.transport.abort()
            await asyncio.sleep(0)
        if self.before_ok is not None:
            self.before_ok()
            await server.push(OK)  # it is on the wire: from here on the mail is the server's
            self.has_said_ok = True
        return self.to_mail(taken.mail)


def _authenticator(server: Any, session: Any, envelope: Any, mechanism: str, held: Any) -> AuthResult:
    here: MailServer = server.event_handler
    here.tried += 1
    good = here.lets_in and isinstance(held, LoginPassword) and (held.login, held.password) == (USER, SECRET)
    return AuthResult(success=good, handled=good)


@contextmanager
def listening(context: ssl.SSLContext | None = None, at_once: bool = False, **more: Any) -> Iterator[MailServer]:
    """A server that is gone afterwards; with a context it offers STARTTLS, or speaks TLS `at_once`."""
    server = MailServer(free_port())
    tls = {"ssl_context" if at_once else "tls_context": context} if context else {}
    controller = Controller(server, hostname="127.0.0.1", port=server.port, server_hostname="correo", **tls, **more)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def with_log_in(at_once: bool = False) -> dict[str, Any]:
    """A server that takes mail from whoever logs in alone, and under TLS alone (where TLS is there from the start,
    it does not know of it)."""
    begun = {} if at_once else {"auth_required": True, "require_starttls": True}
    return {"authenticator": _authenticator, "auth_require_tls": not at_once, **begun}


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate for this machine that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    names += [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))] if name == "localhost" else []
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def context_of(path: Path) -> ssl.SSLContext:
    """What a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
