"""The list, the search and the page of a case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from compassionate.models import Case
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]


@contextmanager
def counted_queries(app: Any) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile."""
    seen: list[str] = []
    engine = app.extensions["compassionate"].engine

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def listed(page: str) -> list[str]:
    """The codes of the cases on a page, in order."""
    return re.findall(r'<td[^>]*data-label="Expediente"[^>]*><a[^>]*href="/expedientes/([^"]+)"', page)


def primary(page: str) -> str:
    """The words of the button that the page of a case answers with."""
    card = page.split('aria-labelledby="ahora"')[1].split("</section>")[0]
    found = re.search(r'class="govuk-button" href="[^"]*"[^>]*>([^<]*)<', card)
    return found[1] if found else ""


def three_cases(world: World) -> list[Case]:
    other = world.add_product("ROD", programme="")
    made = [world.open_case(nhc="A-1"), world.case_in("screening", nhc="B-2"), world.open_case(other, nhc="C-3")]
    made[2].physician = None
    world.session.commit()
    return made


def test_the_list_is_narrowed_by_state_product_turn_and_person(world: World, log_in: LogIn):
    draft, screening, other = (case.code for case in three_cases(world))
    browser = log_in("physician")
    assert listed(browser.get("/expedientes").text) == [draft, screening, other]
    assert listed(browser.get("/expedientes?state=screening").text) == [screening]
    assert listed(browser.get("/expedientes?product=ROD-HGA").text) == [other]
    assert listed(browser.get("/expedientes?turn=physician").text) == [screening]
    assert listed(browser.get("/expedientes?who=mine").text) == [draft, screening]
    assert listed(browser.get("/expedientes?who=mine&state=draft&turn=opener").text) == [draft]


