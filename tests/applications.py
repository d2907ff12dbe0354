"""Applications for tests: as in life, but what a thousand of them would each make anew is made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from compassionate.application import create_app
from compassionate.config import Settings
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


@cache
def compiled_templates() -> FileSystemBytecodeCache:
    """What was made of each template, by whichever worker of the run came first."""
    folder = Path(os.environ[RUN_FOLDER]) / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))
