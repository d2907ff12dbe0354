"""The command line on a fresh database, with a hospital in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from compassionate import clock
from compassionate.extensions import foundation
from tests.applications import Resident
from tests.world import World


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on standard output."""
        return json.loads(self.out)

    @property
    def reasons(self) -> list[str]:
        """The codes of a refusal."""
        assert self.code == 1, self.out + self.err
        assert self.json["refused"] is True
        return [reason["code"] for reason in self.json["reasons"]]


Command = Callable[..., Answer]


@pytest.fixture
def app(residents: Callable[[str], Resident], steady_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, on each database in turn."""
    with residents(steady_url).as_new(tmp_path) as app:
        yield app


@pytest.fixture
def flask(app: Flask) -> Command:
    """Run a command: `flask("cases", "list", "--json")`."""

    def run(*arguments: str, stdin: str | None = None) -> Answer:
        result = app.test_cli_runner().invoke(args=list(arguments), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A hospital in the application's database, some months ago; `commit` before a command is to see it."""
    with app.app_context(), foundation().session() as session:
        world = World(session, now=clock.now().replace(microsecond=0) - timedelta(days=120))
        session.commit()
        yield world


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], str]:
    """Write a JSON file; returns its path."""

    def file(name: str, document: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return file
