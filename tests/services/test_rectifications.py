"""A request that the agency has is rectified in the open: old and new value, told or not, endorsed again."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from compassionate.documents.contexts import dossier as printing
from compassionate.documents.contexts.source import source
from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry, CaseEvent, Clock, ClockMove
from compassionate.services import changes, patients, rectifications, rectified_values, requests
from compassionate.services.binding import ENDORSEMENT, REPORT, content_of, latest_dossier
from compassionate.services.documents import is_stale
from compassionate.services.snapshots import snapshot
from compassionate.workflow.rectifying import rules
from tests.world import FORMS, World


@pytest.fixture
def world(session):
    return World(session)


def rectify(world, case, who, field, value, **more):
    given = {"field": field, "value": value, "reason": "Se copió mal"} | more
    return world.rectify(case, who, given)


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
        world.endorse_again(case, "pharmacist")
    assert "role.missing" in {reason.code for reason in own.value.reasons}
    world.endorse_again(case)
    held = snapshot(world.session, case, 0)
    signed = held.signature(ENDORSEMENT)
    assert signed is not None
    assert signed.content_sha256 == content_of(held, ENDORSEMENT)
    assert not rectifications.rectifications(world.session, case, 0)[0].owes_endorsement
    with pytest.raises(NotFound):
        world.endorse_again(case)


def test_a_director_who_rectified_it_may_not_endorse_it(world):
    case = world.case_in("submitted")
    two = world.add_person("two", *(world.people["director"].held[0].role, world.people["pharmacist"].held[0].role))
    world.people["two"] = two
    rectify(world, case, "two", "days.1", "5")
    with pytest.raises(Refused) as own:
        world.endorse_again(case, two)
    assert {reason.code for reason in own.value.reasons} == {"endorsement.own_request"}


def test_an_endorsement_of_what_was_not_read_is_refused(world):
    case = world.case_in("submitted")
    read = content_of(snapshot(world.session, case, 0), ENDORSEMENT)
    rectify(world, case, "pharmacist", "days.1", "5")
    with pytest.raises(Conflict):
        world.endorse_again(case, seen=read)


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
        world.rectify(case, "pharmacist", given, "")
    named = select(CaseEvent.name).where(CaseEvent.case_id == case.id, CaseEvent.name == "rectify_request")
    assert world.session.scalars(named).all() == ["rectify_request"]


def test_packs_and_dose_are_endorsed_again_and_typing_errors_are_not():
    again = {name for name, rule in rules().items() if rule.endorsed_again}
    asked = {"dose", "schedule", "route", "cycles", "duration_weeks", "units_a_day", "days", "packs"}
    assert again == asked | {"report", "requirements", "patient"}
    assert {rule.because for name, rule in rules().items() if name not in again} == {"typing", "filing_date"}


def audit_rows(world):
    return [json.loads(row) for row in world.session.scalars(select(AuditEntry.row))]


def tell_moves(world, case):
    wanted = select(ClockMove.why, Clock.clock).join(Clock, Clock.id == ClockMove.clock_id)
    return {(why, name) for why, name in world.session.execute(wanted.where(Clock.case_id == case.id))}


def test_an_answer_of_the_report_is_rectified_signed_and_endorsed_again_and_the_next_dossier_says_both(world):
    case = world.case_in("submitted")
    dossier = latest_dossier(world.session, case, 0)
    row = rectify(world, case, "physician", "report.diagnosis", "Otra degeneración discal")
    held = snapshot(world.session, case, 0)
    assert held.request.report.answers["diagnosis"] == "Otra degeneración discal"
    assert row.endorse_again
    assert held.signature(REPORT).content_sha256 == content_of(held, REPORT)
    assert held.signature(ENDORSEMENT) is None
    assert is_stale(world.session, case, dossier)
    said = held.request.rectifications[0]
    assert (said.field, said.old, said.new) == (
        "report.diagnosis",
        "Degeneración discal lumbar L4-L5",
        "Otra degeneración discal",
    )
    event = world.session.get_one(CaseEvent, row.event_id)
    kept = next(each for each in audit_rows(world) if each["detail"].get("event") == event.id)
    assert changes.opened(world.session, kept["detail"]) == {"report.diagnosis": (said.old, said.new)}


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("report.weight_kg", "80,5", 80.5),
        ("report.previous_treatments.0.response", "Ninguna", "Ninguna"),
        ("requirements.trial_identifier", "NCT11111111", "NCT11111111"),
    ],
)
@pytest.mark.one_database
def test_numbers_rows_and_requirements_are_rectified_as_what_they_are(world, field, value, kept):
    case = world.case_in("submitted")
    rectify(world, case, "physician", field, value)
    held = snapshot(world.session, case, 0)
    answers = held.request.report.answers if field.startswith("report.") else held.eligibility.answers
    for step in field.split(".")[1:]:
        answers = answers[int(step)] if step.isdigit() else answers[step]
    assert answers == kept


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("who", "field", "value"),
    [
        ("physician", "report.weight_kg", "mucho"),
        ("physician", "report.weight_kg", "-3"),
        ("physician", "requirements.disease_class", "otra"),
        ("physician", "report.nothing", "x"),
        ("pharmacist", "patient.birth_on", "2999-01-01"),
        ("pharmacist", "patient.national_id", "12345678A"),
        ("pharmacist", "patient.surnames", ""),
        ("pharmacist", "submitted_at", "2999-01-01T10:00"),
        ("pharmacist", "submitted_at", "2020-01-01T10:00"),
        ("pharmacist", "submitted_at", "ayer"),
    ],
)
def test_what_cannot_be_so_is_refused_and_nothing_is_written(world, who, field, value):
    case = world.case_in("submitted")
    before = rectified_values.values(world.session, case, case.requests[0])
    with pytest.raises(Invalid):
        rectify(world, case, who, field, value)
    assert rectified_values.values(world.session, case, case.requests[0]) == before


def test_who_the_patient_is_stays_sealed_and_is_not_printed_for_the_agency(world):
    case = world.case_in("submitted")
    rectify(world, case, "pharmacist", "patient.surnames", "Apellido Secreto")
    assert patients.identity_of(world.session, case.patient).surnames == "Apellido Secreto"
    assert rectifications.rectifications(world.session, case, 0)[0].owes_endorsement
    stored = b"".join(
        bytes(each) for row in world.session.execute(text("select details from rectifications")) for each in row
    )
    assert "Secreto" not in stored.decode("latin-1")
    assert "Secreto" not in "".join(world.session.scalars(select(AuditEntry.row)))
    held = snapshot(world.session, case, 0)
    for copy, is_printed in (("agency", False), ("hospital", True)):
        printed = str(printing._rectifications(source(held, copy, FORMS)))
        assert ("Apellido Secreto" in printed) == is_printed
    again = patients.find_exactly(world.session, world.centre, "100001")
    assert list(again) == [case.patient_id]


def test_another_moment_of_filing_counts_its_open_clocks_again_and_says_why(world):
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    endorsed = world.now
    world.tick(72)
    world.file(case)
    clock = world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == "K-RES")).one()
    before = clock.due_on
    local = (endorsed + timedelta(hours=24)).astimezone(ZoneInfo("Europe/Madrid"))
    rectify(world, case, "pharmacist", "submitted_at", local.strftime("%Y-%m-%dT%H:%M"))
    assert case.requests[0].submitted_at == (endorsed + timedelta(hours=24)).replace(second=0, microsecond=0)
    assert (clock.starts_on, clock.due_on < before) == (local.date(), True)
    assert case.due_on == clock.due_on
    assert tell_moves(world, case) == {("filing", "K-RES"), ("filing", "K-INF")}
    assert not rectifications.rectifications(world.session, case, 0)[0].owes_endorsement


def test_a_filing_is_never_later_than_what_the_agency_answered_to_it(world):
    case = world.asked_case()
    world.tick(72)
    late = (world.now - timedelta(hours=1)).astimezone(ZoneInfo("Europe/Madrid"))
    with pytest.raises(Invalid) as wrong:
        rectify(world, case, "pharmacist", "submitted_at", late.strftime("%Y-%m-%dT%H:%M"))
    assert {error.code for error in wrong.value.errors} == {"rectify.after_answer"}
