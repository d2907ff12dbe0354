"""`flask cases`: one JSON document each, refusals with every reason, mistakes in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import AuditEntry, Case, Patient
from compassionate.workflow.roles import Role
from tests.world import CRITERIA, ELIGIBILITY, POSOLOGY, REPORT, World, a_pdf, today

PACKS = {"needs_import": "no", "units_a_day.1": "1", "days.1": "2"}
PATIENT = {
    "given_name": "Persona",
    "surnames": "Inventada Prueba",
    "birth_on": "1980-02-03",
    "sex": "female",
    "nhc": "1",
}
LISTED = {
    "code", "pathway", "pathway_version", "state", "state_label", "centre", "product", "version", "whose_turn",
    "since_at", "due_on",
}  # fmt: skip


def opening(path: str, user: str = "pharmacist.hga", product: str = "MSV-HGA") -> list[str]:
    return ["cases", "open", "--pathway", "es-individual", "--centre", "HGA", "--product", product, "--patient", path,
            "--as", user]  # fmt: skip


def look_again(world: World) -> None:
    """See what commands have committed meanwhile."""
    world.session.rollback()


def last_audit_row(world: World) -> Any:
    look_again(world)
    return json.loads(world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc())).first() or "")


def test_a_case_is_opened_filled_in_and_moved(flask, world, write):
    code = flask(*opening(write("patient.json", PATIENT)), "--physician", "physician.hga", "--json").json["code"]
    assert flask("cases", "advance", code, "start_screening", "--as", "pharmacist.hga", "--json").code == 0
    for form, answers in (("eligibility", ELIGIBILITY), ("eligibility-disc-msc", CRITERIA)):
        assert flask("cases", "answer", code, form, write(f"{form}.json", answers), "--as", "physician.hga").code == 0
    moved = flask("cases", "advance", code, "accept_eligibility", "--as", "physician.hga", "--json").json
    assert (moved["code"], moved["from"], moved["to"]) == (code, "screening", "preparing")
    assert {"version", "event"} <= moved.keys()
    shown = flask("cases", "show", code, "--json").json
    assert shown["version"] == moved["version"]
    assert [event["to"] for event in shown["history"]][-1] == "preparing"


def test_report_posology_and_packs_are_answered_too(flask, world, write):
    case = world.case_in("preparing")
    world.session.commit()
    for form, answers, user in (
        ("clinical-report", REPORT, "physician.hga"),
        ("posology", POSOLOGY, "physician.hga"),
        ("packs", PACKS, "pharmacist.hga"),
    ):
        answer = flask("cases", "answer", case.code, form, write("a.json", answers), "--as", user, "--json")
        assert answer.code == 0, answer.out
    assert {row["form"] for row in flask("cases", "show", case.code, "--json").json["answers"]} >= {"clinical-report"}


def test_a_questionnaire_response_is_taken_like_plain_answers(flask, world, write):
    case = world.case_in("screening")
    world.session.commit()
    response = {
        "resourceType": "QuestionnaireResponse",
        "item": [{"linkId": "disease_class", "answer": [{"valueCoding": {"code": "chronic"}}]}],
    }
    path = write("response.json", response)
    assert flask("cases", "answer", case.code, "eligibility", path, "--as", "physician.hga", "--json").code == 0


def test_wrong_answers_are_refused_by_field(flask, world, write):
    case = world.case_in("screening")
    world.session.commit()
    path = write("wrong.json", {"disease_class": "mild", "no_such_question": 1})
    answer = flask("cases", "answer", case.code, "eligibility", path, "--as", "physician.hga")
    assert set(answer.reasons) == {"answer.not_an_option", "answer.unknown_question"}
    assert {reason["field"] for reason in answer.json["reasons"]} == {"disease_class", "no_such_question"}
    assert all(not reason["text"].startswith("answer.") for reason in answer.json["reasons"])


def test_the_list_says_whose_turn_it_is_and_pages_on(flask, world):
    codes = [world.open_case(nhc=str(number)).code for number in range(3)]
    world.session.commit()
    first = flask("cases", "list", "--limit", "2", "--json").json
    rest = flask("cases", "list", "--limit", "2", "--after", first["next"], "--json").json
    assert [row["code"] for row in first["cases"] + rest["cases"]] == codes
    assert first["cases"][0].keys() >= LISTED
    assert first["cases"][0]["whose_turn"] == ["opener"]
    assert rest["next"] is None
    assert flask("cases", "list", "--state", "closed", "--centre", "HGA", "--json").json["cases"] == []


@pytest.mark.one_database
def test_every_reason_comes_at_once_with_its_role_and_page(flask, world):
    case = world.case_in("preparing")
    world.session.commit()
    answer = flask("cases", "advance", case.code, "request_endorsement", "--as", "physician.hga", "--json")
    assert set(answer.reasons) >= {"role.missing", "report.not_signed", "packs.missing", "posology.missing"}
    reason = next(each for each in answer.json["reasons"] if each["code"] == "packs.missing")
    assert reason["who"] == "pharmacist"
    assert reason["cure_url"] == f"/expedientes/{case.code}/solicitudes/0/envases"
    assert reason["legal_basis"]
    assert reason["text"] in answer.err


@pytest.mark.one_database
def test_why_gives_every_step_and_leaves_roles_out_without_a_person(flask, world):
    case = world.open_case()
    world.session.commit()
    asked = {each["action"]: each for each in flask("cases", "why", case.code, "--json").json["transitions"]}
    assert asked["start_screening"]["allowed"] is True
    assert [reason["code"] for reason in asked["close"]["reasons"]] == ["state.not_source"]
    assert asked["inform_patient@use"]["region"] == "consent"
    nurse = flask("cases", "why", case.code, "--as", "nurse.hga", "--json").json["transitions"]
    start = next(each for each in nurse if each["action"] == "start_screening")
    assert [reason["code"] for reason in start["reasons"]] == ["role.missing"]


def test_why_names_the_people_of_the_centre_who_can_act(flask, world):
    case = world.case_in("awaiting_endorsement")
    world.add_paper(case, who="director")
    world.add_person("segunda", Role.DIRECTOR)
    world.session.commit()
    (asked,) = [
        each
        for each in flask("cases", "why", case.code, "--as", "director.hga", "--json").json["transitions"]
        if each["action"] == "endorse"
    ]
    assert asked["by"] == [{"role": "director", "people": ["Director de HGA", "Segunda de HGA"]}]
    assert [(each["who"], each["people"]) for each in asked["reasons"]] == [("director", ["Segunda de HGA"])]
    said = flask("cases", "why", case.code, "--as", "director.hga").out
    assert "Le toca a: Dirección médica / Gerencia (Segunda de HGA)." in said


def test_an_older_version_is_told_where_the_case_stands(flask, world):
    case = world.open_case()
    old = case.version
    world.act(case, "pharmacist", "start_screening")
    world.session.commit()
    command = ["cases", "advance", case.code, "refer", "--set", "route=research", "--set", "reason=Ensayo"]
    answer = flask(*command, "--as", "physician.hga", "--if-version", str(old))
    assert answer.reasons == ["case.conflict"]
    assert (answer.json["state"], answer.json["version"]) == ("screening", case.version)


def test_a_file_goes_along_and_is_filed_as_the_paper_of_the_step(flask, world, tmp_path):
    case = world.case_in("preparing")
    world.session.commit()
    path = tmp_path / "conformidad.pdf"
    path.write_bytes(a_pdf())
    command = ["cases", "advance", case.code, "record_sponsor_agreement", "--as", "pharmacist.hga", "--json"]
    values = ["--set", f"on={today()}", "--set", "signed_by=Promotor", "--set", f"paper=@{path}"]
    moved = flask(*command, *values)
    assert moved.json["to"] == "given"
    assert flask("cases", "show", case.code, "--json").json["regions"]


def test_nothing_is_kept_of_a_step_that_is_refused(flask, world, tmp_path):
    case = world.case_in("preparing")
    world.session.commit()
    before = case.version
    path = tmp_path / "carta.pdf"
    path.write_bytes(a_pdf())
    command = ["cases", "advance", case.code, "record_sponsor_agreement", "--as", "pharmacist.hga"]
    assert flask(*command, "--set", f"paper=@{path}").reasons
    look_again(world)
    assert case.version == before
    assert flask("check", "--json").json["ok"] is True


@pytest.mark.one_database
def test_a_check_names_the_cases_that_nobody_answers_for_and_finds_no_damage_in_it(flask, world):
    case = world.case_in("preparing")
    world.session.commit()
    assert flask("check", "--json").json["without_holder"] == []
    flask("users", "disable", "physician.hga")
    held = flask("check", "--json").json
    named = [(each["code"], each["role"], each["username"]) for each in held["without_holder"]]
    assert (held["ok"], named) == (True, [(case.code, "physician", "physician.hga")])
    assert f"Nadie responde: {case.code}" in flask("check").out


@pytest.mark.one_database
def test_nobody_signs_for_somebody_else(flask, world):
    case = world.case_in("awaiting_endorsement")
    world.session.commit()
    endorse = flask("cases", "advance", case.code, "endorse", "--as", "director.hga")
    assert endorse.reasons == ["signature.in_person"]
    assert flask("cases", "sign", case.code, "--as", "physician.hga").reasons == ["signature.in_person"]


@pytest.mark.one_database
def test_in_a_demonstration_the_invented_people_sign(flask, world):
    case = world.case_in("awaiting_endorsement")
    world.centre.is_demo = True
    case.is_demo = True
    world.session.commit()
    moved = flask("cases", "advance", case.code, "endorse", "--as", "director.hga", "--json")
    assert moved.json["to"] == "ready_to_submit"


def test_the_audit_row_says_who_typed_for_whom(flask, world, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "operadora")
    case = world.open_case()
    world.session.commit()
    assert flask("cases", "advance", case.code, "start_screening", "--as", "pharmacist.hga").code == 0
    row = last_audit_row(world)
    assert (row["operator"], row["actor"]) == ("operadora", world.accounts["pharmacist"].id)


def test_identifiers_are_masked_until_they_are_revealed_for_a_reason(flask, world):
    case = world.open_case()
    world.session.commit()
    shown = flask("cases", "show", case.code, "--json")
    assert "Inventada" not in shown.out
    assert shown.json["patient"]["surnames"] == "•••"
    revealed = ["cases", "show", case.code, "--reveal", "--as", "auditor.hga", "--json"]
    assert flask(*revealed).code == 2
    answer = flask(*revealed, "--reason", "Inspección de marzo")
    assert answer.json["patient"]["surnames"] == "Inventada Prueba"
    row = last_audit_row(world)
    assert row["action"] == "reveal_identity"
    assert "Inspección" not in str(row)


def test_the_same_person_is_warned_about_and_nothing_hides_it(flask, world, write):
    path = write("patient.json", PATIENT)
    assert flask(*opening(path)).code == 0
    again = flask(*opening(path), "--json")
    assert again.code == 0
    assert "misma persona" in again.err
    look_again(world)
    assert len(world.session.scalars(select(Patient.id)).all()) == 2


def test_a_wrong_patient_opens_nothing(flask, world, write):
    answer = flask(*opening(write("patient.json", {"given_name": "", "birth_on": "ayer"})))
    assert {reason["field"] for reason in answer.json["reasons"]} == {"given_name", "surnames", "birth_on"}
    assert world.session.scalars(select(Case.id)).all() == []


@pytest.mark.one_database
@pytest.mark.parametrize(
    "arguments",
    [
        ["cases", "show", "HGA-2026-99999X"],
        ["cases", "why", "HGA-2026-99999X"],
        ["cases", "list", "--state", "nowhere"],
        ["cases", "list", "--centre", "XYZ"],
        ["cases", "list", "--after", "???"],
        ["cases", "list", "--limit", "none"],
        ["cases", "advance", "CODE", "fly", "--as", "pharmacist.hga"],
        ["cases", "advance", "CODE", "start_screening", "--as", "nobody"],
        ["cases", "advance", "CODE", "start_screening"],
        ["cases", "advance", "CODE", "start_screening", "--as", "pharmacist.hga", "--set", "colour=red"],
        ["cases", "advance", "CODE", "start_screening", "--as", "pharmacist.hga", "--set", "nonsense"],
        ["cases", "answer", "CODE", "horoscope", "FILE", "--as", "physician.hga"],
        ["cases", "answer", "CODE", "eligibility", "NOT-JSON", "--as", "physician.hga"],
        ["cases", "answer", "CODE", "eligibility", "/nowhere.json", "--as", "physician.hga"],
    ],
)
def test_what_is_not_there_is_said_in_words(flask, world, write, tmp_path, arguments):
    case = world.open_case()
    world.session.commit()
    (tmp_path / "no.json").write_text("{", encoding="utf-8")
    places = {"CODE": case.code, "FILE": write("a.json", {}), "NOT-JSON": str(tmp_path / "no.json")}
    answer = flask(*[places.get(each, each) for each in arguments])
    assert (answer.code, answer.out) == (2, "")
    assert "Error" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.one_database
@pytest.mark.parametrize("option", ["--pathway", "--centre", "--product"])
def test_opening_with_an_unknown_name_is_a_mistake(flask, world, write, option):
    command = opening(write("patient.json", PATIENT))
    command[command.index(option) + 1] = "UNKNOWN"
    assert flask(*command).code == 2


@pytest.mark.one_database
def test_without_json_people_read_sentences(flask, world):
    assert "No hay expedientes" in flask("cases", "list").out
    case = world.case_in("preparing")
    world.session.commit()
    assert "En preparación" in flask("cases", "list").out
    assert "En preparación" in flask("cases", "show", case.code).out
    assert "se puede" in flask("cases", "why", case.code).out


def test_a_forecast_is_printed_with_grounds_links_and_earlier_decisions_and_changes_nothing(flask, world):
    before = world.case_in("authorised")
    case = world.case_in("preparing", nhc="100002")
    world.fill_request(case)
    world.session.commit()
    printed = flask("cases", "forecast", case.code, "--json").json
    assert printed["code"] == case.code
    assert {"alternatives", "packs"} <= set(printed["good"])
    (none,) = [each for each in printed["findings"] if each["code"] == "evidence.none"]
    assert none["severity"] == "refusal"
    assert none["legal_basis"] == "RD 1015/2009 art. 8.1.a"
    assert none["cure_url"] == f"/expedientes/{case.code}/solicitudes/0/informe#supporting_data"
    assert [each["code"] for each in printed["precedents"]] == [before.code]
    said = flask("cases", "forecast", case.code).out
    assert "Motivo frecuente de denegación" in said
    assert before.code in said
    assert flask("cases", "forecast", case.code, "--request", "7", "--json").code == 2
