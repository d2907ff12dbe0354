"""An installation of one's own, on each database in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.serving import Installation


@pytest.fixture
def installation(fresh_url: str, tmp_path: Path) -> Installation:
    """A folder and an empty database with the schema in it."""
    return Installation(tmp_path, fresh_url)