def test_a_long_list_goes_on_where_the_page_ended(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("compassionate.services.case_lists.list_cases.__defaults__", (2, "", "since"))
    codes = [case.code for case in three_cases(world)]
    browser = log_in("auditor")
    first = browser.get("/expedientes?state=&who=all").text
    assert listed(first) == codes[:2]
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward is not None
    second = browser.get(onward[1].replace("&amp;", "&")).text
    assert listed(second) == codes[2:]
    assert "Volver al principio de la lista" in second
    assert browser.get("/expedientes?after=nonsense").status_code == 400


def test_an_empty_list_says_what_to_do(world: World, log_in: LogIn):
    pharmacist, auditor = log_in("pharmacist"), log_in("auditor")
    assert "Abra el primero" in pharmacist.get("/expedientes").text
    assert "Los abren los médicos y Farmacia" in auditor.get("/expedientes").text
    assert "Quite alguno" in pharmacist.get("/expedientes?state=denied").text


def test_a_longer_list_asks_no_more_of_the_database(world: World, log_in: LogIn, app: Any):
    world.open_case(nhc="1")
    world.session.commit()
    browser = log_in("pharmacist")
    browser.get("/expedientes")  # the first read of all begins its chain
    counts = []
    for nhc in ("2", "3", "4"):
        with counted_queries(app) as seen:
            browser.get("/expedientes")
        counts.append(len(seen))
        world.session.rollback()
        world.open_case(nhc=nhc)
        world.session.commit()
    assert len(set(counts)) == 1


def test_a_code_or_an_identifier_leads_straight_to_the_case(world: World, log_in: LogIn):
    draft, screening, _ = three_cases(world)
    browser = log_in("pharmacist")
    for text in (draft.code, draft.code.lower(), " a-1 ", "A1"):
        answer = browser.post("/expedientes/buscar", {"q": text})
        assert (answer.status_code, answer.location) == (303, f"/expedientes/{draft.code}")
    assert browser.post("/expedientes/buscar", {"q": "b-2"}).location == f"/expedientes/{screening.code}"


def test_a_search_that_finds_several_lists_them_and_one_that_finds_none_says_why(world: World, log_in: LogIn):
    codes = [case.code for case in three_cases(world)]
    browser = log_in("pharmacist")
    assert listed(browser.post("/expedientes/buscar", {"q": "HGA-2026"}).text) == codes
    assert listed(browser.post("/expedientes/buscar", {"q": "msv"}).text) == codes[:2]
    nothing = browser.post("/expedientes/buscar", {"q": "99999"})
    assert nothing.status_code == 200
    assert "un identificador solo se encuentra completo" in nothing.text


def test_an_identifier_is_never_asked_for_in_an_address(world: World, log_in: LogIn):
    case = world.open_case(nhc="445566")
    world.session.commit()
    world.open_case(nhc="445567")
    world.session.commit()
    page = log_in("pharmacist").get("/expedientes?q=445566").text
    assert len(listed(page)) == 2  # whatever stands in the address, nothing is looked for
    assert case.code in listed(page)
    header = re.search(r'<form class="c-search"[^>]*>', page)
    assert header is not None
    assert 'method="post"' in header[0]


def test_nobody_finds_the_patients_of_another_hospital(world: World, log_in: LogIn):
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    there = other.open_case(nhc="777")
    world.session.commit()
    for text in ("777", there.code, "HGB"):
        answer = log_in("pharmacist").post("/expedientes/buscar", {"q": text})
        assert answer.status_code == 200
        assert there.code not in answer.text.split("<main")[1].replace(f'value="{there.code}"', "")


WHO_DOES_WHAT = {
    "draft": {"pharmacist": "Empezar la comprobación de requisitos"},
    "screening": {"physician": "Comprobar los requisitos", "pharmacist": ""},
    "preparing": {
        "physician": "Escribir y firmar el informe clínico",
        "resident": "Escribir y firmar el informe clínico",
        "pharmacist": "Calcular los envases",
        "technician": "Calcular los envases",
        "director": "",
    },
    "awaiting_endorsement": {"director": "Dar el visto bueno", "pharmacist": ""},
    "ready_to_submit": {"pharmacist": "Emitir el dossier"},
    "submitted": {"regulatory": "Registrar la resolución: autorizada", "physician": ""},
    "authorised": {"pharmacist": "Hacer el pedido", "physician": "Registrar la información al paciente"},
    "in_treatment": {"nurse": "Registrar una dispensación o administración", "auditor": ""},
    "in_follow_up": {"physician": "Ver el seguimiento"},
}


def test_the_page_of_a_case_answers_with_the_one_thing_to_do(world: World, log_in: LogIn):
    case, route = world.open_case(), dict(world.route())
    world.session.commit()
    browsers = {who: log_in(who) for who in {who for answers in WHO_DOES_WHAT.values() for who in answers}}
    for state, answers in WHO_DOES_WHAT.items():
        world.session.rollback()
        if state != "draft":
            route[state](case)
        world.session.commit()
        page = f"/expedientes/{case.code}"
        assert {who: primary(browsers[who].get(page).text) for who in answers} == answers, state


def test_the_page_of_a_case_says_whose_turn_it_is_and_what_blocks(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.session.commit()
    page = log_in("auditor").get(f"/expedientes/{case.code}").text
    assert "Solo lectura" in page
    assert "Médico responsable, Farmacia" in page
    assert "Lo que falta para «Pedir el visto bueno de Dirección»" in page.replace("&#171;", "«")
    assert "/pasos/" not in page.split("<main")[1]


def test_the_picture_of_the_states_is_a_list_with_the_way_the_place_and_the_ways_out(world: World, log_in: LogIn):
    case = world.case_in("submitted")
    world.session.commit()
    figure = (
        log_in("regulatory").get(f"/expedientes/{case.code}").text.split('class="c-steps"')[1].split("</figure>")[0]
    )
    names = re.findall(r'class="c-step c-step--(\w+)"', figure)
    assert names == ["done"] * 5 + ["here"] + ["ahead"] * 4
    assert figure.count('aria-current="step"') == 1
    for words in (
        "Requerida subsanación",
        "Denegada",
        "Desistimiento del centro",
        "Autorizada (con o sin condiciones)",
    ):
        assert words in figure


def test_what_ends_a_case_is_folded_away_from_what_leads_it_on(world: World, log_in: LogIn):
    case = world.case_in("submitted")
    world.session.commit()
    page = log_in("pharmacist").get(f"/expedientes/{case.code}").text
    folded = page.split("<details")[2] if page.count("<details") > 1 else ""
    assert "Desistir de la solicitud" in folded
    assert "Registrar el fallecimiento" in folded
    assert "Registrar la resolución: denegada" not in folded


def test_the_history_tells_steps_with_who_when_and_what_was_entered(world: World, log_in: LogIn):
    case = world.case_in("authorised")
    world.session.commit()
    browser = log_in("auditor")
    page = browser.get(f"/expedientes/{case.code}/historial").text
    for words in ("Resolución registrada: autorizada", "Pharmacist de HGA, Farmacéutico/a", "RES-1", "25 millones"):
        assert words in page
    assert "Envases e importación modificados" not in page
    assert "Envases e importación modificados" in browser.get(f"/expedientes/{case.code}/historial?todo=1").text


def test_the_team_is_changed_by_physician_and_pharmacy_and_shows_on_the_first_screen(world: World, log_in: LogIn):
    case = world.open_case()
    other = world.add_person("otra", *[next(iter(world.people["physician"].roles()))])
    world.session.commit()
    browser, path = log_in("pharmacist"), f"/expedientes/{case.code}/equipo"
    seen = re.search(r'name="version" value="([^"]*)"', browser.get(path).text)
    assert seen is not None
    form = {"version": seen[1], "physician": other.account_id, "pharmacist": ""}
    assert browser.post(path, form).status_code == 303
    assert case.code in log_in("otra").get("/").text
    assert browser.post(path, form).status_code == 409
    assert browser.post(path, {"physician": "nobody"}).status_code == 422
    assert "<select" not in log_in("nurse").get(path).text.split("<main")[1]


def test_a_clock_is_closed_by_hand_only_with_a_reason(world: World, log_in: LogIn):
    case = world.case_in("submitted")
    world.session.commit()
    browser, path = log_in("regulatory"), f"/expedientes/{case.code}/plazos"
    first = re.search(rf'href="({path}/[^"]+)"', browser.get(path).text)
    assert first is not None
    assert f"{first[1]}/cerrar" in browser.get(first[1]).text
    form = f"{first[1]}/cerrar"
    assert browser.post(form, {"reason": " "}).status_code == 422
    assert browser.post(form, {"reason": "La Agencia contestó por otra vía"}).status_code == 303
    assert "La Agencia contestó por otra vía" in browser.get(path).text
    assert "La Agencia contestó por otra vía" in browser.get(first[1]).text
    assert log_in("physician").post(form, {"reason": "x"}).status_code in (403, 404)


def test_a_decision_by_telephone_says_what_it_owes_until_the_writing_comes(world: World, log_in: LogIn):
    case = world.case_in("submitted")
    world.authorise(case, channel="telephone", reference="")
    world.session.commit()
    browser, path = log_in("pharmacist"), f"/expedientes/{case.code}/decision"
    page = browser.get(path).text
    assert "Falta el número de referencia." in page
    assert "no permite ninguna dosis" in page
    form = re.search(rf'href="({path}/[^"]+)"', page)
    assert form is not None
    assert browser.post(form[1], {"written_on": "2020-01-01"}).status_code == 422
    written = {"written_on": str(world.today), "channel": "email", "reference": "RES-9"}
    assert browser.post(form[1], written).status_code == 303
    assert "Todavía falta" not in browser.get(path).text
