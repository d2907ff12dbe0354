"""What a connection may ask of the server before anybody is logged in: not for ever, not for gigabytes (AVA-02)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from flask import Flask

from compassionate.web import arriving, sessions
from compassionate.web.server import LARGEST_HEAD, make
from tests.web.conftest import Browser
from tests.web.test_headers import ALWAYS, BANNERS
from tests.world import World

pytestmark = pytest.mark.one_database  # nothing here asks it

TRICKLES = 200


def answer(environment: Any, start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def close(server: Any) -> None:
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()


@contextmanager
def serving(app: Any = answer, **more: Any) -> Iterator[tuple[str, int]]:
    server = make(app, "127.0.0.1", 0, threads=1, **more)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", server.effective_port
    finally:
        server.trigger.pull_trigger(lambda: close(server))  # in its own thread, between two looks at its connections
        thread.join(timeout=5)
        server.task_dispatcher.shutdown()


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """A server whose patience is short."""
    with serving(arrival_seconds=0.2) as listening:
        yield listening


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


def sending(address: tuple[str, int], size: int | None, *more: str, path: str = "/") -> socket.socket:
    """A connection on which the head of a request was sent, and nothing of its body."""
    weight = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
    client = socket.create_connection(address, timeout=20)
    head = [f"POST {path} HTTP/1.1", "Host: localhost", weight, *more]
    client.sendall("\r\n".join([*head, "", ""]).encode())
    return client


def refusal(client: socket.socket) -> str:
    """What is said to a request of which nothing but the head was sent."""
    with client:
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def knows_friends(cookies: str) -> bool:
    return cookies == "a friend"


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",), ("Cookie: no friend",)], ids=str)
def test_a_stranger_who_wants_to_send_much_is_refused_before_anything_of_it_is_read(more: tuple[str, ...]):
    with serving(knows=knows_friends) as address:
        said = refusal(sending(address, arriving.LARGEST_OF_STRANGERS + 1, *more))
        assert said.startswith("HTTP/1.1 413 ")
        assert "entre otra vez" in said
        assert is_answered(address)


def test_a_stranger_who_does_not_say_how_much_is_cut_at_the_same_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arriving, "LARGEST_OF_STRANGERS", 100_000)
    with serving(knows=knows_friends) as address:
        client = sending(address, None)
        client.sendall(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n" + b"ffff\r\n" + b"x" * 40_000)
        assert refusal(client).startswith("HTTP/1.1 413 ")


def test_a_log_in_that_carries_what_was_typed_and_a_paper_of_somebody_known_come_through():
    with serving(knows=knows_friends) as address:
        for size, more in ((arriving.LARGEST_OF_STRANGERS, ()), (2 * arriving.MB, ("Cookie: a friend",))):
            with sending(address, size, "Connection: close", *more) as client:
                client.sendall(b"x" * size)
                assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_document_that_a_stranger_wants_compared_comes_through_and_no_more_than_that():
    with serving(knows=knows_friends) as address:
        with sending(address, 2 * arriving.MB, "Connection: close", path="/verificar/0123456789abcdef") as client:
            client.sendall(b"x" * 2 * arriving.MB)
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        much = sending(address, arriving.LARGEST_CHECKED + 1, path="/verificar/0123456789abcdef")
        assert refusal(much).startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize(("known", "cookie"), [(False, "Cookie: none"), (True, "Cookie: a friend")])
def test_many_bodies_at_once_have_so_much_room_together_and_give_it_back(
    monkeypatch: pytest.MonkeyPatch, known: bool, cookie: str
):
    monkeypatch.setitem(arriving.TOGETHER, known, 10 * arriving.SMALL_BODY)
    with serving(knows=knows_friends) as address, ExitStack() as open_ones:
        for _ in range(5):
            open_ones.enter_context(sending(address, 2 * arriving.SMALL_BODY, cookie))
        said = refusal(sending(address, 2 * arriving.SMALL_BODY, cookie))
        assert said.startswith("HTTP/1.1 503 ")
        assert "Retry-After: 10" in said
        with sending(address, arriving.SMALL_BODY, cookie, "Connection: close") as form:
            form.sendall(b"x" * arriving.SMALL_BODY)  # a form of the usual size always finds room
            assert form.recv(100).startswith(b"HTTP/1.1 200 ")
        open_ones.close()
        assert is_answered(address)
        with sending(address, 2 * arriving.SMALL_BODY, cookie, "Connection: close") as again:
            again.sendall(b"x" * 2 * arriving.SMALL_BODY)
            assert again.recv(100).startswith(b"HTTP/1.1 200 ")


def test_whoever_logged_in_is_known_by_their_cookie_and_nobody_by_another(
    app: Flask, world: World, log_in: Callable[[str], Browser]
):
    knows = sessions.recogniser(app)
    client = log_in("pharmacist").client
    cookie = client.get_cookie("session").value
    assert knows(f"other=1; session={cookie}")
    assert not knows(f"session={cookie[:-2]}xx")
    assert not knows("")
    stranger = app.test_client()
    stranger.get("/login")
    assert not knows(f"session={stranger.get_cookie('session').value}")


NONSENSE = {
    "no request line": (b"nonsense\r\n\r\n", "400"),
    "a header that is none": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
    "a head without end": ((b"GET / HTTP/1.1\r\nA: " + b"x" * LARGEST_HEAD)[:LARGEST_HEAD], "431"),
    "another way of sending": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
    "a body of a gigabyte": (b"POST / HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n", "413"),
}


@pytest.mark.parametrize("behind_tls", [False, True])
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_what_never_reaches_the_application_is_answered_with_the_same_headers(nonsense: str, behind_tls: bool):
    sent, status = NONSENSE[nonsense]
    with serving(behind_tls=behind_tls) as address, socket.create_connection(address, timeout=20) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        head, _, body = b"".join(iter(lambda: client.recv(65536), b"")).decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    told = dict(line.split(": ", 1) for line in lines)
    assert first.split()[1] == status
    assert ALWAYS.items() <= told.items()
    assert told["Cache-Control"] == "no-store"
    assert ("Strict-Transport-Security" in told) is behind_tls
    assert not set(BANNERS) & set(told)
    assert "waitress" not in body
    assert 'lang="en"' in body
