"""The page of a patient's own cells: where they stand, the one next thing, both sides of a mismatch."""

from __future__ import annotations

import pytest

from tests.usual_cells import NHC
from tests.world import World

pytestmark = pytest.mark.one_database


def a_case(world: World, until: str) -> str:
    case = world.case_in("authorised", world.cell_product())
    for kind in ("use", "donation", "implantation"):
        world.consent(case, kind)
    world.fill_cells(case, until)
    world.session.commit()
    return case.code


def test_the_page_says_where_the_cells_stand_and_what_comes_next(world: World, log_in):
    code = a_case(world, "donation_consented")
    page = log_in("physician").get(f"/expedientes/{code}/celulas").text
    assert "Donación consentida" in page
    assert f"/expedientes/{code}/pasos/schedule_procurement@cells" in page


def test_a_case_without_cells_has_no_tab_of_them(world: World, log_in):
    case = world.open_case()
    world.session.commit()
    assert "/celulas" not in log_in("physician").get(f"/expedientes/{case.code}/suministro").text
    assert "no usa células" in log_in("physician").get(f"/expedientes/{case.code}/celulas").text


def test_a_wrong_label_is_said_with_both_sides_and_nothing_else_is_done(world: World, log_in):
    code = a_case(world, "procured")
    browser = log_in("nurse")
    browser.get(f"/expedientes/{code}/pasos/hand_over_cells@cells")
    address = f"/expedientes/{code}/pasos/hand_over_cells@cells"
    given = {"left_at": f"{world.now:%Y-%m-%dT%H:%M}", "carrier": "Mensajería", "container_code": "OTRA-ETIQUETA"}
    assert browser.post(address, given).status_code == 303
    page = browser.get(f"/expedientes/{code}/celulas").text
    assert "No se ha hecho:" in page
    assert "OTRA-ETIQUETA" in page
    assert "Retenidas por identidad" in page
    assert NHC not in page


def test_each_test_stands_beside_its_limit(world: World, log_in):
    code = a_case(world, "tests_pending")
    page = log_in("physician").get(f"/expedientes/{code}/celulas").text
    assert "≥ 70 %" in page
    assert "se reclama" in page


def test_who_works_with_cells_sees_each_result_of_the_donor_and_others_do_not(world: World, log_in):
    code = a_case(world, "tests_pending")
    pages = {who: log_in(who).get(f"/expedientes/{code}/celulas").text for who in ("physician", "unit", "pharmacist")}
    assert {who: "Anti-VIH 1 y 2" in page for who, page in pages.items()} == {
        "physician": True, "unit": True, "pharmacist": False,
    }  # fmt: skip


def test_a_result_with_words_is_chosen_from_them(world: World, log_in):
    code = a_case(world, "tests_pending")
    form = log_in("unit").get(f"/expedientes/{code}/pasos/record_cell_test@cells?test=R08").text
    assert '<option value="negative"' in form


def test_what_is_missing_leads_to_the_cells_in_words(world: World, log_in):
    code = a_case(world, "donation_consented")
    page = log_in("physician").get(f"/expedientes/{code}/que-falta").text
    assert ("Ver las células" in page, "cure." in page) == (True, False)
