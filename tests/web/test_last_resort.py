"""When something fails a person is told a number and nothing else, whatever failed (SUP-02, SUP-03)."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError, ProgrammingError

from compassionate import config
from compassionate.web import server
from compassionate.web.access import public
from tests.conftest import MASTER_KEY
from tests.world import World

pytestmark = pytest.mark.one_database

TELLING = re.compile(
    r"Traceback|File \"|line \d+|sqlalchemy|sqlite|psycopg|werkzeug|jinja2|/compassionate/|SELECT |secret of",
    re.IGNORECASE,
)
NUMBER = re.compile(r"<code>([0-9a-f]{16})</code>")


@pytest.fixture
def client(app: Flask, world: World) -> Any:
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    return app.test_client()


def failing(error: Exception) -> Any:
    def view() -> None:
        raise error

    return public(view)


FAULTS = {
    "a fault of ours": (ValueError("a secret of the house"), 500),
    "the database is gone": (OperationalError("SELECT secret of", {}, Exception("sqlite")), 503),
    "a wrong statement": (ProgrammingError("SELECT secret of", {}, Exception("sqlite")), 500),
    "no memory": (MemoryError("secret of"), 500),
    "too deep": (RecursionError("secret of"), 500),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_as_a_number_that_the_log_explains(
    app: Flask, client: Any, caplog: pytest.LogCaptureFixture, fault: str
):
    error, status = FAULTS[fault]
    app.view_functions["accessibility.statement"] = failing(error)
    with caplog.at_level(logging.WARNING):
        answer = client.get("/accesibilidad")
    assert answer.status_code == status
    assert TELLING.findall(answer.text) == []
    assert answer.headers["Content-Security-Policy"]
    if status == 500:
        number = NUMBER.search(answer.text)
        assert number
        assert number[1] in caplog.text


@pytest.mark.parametrize("broken", ["{{ nothing.at.all.here }}", "{% include 'not/there.html' %}", "{% if %}"])
def test_a_page_that_cannot_be_drawn_is_a_fault_like_any_other(app: Flask, client: Any, broken: str):
    def view() -> str:
        return app.jinja_env.from_string(broken).render()

    app.view_functions["accessibility.statement"] = public(view)
    answer = client.get("/accesibilidad")
    assert (answer.status_code, TELLING.findall(answer.text)) == (500, [])


def test_when_not_even_the_page_of_the_error_can_be_drawn_something_is_said(
    app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch
):
    def broken() -> dict[str, Any]:
        raise OperationalError("SELECT secret of", {}, Exception("sqlite"))

    app.template_context_processors[None].append(broken)
    answer = client.get("/no-such-page")
    assert answer.status_code == 500
    assert NUMBER.search(answer.text)
    assert "Algo ha fallado" in answer.text
    assert '<div lang="en"><h2>Something has failed' in answer.text
    assert TELLING.findall(answer.text) == []
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def listening(app: Flask, world: World) -> Iterator[int]:
    held = server.make(app, "127.0.0.1", 0)
    thread = threading.Thread(target=held.run, daemon=True)
    thread.start()
    yield held.effective_port
    held.close()
    thread.join(timeout=5)


@pytest.mark.parametrize("path", ["/login", "/no-such-page", "/static/css/app.css", "/healthz"])
def test_the_server_does_not_say_what_it_is(listening: int, path: str):
    with socket.create_connection(("127.0.0.1", listening), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        head = b"".join(iter(lambda: line.recv(65536), b"")).split(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.")
    assert re.findall(r"(?im)^(?:server|x-powered-by|via):", head) == []
    assert re.search(r"waitress|werkzeug|python|flask", head, re.IGNORECASE) is None


def test_debugging_is_off(app: Flask):
    assert app.debug is False
    assert app.config["DEBUG"] is False


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("SECRET_KEY", "a" * 64),
        ("PASSWORD_SALT", "salt"),
        ("PASSWORD_SALT", "ejemplo-de-sal-para-probar"),
        ("MASTER_KEY", "A" * 43 + "="),
    ],
)
def test_a_secret_that_anybody_could_guess_stops_the_start(tmp_path: Path, name: str, secret: str):
    config.make_secrets(tmp_path)
    environment = {"COMPASSIONATE_INSTANCE": str(tmp_path)}
    assert len(config.load(environment).master_key) == len(MASTER_KEY)
    with pytest.raises(config.SecretsWrong, match=f"COMPASSIONATE_{name}") as refused:
        config.load(environment | {f"COMPASSIONATE_{name}": secret})
    assert secret not in str(refused.value)


@pytest.mark.parametrize("name", config.SECRET_NAMES)
def test_an_empty_secret_is_a_missing_one(tmp_path: Path, name: str):
    held = dict.fromkeys(config.SECRET_NAMES, "x") | {name: ""}
    config.write_secrets(tmp_path, held)
    with pytest.raises(config.SecretsMissing) as refused:
        config.load({"COMPASSIONATE_INSTANCE": str(tmp_path)})
    assert refused.value.names == [name]
