"""The committee's report on its page: chosen by quarter or by days, taken away as files, on record."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from sqlalchemy import select

from compassionate.clock import months_after
from compassionate.models import ReadEntry
from tests.world import today

pytestmark = pytest.mark.one_database  # pages and files; what they count is held in tests/services/test_committee.py

ADDRESS = "/informes/comision"


@pytest.fixture
def case(world):
    held = world.case_in("authorised")
    world.stock(held)
    world.session.commit()
    return held


def days(world) -> str:
    return f"?from={world.today.replace(day=1)}&until={min(months_after(world.today, 1), today())}"


def test_the_page_and_the_workbook_are_of_the_days_asked_for_and_the_file_is_on_record(log_in, world, case):
    browser = log_in("director")
    page = browser.get(ADDRESS + days(world))
    assert page.status_code == 200
    assert "Solicitudes presentadas" in page.text
    assert case.code in page.text  # its delivery has no known cost, which is said
    assert "No se han contado como cero" in page.text
    book = browser.get(f"{ADDRESS}.xlsx{days(world)}")
    sheet = openpyxl.load_workbook(io.BytesIO(book.data)).worksheets[0]
    filed = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "Solicitudes presentadas")
    assert filed[1] == 1
    world.session.rollback()  # what others wrote meanwhile is seen
    rows = [json.loads(row) for row in world.session.scalars(select(ReadEntry.row))]
    told = [row["detail"] for row in rows if row["action"] == "export"]
    assert [(each["export"], each["format"], each["centre"]) for each in told] == [
        ("committee_report", "xlsx", "HGA"),
    ]


def test_days_that_cannot_be_are_said_beside_their_field_and_kept(log_in, world):
    browser = log_in("regulatory")
    page = browser.get(f"{ADDRESS}?from=2026-09-01&until=2026-08-01")
    assert page.status_code == 422
    assert "El último día no puede ser anterior al primero" in page.text
    assert 'value="2026-08-01"' in page.text
    for wrong in ("?from=2026-02-30&until=2026-03-01", "?from=2026-03-01", "?from=1999-01-01&until=2026-03-01"):
        assert browser.get(ADDRESS + wrong).status_code == 422
        assert browser.get(f"{ADDRESS}.xlsx{wrong}").status_code == 400


def test_only_those_who_answer_for_the_centre_have_it(log_in, world):
    for who in ("physician", "nurse", "auditor", "admin"):
        assert log_in(who).get(ADDRESS).status_code == 403
    assert log_in("director").get(f"{ADDRESS}?centre=HGB").status_code == 404
