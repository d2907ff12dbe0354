"""A patient's access report: who read or changed what, when, in which role; asking for it is on record (RET-05)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from compassionate.exports import csv_files
from compassionate.models import AuditEntry, Case, Paper
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
PAGE = "/administracion/accesos"


@pytest.fixture
def case(world: World) -> Case:
    """A case that some people looked at."""
    case = world.case_in("screening")
    world.add_paper(case)
    world.case_in("draft", nhc="200002", surnames="Otra Persona")
    world.session.commit()
    return case


def asked(browser: Browser, code: str, **more: str) -> list[list[str]]:
    answer = browser.post(PAGE, {"of": code, "purpose": "patient", "as": "csv", **more})
    assert answer.status_code == 200, answer.text
    return csv_files.read(answer.data)[1:]


def test_every_view_list_download_change_and_refusal_is_in_the_report(world: World, case: Case, log_in: LogIn):
    code = case.code
    nurse, director = log_in("nurse"), log_in("director")
    nurse.get(f"/expedientes/{code}")
    director.get("/expedientes?who=all")
    log_in("physician").post("/expedientes/buscar", {"q": "100001"})
    paper = world.session.scalars(select(Paper.id)).one()
    nurse.post(f"/expedientes/{code}/pasos/accept_eligibility")
    nurse.get(f"/expedientes/{code}/papeles/{paper}")
    rows = {(row[1], row[4]) for row in asked(log_in("auditor"), code)}
    assert {
        ("Nurse de HGA", "Lectura"),
        ("Director de HGA", "En una lista"),
        ("Nurse de HGA", "Descarga"),
        ("Nurse de HGA", "Intento rechazado"),
        ("Pharmacist de HGA", "Actuación"),
    } <= rows


def test_a_row_says_when_who_and_as_what(world: World, case: Case, log_in: LogIn):
    log_in("nurse").get(f"/expedientes/{case.code}")
    row = next(row for row in asked(log_in("admin"), case.code) if row[4] == "Lectura")
    assert row[0][-6:] == "+00:00"
    assert (row[1], row[3], row[7]) == ("Nurse de HGA", "Enfermería · HGA", case.code)


def test_the_report_names_nobody_elses_case_and_no_patient(world: World, case: Case, log_in: LogIn):
    log_in("director").get("/expedientes?who=all")
    browser = log_in("auditor")
    rows = asked(browser, case.code)
    assert {row[7] for row in rows} == {case.code}
    page = browser.post(PAGE, {"of": case.code, "purpose": "patient"})
    assert page.status_code == 200
    assert "Inventada" not in page.text


def test_asking_is_itself_on_record(world: World, case: Case, log_in: LogIn):
    asked(log_in("auditor"), case.code)
    world.session.rollback()
    rows = [json.loads(row) for row in world.session.scalars(select(AuditEntry.row))]
    told = [row for row in rows if row["action"] == "report_accesses"]
    assert [(row["actor"], row["case"]) for row in told] == [(world.accounts["auditor"].id, case.code)]
    assert any(row[4] == "Actuación" and row[5] == "Informe de accesos" for row in asked(log_in("auditor"), case.code))


def test_only_who_audits_or_administers_the_centre_gets_it(world: World, case: Case, log_in: LogIn):
    elsewhere = World(world.session, code="HGB", password_hash=world.password_hash)
    theirs = elsewhere.case_in("draft")
    world.session.commit()
    for who in ("physician", "director", "nurse"):
        assert log_in(who).post(PAGE, {"of": case.code, "purpose": "patient"}).status_code == 403
    browser = log_in("auditor")
    answers = [browser.post(PAGE, {"of": code, "purpose": "patient"}) for code in (theirs.code, "HGB-2026-99999X")]
    assert [answer.status_code for answer in answers] == [422, 422]


def test_the_purpose_is_asked_for(world: World, case: Case, log_in: LogIn):
    answer = log_in("auditor").post(PAGE, {"of": case.code})
    assert answer.status_code == 422
    assert f'value="{case.code}"' in answer.text, answer.text
