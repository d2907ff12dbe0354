"""kill -9 between the mail server's 250 and our commit: the mail is sent again, once, and is the same mail (DUR-03)."""

from __future__ import annotations

import json
import sqlite3

import pytest

from tests.attacks.commands import Commands
from tests.attacks.serving import Installation
from tests.mail_server import listening

pytestmark = pytest.mark.one_database


class Rows:
    """The database beside the product: three mails that wait, whether they are sent, and the only place to write."""

    def __init__(self, url: str) -> None:
        self._held = sqlite3.connect(url.partition("///")[2], check_same_thread=False, isolation_level=None)
        for number in range(3):
            mail = json.dumps({"to": "ana@hga.example", "subject": f"n{number}", "text": "Le toca."})
            row = (f"{number}", "2026-03-02 09:00:00.000000", "mail", f"key-{number}", mail)
            self._held.execute("INSERT INTO outbox (id, at, kind, key, payload) VALUES (?, ?, ?, ?, ?)", row)

    def take(self) -> None:
        """Whoever wants to commit waits."""
        self._held.execute("BEGIN IMMEDIATE")

    def give(self) -> None:
        self._held.execute("ROLLBACK")

    def sent(self) -> list[bool]:
        rows = self._held.execute("SELECT sent_at FROM outbox WHERE kind = 'mail' ORDER BY id")
        return [at is not None for (at,) in rows]


def test_a_kill_between_250_and_our_commit_sends_one_mail_twice_under_one_id(installation: Installation):
    rows = Rows(installation.url)
    with listening() as server:
        installation.environment["COMPASSIONATE_SMTP_URL"] = f"smtp://127.0.0.1:{server.port}"
        commands = Commands(installation)
        server.before_ok = lambda: rows.take() if len(server.came) == 1 else None
        killed = commands.run("outbox", "send", kill_at=lambda _: server.has_said_ok)
        rows.give()
        assert (killed.code, rows.sent()) == (None, [False, False, False])
        server.before_ok = None
        for _ in range(2):
            assert commands.run("outbox", "send").code == 0
        commands.end()
    assert rows.sent() == [True, True, True]
    assert [taken.mail["Subject"] for taken in server.came] == ["n0", "n0", "n1", "n2"]
    assert len({taken.mail["Message-ID"] for taken in server.came}) == 3
