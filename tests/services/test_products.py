"""Medicines, presentations and sponsors: who keeps them, and what stays because cases rest on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Product, ProductLine
from compassionate.services import medicines, papers, presentations, sponsor_directory
from compassionate.services.given import fingerprint
from compassionate.services.papers import Upload
from tests.world import World, a_pdf

ORDINARY: dict[str, Any] = {
    "code": "abc-1",
    "name": "Inventadol",
    "active_substance": "inventadol",
    "new_sponsor": "Laboratorio Inventado",
    "trial_register": "CTIS",
    "trial_number": "2026-500000-00-00",
    "application_status": "submitted",
    "needs_import": "y",
    "origin_country": "Francia",
    "agreement_per_patient": "y",
    "consent_kinds": ["use"],
    "visit_months": ["0", "6", "3"],
    "consent_sheet_version": "1.0",
    "active": "y",
}
LINE = {"strength": "50 mg", "form": "comprimido", "route": "Oral", "unit": "comprimido", "units_per_pack": "30"}
CHARGED = LINE | {"supply": "charged", "price": "1.250,50"}
WILLING = {"willing_by": "Dirección médica", "willing_on": "2026-02-01", "willing_reference": "C-1"}


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def create(world: World, who: str = "pharmacist", **given: Any) -> Product:
    return medicines.create(world.session, world.people[who], ORDINARY | given, world.tick())


def edit(world: World, product: Product, seen: str | None = None, **given: Any) -> None:
    values = medicines.values_of(product) | given
    medicines.edit(world.session, world.people["admin"], product, values, world.tick(), seen)


def add_line(world: World, product: Product, **given: str) -> ProductLine:
    values = LINE | {"supply": "free"} | given
    return presentations.add(world.session, world.people["pharmacist"], product, values, world.tick())


def edit_line(world: World, line: ProductLine, **given: str) -> None:
    values = presentations.values_of(line) | given
    presentations.edit(world.session, world.people["pharmacist"], line, values, world.tick())


def willing(world: World, product: Product, who: str = "pharmacist", file: Upload | None = None, **given: str) -> None:
    medicines.record_willingness(world.session, world.people[who], product, WILLING | given, file, world.tick())


def a_paper(pages: int = 1) -> Upload:
    return Upload("carta.pdf", "application/pdf", a_pdf(pages))


def codes(error: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in error.value.errors}


def deeds(world: World) -> list[str]:
    rows = world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))
    return [json.loads(row)["action"] for row in rows]


# Medicines.


def test_a_pharmacist_gives_the_hospital_a_medicine(world: World):
    product = create(world)
    assert (product.code, product.sponsor.name, product.needs_import) == ("ABC-1", "Laboratorio Inventado", True)
    assert (product.visit_months, product.consent_kinds) == ([0, 3, 6], ["use"])
    assert medicines.missing(product) == ("lines", "willing_on")
    assert deeds(world)[-2:] == ["create_sponsor", "create_product"]


def test_a_known_sponsor_is_not_made_twice(world: World):
    first = create(world)
    second = create(world, code="ABC-2", new_sponsor="", sponsor="Laboratorio Inventado")
    assert second.sponsor_id == first.sponsor_id


@pytest.mark.parametrize("who", ["physician", "director", "technician", "auditor"])
def test_others_do_not_keep_medicines(world: World, who: str):
    with pytest.raises(Refused) as error:
        create(world, who)
    assert set(error.value.reasons[0].params["roles"]) == {"pharmacist", "administrator"}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"code": "a"}, {("code", "product.code_wrong")}),
        ({"code": "msv-hga"}, {("code", "product.code_taken")}),
        ({"name": "", "active_substance": " "}, {("name", "value.missing"), ("active_substance", "value.missing")}),
        ({"new_sponsor": ""}, {("sponsor", "value.missing")}),
        ({"new_sponsor": "", "sponsor": "Nadie"}, {("sponsor", "value.not_a_choice")}),
        ({"programme": "knee"}, {("programme", "value.not_a_choice")}),
        ({"origin_country": ""}, {("origin_country", "value.missing")}),
        ({"consent_kinds": ["donation"]}, {("consent_kinds", "product.use_consent")}),
        ({"consent_kinds": []}, {("consent_kinds", "value.missing")}),
        ({"visit_months": ["7"]}, {("visit_months", "value.not_a_choice")}),
        ({"application_status": "perhaps"}, {("application_status", "value.not_a_choice")}),
        ({"trial_number": "9" * 61}, {("trial_number", "value.too_long")}),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(world: World, given: dict[str, Any], errors: set[Any]):
    with pytest.raises(Invalid) as error:
        create(world, **given)
    assert codes(error) == errors


def test_what_open_cases_rest_on_stays_until_they_are_closed(world: World):
    case = world.open_case()
    with pytest.raises(Invalid) as error:
        edit(world, case.product, programme="knee-msc", consent_kinds=["use", "donation"])
    assert codes(error) == {
        ("programme", "product.fixed_while_open"),
        ("consent_kinds", "product.fixed_while_open"),
    }
    edit(world, case.product, name="Otro nombre", visit_months=["0", "12"])
    assert (case.product.name, case.product.visit_months) == ("Otro nombre", [0, 12])


def test_a_medicine_without_open_cases_changes_freely(world: World):
    edit(world, world.product, programme="knee-msc", consent_kinds=["use", "donation"], active="")
    assert (world.product.programme, world.product.active) == ("knee-msc", False)
    assert medicines.missing(world.product) == ()
    assert deeds(world)[-1] == "edit_product"


def test_two_people_do_not_overwrite_each_other(world: World):
    seen = fingerprint(medicines.values_of(world.product))
    edit(world, world.product, seen, name="Primero")
    with pytest.raises(Conflict):
        edit(world, world.product, seen, name="Segundo")
    assert world.product.name == "Primero"


# Presentations.


def test_presentations_are_added_with_their_price(world: World):
    product = create(world)
    add_line(world, product)
    with pytest.raises(Invalid) as error:
        add_line(world, product, **CHARGED)
    assert codes(error) == {("price", "product.price_wrong")}
    add_line(world, product, **CHARGED | {"price": "1250,50 €"})
    assert [(line.position, line.is_free, line.price_cents) for line in product.lines] == [
        (1, True, None),
        (2, False, 125050),
    ]
    assert presentations.values_of(product.lines[1])["price"] == "1250,50"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"strength": ""}, "strength"),
        ({"units_per_pack": "0"}, "units_per_pack"),
        ({"units_per_pack": "1,5"}, "units_per_pack"),
        ({"supply": ""}, "supply"),
        ({"supply": "charged", "price": ""}, "price"),
        ({"supply": "charged", "price": "-1"}, "price"),
    ],
)
def test_a_presentation_that_cannot_be_is_refused(world: World, given: dict[str, str], field: str):
    with pytest.raises(Invalid) as error:
        add_line(world, world.product, **given)
    assert {each.field for each in error.value.errors} == {field}


def test_a_presentation_in_use_is_not_removed(world: World):
    pharmacist, spare = world.people["pharmacist"], add_line(world, world.product)
    case = world.open_case(world.add_product("OTR", lines=2))
    with pytest.raises(Invalid) as error:
        presentations.remove(world.session, pharmacist, case.product, case.product.lines[0], world.tick())
    assert codes(error) == {("line", "product.line_used")}
    presentations.remove(world.session, pharmacist, world.product, spare, world.tick())
    assert len(world.product.lines) == 1


def test_what_requests_under_way_rest_on_stays(world: World):
    early = world.open_case()
    line = early.product.lines[0]
    edit_line(world, line, strength="30 millones")
    assert line.strength == "30 millones"
    late = world.add_product("TAR")
    world.case_in("awaiting_endorsement", late, nhc="100002")
    with pytest.raises(Invalid) as error:
        edit_line(world, late.lines[0], strength="1", units_per_pack="9", national_code="700001")
    assert codes(error) == {("strength", "product.line_fixed"), ("units_per_pack", "product.line_fixed")}
    edit_line(world, late.lines[0], national_code="700001")
    assert late.lines[0].national_code == "700001"


def test_a_presentation_is_found_by_its_place(world: World):
    assert presentations.find(world.product, 1).position == 1
    with pytest.raises(NotFound):
        presentations.find(world.product, 2)


# The sponsor's willingness (RD 1015/2009 art. 7.1).


def test_a_willingness_has_who_when_and_its_paper(world: World):
    product = create(world)
    with pytest.raises(Invalid) as error:
        willing(world, product)
    assert codes(error) == {("file", "willingness.paper_missing")}
    willing(world, product, "regulatory", a_paper())
    assert (product.willing_by, str(product.willing_on), product.willing_reference) == (
        "Dirección médica",
        "2026-02-01",
        "C-1",
    )
    (paper,) = medicines.papers_of(world.session, product)
    assert papers.data_of(world.session, paper) == a_pdf()
    assert medicines.filename_of(world.session, paper) == "carta.pdf"
    assert deeds(world)[-2:] == ["record_willingness", "upload_paper"]


def test_a_new_paper_takes_the_place_of_the_one_before(world: World):
    willing(world, world.product, file=a_paper())
    willing(world, world.product, file=a_paper(2))
    assert [paper.pages for paper in medicines.papers_of(world.session, world.product)] == [2]
    willing(world, world.product, willing_by="Otra persona")
    assert [paper.pages for paper in medicines.papers_of(world.session, world.product)] == [2]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"willing_by": ""}, "willing_by"),
        ({"willing_on": ""}, "willing_on"),
        ({"willing_on": "2026-03-30"}, "willing_on"),
    ],
)
def test_a_willingness_without_who_or_when_is_none(world: World, given: dict[str, str], field: str):
    with pytest.raises(Invalid) as error:
        willing(world, world.product, file=a_paper(), **given)
    assert field in {each.field for each in error.value.errors}
    assert medicines.papers_of(world.session, world.product) == []


def test_a_file_that_is_no_paper_is_refused_beside_its_field(world: World):
    with pytest.raises(Invalid) as error:
        willing(world, world.product, file=Upload("carta.pdf", "application/pdf", b"no es un PDF"))
    assert {each.field for each in error.value.errors} == {"file"}


@pytest.mark.parametrize("who", ["physician", "director", "nurse"])
def test_others_do_not_record_what_the_sponsor_says(world: World, who: str):
    with pytest.raises(Refused):
        willing(world, world.product, who, a_paper())


def test_a_sponsor_that_supplies_no_longer_stops_new_requests(world: World):
    medicines.withdraw_willingness(world.session, world.people["pharmacist"], world.product, world.tick())
    assert world.product.willing_on is None
    assert "willing_on" in medicines.missing(world.product)
    assert deeds(world)[-1] == "withdraw_willingness"


def test_a_paper_of_another_medicine_is_not_found(world: World):
    willing(world, world.product, file=a_paper())
    (paper,) = medicines.papers_of(world.session, world.product)
    with pytest.raises(NotFound):
        medicines.paper_of(world.session, world.add_product("OTR"), paper.id)


# Sponsors.


def test_a_sponsor_is_kept_under_one_name(world: World):
    pharmacist = world.people["pharmacist"]
    row = sponsor_directory.save(
        world.session, pharmacist, None, {"name": "Labs", "email": "a@labs.example"}, world.tick()
    )
    with pytest.raises(Invalid) as error:
        sponsor_directory.save(world.session, pharmacist, None, {"name": "Labs"}, world.tick())
    assert codes(error) == {("name", "sponsor.name_taken")}
    seen = fingerprint(sponsor_directory.values_of(row))
    sponsor_directory.save(world.session, pharmacist, row, {"name": "Labs", "telephone": "1"}, world.tick(), seen)
    assert row.telephone == "1"
    with pytest.raises(Conflict):
        sponsor_directory.save(world.session, pharmacist, row, {"name": "Labs 2"}, world.tick(), seen)
    assert deeds(world)[-2:] == ["create_sponsor", "edit_sponsor"]


def test_others_do_not_keep_sponsors(world: World):
    with pytest.raises(Refused):
        sponsor_directory.save(world.session, world.people["nurse"], None, {"name": "Labs"}, world.tick())
