"""A hospital types in its own order: read once, refused whole with what is wrong, and never leaving a check out."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from compassionate.errors import UnknownCode
from compassionate.questionnaires import load_forms
from compassionate.services import transcription, typed_order
from compassionate.services.typed_order import OrderRefused, chosen, load, shipped
from tests.world import World

FORMS = load_forms(Path(__file__).parents[2] / "forms")
OWN = """
pathway = "es-individual"
version = "HGA-1"
verified = ["report.diagnosis"]
[[part]]
letter = "1"
title = "Paciente y diagnóstico"
fields = ["patient.initials", "report.diagnosis", "case.code"]
line_fields = ["line.presentation"]
[limits]
"report.diagnosis" = 5
[labels]
"case.code" = "Su referencia"
"""


def given(folder: Path, text: str = OWN, name: str = "es-individual-1.toml") -> typed_order.Orders:
    (folder / name).write_text(text, encoding="utf-8")
    return load(folder, FORMS)


def test_ours_is_followed_where_the_hospital_has_none(tmp_path: Path):
    assert load(tmp_path / "typing_orders", FORMS) == {}
    assert chosen({}, "es-individual", "HGA") is shipped("es-individual")
    with pytest.raises(UnknownCode):
        shipped("no-such-route")


def test_ours_names_fields_and_questions_that_there_are(tmp_path: Path):
    ours = next(typed_order.FOLDER.glob("*.toml")).read_text(encoding="utf-8")
    (held,) = given(tmp_path, ours).values()
    assert held.parts == shipped("es-individual").parts


def test_a_centre_goes_before_its_hospital_and_its_hospital_before_ours(tmp_path: Path):
    given(tmp_path)
    orders = given(tmp_path, OWN.replace("HGA-1", "HGA-2").replace("verified", 'centre = "HGA"\nverified'), "hga.toml")
    assert chosen(orders, "es-individual", "HGA").version == "HGA-2"
    assert chosen(orders, "es-individual", "HGB").version == "HGA-1"


@pytest.mark.parametrize(
    ("instead", "of", "told"),
    [
        ("patient.shoe_size", "patient.initials", "patient.shoe_size"),
        ("report.diagnossis", "report.diagnosis", "report.diagnossis"),
        ("case.code", "patient.initials", "dos veces case.code"),
        ('"report.diagnosis" = "5"', '"report.diagnosis" = 5', "limits"),
        ('"report.diagnosis" = true', '"report.diagnosis" = 5', "limits"),
        ('"patient.cip" = 5', '"report.diagnosis" = 5', "limits nombra patient.cip"),
        ("es-colectivo", "es-individual", "es-colectivo"),
        ('versio = "HGA-1"', 'version = "HGA-1"', "versio"),
        ('letra = "1"', 'letter = "1"', "letra"),
        ("[[part", "[[part]]", "es-individual-1.toml"),
        ('"line.colour"', '"line.presentation"', "line.colour"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_starts(tmp_path: Path, instead: str, of: str, told: str):
    with pytest.raises(OrderRefused, match=r"es-individual-1\.toml") as error:
        given(tmp_path, OWN.replace(of, instead))
    assert told in str(error.value)


def test_the_sheet_follows_it_with_its_words_and_limits(session: Session, tmp_path: Path):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    session.info["orders"] = given(tmp_path)
    world.centre.settings = {**world.centre.settings, "typing_limit": 1000}
    head, line = transcription.sheet(session, case)
    assert (head.title, [field.id for field in head.fields]) == (
        "Paciente y diagnóstico",
        ["patient.initials", "report.diagnosis", "case.code"],
    )
    initials, diagnosis, code = head.fields
    assert (diagnosis.limit, diagnosis.verified, diagnosis.over) == (5, True, len(diagnosis.text) - 5)
    assert (initials.limit, initials.verified, initials.over) == (1000, False, 0)
    assert code.label == "Su referencia"
    assert [field.id for field in line.fields] == ["line.presentation.1"]


def test_a_continuation_has_its_own_fields_after_the_treatment(session: Session):
    world = World(session)
    case = world.case_in("in_treatment")
    world.act(case, "pharmacist", "open_continuation", request_kind="continuation")
    first, then = (transcription.sheet(session, case, number) for number in (0, 1))
    titles = [part.title for part in then]
    assert "Continuación" not in [part.title for part in first]
    assert titles.index("Continuación") > titles.index("Tratamiento")
    fields = {field.id: field.text for part in then for field in part.fields}
    assert fields["line.packs_granted.1"] == "4"
    wanted = ("response", "changes", "reactions", "packs_used", "packs_left", "last_dispensed_on")
    assert {f"progress.{name}" for name in wanted} <= set(fields)
