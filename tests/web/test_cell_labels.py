"""Pages of labels: ordering, counting, reading any label, and a stop that names both sides."""

from __future__ import annotations

from io import BytesIO

from compassionate.services.cells.scanning import expected_of
from tests.documents.test_symbols import photograph
from tests.services.cells.boxes import containers
from tests.world import World


def test_labels_are_ordered_and_counted_on_their_pages(log_in, world: World):
    case = world.case_in("authorised")
    bag = containers(world, case)["primary"]
    code, base, bag_id = case.code, f"/expedientes/{case.code}/celulas/etiquetas", bag.id
    world.session.commit()
    browser = log_in("physician")
    assert "Sin etiquetas todavía" in browser.get(base).text
    form = browser.get(f"{base}/{bag_id}").text
    assert ("para uso autólogo" in form, "SEC: ES000123A999926123456" in form) == (True, True)
    wrong = browser.post(f"{base}/{bag_id}", {"copies": "3", "establishment": "Unidad Celular"})
    assert (wrong.status_code, "Células" in wrong.text) == (422, True)
    given = {"copies": "3", "establishment": "Unidad Celular", "cell_type": "Mesenquimales"}
    assert browser.post(f"{base}/{bag_id}", given).headers["Location"] == f"/expedientes/{code}/documentos#labels-0"
    assert "Etiquetas" in browser.get(f"/expedientes/{code}/documentos").text
    assert "Por qué se repite" in browser.get(f"{base}/{bag_id}").text
    assert browser.get(base).status_code == 200
    lost = browser.post(f"{base}/pedidos/1", {"used": "1", "destroyed": "1"})
    assert (lost.status_code, "y se imprimieron 3" in lost.text) == (422, True)
    assert browser.post(f"{base}/pedidos/1", {"used": "1", "destroyed": "2"}).status_code == 303
    assert "Destruidas: 2" in browser.get(base).text
    assert "Imprimir etiquetas" not in log_in("technician").get(base).text


def test_the_cell_unit_issues_the_labels_it_ordered_and_no_other_document(log_in, world: World):
    case = world.case_in("authorised")
    bag = containers(world, case)["primary"]
    address, bag_id = f"/expedientes/{case.code}", bag.id
    world.hire_cell_people()
    world.session.commit()
    unit = log_in("unit")
    assert "Médula ósea propia; " not in unit.get(f"{address}/celulas/etiquetas/{bag_id}").text, "no line is so long"
    given = {"copies": "1", "establishment": "Unidad Celular", "cell_type": "Mesenquimales"}
    unit.post(f"{address}/celulas/etiquetas/{bag_id}", given)
    sheet = {"copy": "hospital", "number": "0"}
    assert unit.post(f"{address}/documentos", sheet | {"kind": "labels"}).status_code == 303
    assert unit.post(f"{address}/documentos", sheet | {"kind": "closing_report"}).status_code == 403
    assert "document_purpose" not in unit.get(f"{address}/documentos").text


def test_any_label_is_read_and_leads_to_its_case(log_in, world: World):
    case = world.case_in("authorised")
    bag = containers(world, case)["primary"]
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    world.accounts["elsewhere"] = other.accounts["nurse"]
    code, text = case.code, expected_of(case, bag).carried.element_string
    wrong_batch = text.replace(bag.batch, "L-0000")
    world.session.commit()
    browser = log_in("nurse")
    page = browser.get("/celulas/leer").text
    assert ("data-scan" in page, 'capture="environment"' in page) == (True, True)
    found = browser.post("/celulas/leer", {"scan": f"]d2{text}\r\n"})
    assert (found.status_code, f"/expedientes/{code}/celulas" in found.text) == (200, True)
    assert "La etiqueta coincide" in found.text
    assert browser.post("/celulas/leer", {"scan": wrong_batch}).status_code == 422, "its check is wrong"
    foreign, unknown = (
        log_in("elsewhere").post("/celulas/leer", {"scan": text}),
        browser.post("/celulas/leer", {"scan": "A-1"}),
    )
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert code not in foreign.text.split("Lo que dice la etiqueta")[0]


def test_a_photograph_is_read_and_what_is_none_gets_a_sentence(log_in, world: World):
    case = world.case_in("authorised")
    bag = containers(world, case)["primary"]
    text = expected_of(case, bag).carried.element_string
    world.session.commit()
    browser = log_in("nurse")

    def send(name: str, data: bytes) -> object:
        return browser.post(
            "/celulas/leer", {"scan": "", "file": (BytesIO(data), name)}, content_type="multipart/form-data"
        )

    assert "La etiqueta coincide" in send("foto.jpg", photograph("turned", text)).text  # type: ignore[attr-defined]
    heic = send("foto.heic", b"\0\0\0\x18ftypheic" + b"\0" * 64)
    assert (heic.status_code, "HEIC" in heic.text) == (422, True)  # type: ignore[attr-defined]


def test_a_label_that_disagrees_names_both_sides_and_stops(log_in, world: World):
    case = world.case_in("authorised")
    bag = containers(world, case)["primary"]
    text = expected_of(case, bag).carried.element_string
    bag.batch = "L-OTRO"
    world.session.commit()
    page = log_in("nurse").post("/celulas/leer", {"scan": text}).text
    assert "No coincide: no se use" in page
    assert "Lote: se esperaba «L-OTRO» y la etiqueta dice «L-3456»." in page
