"""`flask outbox send`: without a mail server nothing leaves."""

from __future__ import annotations

from compassionate import clock


def test_without_a_mail_server_everything_is_kept(flask, world):
    world.now = clock.now()  # older news is none
    world.case_in("screening")
    world.session.commit()
    first = flask("outbox", "send", "--json").json
    assert (first["told"], first["kept"], first["sent"], first["failed"], first["busy"]) == (1, 0, 0, 0, False)
    assert flask("outbox", "send", "--json").json == first | {"told": 0}
    assert "nada sale" in flask("outbox", "send").out
