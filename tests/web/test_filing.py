"""What comes back from the agency: the filing with what differed, and decisions as they arrive, through their pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.conftest import Browser
from tests.web.forms import forms
from tests.world import World, a_pdf

LogIn = Callable[[str], Browser]
DIFFERS = {"differs_field.1": "posology.dose", "differs_typed.1": "25 mill.", "differs_why.1": "No cabía"}


def ready(world: World) -> str:
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    world.session.commit()
    return f"/expedientes/{case.code}"


def filled(browser: Browser, path: str, **values: Any) -> dict[str, Any]:
    """The last form of a page with these values typed into it."""
    held = [form for form in forms(browser.get(path).text) if form.action in ("", path)][-1]
    return {name: each for name, each in held.values.items() if name != "csrf_token"} | values


def test_the_filing_is_taken_back_and_shown_with_what_differed(world: World, log_in: LogIn):
    case, browser = ready(world), log_in("pharmacist")
    moment = world.now.strftime("%Y-%m-%dT%H:%M")
    sent = filled(browser, f"{case}/pasos/submit", submitted_at=moment, reference="MSE-9", registry_number="REG-9")
    assert sent["typed_by"] == [world.accounts["pharmacist"].username]
    sent["checked_by"] = world.accounts["technician"].username
    assert browser.post(f"{case}/pasos/submit", sent | DIFFERS).status_code == 303
    page = browser.get(f"{case}/solicitudes/0").text
    assert "Presentada en la AEMPS" in page
    for shown in ("MSE-9", "REG-9", "25 mill.", "No cabía", world.accounts["technician"].name):
        assert shown in page
    history = browser.get(f"{case}/historial").text
    assert "«25 mill.» (No cabía)" in history
    assert world.accounts["technician"].name in history


def test_more_rows_are_given_without_filing_and_wrong_ones_come_back_as_typed(world: World, log_in: LogIn):
    case, browser = ready(world), log_in("pharmacist")
    sent = filled(browser, f"{case}/pasos/submit", reference="MSE-9", more="1") | DIFFERS
    answer = browser.post(f"{case}/pasos/submit", sent)
    assert (answer.status_code, answer.text.count('name="differs_field.')) == (200, 6)
    assert "25 mill." in answer.text
    del sent["more"]
    sent |= {"differs_why.1": "", "submitted_at": world.now.strftime("%Y-%m-%dT%H:%M")}
    answer = browser.post(f"{case}/pasos/submit", sent)
    assert answer.status_code == 422
    assert 'href="#differs_why.1"' in answer.text
    assert "25 mill." in answer.text


def a_call(world: World) -> str:
    case = world.case_in("submitted")
    world.authorise(case, channel="telephone", reference="", sender="Jefa de área, AEMPS")
    world.stock(case)
    world.consent(case)
    world.session.commit()
    return f"/expedientes/{case.code}"


def test_a_call_permits_no_dose_until_its_writing_is_there(world: World, log_in: LogIn):
    case, browser = a_call(world), log_in("pharmacist")
    assert "por escrito" in browser.get(f"{case}/pasos/start_treatment").text
    dose = {"act": "administration", "line": "1", "batch": "L1", "units": "1", "given_on": str(world.today)}
    assert browser.post(f"{case}/pasos/start_treatment", dose | {"identity_checked": "1"}).status_code == 403
    page = browser.get(f"{case}/decision").text
    assert "Jefa de área, AEMPS" in page
    assert "Todavía falta" in page
    (owed,) = {link for link in page.split('"') if link.startswith(f"{case}/decision/")}
    sent = {"written_on": str(world.today), "channel": "email", "file": (io.BytesIO(a_pdf()), "correo.pdf")}
    browser.get(owed)
    assert browser.post(owed, sent | {"reference": ""}).status_code == 303
    page = browser.get(f"{case}/decision").text
    assert f"{case}/papeles/" in page
    assert "Todavía falta" in page  # the number is owed still, and no longer stands in the way
    browser.get(f"{case}/pasos/start_treatment")
    assert browser.post(f"{case}/pasos/start_treatment", dose | {"identity_checked": "1"}).status_code == 303
    browser.get(owed)
    assert browser.post(owed, {"reference": "RES-2026-1"}).status_code == 303
    page = browser.get(f"{case}/decision").text
    assert "RES-2026-1" in page
    assert "Todavía falta" not in page


@pytest.mark.parametrize("name", ["aviso.eml", "AVISO.MSG"])
def test_a_mail_is_told_how_it_becomes_a_pdf(world: World, log_in: LogIn, name: str):
    case, browser = a_call(world), log_in("pharmacist")
    page = browser.get(f"{case}/decision").text
    (owed,) = {link for link in page.split('"') if link.startswith(f"{case}/decision/")}
    mail = b"From: agencia@example.org\nTo: farmacia@example.org\nSubject: Aviso\n\nSe autoriza.\n"
    browser.get(owed)
    answer = browser.post(owed, {"reference": "RES-9", "file": (io.BytesIO(mail), name)})
    assert answer.status_code == 422
    assert "Guardar como PDF" in answer.text
    assert "RES-9" in answer.text
    assert "Todavía falta" in browser.get(f"{case}/decision").text
