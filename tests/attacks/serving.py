"""The product as hospitals run it: the server in a process of its own, and browsers that speak HTTP to it."""

from __future__ import annotations

import base64
import html
import http.cookiejar
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_security import hash_password
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from compassionate import clock
from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.extensions import Foundation
from compassionate.models.database import make_engine
from tests.conftest import MASTER_KEY
from tests.world import PASSWORD, World

ROOT = Path(__file__).parent.parent.parent
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: type="hidden")? value="([^"]*)"')
PATIENCE = 60.0
SECRET, SALT = "Vt2mQ9c7-xL4bR0sZ8yK1pW5nD3hF6jG", "uE7aT1oX-9qB4vM2cY6rJ8kN"


@dataclass
class Installation:
    """An instance folder, its database and what is in them, as a hospital's server finds them."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What the server is told."""
        return Settings(self.folder, self.url, str(self.folder / "documents"), MASTER_KEY, SECRET, SALT)

    def env(self) -> dict[str, str]:
        """The environment of a process of this installation."""
        held = self.settings
        return {
            **os.environ,
            "COMPASSIONATE_INSTANCE": str(held.instance),
            "COMPASSIONATE_DATABASE_URL": held.database_url,
            "COMPASSIONATE_DOCUMENT_STORE": held.document_store,
            "COMPASSIONATE_MASTER_KEY": base64.b64encode(held.master_key).decode(),
            "COMPASSIONATE_SECRET_KEY": held.secret_key,
            "COMPASSIONATE_PASSWORD_SALT": held.password_salt,
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session on connections that are not kept: nothing of the test stays open when a process is killed."""
        app = create_app(self.settings)
        held: Foundation = app.extensions["compassionate"]
        held.engine.dispose()
        engine = make_engine(self.url, poolclass=NullPool)
        with Foundation(engine, held.vault, held.forms, held.store).session() as session:
            yield session
        engine.dispose()

    @contextmanager
    def world(self) -> Iterator[World]:
        """A hospital with people who can log in; what was done to it is kept."""
        app = create_app(self.settings)
        # The same hash with less work: what passwords cost is not what these tests are about.
        app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)
        with app.app_context():
            password_hash = hash_password(PASSWORD)
        with app.extensions["compassionate"].session() as session:
            world = World(session, now=clock.now() - timedelta(days=20), password_hash=password_hash)
            yield world
            session.commit()
        app.extensions["compassionate"].engine.dispose()


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python wsgi.py` in a process of its own: started, asked, killed."""

    def __init__(self, installation: Installation, stderr: Any = None) -> None:
        self.log = installation.folder.parent / f"{installation.folder.name}.log"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "wsgi.py", f"127.0.0.1:{self.port}"],
                cwd=ROOT,
                env=installation.env(),
                stdout=subprocess.DEVNULL,
                stderr=stderr or log,
            )

    def wait(self) -> Server:
        """Wait until it answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()}"
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Kill it, as a power cut of its process would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ready(self) -> tuple[int, dict[str, Any]]:
        """What the health page says."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextmanager
def running(installation: Installation, **more: Any) -> Iterator[Server]:
    """A server that answers, and is gone afterwards."""
    server = Server(installation, **more)
    try:
        yield server.wait()
    finally:
        server.kill()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Any

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the last form of the page."""
        last = self.text[self.text.rfind("<form", 0, self.text.rfind("idempotency_key")) :]
        return {name: html.unescape(value) for name, value in HIDDEN.findall(last)}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any, **more: Any) -> None:
        return None


class Visitor:
    """A person's browser: keeps cookies, sends the token of the page it saw last."""

    def __init__(self, address: str) -> None:
        self.address, self.token = address, ""
        self.jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Stay())

    def twin(self) -> Visitor:
        """Another window of the same browser."""
        made = Visitor(self.address)
        for cookie in self.jar:
            made.jar.set_cookie(cookie)
        made.token = self.token
        return made

    def moved_to(self, address: str) -> Visitor:
        """The same browser after the server came back elsewhere (cookies know no port)."""
        self.address = address
        return self

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._send(urllib.request.Request(self.address + path))

    def post(self, path: str, fields: dict[str, str] | None = None, file: bytes | None = None) -> Answer:
        """Send a form."""
        given = {"csrf_token": self.token, **(fields or {})}
        body, kind = urllib.parse.urlencode(given).encode(), "application/x-www-form-urlencoded"
        if file is not None:
            body, kind = _multipart(given, file)
        request = urllib.request.Request(self.address + path, body, {"Content-Type": kind, "Origin": self.address})
        return self._send(request)

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open.open(request, timeout=PATIENCE) as sent:
                answer = Answer(sent.status, sent.read().decode("utf-8", "replace"), sent.headers)
        except urllib.error.HTTPError as error:
            with error:
                answer = Answer(error.code, error.read().decode("utf-8", "replace"), error.headers)
        found = re.search(r'name="csrf_token" (?:type="hidden" )?value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def log_in(self, username: str) -> Visitor:
        """Log in."""
        self.get("/login")
        answer = self.post("/login", {"username": username, "password": PASSWORD})
        assert answer.status in (302, 303), answer.text
        self.get("/cuenta")
        return self

    def form(self, code: str, action: str) -> dict[str, str]:
        """The hidden fields of a step's form: version and key."""
        answer = self.get(f"/expedientes/{code}/pasos/{action}")
        assert answer.status == 200, answer.text
        return answer.hidden

    def take(self, code: str, action: str, **values: str) -> Answer:
        """Open a step's form and send it."""
        return self.post(f"/expedientes/{code}/pasos/{action}", self.form(code, action) | values)

    def upload(self, code: str, data: bytes, title: str = "Papel") -> Answer:
        """Send a paper."""
        fields = self.get(f"/expedientes/{code}/papeles").hidden
        return self.post(f"/expedientes/{code}/papeles", fields | paper_fields(title), data)


def at_once(*acts: Callable[[], Answer]) -> list[Answer]:
    """Do all of them at the same moment."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        start.wait()
        answers[number] = acts[number]()  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in answers
    return answers  # type: ignore[return-value]


def paper_fields(title: str) -> dict[str, str]:
    """What the form of a paper asks beside the file."""
    return {"kind": "evidence", "title": title, "request_number": "0"}


def _multipart(fields: dict[str, str], file: bytes) -> tuple[bytes, str]:
    edge = secrets.token_hex(16)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="papel.pdf"\r\n'
    parts.append(head.encode() + b"Content-Type: application/pdf\r\n\r\n" + file + b"\r\n")
    return b"".join([*parts, f"--{edge}--\r\n".encode()]), f"multipart/form-data; boundary={edge}"
