"""A patient's page: no session, no name, one answer; guesses, replays, other sites and what is over get one page."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import Case, Notice, OutboxMessage, PatientLink
from compassionate.services import notice_mails, patient_answers, telling, visits
from compassionate.web.patient_pages import A_MINUTE
from tests.web.conftest import Browser
from tests.world import World

SAID = {"vas_pain": "35", "analgesics": "none", "symptoms": "false"}
ADDRESS = re.compile(r"http://localhost(/responder/[\w.-]+)")
ALARM = "112"


@pytest.fixture
def case(world: World) -> Case:
    held = world.case_in("in_follow_up")
    world.session.commit()
    return held


def page_of(case: Case, rest: str = "", name: str = "m3") -> str:
    return f"/expedientes/{case.code}/seguimiento/{name}/paciente{rest}"


def made(log_in: Any, case: Case, language: str = "es", who: str = "nurse") -> str:
    browser: Browser = log_in(who)
    browser.get(page_of(case))
    answer = browser.post(page_of(case, "/enlace"), {"days": "7", "language": language})
    found = ADDRESS.search(answer.text)
    assert found is not None, answer.text
    assert "data:image/svg+xml" in answer.text
    return found[1]


def links(world: World) -> list[PatientLink]:
    world.session.rollback()
    return list(world.session.scalars(select(PatientLink)))


def test_a_patient_answers_without_a_session_and_a_clinician_takes_it(
    log_in: Any, world: World, case: Case, app: Any
) -> None:
    path = made(log_in, case)
    patient = app.test_client()
    asked = patient.get(path)
    assert (asked.status_code, "Hospital HGA" in asked.text, ALARM in asked.text) == (200, True, True)
    sent = patient.post(path, data=SAID)
    assert (sent.status_code, sent.location) == (303, "/responder/gracias?idioma=es")
    assert "han llegado" in patient.get(sent.location).text
    browser = log_in("nurse")
    shown = browser.get(f"/expedientes/{case.code}/seguimiento/m3").text
    assert "El paciente ha contestado" in shown
    assert "<strong>35" in shown
    (row,) = links(world)
    browser.get(page_of(case))
    assert browser.post(page_of(case, f"/{row.id}"), {"take": ["vas_pain"]}).status_code == 303
    shown = browser.get(f"/expedientes/{case.code}/seguimiento/m3").text
    assert 'name="vas_pain"' in shown
    assert 'value="35"' in shown
    world.session.rollback()
    assert visits.visit_of(world.session, case, "m3").status == "planned"


def test_the_page_says_nothing_by_which_anybody_could_be_known_and_leaves_nothing_behind(
    log_in: Any, world: World, case: Case, app: Any
) -> None:
    path = made(log_in, case)
    answers = [app.test_client().get(path), app.test_client().post(path, data={"vas_pain": "400"})]
    answers += [app.test_client().post(path, data=SAID), app.test_client().get("/responder/gracias")]
    secrets = [case.code, "Inventada", "100001", "Células", "MSV", "disco", "Compassionate", "compasivo", "m3", "ODI"]
    for answer in answers:
        body = answer.text.replace(path, "")
        assert [each for each in secrets if each in body] == []
        assert answer.headers.getlist("Set-Cookie") == []
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in body


def test_every_address_that_cannot_be_answered_gets_one_page(log_in: Any, world: World, case: Case, app: Any) -> None:
    used, revoked = made(log_in, case), ""
    assert app.test_client().post(used, data=SAID).status_code == 303
    revoked = made(log_in, case)
    browser = log_in("physician")
    browser.get(page_of(case))
    assert browser.post(page_of(case, "/anular")).status_code == 303
    token = used.rpartition("/")[2]
    cut = [f"/responder/{token[:-1]}", f"/responder/{token}x", "/responder/" + "a" * 900]
    guesses = [used, revoked, "/responder/x", *cut]
    pages = [app.test_client().get(path) for path in guesses]
    pages += [app.test_client().post(path, data=SAID) for path in guesses]
    assert {(page.status_code, page.text) for page in pages} == {(404, pages[0].text)}
    assert "Este enlace ya no sirve" in pages[0].text
    assert len([row for row in links(world) if row.answered_at]) == 1


@pytest.mark.parametrize("end", ["blocked", "closed"])
def test_a_case_that_is_blocked_or_closed_takes_no_answer(
    log_in: Any, world: World, case: Case, app: Any, end: str
) -> None:
    path = made(log_in, case)
    world.session.rollback()
    held = world.session.get_one(Case, case.id)
    if end == "blocked":
        held.blocked_at = world.tick()
    else:
        held.state = "closed"
    world.session.commit()
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().post(path, data=SAID).status_code == 404


def test_a_form_of_another_site_is_not_taken_and_no_token_is_needed_for_ours(
    log_in: Any, world: World, case: Case, app: Any
) -> None:
    path = made(log_in, case)
    for site in ("cross-site", "same-site"):
        refused = app.test_client().post(path, data=SAID, headers={"Sec-Fetch-Site": site})
        assert refused.status_code in (400, 404)
    assert [row.answered_at for row in links(world)] == [None]
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert app.test_client().post(path, data=SAID, headers=headers).status_code == 303


def test_what_is_out_of_range_is_said_and_nothing_typed_is_lost(log_in: Any, case: Case, app: Any) -> None:
    path = made(log_in, case)
    sent = {"vas_pain": "400", "symptoms_text": "Me duele la mano"}
    answer = app.test_client().post(path, data=sent)
    assert answer.status_code == 422
    assert 'value="400"' in answer.text
    assert "Me duele la mano" in answer.text
    assert "error-summary" in answer.text
    assert app.test_client().post(path, data={}).status_code == 422


def test_so_many_forms_that_cannot_be_taken_end_the_link(log_in: Any, world: World, case: Case, app: Any) -> None:
    path = made(log_in, case)
    world.session.rollback()
    row = world.session.scalars(select(PatientLink)).one()
    row.tries = 19
    world.session.commit()
    assert app.test_client().post(path, data={"vas_pain": "400"}).status_code == 422
    assert app.test_client().post(path, data=SAID).status_code == 404


def test_one_source_opens_the_page_so_often_a_minute(app: Any) -> None:
    answers = [app.test_client().get("/responder/x").status_code for _ in range(A_MINUTE + 1)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {404}


def test_the_page_speaks_the_patients_language_whoever_is_logged_in(log_in: Any, case: Case, app: Any) -> None:
    path = made(log_in, case, "en")
    assert "How much pain" in app.test_client().get(path).text
    assert "¿Cuánto dolor" in app.test_client().get(f"{path}?idioma=es").text
    assert "How much pain" in log_in("nurse").client.get(path).text


def test_a_link_of_another_hospital_is_made_and_read_by_nobody_here(
    log_in: Any, world: World, case: Case, app: Any
) -> None:
    made(log_in, case)
    with app.extensions["compassionate"].session() as session:
        other = World(session, code="HGB", password_hash=world.password_hash)
        session.commit()
        assert other.centre.id != world.centre.id
    browser = Browser(app.test_client())
    browser.get("/login")
    browser.post("/login", {"username": "nurse.hgb", "password": "clave de prueba muy larga"})
    browser.page = None
    assert browser.get(page_of(case)).status_code == 404
    assert browser.post(page_of(case, "/enlace"), {"days": "7", "language": "es"}).status_code == 404
    assert browser.post(page_of(case, "/anular")).status_code == 404
    assert browser.post(page_of(case, f"/{links(world)[0].id}"), {"take": ["vas_pain"]}).status_code == 404


def test_neither_log_nor_mail_nor_notice_holds_a_word_of_the_patient(
    log_in: Any, world: World, case: Case, app: Any
) -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    try:
        path = made(log_in, case)
        sent = {"vas_pain": "77", "symptoms": "true", "symptoms_text": "Fiebre de Xilbanda"}
        assert app.test_client().post(path, data=sent).status_code == 303
        foundation = app.extensions["compassionate"]
        now = world.tick()
        telling.tell(foundation.session, lambda: foundation.session(write=True), now)
        notice_mails.hand_over(foundation.session, lambda: foundation.session(write=True), now)
    finally:
        logging.getLogger().removeHandler(handler)
    world.session.rollback()
    told = repr([(row.params, row.key) for row in world.session.scalars(select(Notice))])
    mails = repr([row.payload for row in world.session.scalars(select(OutboxMessage))])
    token = path.rpartition("/")[2]
    for word in ("Xilbanda", "Fiebre", token):
        assert word not in heard.getvalue() + told + mails
    (held,) = patient_answers.answered(world.session, case, visits.visit_of(world.session, case, "m3"))
    assert held.symptoms == "Fiebre de Xilbanda"


def test_a_yes_without_a_word_of_it_alarms_too(log_in: Any, world: World, case: Case, app: Any) -> None:
    app.test_client().post(made(log_in, case), data={"symptoms": "true"})
    shown = log_in("physician").get(f"/expedientes/{case.code}/seguimiento/m3").text
    assert "no escribe qué: pregúnteselo" in shown
