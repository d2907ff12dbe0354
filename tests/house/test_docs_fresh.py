"""The published pages say what the tables say; `flask workflow publish` renews them."""

from __future__ import annotations

from runpy import run_path

import pytest

from compassionate.instruments import described
from compassionate.workflow.publish import pages
from tests.house.source import ROOT


@pytest.mark.parametrize("path", pages())
def test_a_published_page_is_fresh(path: str):
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[path], f"{path} is stale: run flask workflow publish"


def test_the_schema_of_the_case_inside_a_dossier_is_fresh():
    case_schema = run_path(str(ROOT / "tools" / "case_schema.py"))
    published = case_schema["SCHEMA"].read_text(encoding="utf-8")
    assert published == case_schema["written"](), "docs/schemas is stale: run tools/case_schema.py"


def test_the_page_of_instruments_is_fresh():
    text = (ROOT / described.PAGE).read_text(encoding="utf-8")
    assert text == described.published(), f"{described.PAGE} is stale: run flask instruments publish"
