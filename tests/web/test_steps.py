"""The page of a step: drawn from its row, taken once, and nothing typed is ever lost."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from compassionate.models import Case, CaseEvent, Decision, Paper, ProductLine, Signature
from compassionate.workflow.engine import latest
from tests.web.conftest import TOKEN, Browser
from tests.world import PASSWORD, World, a_pdf

LogIn = Callable[[str], Browser]
DAY = "2026-06-01"


def step(case: Case, action: str) -> str:
    return f"/expedientes/{case.code}/pasos/{action}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def take(browser: Browser, case: Case, action: str, **values: Any) -> Any:
    """Open a step's form and send it filled in."""
    page = browser.get(step(case, action)).text
    form = {"version": hidden(page, "version"), "idempotency_key": hidden(page, "idempotency_key")}
    return browser.post(step(case, action), form | values)


def now(world: World, wanted: Any) -> Any:
    """What the database says now: the world's own session may be reading an older picture."""
    world.session.rollback()
    return world.session.scalar(wanted)


def events(world: World, case: Case, name: str) -> int:
    counted = select(func.count()).select_from(CaseEvent)
    return now(world, counted.where(CaseEvent.case_id == case.id, CaseEvent.name == name)) or 0


def a_case(world: World, state: str, **more: Any) -> Case:
    case = world.case_in(state, **more)
    world.session.commit()
    return case


def test_a_step_is_taken_and_leads_to_where_it_shows(world: World, log_in: LogIn):
    case = a_case(world, "preparing")
    answer = take(log_in("pharmacist"), case, "ask_sponsor", on=DAY, note="Por correo")
    assert (answer.status_code, answer.location) == (303, f"/expedientes/{case.code}/promotor")
    world.session.rollback()
    assert next(row.state for row in case.regions if row.kind == "sponsor_agreement") == "asked"


def test_wrong_values_come_back_beside_their_fields_with_all_that_was_typed(world: World, log_in: LogIn):
    case = a_case(world, "submitted")
    answer = take(
        log_in("pharmacist"),
        case,
        "record_authorisation",
        **{"channel": "email", "decided_on": "2026-06-31", "packs_granted.1": "muchos", "conditions": "Solo L4-L5"},
    )
    assert answer.status_code == 422
    for sentence in (
        "Escriba una fecha que exista",
        "Escriba cuántos envases de la presentación 1",
        "Rellene este dato",
    ):
        assert sentence in answer.text
    assert 'value="muchos"' in answer.text
    assert "Solo L4-L5" in answer.text
    assert re.search(r'value="email"\s+checked', answer.text)
    assert events(world, case, "record_authorisation") == 0


def test_each_line_is_granted_beside_what_was_asked_for_it(world: World, log_in: LogIn):
    product = world.add_product("DOS", lines=2, programme="")
    case = a_case(world, "submitted", product=product)
    browser = log_in("regulatory")
    page = browser.get(step(case, "record_authorisation")).text
    assert page.count("Solicitados: 4 · Autorizados antes: 0") == 2
    packs = {"packs_granted.1": "4", "packs_granted.2": "0"}
    take(browser, case, "record_authorisation", channel="mse", decided_on=DAY, seen_on=DAY, **packs)
    decision = now(world, select(Decision).where(Decision.case_id == case.id))
    assert decision is not None
    assert {row.line_number: row.packs for row in decision.packs} == {1: 4, 2: 0}


def test_a_blocked_step_names_all_that_is_missing_with_the_page_that_cures_it(world: World, log_in: LogIn):
    case = a_case(world, "preparing")
    page = log_in("pharmacist").get(step(case, "request_endorsement"))
    assert page.status_code == 200
    assert "<form" not in page.text.split("<main")[1]
    for path in ("informe", "pauta", "envases"):
        assert f'href="/expedientes/{case.code}/solicitudes/0/{path}"' in page.text
    assert "RD 1015/2009 art. 8.1.c" in page.text


def test_who_may_not_take_a_step_is_told_whose_it_is(world: World, log_in: LogIn):
    case = a_case(world, "awaiting_endorsement")
    browser = log_in("pharmacist")
    assert "Este paso lo da otra función: Dirección médica / Gerencia" in browser.get(step(case, "endorse")).text
    refused = browser.post(step(case, "endorse"), {"password": PASSWORD})
    assert refused.status_code == 403
    assert events(world, case, "endorse") == 0


