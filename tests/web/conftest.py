"""The application on a fresh database, people who log in, and a browser without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.orm import Session

from compassionate.config import Settings
from tests import applications
from tests.applications import Resident, cheapen
from tests.web.census import busy_case, values
from tests.world import PASSWORD, World

TOKEN = re.compile(r'name="csrf_token" (?:type="hidden" )?value="([^"]+)"')


FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
SUBMIT = re.compile(r'<(?:button|input)\b[^>]*type="(?:submit|image)"[^>]*>')
NAMED = re.compile(r'\s(?:name|formaction)="')


def pressed_by_enter(form: str) -> str:
    """The button of a form that the Enter key presses: the first in document order (HTML, implicit submission)."""
    return next(iter(SUBMIT.findall(form)), "")


def misled(page: str) -> list[str]:
    """What Enter would press in the forms of a page instead of what saves: one button of several, with its own name."""
    forms = (form for form in FORM.findall(page) if len(SUBMIT.findall(form)) > 1)
    return [held for form in forms if NAMED.search(held := pressed_by_enter(form))]


class Browser:
    """A logged-in person's browser: sends the form's own token, as a person would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: Any = None

    def get(self, path: str, **more: Any) -> Any:
        """Open a page."""
        self.page = self.client.get(path, **more)
        if self.page.mimetype == "text/html":
            assert misled(self.page.text) == []
        return self.page

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send a form of the last page opened (its token goes along)."""
        if self.page is None or not TOKEN.search(self.page.text):
            self.get("/cuenta")
        token = TOKEN.search(self.page.text)
        assert token is not None
        sent = self.client.post(path, data={"csrf_token": token[1], **(data or {})}, **more)
        if sent.mimetype == "text/html" and TOKEN.search(sent.text):
            assert misled(sent.text) == []
            self.page = sent
        return sent


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """The application of an installation, with cheap passwords."""
    with applications.running(settings) as app:
        cheapen(app)
        yield app


@contextmanager
def hospital_in(app: Flask, *, write: bool = False) -> Iterator[World]:
    """A hospital in the application's database; call `world.session.commit()` before asking pages about it."""
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    # Outside of any context of the application: every request of a test has its own, as in life.
    with app.extensions["compassionate"].session(write=write) as session:
        world = World(session, password_hash=password_hash)
        session.commit()
        yield world


def logged_in(app: Flask, world: World, name: str) -> Browser:
    """The browser of one of the world's people, logged in."""
    held = Browser(app.test_client())
    held.get("/login")
    answer = held.post("/login", {"username": world.accounts[name].username, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    held.page = None
    return held


@pytest.fixture
def fresh_url(steady_url: str) -> str:
    """The address of the application's database, for a second worker of it."""
    return steady_url


@pytest.fixture
def app(residents: Callable[[str], Resident], fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, on each database in turn; a test that adds pages to it makes its own (`running`)."""
    with residents(fresh_url).as_new(tmp_path) as app:
        yield app


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A hospital in the application's database; call `world.session.commit()` before asking pages about it."""
    with hospital_in(app) as world:
        yield world


@pytest.fixture
def known(world: World) -> dict[str, str]:
    """Something real for every part of an address, by its name, where there is a page for everything."""
    busy_case(world)
    world.session.commit()
    return values(world.session, world)


@pytest.fixture
def log_in(app: Flask, world: World) -> Callable[[str], Browser]:
    """Log in as one of the world's people; returns their browser."""

    return partial(logged_in, app, world)


@pytest.fixture
def session(world: World) -> Session:
    """The world's session (the application has its own)."""
    return world.session
