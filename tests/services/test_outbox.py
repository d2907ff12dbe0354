"""The outbox: kept without a mail server, sent once with one, by one sender at a time."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import OutboxMessage, new_id
from compassionate.services import outbox
from tests.world import START


@pytest.fixture
def sessions(fresh_engine) -> Callable[[], Session]:
    """Sessions on a database of its own."""
    return partial(Session, fresh_engine)


def put(sessions, kind: str, number: int = 1) -> None:
    mail = {"to": ["ana@hospital.example"], "subject": "Le toca", "text": "Entre en la aplicación."}
    with sessions() as session:
        session.add_all(
            OutboxMessage(id=new_id(), at=START, kind=kind, key=new_id(), payload=mail) for _ in range(number)
        )
        session.commit()


def sent_at(sessions) -> list[Any]:
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage.sent_at)))


def run(sessions, post: outbox.Post | None) -> outbox.Sent:
    return outbox.send(sessions, sessions, post, "farmacia@hospital.example", START)


def test_without_a_mail_server_everything_is_kept(sessions):
    put(sessions, outbox.MAIL, 3)
    put(sessions, "case.event", 2)
    assert run(sessions, None) == outbox.Sent(kept=5)
    assert sent_at(sessions) == [None] * 5


def test_a_mail_is_sent_once(sessions):
    put(sessions, outbox.MAIL, outbox.BATCH + 5)
    posted: list[EmailMessage] = []
    assert run(sessions, posted.append).sent == outbox.BATCH + 5
    assert run(sessions, posted.append) == outbox.Sent()
    assert len({mail["Message-ID"] for mail in posted}) == outbox.BATCH + 5
    assert (posted[0]["To"], posted[0]["From"]) == ("ana@hospital.example", "farmacia@hospital.example")
    assert posted[0].get_content() == "Entre en la aplicación.\n"


def test_an_event_that_nobody_is_told_of_is_not_marked_as_sent(sessions):
    put(sessions, "case.event")
    posted: list[EmailMessage] = []
    assert run(sessions, posted.append) == outbox.Sent(kept=1)
    assert (posted, sent_at(sessions)) == ([], [None])


def test_a_kill_between_two_mails_repeats_one_at_most(sessions):
    put(sessions, outbox.MAIL, 3)
    posted: list[str] = []

    def post(mail: EmailMessage) -> None:
        posted.append(str(mail["Message-ID"]))
        if len(posted) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(sessions, post)
    assert sent_at(sessions).count(None) == 2
    assert run(sessions, post).sent == 2
    assert (len(posted), len(set(posted))) == (4, 3)


def test_a_message_that_is_no_mail_keeps_no_other_waiting(sessions):
    put(sessions, outbox.MAIL)
    with sessions() as session:
        for number, payload in enumerate(({}, {"to": ["a@b.example"], "subject": "dos\nBcc: x@y", "text": ""})):
            session.add(OutboxMessage(id=f"0{number}", at=START, kind=outbox.MAIL, key=new_id(), payload=payload))
        session.commit()
    posted: list[EmailMessage] = []
    assert run(sessions, posted.append) == outbox.Sent(sent=1, refused=2)
    assert len(posted) == 1


def test_what_could_not_be_sent_is_tried_again(sessions):
    put(sessions, outbox.MAIL, 2)
    posted: list[EmailMessage] = []

    def post(mail: EmailMessage) -> None:
        if not posted:
            posted.append(mail)
            raise smtplib.SMTPServerDisconnected
        posted.append(mail)

    assert run(sessions, post) == outbox.Sent(sent=1, failed=1)
    assert run(sessions, post) == outbox.Sent(sent=1)
    assert None not in sent_at(sessions)


def test_a_second_sender_leaves_the_first_alone(sessions):
    put(sessions, outbox.MAIL)
    second: list[outbox.Sent] = []
    found = run(sessions, lambda mail: second.append(run(sessions, lambda other: None)))
    assert second == [outbox.Sent(busy=True)]
    assert found == outbox.Sent(sent=1)
    assert run(sessions, lambda mail: None) == outbox.Sent()
