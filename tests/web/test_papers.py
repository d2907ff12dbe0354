"""The papers of a case on their pages: sent, listed, given back as a download, withdrawn."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from compassionate.models import Paper
from tests.web.conftest import Browser
from tests.world import World, a_pdf


@pytest.fixture
def case(world: World):
    held = world.open_case()
    world.session.commit()
    return held


def address(case, rest=""):
    return f"/expedientes/{case.code}/papeles{rest}"


def send(browser: Browser, case, name="articulo.pdf", data=None, media="application/pdf", **fields):
    browser.get(address(case))
    file = (io.BytesIO(a_pdf() if data is None else data), name, media)
    return browser.post(address(case), {"kind": "evidence", "title": "Artículo", "file": file} | fields)


def the_paper(world) -> Paper:
    world.session.rollback()  # to see what the page committed
    return world.session.scalars(select(Paper)).one()


def test_limit_and_kinds_are_said_before_anything_is_sent(log_in, case):
    page = log_in("pharmacist").get(address(case)).text
    assert "PDF, JPEG o PNG, hasta 20 MB" in page
    assert "Conformidad del promotor" in page
    assert "Todavía no hay ningún papel" in page


def test_a_paper_is_sent_and_listed_with_its_hash_and_where_it_goes(log_in, world, case):
    browser = log_in("resident")
    assert send(browser, case).status_code == 303
    page, paper = browser.get(address(case)).text, the_paper(world)
    for words in (
        "Papel guardado.",
        "Artículo",
        "Documentación de apoyo",
        "Dossier",
        paper.sha256[:12],
        "Resident de HGA",
    ):
        assert words in page
    assert paper.sha256 in browser.get(address(case, f"/{paper.id}/ficha")).text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"data": b"hola"}, "no es un PDF, un JPEG ni un PNG"),
        ({"data": b""}, "está vacío"),
        ({"name": "foto.png"}, "no es lo que dice su nombre"),
        ({"file": ""}, "Elija el archivo."),
        ({"kind": ""}, "Rellene este dato."),
        ({"request_number": "7"}, "Elija una de las opciones."),
    ],
)
def test_what_is_wrong_is_said_in_spanish_and_what_was_typed_is_kept(log_in, world, case, sent, words):
    answer = send(log_in("pharmacist"), case, title="Título que no se pierde", **sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Título que no se pierde"' in answer.text
    assert world.session.scalar(select(func.count()).select_from(Paper)) == 0


def test_a_file_beyond_any_limit_gets_a_page_in_spanish(app, log_in, case):
    browser = log_in("pharmacist")
    app.config["MAX_CONTENT_LENGTH"] = 4000
    answer = send(browser, case, data=b"%PDF-" + bytes(5000))
    assert answer.status_code == 413
    assert "El archivo supera el tamaño que se admite" in answer.text


def test_the_same_file_again_is_taken_and_said(log_in, case):
    browser = log_in("pharmacist")
    send(browser, case)
    send(browser, case, title="Otra vez")
    assert "Este mismo archivo ya estaba en el expediente: «Artículo»." in browser.get(address(case)).text


def test_a_paper_is_a_download_under_a_name_that_says_nothing_of_a_person(log_in, world, case):
    browser = log_in("pharmacist")
    send(browser, case, name="Persona Inventada.pdf", kind="sponsor_agreement")
    paper = the_paper(world)
    answer = browser.get(address(case, f"/{paper.id}"))
    assert answer.data == a_pdf()
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename={case.code}_conformidad-del-promotor_{paper.sha256[:8]}.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/pdf"


def test_a_paper_is_withdrawn_with_a_reason(log_in, world, case):
    browser = log_in("pharmacist")
    send(browser, case)
    card = address(case, f"/{the_paper(world).id}/ficha")
    browser.get(card)
    assert "Rellene este dato." in browser.post(card, {"reason": " "}).text
    assert browser.post(card, {"reason": "Era de otro paciente"}).status_code == 303
    page = browser.get(address(case)).text
    assert "Papeles retirados (1)" in page
    assert "Era de otro paciente" in browser.get(card).text


def test_an_auditor_reads_and_is_told_who_may(log_in, world, case):
    send(log_in("pharmacist"), case)
    auditor = log_in("auditor")
    page = auditor.get(address(case)).text
    assert "Adjuntan papeles: Médico responsable" in page
    assert 'type="file"' not in page
    assert auditor.get(address(case, f"/{the_paper(world).id}")).status_code == 200
    assert send(auditor, case).status_code == 403


def test_a_paper_of_another_hospital_is_not_there(log_in, world, case):
    send(log_in("pharmacist"), case)
    paper = the_paper(world).id
    world.session.rollback()
    elsewhere = World(world.session, code="HGB", password_hash=world.password_hash)
    world.accounts["stranger"] = elsewhere.accounts["pharmacist"]
    world.session.commit()
    stranger = log_in("stranger")
    for rest in ("", f"/{paper}", f"/{paper}/ficha"):
        assert stranger.get(address(case, rest)).status_code == 404
