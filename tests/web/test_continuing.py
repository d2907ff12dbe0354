"""Two minutes to ask for more: one button copies the last request, one page confirms it, and nothing is typed again."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from compassionate.models import AnswerSet, Case
from tests.web.test_continuations import running
from tests.world import PASSWORD, World, today

ROW = re.compile(r"<th scope=\"row\"[^>]*>(.*?)</th>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", markup)).strip()


def filled_form(page: str) -> dict[str, str]:
    """Every field of the page's form as it is filled when it opens: what a person sends who only presses the button."""
    form = next(each for each in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL) if 'name="base"' in each)
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        held = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if held.get("type") in ("radio", "checkbox") and not re.search(r"\schecked", tag):
            continue
        sent[held["name"]] = unescape(held.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(text.strip("\n"))
    return {name: value for name, value in sent.items() if name not in ("csrf_token", "password")}


def opening_form(page: str) -> tuple[str, dict[str, str]]:
    """The button that opens a continuation: where it posts and its hidden fields."""
    form = next(each for each in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL) if "/continuaciones" in each)
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    return action[1], dict(re.findall(r'name="(kind|version)" value="([^"]*)"', form))


def test_from_the_list_to_the_request_for_endorsement_with_one_password_and_nothing_typed_again(log_in, world):
    case = running(world)
    code, clicks, typed = case.code, 0, []

    physician = log_in("physician")
    action, hidden = opening_form(physician.get("/continuaciones").text)
    opened = physician.post(action, hidden)
    clicks += 1
    page = opened.headers["Location"]
    assert (opened.status_code, page) == (303, f"/expedientes/{code}/solicitudes/1/continuacion")

    sent = filled_form(physician.get(page).text)
    typed.append("password")
    signed = physician.post(page, sent | {"password": PASSWORD})
    clicks += 1
    assert signed.status_code == 303, signed.text
    assert "Informe firmado por" in physician.get(page).text

    pharmacist = log_in("pharmacist")
    step = f"/expedientes/{code}/pasos/request_endorsement@continuation-1"
    assert f'href="{step}"' in pharmacist.get(page).text
    form = pharmacist.get(step).text
    clicks += 1
    fields = dict(re.findall(r'name="(version|idempotency_key)" (?:type="hidden" )?value="([^"]*)"', form))
    assert pharmacist.post(step, fields).status_code == 303
    clicks += 1

    world.session.rollback()
    held = world.session.scalars(select(Case).where(Case.code == code)).one()
    region = next(row for row in held.regions if row.instance == "continuation-1")
    assert (region.state, held.state) == ("awaiting_endorsement", "in_treatment")
    assert (clicks, typed) == (4, ["password"])


def test_the_page_says_what_was_copied_and_what_has_changed(log_in, world):
    case = running(world)
    world.act(case, "physician", "open_continuation", request_kind="continuation")
    world.session.commit()
    text = log_in("physician").get(f"/expedientes/{case.code}/solicitudes/1/continuacion").text
    assert "MSE-1" in text
    rows = {words(head): [words(each) for each in CELL.findall(cells)] for head, cells in ROW.findall(text)}
    # By hand: four packs granted since, two units arrived, one given.
    assert rows["Envases concedidos"] == ["0", "4", "cambia"]
    assert rows["Unidades usadas"] == ["0", "1", "cambia"]
    assert rows["Unidades en la farmacia"] == ["0", "1", "cambia"]
    assert rows["Dosis"][2] == "igual"


def test_a_posology_changed_while_the_page_was_open_is_not_signed_unread(log_in, world):
    case = running(world)
    world.act(case, "physician", "open_continuation", request_kind="continuation")
    world.session.commit()
    page, physician = f"/expedientes/{case.code}/solicitudes/1/continuacion", log_in("physician")
    sent = filled_form(physician.get(page).text)
    other = {"dose": "Otra dosis", "schedule": "Cada mes", "duration_weeks": "8", "version": ""}
    assert log_in("physician").post(f"/expedientes/{case.code}/solicitudes/1/pauta", other).status_code == 303
    answer = physician.post(page, sent | {"password": PASSWORD})
    assert answer.status_code == 409
    assert world.session.scalars(select(AnswerSet).where(AnswerSet.form == "progress-report")).all() == []


def test_a_wrong_password_signs_nothing_and_keeps_what_was_changed(log_in, world):
    case = running(world)
    world.act(case, "physician", "open_continuation", request_kind="continuation")
    world.session.commit()
    page, physician = f"/expedientes/{case.code}/solicitudes/1/continuacion", log_in("physician")
    sent = filled_form(physician.get(page).text) | {"continuation_reason": "Una razón corregida"}
    answer = physician.post(page, sent | {"password": "not mine"})
    assert (answer.status_code, "Una razón corregida" in answer.text) == (422, True)
    assert world.session.scalars(select(AnswerSet).where(AnswerSet.form == "progress-report")).all() == []


@pytest.mark.one_database
def test_pressing_twice_opens_one(log_in, world):
    case = running(world)
    physician = log_in("physician")
    action, hidden = opening_form(physician.get("/continuaciones").text)
    first, second = physician.post(action, hidden), physician.post(action, hidden)
    assert first.headers["Location"] == second.headers["Location"]
    world.session.rollback()
    assert [row.number for row in case.requests] == [0, 1]
    assert "Seguir con la abierta" in physician.get("/continuaciones").text


@pytest.mark.one_database
def test_who_may_not_ask_is_offered_no_button_and_is_refused(log_in, world):
    case = running(world)
    nurse = log_in("nurse")
    assert "Abrir la continuación" not in nurse.get("/continuaciones").text
    assert nurse.post(f"/expedientes/{case.code}/continuaciones", {"kind": "continuation"}).status_code == 403
    world.session.rollback()
    assert [row.number for row in case.requests] == [0]


@pytest.mark.one_database
def test_the_list_says_by_when_to_ask_thirty_days_before_the_first_end(log_in, world):
    case = running(world)
    # By hand: four units granted, one given; three at a twentieth a day last sixty days.
    ends = today() + timedelta(days=60)
    text = log_in("pharmacist").get("/continuaciones").text
    part = text[text.index('id="k-cont"') :]
    assert case.code in part
    days = re.findall(r"\d\d/\d\d/\d{4}", part)
    assert (ends - timedelta(days=30)).strftime("%d/%m/%Y") in days
    world.session.rollback()
    world.centre.settings = {"continuation_days": 45}
    world.session.commit()
    assert (ends - timedelta(days=45)).strftime("%d/%m/%Y") in log_in("pharmacist").get("/continuaciones").text


@pytest.mark.one_database
def test_another_dose_says_whether_it_fits_and_why_not(log_in, world: World):
    case = running(world)
    page = f"/expedientes/{case.code}/continuaciones"
    text = log_in("physician").get(page).text
    # 0.05 a day over 399 days still to go takes 20; three of the four granted are left.
    assert "Requiere ampliación" in text
    assert "faltan 17, es decir, 17 envases" in text
    text = log_in("physician").get(f"{page}?unidades.1=0,005").text
    assert "Cabe en lo concedido" in text
