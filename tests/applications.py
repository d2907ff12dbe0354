"""Applications for tests: as in life, but what a thousand of them would each make anew is made once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from compassionate.application import create_app, foundation_of
from compassionate.config import Settings
from compassionate.web import reading
from tests.conftest import MASTER_KEY, RUN_FOLDER
from tests.world import FORMS


def settings_of(folder: Path, url: str) -> Settings:
    """An installation of the tests: another one of the same folder and database is another worker of it."""
    return Settings(
        folder, url, "memory:", MASTER_KEY, "a secret of the tests", "a salt of the tests", jobs_url="memory:"
    )


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """The application of an installation, until its connections are closed."""
    with patch("compassionate.application.load_forms", lambda folder: FORMS):
        app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = compiled_templates()
    yield app
    app.extensions["compassionate"].engine.dispose()


HOOKS = ("before_request_funcs", "after_request_funcs", "template_context_processors")


def _copied(hooks: dict[Any, list[Any]]) -> defaultdict[Any, list[Any]]:
    return defaultdict(list, {scope: list(functions) for scope, functions in hooks.items()})


class Resident:
    """One application that test after test is given as if it were new: making its pages anew would cost each 0.2 s.

    Another database lies at its address, and what a test changed of the application is put back. A test that adds pages
    makes an application of its own.
    """

    def __init__(self, settings: Settings) -> None:
        with patch("compassionate.application.load_forms", lambda folder: FORMS):
            self._app = create_app(settings)
        self._app.testing = True
        cheapen(self._app)
        self._app.jinja_env.bytecode_cache = compiled_templates()
        self._engine = self._app.extensions["compassionate"].engine
        self._config = dict(self._app.config)
        self._extensions = dict(self._app.extensions)
        self._views = dict(self._app.view_functions)
        self._hooks = {name: _copied(getattr(self._app, name)) for name in HOOKS}

    @contextmanager
    def as_new(self, folder: Path) -> Iterator[Flask]:
        """The application of a new installation in this folder, until its connections are closed."""
        app, settings = self._app, replace(self._extensions["compassionate.settings"], instance=folder)
        app.instance_path = str(folder)
        self._put_back()
        app.extensions["compassionate"] = foundation_of(settings, self._engine, FORMS)
        app.extensions["compassionate.settings"] = settings
        reading.start(app)
        yield app
        app.extensions["compassionate"].engine.dispose()
        self._engine.dispose()

    def _put_back(self) -> None:
        for held, kept in (
            (self._app.config, self._config),
            (self._app.extensions, self._extensions),
            (self._app.view_functions, self._views),
        ):
            held.clear()
            held.update(kept)
        for name, hooks in self._hooks.items():
            setattr(self._app, name, _copied(hooks))


def cheapen(app: Flask) -> None:
    """The same hash with less work: what passwords cost is not what these tests are about."""
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)


@cache
def compiled_templates() -> FileSystemBytecodeCache:
    """What was made of each template, by whichever worker of the run came first."""
    folder = Path(os.environ[RUN_FOLDER]) / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))
