"""The appeal on the pages of a case: both ways with their terms side by side, and its steps."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import Case, Clock
from tests.world import World, today


def denied(world: World, appeal: str = "reposicion") -> Case:
    case = world.case_in("submitted")
    day = str(world.today)
    values: dict[str, Any] = {"channel": "mse", "decided_on": day, "notified_on": day, "grounds": ["risk"]}
    world.act(case, "pharmacist", "record_denial", **values, appeal_named=appeal)
    world.session.commit()
    return case


def test_a_denied_case_shows_both_ways_and_what_august_means(world, log_in):
    case = denied(world)
    for path in ("", "/plazos"):
        text = log_in("regulatory").get(f"/expedientes/{case.code}{path}").text
        assert "Ante la Administración" in text
        assert "Ante los tribunales" in text
        assert "Agosto no cuenta para acudir a los tribunales" in text
        assert "Los dos plazos corren a la vez" in text


def first_button(page: str) -> str:
    """Where the first button of a case's page leads."""
    main = page.partition("<main")[2]
    button = re.search(r'<a[^>]*class="govuk-button"[^>]*>', main) or re.search(r"<a[^>]*govuk-button[^>]*>", main)
    assert button is not None
    return re.search(r'href="([^"]+)"', button[0])[1].rpartition("/")[2]


@pytest.mark.parametrize(("named", "step"), [("reposicion", "file_appeal"), ("alzada", "file_higher_appeal")])
def test_the_first_thing_to_do_about_a_denial_is_its_appeal(world, log_in, named, step):
    case = denied(world, named)
    for row in world.session.scalars(select(Clock).where(Clock.case_id == case.id)):
        row.due_on = today() + timedelta(days=9)
    world.session.commit()
    regulatory = log_in("regulatory")
    assert first_button(regulatory.get(f"/expedientes/{case.code}").text) == f"{step}@appeal-0"
    world.session.rollback()
    world.act(case, "regulatory", f"{step}@appeal-0", filed_at=world.now.isoformat())
    world.session.commit()
    assert "appeal-0" not in first_button(regulatory.get(f"/expedientes/{case.code}").text)


def test_what_came_too_late_is_not_proposed_any_more(world, log_in):
    case = denied(world)  # months before the day on which the page is opened
    for row in world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == "K-REP")):
        row.due_on = today() - timedelta(days=1)
    for row in world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == "K-CON")):
        row.due_on = today() + timedelta(days=1)
    world.session.commit()
    regulatory = log_in("regulatory")
    assert first_button(regulatory.get(f"/expedientes/{case.code}").text) == "file_court@appeal-0"
    world.session.rollback()
    for row in world.session.scalars(select(Clock).where(Clock.case_id == case.id)):
        row.due_on = today() - timedelta(days=1)
    world.session.commit()
    assert first_button(regulatory.get(f"/expedientes/{case.code}").text) == "waive_appeal@appeal-0"


def test_filing_the_appeal_on_its_page_lets_the_court_wait(world, log_in):
    case = denied(world)
    page = f"/expedientes/{case.code}/pasos/file_appeal@appeal-0"
    regulatory = log_in("regulatory")
    assert regulatory.get(page).status_code == 200
    filed = (world.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    answer = regulatory.post(page, {"filed_at": filed, "filed_at-date": filed[:10], "filed_at-time": filed[11:]})
    assert answer.status_code == 303, answer.text
    assert answer.location == f"/expedientes/{case.code}/plazos"
    text = regulatory.get(answer.location).text
    assert "Detenido desde el" in text
    assert "la vía judicial espera" in text


def test_a_denial_that_names_the_other_appeal_says_that_the_court_comes_after_it(world, log_in):
    case = denied(world, "alzada")
    text = log_in("regulatory").get(f"/expedientes/{case.code}").text
    assert "solo después de él cabe acudir a los tribunales" in text
    assert "Sin plazo abierto" in text


def test_an_appeal_that_was_waived_leaves_the_case_page_and_stays_with_its_terms(world, log_in):
    case = denied(world)
    world.act(case, "regulatory", "waive_appeal@appeal-0", reason="Se pide de nuevo")
    world.session.commit()
    physician = log_in("physician")
    assert "Ante los tribunales" not in physician.get(f"/expedientes/{case.code}").text
    assert "No se recurre o se ha desistido" in physician.get(f"/expedientes/{case.code}/plazos").text
