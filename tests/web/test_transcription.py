"""The sheet from which a request is typed into the agency's application."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable

from compassionate.services import documents
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
FIELD = re.compile(r'<span id="campo-([^"]+)">(.*?)</span>', re.DOTALL)


def fields(page: str) -> dict[str, str]:
    """What the copy button of each field copies."""
    return {name: html.unescape(text) for name, text in FIELD.findall(page)}


def sheet(world: World, log_in: LogIn, state: str = "ready_to_submit") -> tuple[str, Browser]:
    case = world.case_in(state)
    world.session.commit()
    return f"/expedientes/{case.code}/solicitudes/0/transcripcion", log_in("pharmacist")


def test_values_are_plain_text_with_spanish_dates_and_decimals(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    copied = fields(browser.get(url).text)
    assert copied["patient-birth_on"] == "03/02/1980"
    assert copied["report-weight_kg"] == "71,5"
    assert copied["patient-body_surface"] == "1,85"
    assert copied["eligibility-alternatives"].startswith("1. Fisioterapia; ")
    assert copied["line-packs-1"] == "4"
    assert "\xa0" not in copied["line-calculation-1"]
    assert copied["request-duration"] == "52 semanas"


def test_the_order_is_that_of_typing(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    names = list(fields(browser.get(url).text))
    wanted = [
        "case-code",
        "centre-name",
        "product-name",
        "patient-initials",
        "physician-name",
        "report-diagnosis",
        "posology-dose",
    ]
    assert [name for name in names if name in wanted] == wanted


def test_each_field_says_how_long_it_is_and_can_be_ticked(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    page = browser.get(url).text
    assert 'data-copy="campo-patient-birth_on"' in page
    assert 'id="campo-patient-birth_on-tick"' in page
    row = page[page.index('id="campo-patient-birth_on"') :]
    assert re.search(r'c-copy__count">10<', row)


def test_papers_are_named_with_the_case_and_come_down_unchanged(world: World, log_in: LogIn):
    case = world.case_in("ready_to_submit")
    documents.issue(world.session, world.people["pharmacist"], case, "dossier", "agency", world.tick())
    world.session.commit()
    browser = log_in("pharmacist")
    url = f"/expedientes/{case.code}/solicitudes/0/transcripcion"
    page = browser.get(url).text
    assert f"01_informe_clinico_{case.code}.pdf" in page
    assert f"02_conformidad_promotor_{case.code}.pdf" in page
    for place, name in ((1, "informe_clinico"), (2, "conformidad_promotor")):
        answer = browser.get(f"{url}/papeles/{place}")
        assert f"0{place}_{name}_{case.code}.pdf" in answer.headers["Content-Disposition"]
        assert hashlib.sha256(answer.data).hexdigest() in page
    assert browser.get(f"{url}/papeles/3").status_code == 404


def test_the_sheet_leads_to_writing_the_number_back(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    page = browser.get(url).text
    code = url.split("/")[2]
    assert f"/expedientes/{code}/documentos" in page  # the dossier first: its step waits for it
    assert "Marcar como presentada" in page


def test_a_request_that_can_still_change_says_so(world: World, log_in: LogIn):
    early, late = world.case_in("preparing"), world.case_in("ready_to_submit", nhc="200002")
    world.session.commit()
    browser = log_in("pharmacist")
    for case, says in ((early, True), (late, False)):
        page = browser.get(f"/expedientes/{case.code}/solicitudes/0/transcripcion").text
        assert ("La solicitud todavía puede cambiar" in page) is says


def test_consent_cost_and_the_committee_are_never_on_the_sheet(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    names = " ".join(fields(browser.get(url).text))
    assert not re.search("consent|price|committee", names)
