"""Programmes on their pages: read with their sources, checked, published, set; the classification of a product."""

from __future__ import annotations

import io

import pytest

from compassionate.programmes.reading import FOLDER
from compassionate.services import programmes
from tests.web.test_questionnaires import legal
from tests.world import World

pytestmark = pytest.mark.one_database

BASE = "/administracion/programas"
KNEE = (FOLDER / "knee-msc-2026-12.toml").read_text(encoding="utf-8")
NEXT = KNEE.replace('version = "2026-12"', 'version = "2027-01"', 1).replace("values = [30]", "values = [35]", 1)
HIP = NEXT.replace('id = "knee-msc"', 'id = "hip-msc"', 1).replace("Artrosis de rodilla, c", "Artrosis de cadera, c", 1)


def posted(admin, text: str, **more: str):
    return admin.post(f"{BASE}/nuevo", {"text": text} | more)


def test_every_version_is_read_with_its_sources_and_what_is_not_confirmed(world: World, log_in):
    world.session.commit()
    page = log_in("physician").get(f"{BASE}/disc-msc/2026-12").text
    assert "≥ 6 meses" in page
    assert "Pfirrmann III, Pfirrmann IV" in page
    assert "Sin confirmar: no se preguntan" in page
    assert "Piloto no controlado, n = 10" in page
    assert page.count("En contra") == 3
    assert "Sin fijar" in page
    assert "Fijarlo" not in page
    assert log_in("physician").get(f"{BASE}/nuevo").status_code == 403
    assert log_in("physician").get(f"{BASE}/disc-msc/1999-01").status_code == 404


def test_a_version_is_checked_with_all_its_mistakes_seen_and_published(world: World, log_in):
    old = world.case_in("screening", nhc="1")
    world.session.commit()
    admin = log_in("admin")
    wrong = posted(
        admin, NEXT.replace("day = 90", "day = 900").replace('scale = "kellgren-lawrence"', 'scale = "x"', 1)
    )
    assert wrong.status_code == 422
    assert "Las visitas van en el orden de sus días." in wrong.text
    assert "No hay ninguna escala «x»" in wrong.text
    file = (io.BytesIO(NEXT.encode()), "rodilla.toml", "text/plain")
    seen = admin.post(f"{BASE}/nuevo", {"file": file}, content_type="multipart/form-data")
    assert "Se puede publicar" in seen.text
    assert "K05" in seen.text
    assert posted(admin, NEXT, act="publish").status_code == 303
    index = admin.get(BASE).text
    assert "2027-01" in index
    assert "Anterior: la siguen los expedientes que la abrieron" in index
    again = posted(admin, NEXT, act="publish")
    assert again.status_code == 422
    assert "no es posterior a la que está en vigor" in again.text
    world.session.expire_all()
    assert old.programme_version in ("", "2026-12")


def test_a_hospital_adds_a_programme_that_products_may_be_of_at_once(world: World, log_in):
    world.session.commit()
    admin = log_in("admin")
    assert posted(admin, HIP, act="publish").status_code == 303
    world.session.rollback()
    assert "hip-msc" in programmes.codes(world.session)
    assert "Artrosis de cadera" in log_in("pharmacist").get("/administracion/medicamentos/nuevo").text
    assert admin.get(f"{BASE}/hip-msc/2027-01/fichero").text == HIP


def test_what_the_hospital_sets_is_laid_over_the_version(world: World, log_in):
    world.session.commit()
    admin = log_in("admin")
    sent = {"shelf_life_hours": "48", "temperature_low": "2", "temperature_high": "8,5", "source": "PEI 1, v3"}
    cold = admin.post(f"{BASE}/disc-msc/ajustes", sent | {"temperature_low": "9", "source": ""})
    assert cold.status_code == 422
    assert admin.post(f"{BASE}/disc-msc/ajustes", sent | {"temperature_high": "frío"}).status_code == 422
    assert admin.post(f"{BASE}/disc-msc/ajustes", sent).status_code == 303
    page = admin.get(f"{BASE}/disc-msc/2026-12").text
    assert "48 h" in page
    assert "2 a 8,5 °C" in page
    world.session.rollback()
    held = programmes.with_settings(world.session, programmes.at_version(world.session, "disc-msc", "2026-12"))
    assert held.cells
    assert (held.cells.wanting(), held.cells.temperature_high) == ((), 8.5)


CULTURED = {
    "class_manipulations": ["separation", "culture"],
    "class_same_function": "no",
    "class_origin": "autologous",
    "class_same_hospital": "yes",
    "class_non_industrial": "yes",
    "class_single_patient": "yes",
    "version": "0",
}


def test_a_product_is_classified_with_the_ground_of_each_step(world: World, log_in):
    case = world.case_in("screening")
    world.session.commit()
    base, browser = f"/expedientes/{case.code}/requisitos", log_in("physician")
    assert "Todavía no se ha clasificado" in browser.get(f"{base}/resultado").text
    assert browser.post(f"{base}/clasificacion", CULTURED).location == f"{base}/criterios"
    assert 'value="culture" checked' in browser.get(f"{base}/clasificacion").text
    assert browser.post(base, {**legal(trial_status="trial_ongoing"), "version": "0"}).status_code == 303
    page = browser.get(f"{base}/resultado").text
    assert "Medicamento en investigación: uso compasivo" in page
    assert "RD 1015/2009 art. 2.1; RDLeg 1/2015 art. 24.3" in page
    assert "También cabría la exención hospitalaria" in page


def test_another_route_names_the_step_to_take_and_never_stops_silently(world: World, log_in):
    case = world.case_in("screening")
    world.session.commit()
    base, browser = f"/expedientes/{case.code}/requisitos", log_in("physician")
    browser.post(
        f"{base}/clasificacion", {**CULTURED, "class_manipulations": "centrifugation", "class_same_function": "yes"}
    )
    page = browser.get(f"{base}/resultado").text
    assert "No es un medicamento: norma de tejidos y células" in page
    assert "Este expediente no sigue por aquí" in page
    assert "Termine el caso con «No cumple requisitos»" in page
