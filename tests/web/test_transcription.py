"""The sheet from which a request is typed into the agency's application."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Callable

from flask import Flask
from PIL import Image
from sqlalchemy import select

from compassionate.extensions import foundation
from compassionate.models import DataKey, ReadEntry
from compassionate.services import documents, papers, requests
from compassionate.services.keys import replace_key
from tests.web.conftest import Browser
from tests.web.forms import forms
from tests.world import World

LogIn = Callable[[str], Browser]
MARK = re.compile(r' value="([0-9a-f-]{36}\.[0-9a-f]{27})"')
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


def keep(browser: Browser, url: str, name: str, text: str = "", ticked: bool = True) -> int:
    """The tick of one field, as the script of the page sends it."""
    mark = MARK.search(text or browser.get(url).text.partition(f'name="mark.{name}"')[2])
    assert mark is not None
    sent = {f"mark.{name}": mark[1]} | ({"copied": name} if ticked else {})
    return browser.post(url, sent, headers={"Accept": "application/json"}).status_code


def is_ticked(page: str, name: str) -> bool:
    return f'name="copied" value="{name}" checked' in page


def test_ticks_are_kept_by_person_and_survive_another_computer(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    assert keep(browser, url, "patient.birth_on") == 204
    again, other = log_in("pharmacist").get(url).text, log_in("regulatory").get(url).text
    assert is_ticked(again, "patient.birth_on")
    assert "1 de " in again
    assert not is_ticked(again, "patient.sex")
    assert not is_ticked(other, "patient.birth_on")
    assert keep(browser, url, "patient.birth_on", ticked=False) == 204
    assert not is_ticked(browser.get(url).text, "patient.birth_on")


def test_without_a_script_the_whole_sheet_is_kept_at_once(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    (form,) = [each for each in forms(browser.get(url).text) if each.action == url]
    sent = {name: each for name, each in form.values.items() if name != "csrf_token"}
    assert browser.post(url, sent | {"copied": ["case.code", "patient.sex", "nobody.knows"]}).status_code == 303
    page = browser.get(url).text
    assert is_ticked(page, "case.code")
    assert is_ticked(page, "patient.sex")
    assert page.count(" checked") == 2


def test_a_tick_goes_stale_when_its_value_changes(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    world.session.commit()
    browser, url = log_in("pharmacist"), f"/expedientes/{case.code}/solicitudes/0/transcripcion"
    assert [keep(browser, url, name) for name in ("posology.dose", "case.code")] == [204, 204]
    drawn = browser.get(url).text.partition('name="mark.posology.dose"')[2]
    world.session.rollback()
    changed = {"dose": "50 millones", "schedule": "Dosis única", "duration_weeks": "52"}
    requests.save_posology(world.session, world.people["physician"], case, 0, changed, world.tick())
    world.session.commit()
    page = browser.get(url).text
    assert "Ha cambiado desde que lo copió" in page
    assert not is_ticked(page, "posology.dose")
    assert is_ticked(page, "case.code")
    assert keep(browser, url, "posology.dose", drawn) == 204  # of a page that was drawn before the change
    assert not is_ticked(browser.get(url).text, "posology.dose")
    assert keep(browser, url, "posology.dose") == 204
    assert "Ha cambiado desde que lo copió" not in browser.get(url).text


def test_a_tick_outlives_the_keys_under_which_it_was_set_and_still_tells_a_changed_value(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    world.session.commit()
    browser, url = log_in("pharmacist"), f"/expedientes/{case.code}/solicitudes/0/transcripcion"
    drawn = browser.get(url).text.partition('name="mark.case.code"')[2]
    assert keep(browser, url, "posology.dose") == 204
    for _ in range(2):
        world.session.rollback()
        replace_key(world.session, world.session.get_one(DataKey, case.key_id))
        world.session.commit()
    assert keep(browser, url, "case.code", drawn) == 204  # of a page that was drawn under the first key
    page = browser.get(url).text
    assert is_ticked(page, "posology.dose")
    assert is_ticked(page, "case.code")
    assert "Ha cambiado desde que lo copió" not in page
    world.session.rollback()
    changed = {"dose": "50 millones", "schedule": "Dosis única", "duration_weeks": "52"}
    requests.save_posology(world.session, world.people["physician"], case, 0, changed, world.tick())
    world.session.commit()
    assert not is_ticked(browser.get(url).text, "posology.dose")


def test_who_only_reads_ticks_nothing(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    auditor = log_in("auditor")
    assert "disabled" in auditor.get(url).text
    assert keep(auditor, url, "case.code", browser.get(url).text.partition('name="mark.case.code"')[2]) == 403
    assert not is_ticked(browser.get(url).text, "case.code")


def test_what_does_not_fit_is_said(world: World, log_in: LogIn):
    world.centre.settings = {**world.centre.settings, "typing_limit": 12}
    url, browser = sheet(world, log_in)
    page = browser.get(url).text
    assert "No cabe entero" in page
    assert "de 12 caracteres" in page
    assert "no están comprobados" in page


def test_the_sheet_is_printed_with_boxes_and_lines(world: World, log_in: LogIn):
    url, browser = sheet(world, log_in)
    assert keep(browser, url, "case.code") == 204
    page = browser.get(f"{url}/imprimir").text
    assert (page.count("☑"), page.count("____") > 0) == (1, True)
    for words in ("03/02/1980", "Número de registro", "Quién lo revisó"):
        assert words in page


def test_all_papers_come_in_one_file_and_on_record(app: Flask, world: World, log_in: LogIn):
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    world.add_paper(case, "evidence")
    world.add_paper(case, "endorsement_delegation")
    world.session.commit()
    browser, url = log_in("pharmacist"), f"/expedientes/{case.code}/solicitudes/0/transcripcion"
    page, answer = browser.get(url).text, browser.get(f"{url}/papeles.zip")
    names = ["01_informe_clinico", "02_documentacion_apoyo", "03_conformidad_promotor"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.namelist() == [f"{name}_{case.code}.pdf" for name in names]
        for name in packed.namelist():
            assert hashlib.sha256(packed.read(name)).hexdigest() in page
    assert "Papel endorsement_delegation" in page[page.index("solo si los piden") :]
    with app.app_context(), foundation().session() as session:
        row = json.loads(session.scalars(select(ReadEntry.row).order_by(ReadEntry.seq.desc())).first() or "")
    assert (row["action"], row["detail"]["export"]) == ("export", "request_papers")


def test_a_photograph_leaves_the_house_without_where_it_was_taken(world: World, log_in: LogIn):
    case = world.case_in("ready_to_submit")
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "Persona Inventada", 6
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, "JPEG", exif=exif, comment=b"Persona Inventada")
    upload = papers.Upload("foto.jpg", "image/jpeg", file.getvalue())
    papers.upload(world.session, world.people["pharmacist"], case, "evidence", "Foto", upload, world.tick())
    world.session.commit()
    browser, url = log_in("pharmacist"), f"/expedientes/{case.code}/solicitudes/0/transcripcion"
    page, sent = browser.get(url).text, browser.get(f"{url}/papeles/2").data
    assert "Falta el 01" in page
    assert b"Persona Inventada" in file.getvalue()
    assert b"Persona Inventada" not in sent
    assert Image.open(io.BytesIO(sent)).size == (20, 40)  # upright, as it was meant to be seen
    assert hashlib.sha256(sent).hexdigest() in page
    assert hashlib.sha256(file.getvalue()).hexdigest() not in page


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
