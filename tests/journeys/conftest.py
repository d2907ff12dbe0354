"""A running server and real browsers: Debian's chromium, one window a person, axe on every page they see."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask_security import hash_password
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.orm import Session
from waitress.server import create_server

from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.extensions import foundation
from compassionate.services.instance import migrate
from tests.conftest import MASTER_KEY
from tests.world import PASSWORD, World

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE_MS = 60_000
CODE = re.compile(r"[A-Z]+-\d{4}-\d{5}[0-9A-Z]|[0-9a-f-]{36}")
LOOKED_AT: set[str] = set()
PRIMARY = "main form[method='post'] button.govuk-button:not(.govuk-button--secondary):visible"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own, made by the migrations that hospitals run."""
    folder = tmp_path_factory.mktemp("instance")
    database, store = f"sqlite:///{folder / 'journey.db'}", str(folder / "documents")
    settings = Settings(folder, database, store, MASTER_KEY, "a secret", "a salt", jobs_url="memory:")
    app = create_app(settings)
    migrate(app.extensions["compassionate"].engine)
    yield app
    app.extensions["compassionate"].engine.dispose()


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """A hospital with its people and a product."""
    with app.app_context():
        session: Session
        with foundation().session() as session:
            world = World(session, password_hash=hash_password(PASSWORD))
            session.commit()
            yield world


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the server listens."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Person:
    """Somebody at a window: moves like a person and lets axe look at each page."""

    def __init__(self, page: Page, address: str, pictures: Path | None = None) -> None:
        self.page, self.address, self.pictures = page, address, pictures
        self.seen: set[str] = set()

    def goes(self, path: str) -> None:
        """Open an address and look at it."""
        self.page.goto(self.address + path)
        self.looks()

    def looks(self) -> None:
        """Every page passes axe, has one h1 and does not scroll sideways."""
        self.listens()
        assert self.page.locator("h1").count() == 1, self.page.url
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), (
            f"{self.page.url} is too wide"
        )

    def listens(self) -> None:
        """Axe on every page once, and again whenever it shows something else (errors, a notice, another state)."""
        shown = CODE.sub("CODE", self.page.url.removeprefix(self.address)) + str(
            self.page.locator(".govuk-error-message").count()
        )
        if shown in LOOKED_AT:
            return
        LOOKED_AT.add(shown)
        results = Axe().run(self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert results.violations_count == 0, f"{self.page.url}\n{results.generate_report()}"

    def fills(self, **fields: Any) -> None:
        """Fill fields by their names, each by its kind: a box, a choice, a list, a tick, a file."""
        for name, value in fields.items():
            self._fill(name, value)

    def _fill(self, name: str, value: Any) -> None:
        field = self.page.locator(f"main [name='{name}']")
        kind = field.first.get_attribute("type") or field.first.evaluate("element => element.tagName.toLowerCase()")
        if kind == "radio" or (kind == "checkbox" and value is not True):
            for each in value if isinstance(value, list) else [value]:
                self.page.locator(f"main input[name='{name}'][value='{each}']").check()
        elif kind == "checkbox":
            field.first.check()
        elif kind == "select":
            field.first.select_option(value)
        elif kind == "file":
            field.first.set_input_files({"name": "papel.pdf", "mimeType": "application/pdf", "buffer": value})
        else:
            field.first.fill(value)

    def presses(self, text: str) -> None:
        """Press a button, wait for the page and look at it."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=text, exact=True).first.click()
        self.looks()

    def sends(self) -> None:
        """Press the form's main button, wait for the page and look at it."""
        with self.page.expect_navigation():
            self.page.locator(PRIMARY).first.click()
        self.looks()

    def takes(self, case: str, step: str, then: str = "", **fields: Any) -> None:
        """Take a step of a case on its own page; `then` is what the next page says."""
        self.goes(f"/expedientes/{case}/pasos/{step}")
        assert self.page.locator(PRIMARY).count(), self.page.locator("main").inner_text()
        self.fills(**fields)
        self.sends()
        assert "/pasos/" not in self.page.url, self.page.locator("main").inner_text()
        if then:
            self.reads(then)

    def follows(self, text: str) -> None:
        """Follow a link and look at the page."""
        self.page.get_by_role("link", name=text).first.click()
        self.page.wait_for_load_state()
        self.looks()

    def reads(self, text: str) -> None:
        """The page says this."""
        assert text in self.page.locator("body").inner_text(), f"{self.page.url} does not say {text!r}"


@pytest.fixture(scope="module")
def comes_in(browser: Browser, address: str, world: World) -> Iterator[Callable[..., Person]]:
    """Somebody of the hospital logs in, at a desk or at a telephone's width."""
    windows: list[Page] = []

    def person(name: str, width: int = 1280) -> Person:
        page = browser.new_page(viewport={"width": width, "height": 900}, locale="es-ES")
        page.set_default_timeout(PATIENCE_MS)
        windows.append(page)
        somebody = Person(page, address)
        somebody.goes("/login")
        somebody.fills(username=world.accounts[name].username, password=PASSWORD)
        somebody.presses("Entrar")
        return somebody

    yield person
    for page in windows:
        page.close()
