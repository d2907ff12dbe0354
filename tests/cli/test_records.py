"""`flask consents`, `flask visits`: what happened to the patient, written down from a script."""

from __future__ import annotations

import pytest

from tests.world import VISIT, today

TODAY = str(today())


def test_consent_is_recorded_step_by_step(flask, world):
    case = world.case_in("authorised")
    world.session.commit()
    record = ["consents", "record", case.code, "use"]
    end = ["--on", TODAY, "--as", "physician.hga", "--json"]
    assert flask(*record, "signed", *end).reasons == ["signature.in_person"]
    world.session.rollback()
    world.centre.is_demo = case.is_demo = True
    world.session.commit()
    assert flask(*record, "signed", *end).reasons == ["state.not_source"]
    assert flask(*record, "informed", *end).json["reasons"][0]["field"] == "sheet_version"
    world.session.rollback()
    world.product.consent_sheet_version = "2025-01"
    world.session.commit()
    assert flask(*record, "informed", *end).json["to"] == "informed"
    assert flask(*record, "signed", *end).json["to"] == "signed"
    assert flask(*record, "record_consent_revocation", "--set", "form=oral", *end).json["to"] == "revoked"


@pytest.mark.one_database
def test_an_unknown_kind_or_step_of_consent_is_a_mistake(flask, world):
    case = world.case_in("authorised")
    world.session.commit()
    end = ["--on", TODAY, "--as", "physician.hga"]
    assert flask("consents", "record", case.code, "marriage", "signed", *end).code == 2
    assert flask("consents", "record", case.code, "use", "forgotten", *end).code == 2
    assert flask("consents", "record", case.code, "donation", "informed", *end).code == 2


def test_a_visit_is_recorded_with_its_answers(flask, world, write):
    case = world.case_in("in_treatment")
    world.session.commit()
    path = write("visit.json", VISIT)
    visit = flask("visits", "record", case.code, "m3", path, "--on", TODAY, "--as", "nurse.hga", "--json")
    assert (visit.json["visit"], visit.json["done_on"]) == ("m3", TODAY)
    assert any(row["subject"] == "m3" for row in flask("cases", "show", case.code, "--json").json["answers"])


@pytest.mark.one_database
def test_a_visit_with_a_wrong_value_or_name_is_not_recorded(flask, world, write):
    case = world.case_in("in_treatment")
    world.session.commit()
    wrong, right = write("wrong.json", VISIT | {"vas_pain": 101}), write("right.json", VISIT)
    assert (
        flask("visits", "record", case.code, "m3", wrong, "--as", "nurse.hga").json["reasons"][0]["field"] == "vas_pain"
    )
    assert flask("visits", "record", case.code, "m99", right, "--as", "nurse.hga").code == 2
    assert "role.missing" in flask("visits", "record", case.code, "m3", right, "--as", "pharmacist.hga").reasons
