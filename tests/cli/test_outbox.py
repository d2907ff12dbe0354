"""`flask outbox send`: without a mail server nothing leaves."""

from __future__ import annotations

from datetime import timedelta

from compassionate import clock
from compassionate.models import OutboxMessage, new_id


def test_without_a_mail_server_everything_is_kept(flask, world):
    world.now = clock.now()  # older news is none
    world.case_in("screening")
    world.session.commit()
    first = flask("outbox", "send", "--json").json
    assert (first["told"], first["kept"], first["sent"], first["failed"], first["busy"]) == (1, 0, 0, 0, False)
    assert flask("outbox", "send", "--json").json == first | {"told": 0}
    assert "nada sale" in flask("outbox", "send").out


def test_addresses_that_the_server_refuses_are_named_until_they_are_right(flask, world):
    for address in ("ana@hga.example", "eva@hga.example", "ana@hga.example"):
        mail = {"to": address, "subject": "Le toca", "text": "Entre."}
        row = OutboxMessage(id=new_id(), at=world.now, kind="mail", key=new_id(), payload=mail, refused_at=world.now)
        world.session.add(row)
    world.session.commit()
    assert flask("outbox", "send").out.count("no admite la dirección ana@hga.example") == 1


def test_the_check_says_what_the_machines_clock_has_not_run_for_long(flask, world):
    world.now = clock.now() - timedelta(days=1)
    world.open_case()
    world.session.commit()
    checked = flask("check", "--json").json
    assert checked["late"] == ["outbox_send", "deadlines_run", "jobs_work"]
    assert set(checked["runs"].values()) == {None}
    assert "«flask deadlines run» no se ha ejecutado todavía" in flask("check").out
    commands = (("outbox", "send"), ("deadlines", "run"), ("jobs", "work", "--once"))
    for command in commands * 2:
        assert flask(*command).code == 0
    checked = flask("check", "--json").json
    assert checked["late"] == []
    unheard = {name for name, at in checked["runs"].items() if at is None}
    assert unheard == {"papers_scan", "papers_scan_all"}  # there is no scanner, so nothing of it is late
