"""Supply on its page: each line's account, its batches, and the steps that move it."""

from __future__ import annotations

import re

import pytest

from tests.world import World


@pytest.fixture
def case(world: World):
    held = world.case_in("authorised", world.add_product("DOS", lines=2))
    world.session.commit()
    return held


def address(case):
    return f"/expedientes/{case.code}/suministro"


def words(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def figures(text, line):
    """The account of a line: its words and figures in order."""
    part = text.split(f'id="linea-{line}"')[1]
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)", part.split("</dl>")[0]))


def test_each_line_has_its_own_account(log_in, world, case):
    world.stock(case, packs=3)
    world.consent(case)
    world.dose(case)
    world.act(case, "pharmacist", "return_supply@line-1", batch="L1", units="1", on=str(world.today))
    world.session.commit()
    text = log_in("auditor").get(address(case)).text
    first = figures(text, 1)
    assert (first["Autorizadas"], first["Pedidas"], first["Recibidas"]) == ("4", "3", "3")
    assert (first["Administradas"], first["Devueltas"], first["Quedan"]) == ("1", "1", "1")
    assert figures(text, 2)["Recibidas"] == "0"
    assert "Todavía no hay movimientos" in text


def test_a_batch_shows_where_it_stands_and_what_comes_next_is_the_main_step(log_in, world, case):
    day = str(world.today)
    world.act(case, "pharmacist", "order_supply@line-1", on=day, packs="2")
    arrival = {"on": day, "batch": "L1", "expires_on": "2027-12-31", "packs": "2", "delivery_note": "ALB-7"}
    world.act(case, "pharmacist", "receive_supply@line-1", **arrival)
    world.session.commit()
    text = log_in("pharmacist").get(address(case)).text
    assert "En cuarentena" in text
    assert "31/12/2027" in text
    assert "ALB-7" in text
    main = re.search(r'<a class="govuk-button" href="([^"]+)"', text)
    assert main is not None
    assert main[1] == f"/expedientes/{case.code}/pasos/release_supply@line-1"


def test_who_may_not_move_it_is_told_whose_it_is(log_in, case):
    text = words(log_in("physician").get(address(case)).text)
    assert "Corresponde a Farmacéutico/a: Hacer el pedido" in text


def test_before_the_authorisation_the_order_says_why_not(log_in, world):
    case = world.case_in("preparing")
    world.session.commit()
    text = log_in("pharmacist").get(address(case)).text
    assert "Todavía no se puede: Hacer el pedido" in text
    assert "No hay autorización de la AEMPS en vigor" in text


def test_before_closing_the_units_without_destination_are_counted(log_in, world):
    case = world.case_in("in_follow_up")
    world.session.commit()
    assert "Queda 1 unidad sin destino" in log_in("pharmacist").get(address(case)).text


def test_nothing_is_offered_that_could_move_nothing(log_in, world, case):
    world.stock(case, packs=4)
    world.consent(case)
    world.dose(case, units="4")
    world.session.commit()
    text = log_in("pharmacist").get(address(case)).text
    assert "Se ha usado todo lo autorizado." in text
    for step in ("order", "release", "reject", "return", "destroy"):
        assert f"pasos/{step}_supply@line-1" not in text
    assert "pasos/close_supply@line-1" in text
    assert "pasos/order_supply@line-2" in text


def test_the_cost_of_a_delivery_is_typed_in_beside_it_and_unknown_until_then(log_in, world, case):
    world.stock(case, packs=2)
    world.session.commit()
    browser = log_in("pharmacist")
    before = browser.get(address(case)).text
    assert "De 1 entrega no se sabe todavía lo que costó" in before
    form = re.search(r'href="([^"]+/suministro/entregas/[^"]+)"', before)
    assert form is not None
    given = {"terms": "charged", "price": "12,5,0", "currency": "EUR", "invoice": "F-1"}
    wrong = browser.post(form[1], given)
    assert wrong.status_code == 422
    assert "12,5,0" in wrong.text
    assert browser.post(form[1], given | {"price": "1250,50"}).status_code == 303
    assert "1.250,50 € por envase · factura F-1" in words(browser.get(address(case)).text)
