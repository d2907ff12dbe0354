"""The pages of clocks and calendars: until when, whose, why; what is refused; what an administrator sees move."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from compassionate.models import CalendarDay, Case, Clock
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
CALENDARS = "/administracion/calendarios"
pytestmark = pytest.mark.one_database


@pytest.fixture
def asked(world: World) -> Case:
    case = world.case_in("submitted")
    values = {"notified_on": str(world.today), "text": "Falta la resonancia.", "channel": "mse"}
    world.act(case, "pharmacist", "record_correction_request", **values)
    world.session.commit()
    return case


def main(text: str) -> str:
    """What a page says between its head and its foot, as words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.split("<main")[1].split("</main")[0]))


def path_of(world: World, case: Case, name: str) -> str:
    held = world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == name)).one()
    path = f"/expedientes/{case.code}/plazos/{held.id}"
    world.session.rollback()
    return path


def test_a_case_says_until_when_whose_it_is_and_what_its_end_means(world: World, asked: Case, log_in: LogIn) -> None:
    code, due = asked.code, f"{asked.due_on:%d/%m/%Y}"
    world.session.rollback()
    browser = log_in("physician")
    head = browser.get(f"/expedientes/{code}").text.split('<dl class="c-case__facts">')[1].split("</dl>")[0]
    assert "Subsanación de la solicitud, venció" in head
    assert due in head
    words = main(browser.get(f"/expedientes/{code}/plazos").text)
    assert due in words
    assert "Farmacia, Médico responsable" in words
    assert "Resolución de la AEMPS K-RES sin fecha mientras esté detenido Vencía el" in words
    assert "El centro no dice su municipio" in words
    assert "Sin las fiestas locales (municipio de Madrid 2026)" in words


def test_a_clock_explains_itself_day_by_day_in_both_languages(world: World, asked: Case, log_in: LogIn) -> None:
    path = path_of(world, asked, "K-SUB")
    browser = log_in("regulatory")
    page = browser.get(path).text
    assert page.count('class="c-month__counts"') + page.count('class="c-month__end"') >= 10
    words = main(page)
    assert "10 días hábiles, desde el día siguiente a la notificación" in words
    assert "Día del hecho: el plazo empieza al día siguiente" in words
    assert "Último día del plazo" in words
    suspended = main(browser.get(path_of(world, asked, "K-RES")).text)
    assert "sin reanudar" in suspended
    assert "quedó sin fecha, porque se detuvo o se reanudó" in suspended
    browser.post("/cuenta/idioma", {"language": "en"})
    assert "Last day of the term" in main(browser.get(path).text)


def test_more_time_is_recorded_on_the_page_of_its_clock_and_shown_there(
    world: World, asked: Case, log_in: LogIn
) -> None:
    path, on, due = path_of(world, asked, "K-SUB"), str(world.today), f"{asked.due_on:%d/%m/%Y}"
    world.session.rollback()
    browser = log_in("pharmacist")
    assert f"{path}/ampliar" in browser.get(path).text
    refused = browser.post(f"{path}/ampliar", {"granted_on": on, "amount": "6"})
    assert refused.status_code == 422
    assert 'value="6"' in refused.text
    assert browser.post(f"{path}/ampliar", {"granted_on": "", "amount": "5"}).status_code == 422
    assert browser.post(f"{path}/ampliar", {"granted_on": on, "amount": "5"}).status_code == 303
    words = main(browser.get(path).text)
    assert "5 días hábiles más: concedida de oficio el" in words
    assert f"Pasó de {due} a" in words
    assert "porque se concedió una ampliación" in words
    assert f"{path}/ampliar" not in browser.page.text
    assert "no admite ninguna ampliación más" in main(browser.get(f"{path}/ampliar").text)
    assert browser.post(f"{path}/ampliar", {"granted_on": on, "amount": "5"}).status_code == 403
    nurse = log_in("nurse")
    assert nurse.post(f"{path}/ampliar", {"granted_on": on, "amount": "1"}).status_code in (403, 404)


