"""Pages of outcomes: who sees what, papers typed in and confirmed, one case's operation."""

from __future__ import annotations

import pytest

from compassionate.services import visits
from tests.world import VISIT

pytestmark = pytest.mark.one_database
PAGE = "/resultados/disc-msc"
PAPER = {
    "series": "Prueba 2020", "arm": "Fusión", "design": "Ensayo aleatorizado", "kind": "surgery", "side": "neutral",
    "n": "40", "instrument": "vas", "months": "12", "statistic": "mean", "baseline": "70", "follow_up": "50",
    "source": "Revista 2020;1:1", "page": "tabla 2",
}  # fmt: skip


@pytest.fixture
def treated(world):
    case = world.case_in("in_follow_up")
    row = visits.visit_of(world.session, case, "baseline")
    day = str(row.planned_on or world.today)
    visits.record_visit(world.session, world.people["physician"], case, "baseline", day, VISIT | {"vas_pain": 83},
                        world.tick())  # fmt: skip
    world.session.commit()
    return case


def test_who_treats_sees_each_patient_and_what_speaks_against_beside_the_rest(log_in, treated):
    page = log_in("physician").get(PAGE).text
    assert treated.code in page
    assert "Serie no controlada, n = 1" in page
    assert "MILES 2023" in page
    assert "p =" not in page


def test_who_does_not_treat_sees_no_figure_of_so_few(log_in, treated):
    page = log_in("director").get(PAGE).text
    assert treated.code not in page
    assert "83,0" not in page


def test_a_programme_that_there_is_not_and_a_centre_of_others_are_not_found(log_in, treated):
    browser = log_in("physician")
    assert browser.get("/resultados/otra-cosa").status_code == 404
    assert browser.get(f"{PAGE}?centre=ZZZ").status_code == 404
    assert browser.get(f"{PAGE}?from=2026-05-01&until=2026-04-01").status_code == 422


def test_a_paper_is_typed_in_confirmed_by_another_and_then_stands_among_the_published(log_in, treated):
    browser = log_in("physician")
    address = f"{PAGE}/publicaciones"
    wrong = browser.post(address, PAPER | {"baseline": "700"})
    assert wrong.status_code == 422
    assert "Revista 2020;1:1" in wrong.text
    assert browser.post(address, PAPER).status_code == 303
    assert "Por confirmar" in browser.get(address).text
    assert "Prueba 2020" not in browser.get(PAGE).text


def test_an_operation_is_noted_on_the_case_and_counts(log_in, world, treated):
    browser = log_in("nurse")
    address = f"/expedientes/{treated.code}/resultados"
    assert browser.get(address).status_code == 200
    given = {"operated_on": str(world.today), "procedure": "fusion"}
    assert browser.post(f"{address}/operacion", {}).status_code == 422
    assert browser.post(f"{address}/operacion", given).status_code == 303
    assert "Artrodesis" in browser.get(address).text
    assert "Operados después: 1" in log_in("physician").get(PAGE).text.replace("</", " </")
