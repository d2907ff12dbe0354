"""Many who are not logged in send as much as they can at once: the server's memory does not grow by it (AVA-02)."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.attacks.serving import Installation, Server, Visitor, running

MB = 1024 * 1024
ATTACKERS, EACH, ALLOWED = 24, 25 * MB, 60


@pytest.fixture(autouse=True)
def _on_one_database(dialect: str) -> None:
    if dialect != "sqlite":
        pytest.skip("bodies are weighed before a database is asked")


def held(server: Server) -> int:
    """MB of memory that the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def pour(server: Server, lines: list[socket.socket]) -> None:
    line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    lines.append(line)
    with suppress(OSError):  # cut is what it should be
        line.sendall(f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {EACH}\r\n\r\n".encode())
        for _ in range(EACH // MB - 1):
            line.sendall(b"x" * MB)


def test_strangers_fill_no_memory_and_whoever_is_logged_in_sends_a_large_paper(installation: Installation):
    with installation.world() as world:
        case = world.open_case()
        code, username = case.code, world.accounts["pharmacist"].username
    with running(installation) as server:
        person = Visitor(server.address).log_in(username)
        before, lines = held(server), list[socket.socket]()
        attackers = [threading.Thread(target=pour, args=(server, lines)) for _ in range(ATTACKERS)]
        for attacker in attackers:
            attacker.start()
        for attacker in attackers:
            attacker.join()
        assert held(server) - before < ALLOWED
        for line in lines:
            line.close()
        answer = person.upload(code, b"%PDF-1.4 " + b"x" * 2 * MB)
        assert answer.status == 422  # it came through, was read, and is no paper
        assert "PDF" in answer.text
