"""The chain of identity and custody of a patient's own cells, through the steps that people take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, Refused
from compassionate.models import Case, CellIncident, ReactionTriage, SupplyEntry
from compassionate.services import retention
from compassionate.services.cells import rows
from compassionate.services.cells.facts import cell_facts
from compassionate.services.facts import region_of
from compassionate.services.replay import disagreements
from compassionate.workflow.roles import Role
from tests.usual_cells import NHC, batch_of
from tests.world import World

pytestmark = pytest.mark.one_database


def state(case: Case) -> str:
    return region_of(case, "cells").state


def authorised(world: World, **patient: str) -> Case:
    """A case made of the patient's own cells, authorised and consented to in each way."""
    case = world.case_in("authorised", world.cell_product(f"C{len(world.people)}{world.now:%H%M}"[:12]), **patient)
    for kind in ("use", "donation", "implantation"):
        world.consent(case, kind)
    return case


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def implant(world: World, case: Case, **values: str) -> None:
    usual = {"batch": batch_of(case), "given_at": world.now.isoformat()}
    world.dose(case, **(usual | values))


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def test_cells_go_all_the_way_and_nobody_types_a_batch_twice(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case)
    moved = [(row.kind, row.batch, row.units) for row in session.scalars(select(SupplyEntry).order_by(SupplyEntry.id))]
    assert moved == [("ordered", "", 1), ("received", batch_of(case), 1), ("released", batch_of(case), 1)]
    implant(world, case)
    assert (case.state, state(case)) == ("in_treatment", "applied")
    world.act(case, "pharmacist", "report_destination", on=str(world.today), became="implanted", reported_to="Banco")
    assert state(case) == "destination_reported"
    chain = [row.kind for row in rows.chain(session, rows.current(session, case))]
    assert chain[0] == "record_procurement"
    assert chain[-2:] == ["record_cells_applied", "report_destination"]
    assert list(disagreements(session)) == []


def test_a_product_that_takes_no_cells_is_asked_for_none(world: World):
    assert state(world.open_case()) == "not_needed"
    assert state(world.open_case(world.cell_product(), nhc="100009")) == "not_started"


def test_nothing_is_taken_before_the_authorisation_without_a_reason_and_a_payer(world: World):
    case = world.case_in("submitted", world.cell_product())
    world.consent(case, "donation")
    world.fill_cells(case, "donation_consented")
    given = {"planned_on": str(world.today), "site": "Quirófano", "establishment": "Banco"}
    with pytest.raises(Refused) as refused:
        world.act(case, "physician", "schedule_procurement", **given)
    assert codes(refused) == ["cells.before_authorisation"]
    reasons = {"early_reason": "Empieza quimioterapia", "payer_if_denied": "El hospital"}
    world.act(case, "physician", "schedule_procurement", **given, **reasons)
    assert state(case) == "procurement_scheduled"


@pytest.mark.long
def test_a_positive_donor_is_not_barred_from_the_own_cells(world: World):
    case = authorised(world)
    world.fill_cells(case, "accepted", record_serology={"hiv": "positive"})
    assert state(case) == "accepted"


def test_cells_are_not_accepted_while_a_result_of_the_donor_is_pending(world: World):
    case = authorised(world)
    with pytest.raises(Refused) as refused:
        world.fill_cells(case, "accepted", record_serology={"anti_hcv": "pending"})
    assert codes(refused) == ["cells.serology_missing"]


def test_a_label_of_another_patient_stops_everything_until_somebody_responsible_lifts_it(
    world: World, session: Session
):
    case, other = authorised(world), authorised(world, nhc="100002", surnames="Otra Persona")
    for each in (case, other):
        world.fill_cells(each, "received", record_procurement={"patient_code": "100002" if each is other else NHC})
    swapped = world.in_hand(other, "primary")
    world.act(case, "qualified", "judge_temperature", judgement="fit", reason="Correcta")
    event = world.act(case, "nurse", "check_cells_identity", patient_code=NHC, container_code=swapped)
    assert (event.name, state(case)) == ("hold_cells", "received")
    assert cell_facts(session, case, world.now).hold == (world.in_hand(case, "primary"), swapped)
    right = {"patient_code": NHC, "container_code": world.in_hand(case, "primary")}
    with pytest.raises(Refused) as refused:
        world.act(case, "nurse", "check_cells_identity", **right)
    assert codes(refused) == ["cells.identity_hold"]
    with pytest.raises(Refused):
        world.act(case, "nurse", "lift_identity_hold", reason="Era un error")
    world.act(case, "responsible", "lift_identity_hold", reason="Se cambió la etiqueta de la caja")
    world.act(case, "nurse", "check_cells_identity", **right)
    assert cell_facts(session, case, world.now).hold is None


def test_a_bracelet_of_another_patient_holds_too(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case, "procurement_scheduled")
    given = {"began_at": world.now.isoformat(), "ended_at": world.now.isoformat(), "patient_code": "999"}
    given |= {
        "identified_by": "X",
        "volume_ml": "90",
        "procedure": "P",
        "container_code": world.in_hand(case, "procurement"),
    }
    assert world.act(case, "physician", "record_procurement", **given).name == "hold_cells"
    assert cell_facts(session, case, world.now).hold == (NHC, "999")


@pytest.mark.long
def test_what_cannot_be_read_is_a_mistake_beside_its_field_and_no_hold(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case, "procured")
    with pytest.raises(Invalid) as invalid:
        world.act(case, "nurse", "hand_over_cells", left_at=world.now.isoformat(), carrier="M", container_code="¿?")
    assert [error.field for error in invalid.value.errors] == ["container_code"]
    assert cell_facts(session, case, world.now).hold is None


