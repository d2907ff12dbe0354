"""The scales on their pages: looked up by anybody who is logged in, scored without keeping anything."""

from __future__ import annotations

import re

import pytest

from compassionate.instruments import INSTRUMENTS
from tests.web.census import picture


def test_every_scale_is_listed_and_has_its_page(log_in):
    browser = log_in("nurse")
    links = re.findall(r'href="/escalas/([^"]+)"', browser.get("/escalas").text)
    assert links == list(INSTRUMENTS)
    assert {name: browser.get(f"/escalas/{name}").status_code for name in links} == dict.fromkeys(links, 200)
    assert browser.get("/escalas/tarot").status_code == 404


def test_a_page_says_range_changes_and_licence(log_in):
    text = log_in("physician").get("/escalas/koos").text
    for words in ("0 – 100 puntos", "Cuanto más bajo, peor", "al menos 5 de 9", "Sin confirmar: no se usa para juzgar"):
        assert words in text


def test_answers_are_scored_and_nothing_is_kept(app, log_in):
    browser = log_in("physician")
    browser.get("/escalas/odi")
    before = picture(app)
    text = browser.post("/escalas/odi", {f"odi_{number}": "2" for number in range(1, 10)}).text
    assert "Resultado, que no se guarda" in text
    assert "40 %" in text
    assert "Discapacidad moderada" in text
    assert picture(app) == before


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("odi", {"odi_1": "2"}, "Sin puntuación: 1 de 10 contestadas"),
        ("lequesne", {"lequesne_adl_1": "0,5"}, "Sin puntuación"),
        ("naranjo", {"naranjo_2": "yes"}, "Posible"),
        ("eq5d5l", dict.fromkeys(["eq5d5l_MO", "eq5d5l_SC", "eq5d5l_UA", "eq5d5l_PD", "eq5d5l_AD"], "5"), "−0,416"),
    ],
)
def test_a_result_is_said(log_in, name, typed, said):
    browser = log_in("physician")
    browser.get(f"/escalas/{name}")
    assert said in browser.post(f"/escalas/{name}", typed).text


@pytest.mark.parametrize("typed", [{"vas_pain": "101"}, {"vas_pain": "mucho"}, {"vas_pain": "nan"}, {}])
def test_what_cannot_be_scored_is_said_beside_its_field(log_in, typed):
    browser = log_in("physician")
    browser.get("/escalas/vas")
    answer = browser.post("/escalas/vas", typed)
    assert answer.status_code == 422
    assert 'href="#vas_pain"' in answer.text
