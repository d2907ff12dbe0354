"""What changed between two versions of a document, on its page and on the command line."""

from __future__ import annotations

import json

import pytest

from compassionate.documents.content import AGENCY
from compassionate.services import documents
from tests.services.test_versions_of_documents import issued

pytestmark = pytest.mark.one_database  # pages alike on both


@pytest.fixture
def case(world):
    case = world.case_in("ready_to_submit")
    issued(world, case)
    world.add_paper(case)
    issued(world, case)
    world.session.commit()
    return case


def page(case, row, con=""):
    return f"/expedientes/{case.code}/documentos/{row.id}/cambios" + (f"?con={con}" if con else "")


def test_a_version_is_held_against_the_one_before_and_against_now(case, world, log_in):
    row = documents.latest(world.session, case, "dossier", AGENCY, 0)
    browser = log_in("pharmacist")
    shown = browser.get(page(case, row)).text
    assert "Qué cambió de la versión 1 a la 2" in shown
    assert "Papel «Papel evidence»" in shown
    assert "Añadido" in shown
    assert "Dicen lo mismo." in browser.get(page(case, row, "ahora")).text
    assert browser.get(page(case, row, "9")).status_code == 404
    assert browser.get(page(case, row, "x")).status_code == 404


def test_a_stale_document_leads_to_why_it_is(case, world, log_in):
    world.add_paper(case)
    world.session.commit()
    row = documents.latest(world.session, case, "dossier", AGENCY, 0)
    browser = log_in("pharmacist")
    listed = browser.get(f"/expedientes/{case.code}/documentos").text
    assert f'href="{page(case, row, "ahora")}"' in listed
    shown = browser.get(page(case, row, "ahora")).text
    assert "Qué ha cambiado desde la versión 2" in shown
    assert "1 cambio" in shown
    assert "Versión 0." in shown  # of the product, at the foot


def test_another_hospital_sees_no_changes(case, world, log_in, app):
    row = documents.latest(world.session, case, "dossier", AGENCY, 0)
    assert log_in("admin").get(page(case, row)).status_code in (403, 404)


def test_the_command_line_tells_the_same(case, app):
    ran = app.test_cli_runner().invoke(
        args=[
            "documents",
            "changes",
            case.code,
            "--kind",
            "dossier",
            "--copy",
            "agency",
            "--from",
            "1",
            "--to",
            "2",
            "--json",
        ]
    )
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert (told["from"], told["to"]) == (1, 2)
    assert {each["section"] for each in told["changes"]} == {"Papeles", "Visto bueno de la Dirección"}
    none = app.test_cli_runner().invoke(
        args=["documents", "changes", case.code, "--kind", "dossier", "--copy", "agency"]
    )
    assert "Dicen lo mismo." in none.output
    assert (
        app.test_cli_runner()
        .invoke(args=["documents", "changes", case.code, "--kind", "dossier", "--copy", "agency", "--from", "7"])
        .exit_code
        == 2
    )
