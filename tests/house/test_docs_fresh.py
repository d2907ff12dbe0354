"""The published pages say what the tables say; `flask workflow publish` renews them."""

from __future__ import annotations

import pytest

from compassionate.workflow.publish import pages
from tests.house.source import ROOT


@pytest.mark.parametrize("path", pages())
def test_a_published_page_is_fresh(path: str):
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[path], f"{path} is stale: run flask workflow publish"
