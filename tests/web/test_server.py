"""Slow clients are cut (AVA-02): a request that trickles in has an end, and a whole one is answered meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from compassionate.web.server import make

TRICKLES = 200


def answer(environment: Any, start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """A server whose patience is short."""
    server = make(answer, "127.0.0.1", 0, arrival_seconds=0.2, threads=1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield "127.0.0.1", server.effective_port
    server.close()
    thread.join(timeout=5)


def is_answered(address: tuple[str, int]) -> bool:
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return b"200 OK" in client.recv(4096)


def test_a_request_that_trickles_in_is_cut_and_stops_nobody(address):
    with socket.create_connection(address, timeout=20) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        slow.settimeout(0.05)  # the beat of the trickle
        cut = False
        for _ in range(TRICKLES):
            try:
                slow.sendall(b"x")
                cut = slow.recv(1) == b""
            except TimeoutError:
                assert is_answered(address)
                continue
            except OSError:
                cut = True
            if cut:
                break
        assert cut
    assert is_answered(address)
