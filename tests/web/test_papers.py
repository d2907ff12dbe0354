"""The papers of a case on their pages: sent, listed, given back as a download, withdrawn."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from compassionate.models import Paper
from compassionate.services.scanning import Scanner
from compassionate.web.uploads import BoundedFile
from compassionate.words import say
from tests.documents.hostile import HOSTILE, LONG, TRAVERSAL
from tests.services.clamd import EICAR, clamd
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


def test_a_file_of_another_kind_is_told_how_to_become_a_pdf(log_in, case):
    browser = log_in("pharmacist")
    for start, words in (
        (b"II*\0", "es una imagen TIFF"),
        (b"\0\0\0\x18ftypheic", "es una foto HEIC"),
        (bytes(128) + b"DICM", "es una imagen médica DICOM"),
        (b"From: a@b\nSubject: c\n\nhola", "es un correo electrónico"),
        (b"PK\x03\x04", "es un archivo comprimido"),
    ):
        answer = send(browser, case, name="archivo.pdf", data=start + bytes(40))
        assert answer.status_code == 422
        assert words in answer.text
        assert "suba" in answer.text.lower() or "compártala" in answer.text


def test_no_hostile_file_makes_a_page_fail_and_its_name_is_shown_as_text(log_in, world, case):
    browser = log_in("pharmacist")
    for name in ("script", "content bomb", "object bomb", "deep nesting", "name that turns round", "PNG bomb"):
        held = HOSTILE[name]
        answer = send(browser, case, name=f"<b>{held.filename}", data=held.make(), media=held.declared)
        assert answer.status_code == 422
        assert "<b>" not in answer.text.replace('<b class="', "")
        assert "&lt;b&gt;" in answer.text
    assert world.session.scalar(select(func.count()).select_from(Paper)) == 0


@pytest.mark.parametrize("name", [TRAVERSAL, f"{LONG}.pdf", "\u202einforme.pdf"])
def test_whatever_a_file_is_called_it_is_kept_by_its_id_and_named_by_us(log_in, world, case, name):
    browser = log_in("pharmacist")
    assert send(browser, case, name=name, title="").status_code == 303
    paper = the_paper(world)
    answer = browser.get(address(case, f"/{paper.id}"))
    said = answer.headers["Content-Disposition"]
    assert said == f"attachment; filename={case.code}_documentacion-de-apoyo_{paper.sha256[:8]}.pdf"
    assert "\u202e" not in browser.get(address(case, f"/{paper.id}/ficha")).text


def test_no_more_of_a_file_is_kept_than_one_may_have_while_it_arrives(app, log_in, world, case, monkeypatch):
    for module in ("compassionate.web.uploads", "compassionate.services.examining"):
        monkeypatch.setattr(f"{module}.LARGEST", 100_000)
    held = []
    write = BoundedFile.write
    monkeypatch.setattr(BoundedFile, "write", lambda file, data: (write(file, data), held.append(file.tell()))[0])
    answer = send(log_in("pharmacist"), case, data=b"%PDF-" + bytes(400_000))
    assert answer.status_code == 422
    assert "ocupa 0,4 MB. Como máximo puede ocupar 0,1 MB." in answer.text
    assert max(held) == 100_001


def test_a_page_says_whether_files_are_scanned(app, log_in, case):
    browser = log_in("pharmacist")
    assert "no se analizan con antivirus" in browser.get(address(case)).text
    with scanned(app, "clamd://127.0.0.1:1"):
        assert "Cada archivo pasa por el antivirus" in browser.get(address(case)).text


def test_a_paper_in_quarantine_is_for_whoever_sent_it_alone(app, log_in, world, case):
    with clamd() as daemon, scanned(app, daemon.address):
        daemon.manner = "drops"
        assert send(log_in("pharmacist"), case).status_code == 303
        paper = the_paper(world)
        assert "En cuarentena" in log_in("pharmacist").get(address(case)).text
        assert log_in("pharmacist").get(address(case, f"/{paper.id}")).status_code == 200
        refused = log_in("physician").get(address(case, f"/{paper.id}"))
        assert refused.status_code == 403
        assert "todavía no ha pasado el antivirus" in refused.text
        assert app.test_cli_runner().invoke(args=["papers", "scan"]).exit_code == 1
        daemon.manner = "honest"
        told = app.test_cli_runner().invoke(args=["papers", "scan"])
        assert (told.exit_code, told.output.strip()) == (0, "Limpios: 1. Con algo encontrado: 0. Sin respuesta: 0.")
        assert log_in("physician").get(address(case, f"/{paper.id}")).status_code == 200


def test_an_infected_file_is_refused_by_name(app, log_in, world, case):
    with clamd() as daemon, scanned(app, daemon.address):
        answer = send(log_in("pharmacist"), case, data=a_pdf() + b"\n%" + EICAR)
    assert answer.status_code == 422
    assert "El antivirus ha encontrado «Eicar-Signature»" in answer.text
    assert world.session.scalar(select(func.count()).select_from(Paper)) == 0


@contextmanager
def scanned(app, scanner: str):
    """The application of a hospital that has a scanner."""
    before = app.extensions["compassionate"]
    app.extensions["compassionate"] = replace(before, scanner=Scanner(scanner, seconds=1))
    try:
        yield
    finally:
        app.extensions["compassionate"] = before


def test_a_paper_whose_original_is_elsewhere_says_so_and_gives_what_is_here(world, log_in):
    case = world.open_case()
    copied, missing = world.add_paper(case), world.add_paper(case, "other")
    for paper in (copied, missing):
        paper.is_elsewhere, paper.has_copy = True, paper is copied
    world.session.commit()
    page = log_in("pharmacist").get(f"/expedientes/{case.code}/papeles/{copied.id}/ficha").text
    assert say("imported.paper") in page
    assert "Descargar" in page
    page = log_in("pharmacist").get(f"/expedientes/{case.code}/papeles/{missing.id}/ficha").text
    assert "Descargar" not in page
