"""The application with a hospital where there is a page for everything, for what holds at every address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.applications import Resident
from tests.web.census import busy_case
from tests.web.conftest import hospital_in
from tests.world import World


@pytest.fixture
def app(residents: Callable[[str], Resident], steady_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, on each database in turn."""
    with residents(steady_url).as_new(tmp_path) as app:
        yield app


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A hospital with one case under treatment, that a call has authorised once more."""
    with hospital_in(app) as world:
        busy_case(world)
        world.session.commit()
        yield world