def test_an_administrator_enters_days_and_sees_which_open_clocks_moved(
    world: World, asked: Case, log_in: LogIn
) -> None:
    code, due = asked.code, asked.due_on
    assert due is not None
    world.session.rollback()
    browser = log_in("admin")
    assert "Faltan días en los calendarios" in browser.get("/").text
    assert "Faltan días" in browser.get("/administracion").text
    page = main(browser.get(CALENDARS).text)
    assert "Municipio de Madrid" in page
    assert code not in page
    worked = re.search(r'href="([^"]+anadir/ES-MD[^"]*kind=works[^"]*)"', browser.get(f"{CALENDARS}/2026/ES-MD").text)
    assert worked is not None
    assert "01/01/2026" in browser.get(worked[1].replace("&amp;", "&")).text
    form = f"{CALENDARS}/2026/anadir/ES-MD/Madrid"
    wrong = browser.post(form, {"kind": "off", "days": "patrona", "source": "BOCM 301"})
    assert wrong.status_code == 422
    assert "Línea 1: se escribe dd/mm/aaaa" in wrong.text
    assert "patrona" in wrong.text
    sent = browser.post(form, {"kind": "off", "days": f"{due:%d/%m/%Y} Patrona", "source": "BOCM 301"})
    assert sent.status_code == 303
    words = main(browser.get(sent.location).text)
    assert "Se han movido 2 plazos abiertos." in browser.page.text
    assert f"{code} Subsanación de la solicitud {due:%d/%m/%Y}" in words
    world.session.rollback()
    day = world.session.scalars(select(CalendarDay)).one().id
    world.session.rollback()
    assert browser.post(f"{CALENDARS}/dias/{day}/quitar").status_code == 303
    assert "Patrona" not in main(browser.get(f"{CALENDARS}/2026/ES-MD/Madrid").text)


def test_a_year_is_said_to_be_provisional_until_somebody_compared_it(world: World, log_in: LogIn) -> None:
    browser = log_in("admin")
    assert "Provisional: nadie ha comparado" in main(browser.get(f"{CALENDARS}/2030/ES-MD").text)
    form = f"{CALENDARS}/2030/comprobar/ES-MD"
    assert browser.post(form, {"source": ""}).status_code == 422
    assert browser.post(form, {"source": "BOE 250 de 2029"}).status_code == 303
    assert "Comprobado con BOE 250 de 2029 por Admin de HGA" in main(browser.get(f"{CALENDARS}/2030/ES-MD").text)
    assert browser.post(form, {"act": "withdraw"}).status_code == 303
    assert "Provisional" in main(browser.get(f"{CALENDARS}/2030/ES-MD").text)


def test_nobody_else_opens_or_changes_a_calendar(world: World, log_in: LogIn) -> None:
    for who in ("pharmacist", "auditor", "director"):
        browser = log_in(who)
        assert browser.get(CALENDARS).status_code == 403
        assert browser.post(f"{CALENDARS}/2026/anadir/ES-MD", {"days": "x"}).status_code == 403
        assert "Faltan días en los calendarios" not in browser.get("/").text
    assert log_in("admin").get(f"{CALENDARS}/2026/ES-CT").status_code == 404


def test_an_unopened_notification_is_the_first_thing_to_do_though_the_agency_is_awaited(
    world: World, log_in: LogIn
) -> None:
    case = world.case_in("submitted")
    code = case.code
    world.act(case, "pharmacist", "record_notification", available_on=str(world.today))
    world.session.commit()
    words = main(log_in("regulatory").get(f"/expedientes/{code}").text)
    assert "Lo que puede hacer ahora N.º 1 Registrar que se ha abierto la notificación" in words
    assert "Está pendiente de AEMPS" in main(log_in("physician").get(f"/expedientes/{code}").text)