def test_the_two_who_compare_are_two(world: World):
    case = authorised(world)
    world.fill_cells(case, "received")
    world.act(case, "qualified", "judge_temperature", judgement="fit", reason="Correcta")
    given = {"patient_code": NHC, "container_code": world.in_hand(case, "primary")}
    world.act(case, "nurse", "check_cells_identity", **given)
    with pytest.raises(Refused) as refused:
        world.act(case, "nurse", "check_cells_identity", **given)
    assert codes(refused) == ["cells.same_checker"]


def test_no_cells_are_implanted_unverified_expired_or_of_another_batch(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case, "received")
    with pytest.raises(Refused) as refused:
        implant(world, case)
    assert "cells.not_verified" in codes(refused)
    world.act(case, "qualified", "judge_temperature", judgement="fit", reason="Correcta")
    given = {"patient_code": NHC, "container_code": world.in_hand(case, "primary")}
    world.act(case, "nurse", "check_cells_identity", **given)
    world.act(case, "nurse2", "check_cells_identity", **given)
    for wrong, code in (({"given_at": ""}, "cells.time_missing"), ({"batch": "OTRO"}, "cells.other_batch")):
        with pytest.raises(Refused) as refused:
            implant(world, case, **wrong)
        assert code in codes(refused)
    ends = rows.current(session, case).expires_at
    world.now = ends - timedelta(hours=1)  # every step takes an hour
    with pytest.raises(Refused) as refused:
        implant(world, case)
    assert codes(refused) == ["cells.expired"], "at the instant of expiry nothing is given any more"
    world.now = ends - timedelta(hours=1, minutes=1)
    implant(world, case)
    assert state(case) == "applied"


def test_who_typed_a_result_or_accepted_the_cells_does_not_release_them(world: World, session: Session):
    case, ends = authorised(world), (world.now + timedelta(days=9)).isoformat()
    world.fill_cells(case, "tests_pending")
    both = (Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON)
    typist = world.add_person("typist", *both)
    with pytest.raises(Refused) as refused:
        world.act(case, "qualified", "release_cells", expires_at=ends)
    assert codes(refused) == ["cells.tests_missing"]
    world.act(case, typist, "record_cell_test", test="R13", result="No detectada", on=str(world.today))
    with pytest.raises(Refused) as refused:
        world.act(case, typist, "release_cells", expires_at=ends)
    assert codes(refused) == ["cells.tests_missing", "cells.own_tests"]
    rows.current(session, case).accepted_by_id = world.accounts["qualified"].id
    with pytest.raises(Refused) as refused:
        world.act(case, "qualified", "release_cells", expires_at=ends)
    assert codes(refused) == ["cells.tests_missing", "cells.same_person_accepted"]


@pytest.mark.long
def test_a_failed_batch_is_procured_again_and_the_attempts_are_counted(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case, "tests_pending")
    world.act(case, "qualified", "fail_batch", on=str(world.today), reason="Contaminado")
    given = {"planned_on": str(world.today), "site": "Quirófano", "establishment": "Banco"}
    world.act(case, "physician", "schedule_procurement", **given)
    assert [(each.number, each.ended_as) for each in rows.attempts(session, case)] == [(1, "failed"), (2, "")]
    first, second = (each.donation_number for each in rows.attempts(session, case))
    assert first != second


def test_an_unfavourable_result_that_comes_late_is_told_at_once_and_triaged(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case)
    implant(world, case)
    assert cell_facts(session, case, world.now).tests_chased == ("R07",)
    world.act(case, "unit", "record_cell_test", test="R07", result="positive", on=str(world.today))
    assert sorted(session.scalars(select(CellIncident.kind))) == ["biovigilance", "quality_defect"]
    assert session.scalars(select(ReactionTriage.ground)).all() == ["late_result"]


@pytest.mark.long
def test_a_late_failure_stops_an_implant_that_has_not_happened(world: World):
    case = authorised(world)
    world.fill_cells(case)
    world.act(case, "unit", "record_cell_test", test="R07", result="positive", on=str(world.today))
    with pytest.raises(Refused) as refused:
        implant(world, case)
    assert "cells.tests_failed" in codes(refused)


@pytest.mark.long
def test_what_is_not_implanted_leaves_the_stock_and_its_end_is_told(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case)
    world.act(case, "physician", "record_cells_not_applied", on=str(world.today), why_not="patient", reason="Fiebre")
    world.act(case, "pharmacist", "destroy_cells", on=str(world.today), certificate="CERT-9", destroyed_by="Gestor")
    assert [row.kind for row in session.scalars(select(SupplyEntry))][-2:] == ["rejected", "destroyed"]
    given = {"planned_on": str(world.today), "site": "Q", "establishment": "B"}
    with pytest.raises(Refused) as refused:
        world.act(case, "physician", "schedule_procurement", **given)
    assert codes(refused) == ["cells.destination_owed"]
    world.act(case, "pharmacist", "report_destination", on=str(world.today), became="destroyed", reported_to="Banco")
    world.act(case, "physician", "schedule_procurement", **given)
    assert state(case) == "procurement_scheduled"


def test_cells_that_were_taken_are_traceable_for_thirty_years(world: World, session: Session):
    case = authorised(world)
    world.fill_cells(case, "procured")
    terms = {term.rule.id: term for term in retention.terms_of(session, case)}
    assert terms["cells"].rule.years == 30
    assert "cells" in retention.classes_of(session, case)
