"""The committee's report on its page: printed by a worker, sealed, listed, handed out, compared, verified."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate.documents.verification_marks import grouped
from compassionate.models import AuditEntry, IssuedDocument, ReadEntry, new_id
from compassionate.services import reports, series
from compassionate.services.committee.issued import subject_of
from compassionate.services.committee.periods import quarter_of
from tests.web.conftest import Browser, logged_in
from tests.world import World, a_pdf

pytestmark = pytest.mark.one_database

ADDRESS, ISSUED = "/informes/comision", "/informes/emitidos"
KIND = "committee_report"
LogIn = Callable[[str], Browser]


@pytest.fixture
def quarter(world: World) -> str:
    """The quarter of a hospital's first request, as an address names it."""
    world.case_in("submitted")
    world.session.commit()
    return "{}-{}".format(*quarter_of(world.today).quarter)


def subject(world: World) -> str:
    return subject_of(quarter_of(world.today))


def issue(world: World, who: str = "director") -> IssuedDocument:
    """The report as it stands, kept as any other but with a blank page: printing takes seconds."""
    session = world.session
    session.rollback()
    wanted = reports.wish(session, world.people[who], KIND, world.centre.code, subject(world))
    planned = reports.plan(session, wanted, world.tick())
    prepared = replace(planned.asked, pdf=a_pdf(), pages=1)
    reports.keep(session, world.people[who], wanted, planned, prepared, world.now)
    session.commit()
    return series.versions(session, wanted.series)[0]


def hidden(page: str) -> str:
    """A page without the number of its request."""
    return re.sub(r"<code>[0-9a-f]{16}</code>", "", page)


def fields(world: World, **other: str) -> dict[str, str]:
    return {"kind": KIND, "centre": world.centre.code, "subject": subject(world)} | other


def test_it_is_printed_by_a_worker_and_then_stands_on_its_page(log_in: LogIn, world: World, quarter: str):
    browser, page = log_in("director"), f"{ADDRESS}?quarter={quarter}"
    assert "Todavía no se ha impreso" in browser.get(page).text
    lacking = browser.get(f"{ADDRESS}.pdf?quarter={quarter}")
    assert lacking.status_code == 303
    assert lacking.headers["Location"].startswith(f"{ADDRESS}?centre=HGA&quarter={quarter}#")
    asked = browser.post(ISSUED, fields(world))  # in tests whoever rings answers the bell
    assert asked.status_code == 303
    assert "pedido=" in asked.headers["Location"]
    world.session.rollback()
    row = world.session.scalars(select(IssuedDocument).where(IssuedDocument.centre_id.is_not(None))).one()
    shown = browser.get(asked.headers["Location"].partition("#")[0]).text
    for words in ("Documento emitido", grouped(row.verification), row.sha256[:12], "dice lo mismo que esta página"):
        assert words in shown
    got = browser.get(f"{ADDRESS}.pdf?quarter={quarter}")
    assert got.data.startswith(b"%PDF")
    assert re.search(r"comision-hga-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d-v1\.pdf", got.headers["Content-Disposition"])
    assert browser.get(f"{ISSUED}/{row.id}").data == got.data
    browser.get(page)
    again = browser.post(ISSUED, fields(world))
    assert "pedido=" not in again.headers["Location"]
    world.session.rollback()
    read = [json.loads(each) for each in world.session.scalars(select(ReadEntry.row))]
    assert [each["detail"]["version"] for each in read if each["detail"].get("export") == KIND] == [1, 1]
    acts = [json.loads(each)["action"] for each in world.session.scalars(select(AuditEntry.row))]
    assert [each for each in acts if each in ("ask_report", "issue_report")] == ["ask_report", "issue_report"]


def test_what_changed_since_is_told_and_the_old_issue_is_no_longer_handed_out_as_todays(
    log_in: LogIn, world: World, quarter: str
):
    first = issue(world)
    world.case_in("submitted")
    world.session.commit()
    browser, page = log_in("pharmacist"), f"{ADDRESS}?quarter={quarter}"
    assert "Ya no está al día" in browser.get(page).text
    assert browser.get(f"{ADDRESS}.pdf?quarter={quarter}").status_code == 303
    told = browser.get(f"{ISSUED}/{first.id}/cambios?con=ahora").text
    assert "Lo esencial: Solicitudes presentadas" in told
    second = issue(world)
    assert second.version == 2
    told = browser.get(f"{ISSUED}/{second.id}/cambios").text
    assert "Qué cambió de la versión 1 a la 2" in told
    assert "Lo esencial: Solicitudes presentadas" in told
    for wrong in ("9", "x", "-1"):
        assert browser.get(f"{ISSUED}/{second.id}/cambios?con={wrong}").status_code == 404


def test_anybody_verifies_it_and_learns_nothing_of_the_hospital(log_in: LogIn, world: World, quarter: str, app: Flask):
    row = issue(world)
    page = app.test_client().get(f"/verificar/{row.verification}").text
    for words in (row.sha256, "Informe para la Comisión de Farmacia y Terapéutica", "Es la última versión emitida"):
        assert words in page
    for words in ("HGA", "Hospital", row.subject, "Director"):
        assert words not in page


def test_another_hospital_and_other_roles_have_none_of_it(log_in: LogIn, world: World, quarter: str, app: Flask):
    row = issue(world)
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    world.session.commit()
    asked = log_in("director").post(ISSUED, fields(world)).headers["Location"]
    job = asked.partition("pedido=")[2].partition("#")[0] or new_id()
    for who in ("physician", "nurse", "auditor"):
        browser = log_in(who)
        for answer in (browser.get(f"{ISSUED}/{row.id}"), browser.post(ISSUED, fields(world))):
            assert answer.status_code in (403, 404)  # 404 where the role has another kind of report
    theirs = logged_in(app, other, "director")
    for path in (f"{ISSUED}/{row.id}", f"{ISSUED}/{row.id}/cambios", f"/impresiones/{job}"):
        assert theirs.get(path).status_code == 404
        nobodys = theirs.get(re.sub(r"[0-9a-f-]{36}", new_id(), path))
        assert hidden(theirs.get(path).text) == hidden(nobodys.text)
    assert theirs.post(ISSUED, fields(world)).status_code == 404
    for wrong in ({"kind": "dossier"}, {"subject": "2026"}, {"centre": ""}):
        assert log_in("director").post(ISSUED, fields(world, **wrong)).status_code == 404
