"""Worklists: legal dates and delays in every row, two orders and saved views."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from compassionate.models import AuditEntry, Case, SavedView, new_id
from tests.web.conftest import Browser
from tests.web.test_cases import counted_queries, listed
from tests.web.test_home import main
from tests.world import World, today

LogIn = Callable[[str], Browser]


def due_in(case: Case, days: int, name: str = "K-SUB") -> None:
    case.due_on, case.due_clock = today() + timedelta(days=days), name


def row_of(page: str, case: Case) -> str:
    """The row of a case on a page."""
    return next(row for row in page.split("<tr") if f"/expedientes/{case.code}" in row)


def test_a_row_says_whose_turn_until_when_and_who_was_waited_on(world: World, log_in: LogIn):
    past, near, later = (world.case_in("preparing", nhc=nhc) for nhc in "123")
    for case, days in ((past, -3), (near, 2), (later, 40)):
        due_in(case, days)
    world.session.commit()
    page = log_in("pharmacist").get("/expedientes").text
    assert "Vencido, 3 d" in row_of(page, past)
    assert "c-tone-stop" in row_of(page, past)
    assert "Vence en 2 d" in row_of(page, near)
    assert "c-tone-wait" in row_of(page, near)
    assert "en 40 d" in row_of(page, later)
    assert "Subsanación de la solicitud" in row_of(page, later)
    assert re.search(r'title="[^"]*Médico responsable \d+ días', row_of(page, later))


def test_the_list_is_sorted_by_legal_date_from_its_head_and_keeps_its_filters(world: World, log_in: LogIn):
    first, second, third = (world.open_case(nhc=nhc) for nhc in "123")
    due_in(third, 1)
    due_in(second, 9)
    world.session.commit()
    browser = log_in("pharmacist")
    page = browser.get("/expedientes?state=draft&term=").text
    head = re.search(r'<a class="c-sort" href="([^"]+)">Plazo legal', page)
    assert head is not None
    sorted_page = browser.get(head[1].replace("&amp;", "&")).text
    assert listed(sorted_page) == [third.code, second.code, first.code]
    assert 'aria-sort="ascending"><a class="c-sort" href="/expedientes?state=draft&amp;order=due">' in sorted_page
    assert 'name="order" value="due"' in sorted_page
    assert listed(browser.get("/expedientes?term=near").text) == [third.code]
    assert listed(browser.get("/expedientes?physician=physician.hga&term=none").text) == [first.code]


def test_a_hundred_cases_ask_as_much_as_ten(world: World, log_in: LogIn, app: Flask):
    browser, seen = log_in("regulatory"), {}
    for number in (10, 100):
        world.session.rollback()
        model = world.case_in("submitted", nhc=str(number))
        columns = {column.name: getattr(model, column.name) for column in Case.__table__.columns}
        rows = [columns | {"id": new_id(), "code": f"HGA-Z-{number}-{n}"} for n in range(number)]
        world.session.execute(insert(Case.__table__), rows)
        world.session.commit()
        for path in ("/expedientes", "/expedientes?order=due", "/", "/demoras"):
            browser.get(path)
            with counted_queries(app) as asked:
                assert browser.get(path).status_code == 200
            seen.setdefault(path, []).append(len(asked))
    assert {path: counts for path, counts in seen.items() if counts[1] > counts[0]} == {}
    assert max(counts[0] for counts in seen.values()) < 30


def test_the_page_of_a_case_tells_where_the_time_went(world: World, log_in: LogIn):
    case = world.case_in("awaiting_endorsement")
    due_in(case, -1, "K-RES")
    world.session.commit()
    page = log_in("physician").get(f"/expedientes/{case.code}").text
    assert "Dónde se ha ido el tiempo" in page
    assert re.search(r"Pendiente de Dirección: <strong>\d+ días", page)
    assert "Resolución de la AEMPS, " in page


def test_the_regulatory_officer_begins_with_a_calendar_of_legal_dates(world: World, log_in: LogIn):
    submitted = [world.case_in("submitted", nhc=nhc) for nhc in "12"]
    world.act(
        submitted[1],
        "pharmacist",
        "record_correction_request",
        notified_on=str(world.today),
        text="Falta",
        channel="mse",
    )
    world.session.commit()
    page = main(log_in("regulatory"))
    past = page.split('id="regulatory_officer-due_past"')[1].split("</section>")[0]
    for words in ("Resolución", "Subsanación", "Vencido,", submitted[0].code, submitted[1].code):
        assert words in past
    still = page.split('id="regulatory_officer-due_suspended"')[1].split("</section>")[0]
    assert submitted[1].code in still
    assert submitted[0].code not in still


def keep(browser: Browser, name: str, **filters: str) -> Any:
    browser.get("/expedientes")
    return browser.post("/cuenta/vistas", {"name": name, **filters})


def kept(world: World) -> list[SavedView]:
    """The views that are stored now."""
    world.session.rollback()
    return list(world.session.scalars(select(SavedView)))


def test_a_view_is_kept_opened_made_the_first_renamed_and_deleted(world: World, log_in: LogIn):
    draft = world.open_case(nhc="1")
    world.case_in("screening", nhc="2")
    world.session.commit()
    browser = log_in("pharmacist")
    answer = keep(browser, "Borradores", state="draft", order="due", first="y", q="77777")
    assert (answer.status_code, answer.location) == (303, "/expedientes?state=draft&order=due")
    page = browser.get("/expedientes", follow_redirects=True).text
    assert listed(page) == [draft.code]
    assert 'aria-current="true">Borradores' in page
    assert len(listed(browser.get("/expedientes?who=open").text)) == 2
    view = kept(world)[0]
    assert view.filters == {"state": "draft", "order": "due"}
    path = f"/cuenta/vistas/{view.id}"
    assert "Borradores" in browser.get(path).text
    assert browser.post(path, {"name": "Por empezar"}).status_code == 303
    page = browser.get("/expedientes").text
    assert "Por empezar" in page
    assert len(listed(page)) == 2
    assert browser.post(path + "/borrar").status_code == 303
    assert "Por empezar" not in browser.get("/expedientes").text
    assert kept(world) == []
    proof = "".join(world.session.scalars(select(AuditEntry.row)))
    assert [proof.count(f'"{action}_view"') for action in ("save", "change", "delete")] == [1, 1, 1]
    assert "Por empezar" not in proof


@pytest.mark.parametrize(
    ("name", "filters", "words"),
    [
        ("", {}, "Falta"),
        ("Paciente 445566", {}, "podría identificar a un paciente"),
        ("NHC 44 55 66", {}, "podría identificar a un paciente"),
        ("Mía", {"state": "445566"}, "ya no está en la lista"),
        ("Mía", {"product": "Persona Inventada"}, "ya no está en la lista"),
        ("Mía", {"who": "445566"}, "ya no está en la lista"),
    ],
)
def test_no_identifier_stays_in_a_view(world: World, log_in: LogIn, name: str, filters: dict[str, str], words: str):
    world.open_case()
    world.session.commit()
    answer = keep(log_in("pharmacist"), name, **filters)
    assert answer.status_code == 422
    assert words in answer.text or not name
    assert f'value="{name}"' in answer.text
    assert kept(world) == []


def test_a_person_has_a_dozen_views_of_different_names(world: World, log_in: LogIn):
    browser = log_in("nurse")
    world.session.commit()
    for number in range(12):
        assert keep(browser, f"Vista {number}").status_code == 303
    assert "Ya tiene 12" in keep(browser, "Otra").text
    world.session.execute(SavedView.__table__.delete().where(SavedView.__table__.c.name == "Vista 3"))
    world.session.commit()
    assert "Ya tiene una vista con ese nombre" in keep(browser, "vista 4").text
    assert keep(browser, "Vista 3").status_code == 303


def test_a_view_is_its_owners_alone(world: World, log_in: LogIn):
    browser, other = log_in("pharmacist"), log_in("nurse")
    world.session.commit()
    keep(browser, "Solo mía")
    view = kept(world)[0]
    path = f"/cuenta/vistas/{view.id}"
    world.session.rollback()
    assert other.get(path).status_code == 404
    assert other.post(path, {"name": "Robada"}).status_code == 404
    assert other.post(path + "/borrar").status_code == 404
    assert "Solo mía" not in other.get("/expedientes").text
    assert "Solo mía" in browser.get("/cuenta/vistas").text


def test_an_urgent_filing_stands_on_the_screens_of_who_completes_it_until_it_is_complete(world: World, log_in: LogIn):
    case = world.case_in("awaiting_endorsement")
    case.requests[0].urgent = True
    next(row for row in case.regions if row.kind == "sponsor_agreement").state = "asked"
    world.act(case, "director", "endorse")
    world.issue_unprinted(case)
    world.file(case)
    world.session.commit()
    for who in ("physician", "pharmacist", "regulatory", "director"):
        browser = log_in(who)
        for page in ("/", "/urgentes"):
            row = row_of(browser.get(page).text.partition("sin completar")[2], case)
            assert "Conformidad del promotor: Farmacia" in row, (who, page)
    assert case.code not in log_in("admin").get("/").text
