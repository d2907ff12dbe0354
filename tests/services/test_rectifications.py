"""A request that the agency has is rectified in the open: old and new value, told or not, endorsed again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import CaseEvent
from compassionate.services import rectifications, rectified_values, requests
from compassionate.services.binding import ENDORSEMENT, REPORT, content_of, latest_dossier
from compassionate.services.documents import is_stale
from compassionate.services.snapshots import snapshot
from compassionate.workflow.rectifying import rules
from tests.world import World


@pytest.fixture
def world(session):
    return World(session)


def rectify(world, case, who, field, value, **more):
    given = {"field": field, "value": value, "reason": "Se copió mal"} | more
    return rectifications.rectify(world.session, world.people[who], case, 0, given, world.tick())


def test_a_typing_error_keeps_case_and_endorsement_and_makes_the_dossier_stale(world):
    case = world.case_in("submitted")
    dossier = latest_dossier(world.session, case, 0)
    assert not is_stale(world.session, case, dossier)
    row = rectify(world, case, "pharmacist", "reference", "MSE-77")
    held = rectifications.rectifications(world.session, case, 0)[0]
    assert (held.old, held.new, held.reason, held.by) == ("MSE-1", "MSE-77", "Se copió mal", "Pharmacist de HGA")
    assert (row.endorse_again, held.owes_endorsement, held.owes_telling) == (False, False, True)
    assert (case.state, case.requests[0].reference) == ("submitted", "MSE-77")
    assert snapshot(world.session, case, 0).signature(ENDORSEMENT) is not None
    assert is_stale(world.session, case, dossier)


def test_other_packs_are_calculated_anew_and_must_be_endorsed_again_by_who_had_no_hand_in_it(world):
    case = world.case_in("submitted")
    row = rectify(world, case, "pharmacist", "days.1", "5")
    packs = case.requests[0].packs[0]
    assert (packs.days, packs.total_units, packs.packs) == (5, 10, 10)  # two a day, one unit a pack, by hand
    assert row.endorse_again
    assert snapshot(world.session, case, 0).signature(ENDORSEMENT) is None
    with pytest.raises(Refused) as own:
        rectifications.endorse_again(world.session, world.people["pharmacist"], case, 0, world.tick())
    assert "role.missing" in {reason.code for reason in own.value.reasons}
    rectifications.endorse_again(world.session, world.people["director"], case, 0, world.tick())
    held = snapshot(world.session, case, 0)
    signed = held.signature(ENDORSEMENT)
    assert signed is not None
    assert signed.content_sha256 == content_of(held, ENDORSEMENT)
    assert not rectifications.rectifications(world.session, case, 0)[0].owes_endorsement
    with pytest.raises(NotFound):
        rectifications.endorse_again(world.session, world.people["director"], case, 0, world.tick())


def test_a_director_who_rectified_it_may_not_endorse_it(world):
    case = world.case_in("submitted")
    two = world.add_person("two", *(world.people["director"].held[0].role, world.people["pharmacist"].held[0].role))
    world.people["two"] = two
    rectify(world, case, "two", "days.1", "5")
    with pytest.raises(Refused) as own:
        rectifications.endorse_again(world.session, two, case, 0, world.tick())
    assert {reason.code for reason in own.value.reasons} == {"endorsement.own_request"}


def test_an_endorsement_of_what_was_not_read_is_refused(world):
    case = world.case_in("submitted")
    read = content_of(snapshot(world.session, case, 0), ENDORSEMENT)
    rectify(world, case, "pharmacist", "days.1", "5")
    with pytest.raises(Conflict):
        rectifications.endorse_again(world.session, world.people["director"], case, 0, world.tick(), read)


def test_another_dose_is_a_new_version_signed_again_by_the_physician_who_rectifies_it(world):
    case = world.case_in("submitted")
    rectify(world, case, "physician", "dose", "Otra dosis")
    held = snapshot(world.session, case, 0)
    assert [row.version for row in requests.posologies(world.session, case)] == [1, 2]
    assert held.request.posology is not None
    assert held.request.posology.dose == "Otra dosis"
    report = held.signature(REPORT)
    assert report is not None
    assert report.content_sha256 == content_of(held, REPORT)
    assert rectifications.rectifications(world.session, case, 0)[0].owes_endorsement


@pytest.mark.parametrize(
    ("who", "field"), [("pharmacist", "dose"), ("physician", "days.1"), ("physician", "reference")]
)
def test_each_field_has_the_roles_of_its_rule(world, who, field):
    case = world.case_in("submitted")
    with pytest.raises(Refused):
        rectify(world, case, who, field, "7")
    assert rectifications.rectifications(world.session, case, 0) == []


@pytest.mark.one_database
@pytest.mark.parametrize("state", ["ready_to_submit", "authorised", "in_treatment"])
def test_only_what_the_agency_has_and_has_not_decided_is_rectified(world, state):
    case = world.case_in(state)
    with pytest.raises(Refused):
        rectify(world, case, "pharmacist", "reference", "MSE-77")


@pytest.mark.one_database
def test_what_is_wrong_or_the_same_is_said_beside_its_field_and_changes_nothing(world):
    case = world.case_in("submitted")
    tries = [("days.1", "0"), ("days.1", "2"), ("days.9", "5"), ("state", "closed"), ("reference", "")]
    for field, value in tries:
        with pytest.raises(Invalid):
            rectify(world, case, "pharmacist", field, value)
    with pytest.raises(Invalid):
        rectify(world, case, "pharmacist", "days.1", "5", reason=" ")
    with pytest.raises(Invalid) as half:
        rectify(world, case, "pharmacist", "days.1", "5", told_on=str(world.today))
    assert {error.field for error in half.value.errors} == {"channel"}
    assert rectified_values.values(world.session, case, case.requests[0])["days.1"] == "2"


def test_that_the_agency_was_told_is_dated_once_and_never_in_the_future(world):
    case = world.case_in("submitted")
    row = rectify(world, case, "pharmacist", "reference", "MSE-77")
    tell = {"told_on": "2999-01-01", "channel": "mse"}
    with pytest.raises(Invalid):
        rectifications.tell(world.session, world.people["pharmacist"], case, 0, row.id, tell, world.tick())
    tell["told_on"] = str(world.today)
    rectifications.tell(world.session, world.people["pharmacist"], case, 0, row.id, tell, world.tick())
    assert (str(row.told_on), row.told_channel) == (str(world.today), "mse")
    with pytest.raises(NotFound):
        rectifications.tell(world.session, world.people["pharmacist"], case, 0, row.id, tell, world.tick())


def test_the_history_has_each_rectification_and_a_later_page_does_not_overwrite_it(world):
    case = world.case_in("submitted")
    rectify(world, case, "pharmacist", "reference", "MSE-77")
    given = {"field": "reference", "value": "MSE-78", "reason": "Otra vez"}
    with pytest.raises(Conflict):
        rectifications.rectify(world.session, world.people["pharmacist"], case, 0, given, world.tick(), "")
    named = select(CaseEvent.name).where(CaseEvent.case_id == case.id, CaseEvent.name == "rectify_request")
    assert world.session.scalars(named).all() == ["rectify_request"]


def test_packs_and_dose_are_endorsed_again_and_typing_errors_are_not():
    again = {name for name, rule in rules().items() if rule.endorsed_again}
    assert again == {"dose", "schedule", "route", "cycles", "duration_weeks", "units_a_day", "days", "packs"}
    assert {rule.because for name, rule in rules().items() if name not in again} == {"typing"}