def test_a_second_click_makes_nothing_and_leads_to_the_same_place(world: World, log_in: LogIn):
    case = a_case(world, "authorised")
    browser = log_in("pharmacist")
    page = browser.get(step(case, "order_supply@line-1")).text
    form = {name: hidden(page, name) for name in ("version", "idempotency_key")} | {"on": DAY, "packs": "2"}
    first, second = (browser.post(step(case, "order_supply@line-1"), form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert events(world, case, "order_supply") == 1


def test_whoever_comes_second_is_told_what_was_done_and_by_whom(world: World, log_in: LogIn):
    case = a_case(world, "ready_to_submit")
    late = log_in("pharmacist")
    page = late.get(step(case, "reopen_preparation")).text
    world.session.rollback()  # the log-in wrote meanwhile
    world.act(case, "regulatory", "withdraw_request", reason="Cambio de centro")
    world.session.commit()
    answer = late.post(
        step(case, "reopen_preparation"), {"version": hidden(page, "version"), "reason": "Falta un papel"}
    )
    assert answer.status_code == 409
    for words in (
        "El centro desistió de la solicitud",
        "Regulatory de HGA",
        "Desistimiento del centro",
        "Falta un papel",
    ):
        assert words in answer.text
    assert events(world, case, "reopen_preparation") == 0


def test_a_step_that_is_still_possible_comes_back_filled_in_and_may_be_sent_again(world: World, log_in: LogIn):
    case = a_case(world, "submitted")
    late = log_in("regulatory")
    page = late.get(step(case, "record_refusal_notice")).text
    world.session.rollback()  # the log-in wrote meanwhile
    world.add_paper(case)
    world.session.commit()
    typed = {"notified_on": DAY, "grounds": ["weak_evidence", "risk"], "channel": "mse"}
    answer = late.post(step(case, "record_refusal_notice"), {"version": hidden(page, "version")} | typed)
    assert answer.status_code == 409
    assert "Papel adjuntado" in answer.text
    assert len(re.findall(r'name="grounds" type="checkbox" value="\w+" checked', answer.text)) == 2
    again = late.post(step(case, "record_refusal_notice"), {"version": hidden(answer.text, "version")} | typed)
    assert again.status_code == 303


def send_at_once(browsers: list[Browser], case: Case, action: str, forms: list[dict[str, Any]]) -> list[Any]:
    """Each browser sends its form when all stand ready."""
    ready, answers = threading.Barrier(len(browsers)), [None] * len(browsers)

    def send(place: int) -> None:
        ready.wait()
        answers[place] = browsers[place].post(step(case, action), forms[place])

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_two_who_take_a_step_at_once_one_wins_and_the_other_sees_the_new_state(world: World, log_in: LogIn):
    case = a_case(world, "submitted")
    browsers = [log_in("pharmacist"), log_in("regulatory")]
    typed = {"channel": "mse", "decided_on": DAY, "seen_on": DAY, "packs_granted.1": "2"}
    pages = [browser.get(step(case, "record_authorisation")).text for browser in browsers]
    forms = [{name: hidden(page, name) for name in ("version", "idempotency_key")} | typed for page in pages]
    answers = send_at_once(browsers, case, "record_authorisation", forms)
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert "Autorizada (con o sin condiciones)" in loser.text
    assert events(world, case, "record_authorisation") == 1


def test_one_person_who_clicks_twice_at_once_is_led_to_one_result(world: World, log_in: LogIn, app: Any):
    case = a_case(world, "authorised")
    browser = log_in("pharmacist")
    page = browser.get(step(case, "order_supply@line-1")).text
    form = {name: hidden(page, name) for name in ("version", "idempotency_key")} | {"on": DAY, "packs": "2"}
    twin = Browser(app.test_client())
    cookie = browser.client.get_cookie("session")
    assert cookie is not None
    twin.client.set_cookie("session", cookie.value)
    answers = send_at_once([browser, twin], case, "order_supply@line-1", [form, form])
    assert [answer.status_code for answer in answers] == [303, 303]
    assert events(world, case, "order_supply") == 1


def test_a_file_sent_with_the_form_becomes_a_paper_of_the_case_and_of_the_step(world: World, log_in: LogIn):
    case = a_case(world, "preparing")
    file = (io.BytesIO(a_pdf()), "Informe de Pérez García.pdf", "application/pdf")
    answer = take(
        log_in("pharmacist"), case, "record_sponsor_agreement", on=DAY, signed_by="Dirección médica", file=file
    )
    assert answer.status_code == 303
    paper = now(world, select(Paper).where(Paper.case_id == case.id))
    assert paper is not None
    assert paper.kind == "sponsor_agreement"
    page = log_in("auditor").get(f"/expedientes/{case.code}/historial").text
    assert f"/papeles/{paper.id}" in page
    assert "Pérez" not in page  # the file's own name may hold the patient's


def test_a_wrong_value_stores_no_file(world: World, log_in: LogIn):
    case = a_case(world, "preparing")
    file = (io.BytesIO(a_pdf()), "carta.pdf", "application/pdf")
    answer = take(log_in("pharmacist"), case, "record_sponsor_agreement", on="", signed_by="Promotor", file=file)
    assert answer.status_code == 422
    assert "Los archivos hay que elegirlos de nuevo" in answer.text
    assert now(world, select(func.count()).select_from(Paper)) == 0


def test_a_file_that_is_not_what_it_says_is_refused_beside_its_field(world: World, log_in: LogIn):
    case = a_case(world, "preparing")
    file = (io.BytesIO(b"MZ not a paper"), "carta.pdf", "application/pdf")
    answer = take(log_in("pharmacist"), case, "record_sponsor_agreement", on=DAY, signed_by="Promotor", file=file)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_a_paper_of_another_case_cannot_be_chosen(world: World, log_in: LogIn):
    other, case = world.case_in("preparing", nhc="1"), world.case_in("preparing", nhc="2")
    stranger = world.add_paper(other)
    world.session.commit()
    answer = take(log_in("pharmacist"), case, "record_sponsor_agreement", on=DAY, signed_by="P", paper=stranger.id)
    assert answer.status_code == 422
    assert "Elija uno de los papeles de este expediente" in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"), [("", "Escriba su contraseña"), ("otra", "La contraseña no es correcta")]
)
def test_signing_asks_for_the_password_once_more(world: World, log_in: LogIn, typed: str, sentence: str):
    case = a_case(world, "awaiting_endorsement")
    answer = take(log_in("director"), case, "endorse", password=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert events(world, case, "endorse") == 0


def test_the_management_sees_on_one_page_what_it_signs(world: World, log_in: LogIn):
    earlier = world.case_in("authorised", nhc="1")
    line = world.product.lines[0]
    line.is_free, line.price_cents = False, None
    case = a_case(world, "awaiting_endorsement", nhc="2")
    browser = log_in("director")
    unpriced = browser.get(step(case, "endorse")).text
    assert "Sin precio registrado" in unpriced
    assert "0,00 €" not in unpriced  # what nobody knows is not nothing
    world.session.rollback()
    world.session.get_one(ProductLine, line.id).price_cents = 123_450
    world.session.commit()
    page = browser.get(step(case, "endorse")).text
    for words in (
        "Degeneración discal lumbar L4-L5",
        "Serie piloto no controlada de diez pacientes.",
        "Fisioterapia",
        "4.938,00 €",
        earlier.code,
        "No autoriza el tratamiento: lo hace la AEMPS",
    ):
        assert words in page
    assert "Persona Inventada" not in page
    assert take(browser, case, "endorse", password=PASSWORD).status_code == 303
    signed = now(world, select(Signature).where(Signature.meaning == "endorsement", Signature.case_id == case.id))
    assert signed is not None
    assert signed.name == "Director de HGA"


def test_the_management_returns_a_request_with_a_reason_from_the_same_page(world: World, log_in: LogIn):
    case = a_case(world, "awaiting_endorsement")
    browser = log_in("director")
    page = browser.get(step(case, "endorse")).text
    assert f'action="{step(case, "return_for_changes")}"' in page
    form = {"version": hidden(page, "version"), "reason": ""}
    assert browser.post(step(case, "return_for_changes"), form).status_code == 422
    assert browser.post(step(case, "return_for_changes"), form | {"reason": "Falta el coste"}).status_code == 303
    assert "Falta el coste" in browser.get(f"/expedientes/{case.code}/historial").text


def test_what_was_typed_when_the_log_in_ran_out_is_there_after_it(world: World, log_in: LogIn, app: Any):
    case = a_case(world, "preparing")
    path = step(case, "withdraw_request")
    stranger = Browser(app.test_client())
    stranger.get("/login")
    token = TOKEN.search(stranger.page.text)
    assert token is not None
    asked = stranger.client.post(path, data={"csrf_token": token[1], "reason": "El paciente se traslada"})
    assert asked.status_code == 401
    kept = re.search(r'name="kept" value="([^"]*)"', asked.text)
    assert kept is not None
    name = world.accounts["pharmacist"].username
    form = {"username": name, "password": PASSWORD, "next": path, "kept": kept[1].replace("&#34;", '"')}
    stranger.page = asked
    assert stranger.post("/login", form).location.endswith(path)
    page = stranger.get(path).text
    assert "El paciente se traslada" in page
    assert "Hemos recuperado lo que escribió" in page
    assert take(stranger, case, "withdraw_request", reason="El paciente se traslada").status_code == 303


def test_what_a_refusal_brings_back_keeps_the_batch_and_the_day(world: World, log_in: LogIn):
    case = a_case(world, "in_treatment")
    typed = {
        "act": "administration",
        "line": "1",
        "batch": "L1",
        "units": "5",
        "given_on": DAY,
        "identity_checked": "1",
    }
    answer = take(log_in("nurse"), case, "record_dose", **typed)
    assert answer.status_code == 403
    assert "Del lote L1 solo quedan 1 unidades" in answer.text
    assert f'value="{DAY}"' in answer.text
    assert 'value="5"' in answer.text


def test_a_supply_step_offers_only_the_batches_of_its_line(world: World, log_in: LogIn):
    product = world.add_product("DOS", lines=2, programme="")
    case = world.case_in("authorised", product=product)
    world.stock(case, batch="UNO", line=1)
    world.stock(case, batch="OTRO", line=2)
    world.session.commit()
    page = log_in("pharmacist").get(step(case, "destroy_supply@line-2")).text
    assert 'value="OTRO"' in page
    assert 'value="UNO"' not in page


def test_every_value_that_any_step_asks_for_has_words(world: World):
    from compassionate.words import has_words

    inputs = [each for region in latest("es-individual").regions for row in region.transitions for each in row.inputs]
    codes = {f"input.{each.name}" for each in inputs}
    codes |= {f"choice.{each.name}.{value}" for each in inputs for value in each.choices}
    assert sorted(code for code in codes if not has_words(code)) == []


@pytest.mark.parametrize("state", ["screening", "submitted", "in_treatment"])
def test_every_step_that_leaves_a_state_has_its_page_for_everybody(world: World, log_in: LogIn, state: str):
    from compassionate.services.advance import possible

    case = a_case(world, state)
    actions = [each.action for each in possible(world.session, None, case, world.now)]
    world.session.commit()
    for who in ("physician", "pharmacist", "auditor"):
        browser = log_in(who)
        assert {action: browser.get(step(case, action)).status_code for action in actions} == dict.fromkeys(
            actions, 200
        )


def test_a_step_that_no_table_knows_is_not_found(world: World, log_in: LogIn):
    case = a_case(world, "draft")
    browser = log_in("pharmacist")
    for action in ("fly", "endorse@use", "record_consent@nothing", "to_authorised"):
        assert browser.get(step(case, action)).status_code == 404


def test_a_key_is_good_only_for_whose_form_it_was(world: World, log_in: LogIn):
    case = a_case(world, "authorised")
    first, second = log_in("pharmacist"), log_in("physician")
    page = first.get(step(case, "order_supply@line-1")).text
    key = hidden(page, "idempotency_key")
    first.post(step(case, "order_supply@line-1"), {"idempotency_key": key, "on": DAY, "packs": "1"})
    answer = second.post(step(case, "inform_patient@use"), {"idempotency_key": key, "on": DAY, "sheet_version": "1"})
    assert answer.status_code == 303
    assert answer.location.endswith("/consentimientos")
