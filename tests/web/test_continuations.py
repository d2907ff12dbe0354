"""Going on with a treatment: the later requests of a case, and who runs out of medicine first."""

from __future__ import annotations

from datetime import timedelta

from compassionate import clock
from compassionate.models import RequestPacks
from tests.world import World, today


def running(world: World, days_ago: int = 1):
    """A treatment that began some days ago and uses two units of its four a day… for a long time."""
    world.now = clock.now() - timedelta(days=days_ago)
    case = world.case_in("in_treatment")
    packs: RequestPacks = case.requests[0].packs[0]
    packs.units_a_day, packs.days = "0.05", 400
    world.session.commit()
    return case


def test_who_runs_out_is_listed_with_what_to_do_and_by_when(log_in, world):
    case = running(world)
    text = log_in("pharmacist").get("/continuaciones").text
    assert case.code in text
    assert "Hacer el pedido" in text
    assert f'href="/expedientes/{case.code}/tratamiento"' in text
    assert (today() + timedelta(days=20)).strftime("%d/%m/%Y") in text


def test_an_empty_list_says_so(log_in, world):
    assert "Ningún tratamiento en marcha se queda sin medicación" in log_in("physician").get("/continuaciones").text


def test_another_hospital_sees_none_of_it(log_in, world):
    case = running(world)
    elsewhere = World(world.session, code="HGB", password_hash=world.password_hash)
    world.accounts["stranger"] = elsewhere.accounts["pharmacist"]
    world.session.commit()
    stranger = log_in("stranger")
    assert case.code not in stranger.get("/continuaciones").text
    assert stranger.get(f"/expedientes/{case.code}/continuaciones").status_code == 404


def test_the_later_requests_of_a_case_have_a_page(log_in, world):
    case = running(world)
    browser, page = log_in("physician"), f"/expedientes/{case.code}/continuaciones"
    assert "No se ha pedido ninguna." in browser.get(page).text
    world.session.rollback()
    world.act(case, "physician", "open_continuation", request_kind="continuation")
    world.session.commit()
    text = browser.get(page).text
    assert "1. Continuación del tratamiento" in text
    assert "Se queda sin medicación el" in text
