"""The conversation of a case in the browser."""

from __future__ import annotations

import re

import pytest

from compassionate.models import Case
from tests.world import World

WORDS = "¿Cuántos viales quedan?"
KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


@pytest.fixture
def case(world: World) -> Case:
    held = world.case_in("screening")
    world.session.commit()
    return held


def url(case: Case) -> str:
    return f"/expedientes/{case.code}/conversacion"


def ask(browser, case, **more):
    text = browser.get(url(case)).text
    key = KEY.search(text)
    given = {"to": "role:pharmacist", "about": "packs", "text": WORDS, "idempotency_key": key[1] if key else ""}
    return browser.post(url(case), given | more)


def test_a_question_is_asked_seen_on_the_first_screen_answered_and_closed(case, log_in):
    physician, pharmacist = log_in("physician"), log_in("pharmacist")
    assert ask(physician, case).status_code == 303
    home = pharmacist.get("/").text
    assert "Preguntas para usted" in home
    assert WORDS not in home
    thread = re.search(rf"{url(case)}/[0-9a-f-]{{36}}", home)[0]
    assert 'class="c-tabs__total">1<' in pharmacist.get(f"/expedientes/{case.code}").text
    assert WORDS in pharmacist.get(thread).text
    assert pharmacist.post(thread, {"text": "Doce\n\nY dos pedidos"}).status_code == 303
    assert "Preguntas para usted" not in pharmacist.get("/").text
    assert "Y dos pedidos" in physician.get(url(case)).text
    assert physician.post(f"{thread}/cerrar").status_code == 303
    assert WORDS not in physician.get(url(case)).text
    assert WORDS in physician.get(f"{url(case)}?ver=cerradas").text


def test_three_people_ask_answer_and_add_and_only_whoever_asked_closes(case, log_in):
    physician, pharmacist, director = (log_in(who) for who in ("physician", "pharmacist", "director"))
    ask(physician, case)
    thread = re.search(rf"{url(case)}/[0-9a-f-]{{36}}", physician.get(url(case)).text)[0]
    assert pharmacist.post(thread, {"text": "Doce"}).status_code == 303
    assert director.post(thread, {"text": "Y hay presupuesto para otros doce"}).status_code == 303
    page = physician.get(thread).text
    said = [page.index(words) for words in (WORDS, "Doce", "Y hay presupuesto")]
    assert said == sorted(said)
    for who in ("Pharmacist de HGA (", "Director de HGA ("):
        assert who in page
    assert f"{thread}/cerrar" not in pharmacist.get(thread).text
    assert pharmacist.post(f"{thread}/cerrar").status_code == 403
    assert f"{thread}/cerrar" in physician.get(thread).text
    assert physician.post(f"{thread}/cerrar").status_code == 303
    assert "Y hay presupuesto" in director.get(f"{url(case)}?ver=cerradas").text


def test_beside_each_part_stands_how_to_ask_about_it_and_how_many_questions_are_open(case, log_in):
    physician = log_in("physician")
    link, there = f'href="{url(case)}?sobre=packs#preguntar"', f'href="{url(case)}?sobre=packs"'
    request = f"/expedientes/{case.code}/solicitudes/0"
    before = physician.get(f"{request}/envases").text
    assert link in before
    assert there not in before
    ask(physician, case)
    ask(physician, case, about="eligibility", text="¿Y el ensayo?")
    for page in (f"{request}/envases", f"{request}/revisar"):
        assert link in physician.get(page).text
        assert there in physician.get(page).text
    assert physician.get(request).text.count("1 pregunta abierta") == 2
    of_packs = physician.get(f"{url(case)}?sobre=packs").text
    assert WORDS in of_packs
    assert "¿Y el ensayo?" not in of_packs
    read = log_in("auditor").get(f"/expedientes/{case.code}/requisitos/criterios").text
    assert "1 pregunta abierta" in read
    assert "Preguntar sobre esto" not in read


def test_what_was_typed_comes_back_with_what_is_wrong(case, log_in):
    answer = ask(log_in("physician"), case, to="role:auditor")
    assert answer.status_code == 422
    assert WORDS in answer.text
    assert "Para:" in answer.text


def test_a_second_click_asks_nothing_twice(case, log_in):
    physician = log_in("physician")
    physician.get(url(case))
    key = KEY.search(physician.page.text)[1]
    given = {"to": "role:pharmacist", "about": "", "text": WORDS, "idempotency_key": key}
    assert physician.post(url(case), given).status_code == 303
    assert physician.post(url(case), given).status_code == 303
    assert physician.get(url(case)).text.count(WORDS) == 2  # once in words, once for who only hears the link


def test_hostile_words_stay_words(case, log_in):
    physician = log_in("physician")
    ask(physician, case, text="<script>alert(1)</script> {{ 7*7 }}")
    text = physician.get(url(case)).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in text


def test_an_auditor_reads_and_has_no_form(case, log_in):
    ask(log_in("physician"), case)
    text = log_in("auditor").get(url(case)).text
    assert WORDS in text
    assert "Enviar la pregunta" not in text
    assert log_in("auditor").post(url(case), {"to": "role:pharmacist", "text": "x"}).status_code == 403


def test_whoever_closes_a_case_is_told_of_open_questions_and_may_close_it(world, log_in):
    held = world.open_case()
    world.act(held, "pharmacist", "start_screening")
    world.act(held, "pharmacist", "withdraw_request", reason="No sigue")
    world.session.commit()
    ask(log_in("physician"), held)
    text = log_in("regulatory").get(f"/expedientes/{held.code}/pasos/close").text
    assert "Quedan preguntas sin cerrar" in text
    assert "Base legal" in text


def test_a_link_may_say_what_the_question_is_about(case, log_in):
    text = log_in("physician").get(f"{url(case)}?sobre=posology").text
    assert '<option value="posology" selected>' in text
