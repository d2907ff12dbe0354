"""The pages of recalls: what would be reached, the act, the calls, the report, and what another hospital sees of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from compassionate import clock
from compassionate.models import Recall
from compassionate.services.recalls.entering import enter
from compassionate.workflow.roles import Role
from tests.services.test_recalls import treated
from tests.web.conftest import Browser
from tests.world import World

LONG = "Partículas visibles de gran tamaño en varias jeringas del mismo envase exterior " * 3


@pytest.fixture
def recalled(world: World) -> Recall:
    """A batch that three patients had, recalled by the pharmacist; one of them has a unit at home."""
    world.add_person("other", Role.PHARMACIST)
    for number in range(2):
        treated(world, nhc=f"10000{number}")
    treated(world, nhc="100009", home=1, given=0)
    given = {"product": world.product.code, "batch": "L1", "ordered_by": "agency", "alert_number": "R_1/2026"}
    given |= {"ordered_at": world.now.isoformat(), "reason": LONG}
    held = enter(world.session, world.people["pharmacist"], given, world.tick())
    world.session.commit()
    return held


def test_a_batch_is_recalled_from_the_page(app, world: World, log_in):
    case = treated(world, home=1, given=0)
    world.session.commit()
    browser: Browser = log_in("pharmacist")
    address = f"/retiradas/nueva?product={world.product.code}&batch=l1"
    assert "En el suministro está escrito así: L1" in browser.get(address).text
    ordered = clock.now().isoformat(timespec="minutes")
    given = {"product": world.product.code, "batch": "l1", "ordered_by": "sponsor", "ordered_at": ordered}
    assert browser.post("/retiradas/nueva", given).status_code == 422
    made = browser.post("/retiradas/nueva", given | {"reason": "Color anómalo"}, follow_redirects=True)
    assert made.status_code == 200
    assert case.code in made.text
    assert "stock" not in browser.get(f"/expedientes/{case.code}/tratamiento").text
    assert "está retirado (R-HGA-" in browser.page.text


@pytest.mark.one_database
def test_calls_report_and_end_of_a_recall(app, world: World, log_in, recalled: Recall):
    browser, base = log_in("nurse"), f"/retiradas/{recalled.code}"
    page = browser.get(base).text
    links = re.findall(rf'href="({base}/expedientes/[^"]+)"', page)
    assert len(links) == 3
    assert browser.get(links[0]).status_code == 200
    assert "Inventada Prueba" in browser.page.text
    assert "Inventada Prueba" not in page
    assert browser.post(links[0], {"outcome": "not_reached"}).status_code == 422
    later = (clock.now() + timedelta(days=1)).isoformat(timespec="minutes")
    assert browser.post(links[0], {"outcome": "not_reached", "next_at": later}).status_code == 303
    assert "No contesta" in browser.get(base).text
    assert "Volver a llamar" in browser.get("/").text
    for ending, begins in (("csv", "\ufeff".encode()), ("xlsx", b"PK")):
        file = browser.get(f"{base}/informe.{ending}")
        assert file.data.startswith(begins), ending
        assert b"Inventada" not in file.data
    assert log_in("pharmacist").post(f"{base}/levantar", {"lifting": "Error"}).status_code == 403
    assert log_in("other").post(f"{base}/levantar", {"lifting": ""}).status_code == 422
    assert log_in("other").post(f"{base}/cerrar", {}).status_code == 403
    assert log_in("other").post(f"{base}/levantar", {"lifting": "Era otro lote"}).status_code == 303
    assert "Levantada" in browser.get(base).text


@pytest.mark.one_database
def test_who_only_reads_sees_no_act(app, world: World, log_in, recalled: Recall):
    page = log_in("auditor").get(f"/retiradas/{recalled.code}").text
    assert [act for act in ("levantar", "cerrar", "aviso", "expedientes/") if f"{recalled.code}/{act}" in page] == []
    assert log_in("physician").get("/retiradas/nueva").status_code == 403
