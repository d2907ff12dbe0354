"""Mail over real SMTP: private where it can be, refusals told apart, broken connections, no patient in any byte."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import OutboxMessage, new_id
from compassionate.services import notice_mails, outbox, telling
from compassionate.services.mail_server import NoTls, post_office
from tests import mail_server
from tests.mail_server import MailServer, listening
from tests.services.notice_world import Telling
from tests.world import START

pytestmark = pytest.mark.one_database

SENDER = "farmacia@hga.example"
DAY = timedelta(days=1)
WITH_PASSWORD = "smtp://compassionate:s%40l%20y%20pimienta@{host}:{port}"


@pytest.fixture
def sessions(fresh_engine) -> Callable[[], Session]:
    """Sessions on a database of its own."""
    return partial(Session, fresh_engine)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with listening() as found:
        yield found


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that the machine trusts, as a hospital's own authority is named to it."""
    path = mail_server.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return mail_server.context_of(path)


def put(sessions, *subjects: str) -> None:
    with sessions() as session:
        for number, subject in enumerate(subjects):
            mail = {"to": f"{subject}@hga.example", "subject": subject, "text": "Mañana le toca: entre."}
            row_id = f"{number:04}{new_id()[4:]}"  # in this order, also within a millisecond
            session.add(OutboxMessage(id=row_id, at=START, kind=outbox.MAIL, key=new_id(), payload=mail))
        session.commit()


def run(sessions, server: MailServer, now=START, url: str = "smtp://127.0.0.1:{port}") -> outbox.Sent:
    with post_office(url.format(host="127.0.0.1", port=server.port)) as post:
        return outbox.send(sessions, sessions, post, SENDER, now)


def came(server: MailServer) -> list[str]:
    return [taken.mail["Subject"] for taken in server.came]


def test_without_an_address_there_is_no_post_office():
    with post_office("") as post:
        assert post is None


def test_a_mail_arrives_as_it_was_written_once(sessions, server: MailServer):
    put(sessions, "uno", "dos")
    assert run(sessions, server) == outbox.Sent(sent=2)
    assert run(sessions, server) == outbox.Sent()
    assert came(server) == ["uno", "dos"]
    [taken, _] = server.came
    assert (taken.sender, taken.to) == (SENDER, ["uno@hga.example"])
    assert taken.mail.get_content().splitlines() == ["Mañana le toca: entre."]
    assert taken.mail["Date"].datetime == START
    assert taken.mail["Auto-Submitted"] == "auto-generated"
    assert taken.raw.isascii()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_server_that_asks_a_log_in_is_told_the_password_under_tls(sessions, trusted, at_once: bool):
    put(sessions, "uno")
    kind = WITH_PASSWORD.replace("smtp:", "smtps:") if at_once else WITH_PASSWORD
    with listening(trusted, at_once, **mail_server.with_log_in(at_once)) as server:
        assert run(sessions, server, url=kind) == outbox.Sent(sent=1)
    [taken] = server.came
    assert taken.logged_in
    assert at_once or taken.was_private


def test_tls_is_begun_wherever_it_is_offered(sessions, trusted):
    put(sessions, "uno")
    with listening(trusted) as server:
        run(sessions, server)
    assert server.came[0].was_private


@pytest.mark.parametrize("named", ["localhost", "other.example"])
def test_a_certificate_of_nobody_or_of_another_is_told_neither_mail_nor_password(
    sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
):
    put(sessions, "uno")
    path = mail_server.certificate(tmp_path, named)
    if named != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with listening(mail_server.context_of(path), **mail_server.with_log_in()) as server:
        for url in (WITH_PASSWORD, "smtp://127.0.0.1:{port}"):
            with pytest.raises(ssl.SSLCertVerificationError):
                run(sessions, server, url=url)
    assert server.came == []


def test_a_password_is_never_said_in_clear(monkeypatch: pytest.MonkeyPatch, server: MailServer):
    monkeypatch.setattr("compassionate.services.mail_server.THIS_MACHINE", ())
    url = WITH_PASSWORD.format(host="127.0.0.1", port=server.port)
    with pytest.raises(NoTls), post_office(url):
        pass


def test_a_wrong_password_sends_nothing_and_keeps_everything(sessions, trusted):
    put(sessions, "uno")
    with listening(trusted, **mail_server.with_log_in()) as server, pytest.raises(smtplib.SMTPAuthenticationError):
        run(sessions, server, url="smtp://compassionate:other@127.0.0.1:{port}")
    assert server.came == []


