"""Labels of containers: whole or not at all, counted, printed again with a reason; two swapped ones always stop."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from compassionate.cells import carriers, labels
from compassionate.cells.carriers import Scanned
from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Case, CellContainer
from compassionate.services.cells import labelling
from compassionate.services.cells.recognising import recognise, require_agreement
from compassionate.services.cells.scanning import expected_of
from compassionate.services.snapshots import snapshot
from compassionate.services.snapshots.labels import orders
from tests.services.cells.boxes import containers
from tests.world import World

BAG = {"cell_type": "Células mesenquimales", "establishment": "Unidad Celular", "copies": "2"}


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def case(world: World) -> Case:
    return world.case_in("authorised")


@pytest.fixture
def boxes(world: World, case: Case) -> dict[str, CellContainer]:
    return containers(world, case)


def order(world: World, case: Case, row: CellContainer, who: str = "physician", **given: Any) -> Any:
    return labelling.order(world.session, world.people[who], case, row.id, BAG | given, world.tick())


def fields_refused(world: World, case: Case, row: CellContainer, **given: Any) -> set[str]:
    with pytest.raises(Invalid) as wrong:
        order(world, case, row, **given)
    return {error.field for error in wrong.value.errors}


def scan(case: Case, row: CellContainer) -> Scanned:
    return carriers.read(
        expected_of(case, row).carried.element_string,
        row.expires_at.date() if row.expires_at else case.opened_at.date(),
    )


def test_what_is_ordered_is_frozen_and_goes_into_the_document(
    world: World, case: Case, boxes: dict[str, CellContainer]
):
    order(world, case, boxes["primary"])
    (label,) = snapshot(world.session, case).labels
    assert (label.order, label.copies, label.phrase) == (1, 2, "para uso autólogo")
    assert label.values["patient"] == case.code
    assert label.values["sec"].startswith("SEC: ES000123A999926123456 E")
    assert label.warnings == (labels.RISK_PRIMARY,), "serology is not known"
    assert boxes["primary"].printed == 2


def test_what_identifies_is_never_taken_from_what_was_typed(world: World, case: Case, boxes: dict[str, CellContainer]):
    order(world, case, boxes["primary"], patient="HGA-2026-99999Z", batch="OTRO", container="X")
    (label,) = snapshot(world.session, case).labels
    assert (label.values["patient"], label.values["batch"]) == (case.code, boxes["primary"].batch)


def test_a_label_that_lacks_something_is_not_printed_and_every_field_is_named(
    world: World, case: Case, boxes: dict[str, CellContainer]
):
    assert fields_refused(world, case, boxes["transport"], copies="0") >= {
        "origin_address", "origin_contact", "destination_telephone", "started_at", "conditions", "copies",
    }  # fmt: skip
    boxes["primary"].batch = ""
    assert fields_refused(world, case, boxes["primary"], batch="typed") == {"batch"}
    assert orders(world.session, case) == []


def test_without_a_european_code_somebody_says_that_all_stays_in_the_centre(
    world: World, case: Case, boxes: dict[str, CellContainer]
):
    boxes["primary"].european_code = ""
    assert fields_refused(world, case, boxes["primary"]) == {"sec"}
    order(world, case, boxes["primary"], stays_in_centre="y")


def test_printing_again_needs_a_reason(world: World, case: Case, boxes: dict[str, CellContainer]):
    order(world, case, boxes["primary"])
    assert fields_refused(world, case, boxes["primary"]) == {"reason"}
    again = order(world, case, boxes["primary"], reason="Se manchó")
    assert (again.number, boxes["primary"].printed) == (2, 4)


def test_used_and_destroyed_add_up_to_printed_once(world: World, case: Case, boxes: dict[str, CellContainer]):
    order(world, case, boxes["primary"])

    def count(used: str, destroyed: str) -> None:
        given = {"used": used, "destroyed": destroyed}
        labelling.count(world.session, world.people["physician"], case, 1, given, world.tick())

    with pytest.raises(Invalid) as wrong:
        count("1", "0")
    assert wrong.value.errors[0].code == "label.count"
    count("1", "1")
    with pytest.raises(Refused):
        count("2", "0")
    assert (orders(world.session, case)[0].row.used, orders(world.session, case)[0].row.destroyed) == (1, 1)


def test_who_may_not_print_and_another_cases_container(world: World, case: Case, boxes: dict[str, CellContainer]):
    with pytest.raises(Refused):
        order(world, case, boxes["primary"], who="technician")
    with pytest.raises(NotFound):
        labelling.container_of(world.session, world.open_case(nhc="100777"), boxes["primary"].id)


def test_swapping_the_labels_of_two_patients_stops_both_and_names_both(world: World, case: Case):
    other = world.case_in("authorised", nhc="100002")
    here, there = containers(world, case), containers(world, other, "B888826654321")
    for mine, row, foreign, foreign_row in (
        (case, here["primary"], other, there["primary"]),
        (other, there["primary"], case, here["primary"]),
    ):
        assert require_agreement(world.session, mine, scan(mine, row)) == row
        with pytest.raises(Refused) as stop:
            require_agreement(world.session, mine, scan(foreign, foreign_row))
        said = {reason.code: reason.params for reason in stop.value.reasons}
        assert said["scan.container"] == {"field": "container", "expected": row.code, "scanned": foreign_row.code}
        assert said["scan.patient"] == {"field": "patient", "expected": mine.code, "scanned": foreign.code}
        assert {"scan.donation", "scan.batch"} <= set(said)


def test_a_label_is_recognised_by_those_who_may_know_its_case(
    world: World, case: Case, boxes: dict[str, CellContainer]
):
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    for text in (boxes["primary"].code, expected_of(case, boxes["primary"]).carried.element_string, "=A9999261234560A"):
        scanned = carriers.read(text, world.today)
        found = recognise(world.session, world.people["nurse"], scanned)
        assert found is not None
        assert (found.case, found.container.kind) == (case, "primary")
        assert recognise(world.session, other.people["nurse"], scanned) is None
    assert recognise(world.session, world.people["nurse"], carriers.read("NADA-1", world.today)) is None
