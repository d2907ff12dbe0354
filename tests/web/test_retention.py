"""Keeping records through the pages: what is due, what is blocked, who destroys it (RET-01, RET-02)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from compassionate import clock
from compassionate.models import Case, Tombstone
from compassionate.services import blocking, retention
from tests.web.conftest import Browser
from tests.world import World

pytestmark = pytest.mark.one_database  # these are pages; the rows behind them are tested on both in tests/services

LogIn = Callable[[str], Browser]
PAGE = "/administracion/conservacion"
YEARS = {"key_documents": "5", "clinical_record": "5", "blocked_years": "1"}


@pytest.fixture
def case(world: World) -> Case:
    """A case that was closed eight years ago."""
    world.now = clock.now() - timedelta(days=8 * 366)
    retention.set_years(world.session, world.people["admin"], world.centre, YEARS, world.now)
    case = world.closed_early()
    world.session.commit()
    return case


@pytest.fixture
def blocked(world: World, case: Case) -> Case:
    """A case that was blocked more than a year ago."""
    blocking.block(world.session, world.people["admin"], case, clock.now() - timedelta(days=400))
    world.session.commit()
    return case


def page_of(case: Case) -> str:
    return f"{PAGE}/expedientes/{case.code}"


def test_what_is_due_is_listed_with_its_ground_and_its_date(world: World, case: Case, log_in: LogIn):
    page = log_in("admin").get(PAGE)
    closed_on = clock.civil_date(case.since_at, "Europe/Madrid")
    until = closed_on.replace(year=closed_on.year + 5)
    assert case.code in page.text
    assert "Ley 41/2002 art. 17.1" in page.text
    assert f"{until:%d/%m/%Y}" in page.text
    assert "Inventada" not in page.text


def test_whoever_does_not_keep_records_does_not_see_the_page(world: World, case: Case, log_in: LogIn):
    for who in ("physician", "pharmacist", "nurse"):
        assert log_in(who).get(PAGE).status_code == 403
        assert log_in(who).get(page_of(case)).status_code == 403


def test_a_case_of_another_centre_is_no_case_here(world: World, case: Case, log_in: LogIn):
    elsewhere = World(world.session, code="HGB", password_hash=world.password_hash)
    elsewhere.now = world.now
    theirs = elsewhere.closed_early()
    world.session.commit()
    browser = log_in("admin")
    assert theirs.code not in browser.get(PAGE).text
    assert browser.get(page_of(theirs)).status_code == 404
    assert browser.post(f"{page_of(theirs)}/retener", {"reason": "x"}).status_code == 404
    answer = browser.post(PAGE, {"of": theirs.code})
    missing = browser.post(PAGE, {"of": "HGB-2018-99999X"})
    assert (answer.status_code, missing.status_code) == (422, 422)


def test_a_case_is_found_by_its_code(world: World, case: Case, log_in: LogIn):
    answer = log_in("auditor").post(PAGE, {"of": case.code.lower()})
    assert (answer.status_code, answer.location) == (303, page_of(case))


def test_everything_due_is_blocked_with_one_button_and_is_then_nowhere(world: World, case: Case, log_in: LogIn):
    code = case.code
    log_in("admin").post(f"{PAGE}/bloquear")
    physician = log_in("physician")
    missing = physician.get("/expedientes/HGA-2018-99999X")
    hidden = physician.get(f"/expedientes/{code}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    for path in ("/", "/expedientes", "/expedientes?who=all"):
        assert code not in physician.get(path).text
    assert "No hay ningún expediente así" in physician.post("/expedientes/buscar", {"q": code}).text
    assert code in log_in("admin").get(PAGE).text


def test_whoever_audits_reads_it_for_an_authority(world: World, blocked: Case, log_in: LogIn):
    browser = log_in("auditor")
    assert browser.get(f"/expedientes/{blocked.code}").status_code == 404
    browser.get(f"{page_of(blocked)}/abrir")
    assert browser.post(f"{page_of(blocked)}/abrir", {"authority": "court", "reason": ""}).status_code == 422
    answer = browser.post(f"{page_of(blocked)}/abrir", {"authority": "court", "reason": "Oficio 12/2026"})
    assert (answer.status_code, answer.location) == (303, f"/expedientes/{blocked.code}")
    assert browser.get(f"/expedientes/{blocked.code}").status_code == 200
    assert log_in("director").get(f"/expedientes/{blocked.code}").status_code == 404


def test_two_people_destroy_a_case_and_a_tombstone_is_listed(world: World, blocked: Case, log_in: LogIn):
    code, path = blocked.code, page_of(blocked)
    first, second = log_in("admin"), log_in("director")
    world.session.rollback()  # whoever reads meanwhile keeps the log from being cut: the next run would do it
    assert second.post(f"{path}/proponer").status_code == 403
    assert first.post(f"{path}/proponer").status_code == 303
    assert first.post(f"{path}/destruir").status_code == 403
    assert second.post(f"{path}/destruir").status_code == 303
    world.session.rollback()
    stone = world.session.scalars(select(Tombstone)).one()
    assert (stone.code, stone.purged_by_id) == (code, world.accounts["director"].id)
    assert stone.scoured_at is not None
    assert world.session.scalar(select(Case).where(Case.code == code)) is None
    assert code in second.get(PAGE).text
    assert second.get(path).status_code == 404


def test_a_legal_hold_says_why_nothing_goes_on(world: World, case: Case, log_in: LogIn):
    browser = log_in("auditor")
    assert browser.post(f"{page_of(case)}/retener", {"reason": "Diligencias 3/2026"}).status_code == 303
    assert "Retención legal" in browser.get(page_of(case)).text
    answer = log_in("admin").post(f"{page_of(case)}/bloquear")
    assert answer.status_code == 403
    assert "Hay una retención legal" in answer.text


def test_a_page_offers_only_what_may_be_done(world: World, case: Case, log_in: LogIn):
    assert "Bloquear" in log_in("admin").get(page_of(case)).text
    auditor = log_in("auditor").get(page_of(case)).text
    assert "Bloquear" not in auditor
    assert "Poner una retención legal" in auditor


def test_a_hospital_says_its_years_and_never_fewer_than_the_law(world: World, case: Case, log_in: LogIn):
    browser = log_in("admin")
    path = f"{PAGE}/centros/HGA"
    browser.get(path)
    answer = browser.post(path, YEARS | {"cells": "10"})
    assert answer.status_code == 422
    assert "al menos 30 años" in answer.text
    assert browser.post(path, YEARS | {"key_documents": "20"}).status_code == 303
    world.session.rollback()
    world.session.refresh(world.centre)
    assert retention.hospital_years(world.centre).of("key_documents") == 20
    assert log_in("auditor").get(path).status_code == 403


def test_where_the_law_was_not_read_the_page_asks_the_hospital(world: World, log_in: LogIn):
    assert "Faltan años de conservación" in log_in("admin").get(PAGE).text


def test_nothing_is_due_on_the_day_on_which_the_term_ends(world: World, case: Case):
    longest = retention.kept(world.session, case, clock.now()).longest
    assert longest is not None
    assert longest.until is not None
    last_day = datetime.combine(longest.until, datetime.min.time(), UTC) + timedelta(hours=12)
    assert retention.kept(world.session, case, last_day).status == "kept"
    assert retention.kept(world.session, case, last_day + timedelta(days=1)).status == "due"
