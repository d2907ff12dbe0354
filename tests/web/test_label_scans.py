"""Labels on the pages of steps: typed by a scanner or photographed, compared by one rule and never lost."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from compassionate import clock
from compassionate.models import Case
from compassionate.services.cells import rows
from compassionate.services.cells.scanning import expected_of
from compassionate.services.facts import region_of
from tests.documents.photographs import photograph
from tests.usual_cells import NHC, batch_of
from tests.web.conftest import Browser
from tests.world import World

pytestmark = pytest.mark.one_database
CHECK, HAND_OVER = "check_cells_identity@cells", "hand_over_cells@cells"


def a_case(world: World, until: str, nhc: str = NHC) -> Case:
    case = world.case_in("authorised", world.cell_product(f"CEL{nhc[-1]}"), nhc=nhc)
    for kind in ("use", "donation", "implantation"):
        world.consent(case, kind)
    fresh = {"expires_at": (clock.now() + timedelta(days=2)).isoformat()}
    world.fill_cells(case, until, record_procurement={"patient_code": nhc}, release_cells=fresh)
    return case


def label(world: World, case: Case, kind: str) -> str:
    """What the symbol of a container's own label says."""
    held = rows.current(world.session, case)
    return expected_of(case, rows.containers(world.session, held, [kind])[0]).carried.element_string


def picture(text: str) -> tuple[io.BytesIO, str, str]:
    return io.BytesIO(photograph("plain", text)), "foto.jpg", "image/jpeg"


def address(case: Case, action: str) -> str:
    return f"/expedientes/{case.code}/pasos/{action}"


def take(browser: Browser, case: Case, action: str, **given: Any) -> Any:
    browser.get(address(case, action))
    return browser.post(address(case, action), given)


def box(page: str, name: str = "container_code") -> str:
    found = re.search(rf'<input[^>]*id="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def leaving(world: World, **given: Any) -> dict[str, Any]:
    return {"left_at": f"{world.now:%Y-%m-%dT%H:%M}", "carrier": "Mensajería", "note": "Con hielo"} | given


def test_two_patients_bags_swapped_at_the_bedside_stop_both_typed_and_photographed(world: World, log_in: Any):
    mine, other = a_case(world, "received"), a_case(world, "received", "100002")
    for case in (mine, other):
        world.act(case, "qualified", "judge_temperature", judgement="fit", reason="Correcta")
    own, swapped = (world.in_hand(case, "primary") for case in (mine, other))
    read = label(world, other, "primary"), label(world, mine, "primary")
    world.session.commit()
    nurse, physician = log_in("nurse"), log_in("physician")
    given: list[dict[str, Any]] = [{"container_code": read[0]}, {"container_code_photograph": picture(read[1])}]
    sides = ((own, swapped), (swapped, own))
    for case, nhc, scanned, (expected, found) in zip((mine, other), (NHC, "100002"), given, sides, strict=True):
        assert take(nurse, case, CHECK, patient_code=nhc, **scanned).status_code == 303
        page = nurse.get(f"/expedientes/{case.code}/celulas").text
        assert "Retenidas por identidad" in page
        assert re.search(rf"{expected}.*{found}", page, re.DOTALL)
        assert take(nurse, case, CHECK, patient_code=nhc, container_code=expected).status_code == 403
        dose = {"line": "1", "units": "1", "given_on": str(world.today), "given_at": f"{world.now:%Y-%m-%dT%H:%M}"}
        refused = take(physician, case, "start_treatment", batch=batch_of(case), **dose)
        assert refused.status_code == 403
        assert f"Células retenidas por identidad: se esperaba «{expected}" in refused.text
        world.session.rollback()
        assert region_of(world.session.merge(case), "cells").state == "received"


def test_a_photograph_of_the_right_label_is_as_good_as_a_scanner(world: World, log_in: Any):
    case = a_case(world, "procured")
    right = label(world, case, "transport")
    world.session.commit()
    answer = take(log_in("nurse"), case, HAND_OVER, **leaving(world, container_code_photograph=picture(right)))
    assert answer.status_code == 303
    world.session.rollback()
    assert region_of(world.session.merge(case), "cells").state == "in_transit"


def test_what_a_photograph_said_is_shown_and_kept_when_the_form_comes_back(world: World, log_in: Any):
    case = a_case(world, "procured")
    code, right = world.in_hand(case, "transport"), label(world, case, "transport")
    other = label(world, case, "procurement")
    world.session.commit()
    browser = log_in("nurse")
    page = take(browser, case, HAND_OVER, **leaving(world, carrier="", container_code_photograph=picture(right)))
    assert page.status_code == 422
    assert "Se ha leído:" in page.text
    assert f"Envase <strong>{code}</strong>" in page.text
    kept = box(page.text)
    # A second photograph, of another box, is not passed over in silence because the line is full.
    again = take(
        browser, case, HAND_OVER, **leaving(world, container_code=kept, container_code_photograph=picture(other))
    )
    assert again.status_code == 422
    assert 'id="container_code_photograph-error"' in again.text
    assert "La foto dice" in again.text
    assert take(browser, case, HAND_OVER, **leaving(world, container_code=kept)).status_code == 303


def test_a_photograph_that_cannot_be_read_is_said_at_its_field_and_nothing_typed_is_lost(world: World, log_in: Any):
    case = a_case(world, "procured")
    world.session.commit()
    browser = log_in("nurse")
    for data, kind in ((b"hola", "image/jpeg"), (b"\xff\xd8\xff\xe0" + b"\0" * 40, "image/jpeg"), (b"", "image/png")):
        sent = {"container_code_photograph": (io.BytesIO(data), "foto.jpg", kind)}
        page = take(browser, case, HAND_OVER, **leaving(world, container_code="", **sent))
        assert page.status_code == 422
        assert "«foto.jpg»" in page.text
        assert 'id="container_code_photograph-error"' in page.text
        assert 'href="#container_code_photograph"' in page.text
        assert 'value="Mensajería"' in page.text
        assert "Con hielo" in page.text


def test_a_box_of_a_label_takes_a_scanner_and_a_camera(world: World, log_in: Any):
    case = a_case(world, "procured")
    world.session.commit()
    page = log_in("nurse").get(address(case, HAND_OVER)).text
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'id="container_code"[^>]*data-scan="next"', page)
    assert re.search(r'name="container_code_photograph" type="file"[^>]*capture="environment"', page)
    assert "js/scan.js" in page