def test_not_now_is_tried_at_the_next_run(sessions, server: MailServer):
    put(sessions, "uno", "dos", "tres")
    server.to_address = lambda address: "451 greylisted" if address.startswith("uno") else mail_server.OK
    server.to_mail = lambda mail: "452 full" if mail["Subject"] == "dos" else mail_server.OK
    assert run(sessions, server) == outbox.Sent(sent=1, failed=2)
    server.to_address = server.to_mail = lambda _: mail_server.OK
    assert run(sessions, server) == outbox.Sent(sent=2)
    assert came(server) == ["dos", "tres", "uno", "dos"]


def test_never_is_asked_once_more_a_day_for_two_weeks_and_keeps_no_other_waiting(sessions, server: MailServer):
    put(sessions, "uno", "dos", "tres")
    server.to_address = lambda address: "550 nobody" if address.startswith("uno") else mail_server.OK
    server.to_mail = lambda mail: "554 no" if mail["Subject"] == "dos" else mail_server.OK
    assert run(sessions, server) == outbox.Sent(sent=1, refused=2)
    assert run(sessions, server, START + timedelta(hours=23)) == outbox.Sent()
    assert run(sessions, server, START + DAY) == outbox.Sent(refused=2)
    with sessions() as session:
        assert outbox.refused(session) == ["dos@hga.example", "uno@hga.example"]
    server.to_address = lambda address: mail_server.OK  # the server knows the person now
    assert run(sessions, server, START + 3 * DAY) == outbox.Sent(sent=1, refused=1)
    assert run(sessions, server, START + outbox.TRIED_FOR) == outbox.Sent()


def test_a_connection_that_breaks_after_the_mail_repeats_that_mail_alone_under_one_id(sessions, server: MailServer):
    put(sessions, "uno", "dos", "tres")
    server.drop = lambda mail: mail["Subject"] == "dos"
    assert run(sessions, server) == outbox.Sent(sent=2, failed=1)
    assert server.connections == 2
    server.drop = lambda mail: False
    assert run(sessions, server) == outbox.Sent(sent=1)
    assert came(server) == ["uno", "dos", "tres", "dos"]
    assert len({taken.mail["Message-ID"] for taken in server.came}) == 3


def test_a_server_that_always_breaks_off_is_left_alone_until_the_next_run(sessions, server: MailServer):
    put(sessions, *(f"n{number}" for number in range(9)))
    server.drop = lambda mail: True
    assert run(sessions, server) == outbox.Sent(failed=outbox.MOST_LOST)
    assert len(server.came) == outbox.MOST_LOST


def test_a_server_that_does_not_let_us_in_again_is_not_asked_for_each_mail(sessions, trusted):
    put(sessions, *(f"n{number}" for number in range(9)))
    with listening(trusted, **mail_server.with_log_in()) as server:
        url = WITH_PASSWORD.format(host="127.0.0.1", port=server.port)
        server.drop = lambda mail: server.forbid()
        with post_office(url) as post:
            found = outbox.send(sessions, sessions, post, SENDER, START)
    assert (found, len(server.came)) == (outbox.Sent(failed=outbox.MOST_LOST), 1)
    assert server.tried == 1 + 2 * (outbox.MOST_LOST - 1)  # once, and twice more by two mechanisms


def test_no_patient_no_medicine_and_no_sponsor_is_in_any_byte_that_a_server_takes(
    fresh_engine, vault, server: MailServer
):
    held = Telling(fresh_engine, vault)
    for name, account in held.world.accounts.items():
        account.email = f"{name}@hga.example"
    case = held.world.case_in("authorised")
    held.world.session.commit()
    telling.tell(held.read, held.write, held.world.now)
    for days in (0, 1):
        notice_mails.hand_over(held.read, held.write, held.world.now + days * DAY, "https://hga.example")
    with post_office(f"smtp://127.0.0.1:{server.port}") as post:
        sent = outbox.send(held.read, held.write, post, SENDER, held.world.now)
    assert sent.sent == len(server.came) > 3
    everything = (
        b"".join(taken.raw for taken in server.came)
        + "".join(str(taken.mail["Subject"]) + taken.mail.get_content() for taken in server.came).encode()
    )
    assert case.code.encode() in everything
    for secret in ("Persona", "Inventada", "100001", "1980", "Células", "C=C3=A9lulas", "lumbar", "Promotor MSV"):
        assert secret.encode() not in everything
    assert not held.world.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == outbox.MAIL, OutboxMessage.sent_at.is_(None))
    ).all()
    held.world.session.close()
