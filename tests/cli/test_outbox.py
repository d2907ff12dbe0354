"""`flask outbox send`: without a mail server nothing leaves."""

from __future__ import annotations


def test_without_a_mail_server_everything_is_kept(flask, world):
    world.open_case()
    world.session.commit()
    first = flask("outbox", "send", "--json").json
    assert (first["kept"], first["sent"], first["failed"], first["busy"]) == (1, 0, 0, False)
    assert flask("outbox", "send", "--json").json == first
    assert "nada sale" in flask("outbox", "send").out
