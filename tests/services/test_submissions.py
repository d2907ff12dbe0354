"""Taking back what the agency's application gave: checked for shape, order and duplicates, kept with its request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Case, CaseEvent
from compassionate.services.differences import differed
from compassionate.services.filing import take_step
from compassionate.services.recording import inputs_of
from compassionate.services.shapes import fits
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import request_content, sha256
from tests.world import World


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def ready(world: World, **patient: Any) -> Case:
    case = world.case_in("ready_to_submit", **patient)
    world.issue_unprinted(case)
    return case


def take(world: World, case: Case, **given: Any) -> CaseEvent:
    usual = {"submitted_at": world.now.isoformat(), "reference": "MSE-77"}
    return take_step(world.session, world.people["pharmacist"], case, "submit", usual | given, world.tick())


def wrong(world: World, case: Case, **given: Any) -> set[tuple[str, str]]:
    world.session.commit()
    with pytest.raises(Invalid) as error:
        take(world, case, **given)
    world.session.rollback()
    return {(each.field, each.code) for each in error.value.errors}


def user(world: World, who: str) -> str:
    return world.accounts[who].username


def test_who_typed_and_who_checked_stand_with_the_request(world: World):
    case = ready(world)
    take(world, case, typed_by=user(world, "technician"), checked_by=world.accounts["pharmacist"].name)
    request = case.requests[0]
    assert request.typed_by_id == world.accounts["technician"].id
    assert request.checked_by_id == request.submitted_by_id == world.accounts["pharmacist"].id


def test_who_writes_it_down_typed_it_where_nobody_else_is_named(world: World):
    case = ready(world)
    take(world, case)
    assert case.requests[0].typed_by_id == world.accounts["pharmacist"].id
    assert case.requests[0].checked_by_id is None


def test_whoever_checks_is_another_person_unless_the_hospital_says_otherwise(world: World):
    case = ready(world)
    mine = user(world, "pharmacist")
    assert wrong(world, case, checked_by=mine) == {("checked_by", "submission.checks_own")}
    world.centre.settings = {**world.centre.settings, "checker_is_another": False}
    take(world, case, checked_by=mine)
    assert case.requests[0].checked_by_id == case.requests[0].typed_by_id


@pytest.mark.parametrize("field", ["typed_by", "checked_by"])
def test_a_name_that_nobody_here_has_is_refused(world: World, field: str):
    assert wrong(world, ready(world), **{field: "Nadie"}) == {(field, "submission.nobody")}


def test_the_filing_is_neither_in_the_future_nor_before_the_endorsement(world: World):
    case = ready(world)
    late, early = (world.now + timedelta(days=1)).isoformat(), (world.now - timedelta(days=2)).isoformat()
    assert wrong(world, case, submitted_at=late) == {("submitted_at", "value.date_in_future")}
    assert wrong(world, case, submitted_at=early) == {("submitted_at", "submission.before_endorsement")}


def test_a_reference_or_registry_number_belongs_to_one_request(world: World):
    first, second = ready(world), ready(world, nhc="200002")
    take(world, first, reference="MSE-77", registry_number="REG-9")
    assert wrong(world, second, reference=" mse-77 ", registry_number="reg-9") == {
        ("reference", "submission.number_of_case"),
        ("registry_number", "submission.number_of_case"),
    }
    take(world, second, reference="MSE-78", registry_number="REG-10")


def test_of_another_centre_only_that_the_number_is_used_is_said(session: Session):
    here, there = World(session), World(session, "HGB")
    take(there, ready(there))
    case = ready(here)
    with pytest.raises(Invalid) as error:
        take(here, case)
    (told,) = error.value.errors
    assert (told.code, told.params) == ("submission.number_elsewhere", {})


def test_a_centre_says_how_the_numbers_look(world: World):
    world.centre.settings = {**world.centre.settings, "reference_shape": "UC-####", "registry_shape": "*/20##"}
    case = ready(world)
    assert wrong(world, case, reference="UC-12", registry_number="1/1999") == {
        ("reference", "submission.shape"),
        ("registry_number", "submission.shape"),
    }
    take(world, case, reference="uc-1234", registry_number="E/77/2026")


@pytest.mark.parametrize(
    ("shape", "text", "says"),
    [
        ("####-@@", "1234-xy", True), ("####-@@", "1234-x1", False), ("####", "12345", False), ("*", "", True),
        ("A*B", "AB", True), ("A*B", "A", False), ("AB*BA", "ABA", False), ("#*-*#", "1--2", True),
        ("(.)+", "(.)+", True), ("(.)+", "aaa", False), ("#", "\u0663", False),
    ],
)  # fmt: skip
def test_a_shape_is_no_regular_expression(shape: str, text: str, says: bool):
    assert fits(shape, text) is says


def test_a_shape_of_many_stars_is_looked_at_once():
    assert not fits("*a" * 30 + "b", "a" * 60)


def test_the_fields_that_differed_are_kept_and_told_and_leave_signatures_alone(world: World):
    case = ready(world)
    before = sha256(request_content(snapshot(world.session, case, 0)))
    rows = {"differs_field.1": "posology.dose", "differs_typed.1": "25 mill.", "differs_why.1": "No cabía entera"}
    event = take(world, case, **rows, **{"differs_field.3": "", "differs_typed.3": " ", "differs_why.3": ""})
    (kept,) = differed(world.session, case, case.requests[0])
    assert (kept.field, kept.typed, kept.why) == ("posology.dose", "25 mill.", "No cabía entera")
    assert kept.prepared
    assert inputs_of(world.session, case, event)["differing_fields"] == f"{kept.label}: «25 mill.» (No cabía entera)"
    held = snapshot(world.session, case, 0)
    assert held.request.differing_fields.startswith(kept.label)
    assert sha256(request_content(held)) == before
    assert b"25 mill." not in (case.requests[0].typed_differently or b"")


def test_a_difference_needs_its_field_another_value_and_a_reason(world: World):
    case = ready(world)
    same = snapshot(world.session, case, 0).request.posology.dose  # type: ignore[union-attr]
    assert wrong(world, case, **{"differs_typed.1": "x"}) == {
        ("differs_field.1", "value.missing"),
        ("differs_why.1", "value.missing"),
    }
    given = {"differs_field.2": "posology.dose", "differs_typed.2": same, "differs_why.2": "x" * 201}
    assert wrong(world, case, **given) == {
        ("differs_typed.2", "submission.same_value"),
        ("differs_why.2", "value.too_long"),
    }
    assert wrong(world, case, **{"differs_field.1": "patient.shoe_size", "differs_why.1": "x"}) == {
        ("differs_field.1", "value.not_a_choice")
    }


def test_a_request_that_is_prepared_again_was_typed_by_nobody(world: World):
    case = ready(world)
    take(world, case, **{"differs_field.1": "case.code", "differs_typed.1": "otro", "differs_why.1": "ya usado"})
    world.act(case, "pharmacist", "withdraw_request", reason="Otra vía", letter_on=str(world.today))
    world.act(case, "pharmacist", "prepare_again")
    request = case.requests[0]
    assert (request.submitted_at, request.typed_by_id, request.typed_differently) == (None, None, None)
