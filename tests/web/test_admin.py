"""Administration through its pages: who opens which, what a form keeps, what a link gives."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate.models import Account, Centre, Membership, Product, ProductLine
from compassionate.services import accounts
from compassionate.workflow.roles import Role
from tests.web.conftest import Browser
from tests.world import World, a_pdf, today

LogIn = Callable[[str], Browser]
HOME = "/administracion"
PEOPLE = f"{HOME}/cuentas"
NEW = {"username": "ana.ruiz", "name": "Ana Ruiz Inventada", "roles.HGA": "nurse", "from_on": "2026-01-01"}
READ = (HOME, PEOPLE, f"{HOME}/centros", f"{HOME}/centros/HGA", f"{HOME}/medicamentos", f"{HOME}/medicamentos/MSV-HGA",
        f"{HOME}/promotores", f"{HOME}/delegaciones")  # fmt: skip
ADMINISTRATORS = (
    f"{HOME}/nueva-cuenta",
    *(f"{PEOPLE}/nurse.hga{part}" for part in ("", "/datos", "/funciones", "/acceso")),
)
KEEPERS = (
    f"{HOME}/promotores/nuevo",
    f"{HOME}/medicamentos/nuevo",
    *(f"{HOME}/medicamentos/MSV-HGA/{part}" for part in ("datos", "presentaciones/nueva", "presentaciones/1")),
)


@pytest.fixture
def other(world: World) -> World:
    """A second hospital in the same installation."""
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    world.session.commit()
    return other


def stored(world: World, model: Any, **wanted: Any) -> Any:
    """The row as the pages left it."""
    world.session.rollback()
    return world.session.scalar(select(model).filter_by(**wanted))


def values(page: Any) -> dict[str, str]:
    """What a form shows in its boxes, ticks and lists."""
    boxes = re.findall(
        r'<input[^>]*name="([^"]+)"[^>]*?type="(?:text|date|email|tel|hidden)"(?:[^>]*?value="([^"]*)")?', page.text
    )
    boxes += re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    picked = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)" checked', page.text)
    lists = re.findall(r'<select[^>]*name="([^"]+)".*?<option value="([^"]*)" selected', page.text, re.DOTALL)
    shown = dict(boxes) | dict(lists) | dict(picked)
    return {name: value for name, value in shown.items() if name != "csrf_token"}


def said(page: Any) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


# Who opens what.


def test_everybody_of_a_centre_reads_how_it_is_kept(world: World, log_in: LogIn):
    for who in ("nurse", "auditor", "admin"):
        browser = log_in(who)
        assert [browser.get(path).status_code for path in READ] == [200] * len(READ), who


def test_nobody_reads_it_without_a_log_in(app: Flask, world: World):
    assert {app.test_client().get(path).status_code for path in (*READ, *ADMINISTRATORS, *KEEPERS)} == {302}


def test_what_is_kept_by_some_is_not_opened_by_others(world: World, log_in: LogIn):
    opens = {
        who: [[browser.get(path).status_code for path in paths] for paths in (ADMINISTRATORS, KEEPERS)]
        for who in ("admin", "pharmacist", "physician")
        for browser in [log_in(who)]
    }
    ok, no = [200] * 5, [403] * 5
    assert opens == {"admin": [ok, ok], "pharmacist": [no, ok], "physician": [no, no]}


def test_what_belongs_to_another_centre_does_not_exist(world: World, other: World, log_in: LogIn):
    browser = log_in("admin")
    for path in ("cuentas/nurse.hgb", "cuentas/nurse.hgb/datos", "cuentas/nadie", "centros/HGB", "centros/NO"):
        assert browser.get(f"{HOME}/{path}").status_code == 404, path
    assert browser.post(f"{PEOPLE}/nurse.hgb/enlace").status_code == 404
    assert browser.post(f"{HOME}/centros/HGB", {"name": "Robado"}).status_code == 404
    assert "nurse.hgb" not in browser.get(PEOPLE).text


def test_the_front_page_says_what_is_missing(world: World, log_in: LogIn):
    page = said(log_in("admin").get(HOME))
    assert "Faltan datos en HGA" in page
    assert "Faltan datos en MSV-HGA" in page


# People.


def link_of(page: Any) -> str:
    found = re.search(r'<span id="enlace"[^>]*>([^<]+)</span>', page.text)
    assert found, page.text
    return found[1].replace("http://localhost", "")


def test_a_new_account_gives_a_link_once_and_its_person_gets_in(app: Flask, world: World, log_in: LogIn):
    browser = log_in("admin")
    browser.get(f"{HOME}/nueva-cuenta")
    made = browser.post(f"{HOME}/nueva-cuenta", NEW)
    link = link_of(made)
    assert made.headers["Cache-Control"] == "no-store"
    assert link not in browser.get(f"{PEOPLE}/ana.ruiz").text
    person = Browser(app.test_client())
    assert "ana.ruiz" in person.get(link).text
    set_it = person.post(link, {"password": "tres gatos miran la luna"})
    assert (set_it.status_code, set_it.location) == (303, "/login")
    person.get("/login")
    entered = person.post("/login", {"username": "ana.ruiz", "password": "tres gatos miran la luna"})
    assert entered.status_code == 302
    assert person.get(link).status_code == 404


def test_a_form_with_mistakes_comes_back_as_it_was_typed(world: World, log_in: LogIn):
    browser = log_in("admin")
    typed = NEW | {
        "username": "Ana Ruiz",
        "email": "ana",
        "roles.HGA": ["nurse", "resident"],
        "service": "<b>Planta</b>",
    }
    page = browser.post(f"{HOME}/nueva-cuenta", typed)
    assert page.status_code == 422
    assert "Use letras minúsculas sin acentos" in page.text
    assert "Escriba una dirección de correo completa" in page.text
    assert "<title>Error:" in page.text
    shown = values(page)
    assert (shown["username"], shown["name"], shown["email"]) == ("Ana Ruiz", "Ana Ruiz Inventada", "ana")
    assert re.findall(r'name="roles.HGA" type="checkbox" value="(\w+)" checked', page.text) == ["nurse", "resident"]
    assert "<b>Planta" not in page.text
    assert stored(world, Account, username="ana.ruiz") is None


def test_roles_are_given_and_taken_with_their_dates(world: World, log_in: LogIn):
    browser = log_in("admin")
    given = {"centre": "HGA", "role": "resident", "from_on": "2026-01-01", "until_on": "2027-05-31"}
    assert browser.post(f"{PEOPLE}/nurse.hga/funciones", given).status_code == 303
    page = said(browser.get(f"{PEOPLE}/nurse.hga"))
    assert "Residente (FIR/MIR) HGA Ahora 01/01/2026 31/05/2027" in page
    nurse = stored(world, Account, username="nurse.hga")
    row = next(row for row in nurse.memberships if row.role == "resident")
    end = f"{PEOPLE}/nurse.hga/funciones/{row.id}"
    assert "sigue a su nombre" in browser.get(end).text
    assert browser.post(end, {}).status_code == 422
    assert browser.post(end, {"when": "now"}).status_code == 303
    assert stored(world, Membership, id=row.id).until_on < today()
    assert "Funciones que ya terminaron" in browser.get(f"{PEOPLE}/nurse.hga").text


def test_an_administrator_cannot_help_themselves(world: World, log_in: LogIn):
    browser = log_in("admin")
    page = browser.get(f"{PEOPLE}/admin.hga").text
    assert "Dar otra función" not in page
    assert "Desactivar" not in page
    given = {"centre": "HGA", "role": "director", "from_on": "2026-01-01"}
    refused = browser.post(f"{PEOPLE}/admin.hga/funciones", given)
    assert refused.status_code == 422
    assert "Nadie se asigna funciones a sí mismo" in refused.text
    assert browser.post(f"{PEOPLE}/admin.hga/acceso").status_code == 422
    assert browser.post(f"{PEOPLE}/admin.hga/enlace").status_code == 422


def test_a_disabled_account_is_out_and_may_come_back(world: World, log_in: LogIn):
    browser, nurse = log_in("admin"), log_in("nurse")
    assert "La cuenta no se borra" in browser.get(f"{PEOPLE}/nurse.hga/acceso").text
    assert browser.post(f"{PEOPLE}/nurse.hga/acceso").status_code == 303
    assert nurse.get("/cuenta").status_code == 302
    assert browser.post(f"{PEOPLE}/nurse.hga/acceso").status_code == 303
    assert log_in("nurse").get("/cuenta").status_code == 200


def test_a_new_link_ends_the_sessions_of_its_person_and_earlier_links(app: Flask, world: World, log_in: LogIn):
    browser, nurse = log_in("admin"), log_in("nurse")
    first = link_of(browser.post(f"{PEOPLE}/nurse.hga/enlace"))
    assert nurse.get("/cuenta").status_code == 302
    second = link_of(browser.post(f"{PEOPLE}/nurse.hga/enlace"))
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200


def test_who_works_elsewhere_too_is_not_locked_out_from_here(world: World, other: World, log_in: LogIn):
    accounts.grant(
        world.session, None, world.accounts["nurse"], other.centre, Role.NURSE, world.tick(), date(2026, 1, 1)
    )
    world.session.commit()
    browser = log_in("admin")
    assert "También tiene funciones en HGB" in browser.get(f"{PEOPLE}/nurse.hga").text
    for act in ("acceso", "enlace"):
        refused = browser.post(f"{PEOPLE}/nurse.hga/{act}")
        assert refused.status_code == 422
        assert "que usted no administra" in refused.text


def test_a_stale_form_says_who_was_faster_and_keeps_both(world: World, log_in: LogIn):
    browser, path = log_in("admin"), f"{PEOPLE}/nurse.hga/datos"
    seen = values(browser.get(path))["version"]
    assert browser.post(path, {"name": "Uno", "version": seen}).status_code == 303
    late = browser.post(path, {"name": "Dos", "version": seen})
    assert late.status_code == 409
    assert values(late)["name"] == "Dos"
    assert "Ahora guardado: Uno" in said(late)
    assert browser.post(path, {"name": "Dos", "version": values(late)["version"]}).status_code == 303
    assert stored(world, Account, username="nurse.hga").name == "Dos"


def test_the_list_of_people_is_filtered_in_its_address(world: World, log_in: LogIn):
    browser = log_in("admin")
    page = browser.get(f"{PEOPLE}?role=director").text
    assert "director.hga" in page
    assert "nurse.hga" not in page
    assert "Nadie cumple todos los filtros" in browser.get(f"{PEOPLE}?q=nadie-se-llama-asi").text


def test_a_reader_sees_who_holds_a_role_but_no_links_to_change_it(world: World, log_in: LogIn):
    page = log_in("physician").get(PEOPLE).text
    assert "Farmacéutico/a · HGA" in page
    assert "/administracion/cuentas/" not in page
    assert "Nueva cuenta" not in page


# Centres.


def test_a_centre_is_read_by_all_and_changed_by_its_administrator(world: World, log_in: LogIn):
    reader = log_in("pharmacist")
    page = reader.get(f"{HOME}/centros/HGA")
    assert "<form" not in page.text.split("<main")[1]
    assert "pídaselo a: Admin de HGA" in page.text
    browser = log_in("admin")
    form = values(browser.get(f"{HOME}/centros/HGA"))
    changed = form | {"official_code": "280001", "committee": "charged", "contact_attempts": "4"}
    assert reader.post(f"{HOME}/centros/HGA", changed).status_code == 403
    assert browser.post(f"{HOME}/centros/HGA", changed).status_code == 303
    centre = stored(world, Centre, code="HGA")
    assert (centre.official_code, centre.committee, centre.settings["contact_attempts"]) == ("280001", "charged", 4)


def test_a_stale_centre_shows_what_was_stored_in_words(world: World, log_in: LogIn):
    browser, path = log_in("admin"), f"{HOME}/centros/HGA"
    form = values(browser.get(path))
    browser.post(path, form | {"committee": "always"})
    late = browser.post(path, form | {"committee": "free", "municipality": "Getafe"})
    assert late.status_code == 409
    assert "Ahora guardado: Se consulta siempre" in said(late)
    assert values(late)["municipality"] == "Getafe"


# Medicines.


def test_a_pharmacist_gives_the_hospital_a_medicine_step_by_step(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    form = values(browser.get(f"{HOME}/medicamentos/nuevo"))
    facts = {"code": "abc", "name": "Inventadol", "active_substance": "inventadol", "new_sponsor": "Labs"}
    made = browser.post(f"{HOME}/medicamentos/nuevo", form | facts | {"visit_months": ["0", "3"]})
    assert made.location == f"{HOME}/medicamentos/ABC/presentaciones/nueva"
    line = {"strength": "50 mg", "form": "comprimido", "route": "Oral", "unit": "comprimido", "units_per_pack": "30"}
    browser.get(made.location)
    added = browser.post(made.location, line | {"supply": "charged", "price": "12,50"})
    assert added.location == f"{HOME}/medicamentos/ABC"
    page = browser.get(added.location)
    assert "12,50 € el envase" in page.text
    assert "Falta que el promotor diga que está dispuesto" in page.text
    willing = {
        "willing_by": "Dirección",
        "willing_on": "2026-02-01",
        "file": (io.BytesIO(a_pdf()), "carta.pdf", "application/pdf"),
    }
    path = f"{HOME}/medicamentos/ABC/promotor"
    browser.get(path)
    sent = browser.post(path, willing, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    page = browser.get(sent.location)
    paper = re.search(r'href="(/administracion/medicamentos/ABC/papeles/[^"]+)"', page.text)
    assert paper
    given_back = browser.get(paper[1])
    assert given_back.data == a_pdf()
    assert given_back.headers["Content-Disposition"].startswith("attachment; filename=disposicion_ABC_")


def test_a_presentation_in_use_says_why_it_stays(world: World, log_in: LogIn):
    case = world.open_case()
    world.session.commit()
    browser, path = log_in("admin"), f"{HOME}/medicamentos/{case.product.code}/presentaciones/1"
    assert "Quitar esta presentación" not in browser.get(path).text
    refused = browser.post(f"{path}/quitar")
    assert refused.status_code == 422
    assert "Hay expedientes que piden esta presentación" in refused.text
    assert stored(world, ProductLine, product_id=case.product_id) is not None


def test_a_medicine_is_changed_and_its_programme_is_not_while_cases_are_open(world: World, log_in: LogIn):
    world.open_case()
    world.session.commit()
    browser, path = log_in("pharmacist"), f"{HOME}/medicamentos/MSV-HGA/datos"
    form = values(browser.get(path)) | {"visit_months": ["0", "12"], "consent_sheet_version": "2.0"}
    refused = browser.post(path, form | {"programme": "knee-msc"})
    assert refused.status_code == 422
    assert "Hay expedientes abiertos con este medicamento que se apoyan en esto" in refused.text
    assert browser.post(path, form).status_code == 303
    product = stored(world, Product, code="MSV-HGA")
    assert (product.consent_sheet_version, product.visit_months) == ("2.0", [0, 12])


def test_a_sponsor_that_supplies_no_longer_is_asked_about_first(world: World, log_in: LogIn):
    browser, path = log_in("regulatory"), f"{HOME}/medicamentos/MSV-HGA/promotor/retirar"
    assert "Ninguna solicitud de este medicamento podrá pedir el visto bueno" in browser.get(path).text
    assert stored(world, Product, code="MSV-HGA").willing_on is not None
    assert browser.post(path).status_code == 303
    assert stored(world, Product, code="MSV-HGA").willing_on is None


def test_an_unknown_medicine_sponsor_or_paper_does_not_exist(world: World, log_in: LogIn):
    browser = log_in("admin")
    for path in (
        "medicamentos/NO",
        "medicamentos/MSV-HGA/presentaciones/9",
        "medicamentos/MSV-HGA/papeles/x",
        "promotores/x",
    ):
        assert browser.get(f"{HOME}/{path}").status_code == 404, path


def test_a_sponsor_is_read_by_all_and_kept_by_some(world: World, log_in: LogIn):
    path = f"{HOME}/promotores/{world.product.sponsor_id}"
    assert "<form" not in log_in("nurse").get(path).text.split("<main")[1]
    browser = log_in("pharmacist")
    form = values(browser.get(path))
    assert browser.post(path, form | {"email": "labs@labs.example"}).status_code == 303
    assert "labs@labs.example" in browser.get(f"{HOME}/promotores").text


# Delegations.


def test_the_director_delegates_and_ends_it(world: World, log_in: LogIn):
    browser, path = log_in("director"), f"{HOME}/delegaciones/HGA/nueva"
    assert "Hoy no hay nadie en su lugar" in browser.get(f"{HOME}/delegaciones").text
    form = {"account": "physician.hga", "act": "Resolución 1", "wording": "delegation", "from_on": "2026-01-01"}
    browser.get(path)
    refused = browser.post(path, form)
    assert refused.status_code == 422
    assert values(refused)["act"] == "Resolución 1"
    assert browser.post(path, form | {"until_on": "2099-12-31"}).status_code == 303
    page = browser.get(f"{HOME}/delegaciones")
    assert "Hoy también puede dar el visto bueno: Physician de HGA (P. D.)" in said(page)
    end = re.search(r'href="(/administracion/delegaciones/HGA/[0-9a-f-]{36})"', page.text)
    assert end
    assert "Lo que ya firmó sigue valiendo" in browser.get(end[1]).text
    assert browser.post(end[1]).status_code == 303
    assert "Hoy no hay nadie en su lugar" in browser.get(f"{HOME}/delegaciones").text
    assert browser.post(end[1]).status_code == 404


def test_a_delegate_sees_that_they_stand_in_and_cannot_delegate(world: World, log_in: LogIn):
    director = log_in("director")
    form = {"account": "physician.hga", "act": "Resolución 1", "wording": "substitution"}
    director.post(f"{HOME}/delegaciones/HGA/nueva", form | {"from_on": "2026-01-01", "until_on": "2099-12-31"})
    browser = log_in("physician")
    assert "por suplencia, Resolución 1, Director de HGA" in said(browser.get("/cuenta"))
    assert browser.get(f"{HOME}/delegaciones/HGA/nueva").status_code == 404
    assert "Nueva delegación" not in browser.get(f"{HOME}/delegaciones").text


def test_others_cannot_delegate(world: World, log_in: LogIn):
    for who in ("admin", "pharmacist"):
        assert log_in(who).get(f"{HOME}/delegaciones/HGA/nueva").status_code == 403
