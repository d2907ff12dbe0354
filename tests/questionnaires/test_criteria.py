"""Clinical answers are held against the thresholds in the form; nothing is decided without an answer."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.questionnaires import Questionnaire
from compassionate.questionnaires.criteria import Finding, assess, threshold
from tests.questionnaires.written import answers_to, published, question, written

CATALOGUE = published()
DISC, KNEE = CATALOGUE.latest("eligibility-disc-msc"), CATALOGUE.latest("eligibility-knee-msc")

GOOD_DISC: dict[str, Any] = {
    "d01": 12,
    "d02": 6,
    "d03": 41,
    "d04": 30.0,
    "d05": True,
    "d06": 2,
    "d07": "modified_7",
    "d08": 50,
    "d09": 60,
    "d10": False,
    "d11_translation_mm": 3.0,
    "d11_angulation_deg": 15.0,
    "d12": "schizas_b",
    "d13": False,
    "d14": "modic_2",
    "d15": False,
    "d16": False,
    "d19": True,
    **dict.fromkeys(("d17_infection", "d17_neoplasia", "d17_immunosuppression"), False),
    **dict.fromkeys(("d17_coagulopathy", "d17_pregnancy", "d17_mri"), False),
}
GOOD_KNEE: dict[str, Any] = {
    "k01_observer_1": "kl_2",
    "k01_observer_2": "kl_3",
    "k02": 6,
    "k03": 3.0,
    "k04": 70,
    "k05": 30.0,
    "k06": False,
    "k07": 5.0,
    "k08": False,
    "k08b": False,
    "k10": False,
    "k11": True,
    "k12": False,
    **dict.fromkeys(("k09_neoplasia", "k09_immunosuppression", "k09_pregnancy"), False),
}


def finding(form: Questionnaire, criterion: str, **answers: Any) -> Finding:
    return next(each for each in assess(form, answers) if each.criterion == criterion)


@pytest.mark.parametrize(("form", "answers"), [(DISC, GOOD_DISC), (KNEE, GOOD_KNEE)], ids=["disc", "knee"])
def test_a_patient_at_every_limit_meets_every_criterion(form: Questionnaire, answers: dict[str, Any]) -> None:
    assert [each.criterion for each in assess(form, answers) if each.met is not True] == []


@pytest.mark.parametrize("form", [DISC, KNEE], ids=lambda form: form.name)
def test_without_answers_nothing_is_decided(form: Questionnaire) -> None:
    assert {each.met for each in assess(form, {})} == {None}


@pytest.mark.parametrize(
    ("form", "criterion", "answer"),
    [
        *[
            (DISC, "D01", {"d01": 5}),
            (DISC, "D02", {"d02": 5}),
            (DISC, "D03", {"d03": 40}),
            (DISC, "D04", {"d04": 29.9}),
        ],
        *[(DISC, "D04", {"d04": 90.0}), (DISC, "D05", {"d05": False}), (DISC, "D06", {"d06": 3})],
        *[(DISC, "D07", {"d07": "pfirrmann_2"}), (DISC, "D07", {"d07": "modified_8"}), (DISC, "D08", {"d08": 49})],
        *[(DISC, "D09", {"d09": 61}), (DISC, "D10", {"d10": True}), (DISC, "D11", {"d11_translation_mm": 3.1})],
        *[
            (DISC, "D11", {"d11_angulation_deg": 15.5}),
            (DISC, "D12", {"d12": "schizas_c"}),
            (DISC, "D13", {"d13": True}),
        ],
        *[(DISC, "D14", {"d14": "modic_3"}), (DISC, "D15", {"d15": True}), (DISC, "D16", {"d16": True})],
        *[(DISC, "D17", {"d17_pregnancy": True}), (DISC, "D19", {"d19": False})],
        *[(KNEE, "K01", {"k01_observer_2": "kl_4"}), (KNEE, "K02", {"k02": 5}), (KNEE, "K03", {"k03": 2.9})],
        *[
            (KNEE, "K03", {"k03": 8.0}),
            (KNEE, "K04", {"k04": 71}),
            (KNEE, "K05", {"k05": 30.1}),
            (KNEE, "K06", {"k06": True}),
        ],
        *[(KNEE, "K07", {"k07": 5.1}), (KNEE, "K08", {"k08": True}), (KNEE, "K08b", {"k08b": True})],
        *[(KNEE, "K09", {"k09_neoplasia": True}), (KNEE, "K10", {"k10": True}), (KNEE, "K11", {"k11": False})],
        (KNEE, "K12", {"k12": True}),
    ],
)
def test_one_answer_beyond_its_limit_fails_its_criterion_alone(
    form: Questionnaire, criterion: str, answer: dict[str, Any]
) -> None:
    good = GOOD_DISC if form is DISC else GOOD_KNEE

    assert [each.criterion for each in assess(form, good | answer) if each.met is not True] == [criterion]
    assert finding(form, criterion, **answer).met is False


def test_a_criterion_of_several_parts_waits_for_all_unless_one_fails() -> None:
    assert finding(DISC, "D11", d11_translation_mm=2.0).met is None
    assert finding(DISC, "D11", d11_translation_mm=4.0).met is False


def test_a_bad_value_decides_nothing() -> None:
    assert finding(DISC, "D03", d03="mucho").met is None
    assert finding(DISC, "D03", d03=1000).met is None


def test_a_positive_serology_warns_and_never_blocks() -> None:
    """RDL 9/2014, annex II.2.1: a positive result does not bar the patient's own cells."""
    assert finding(KNEE, "K08b", k08b=True).blocking is False


def test_a_finding_says_its_threshold_and_source_in_words() -> None:
    found = finding(DISC, "D04")

    assert (found.threshold, found.source, found.kind) == (
        "≥ 30 %; < 90 %",
        "Kumar 2017; NCT04042844; IJSS 16046",
        "inclusion",
    )
    assert finding(DISC, "D17").threshold == "No"
    assert finding(DISC, "D11").threshold.startswith("Traslación en la radiografía dinámica: ≤ 3 mm; ")
    assert finding(DISC, "D11").link_ids == ("d11_translation_mm", "d11_angulation_deg")
    assert [each.threshold for each in assess(KNEE, {}, language="en") if each.criterion == "K02"] == ["≥ 6 months"]


def test_a_question_without_a_criterion_has_no_threshold(tmp_path: Path) -> None:
    form = written(tmp_path, question("a"))

    assert (threshold(form.item("a")), assess(form, {"a": "x"})) == ("", ())


@given(data=st.data())
def test_good_answers_are_always_assessed(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from([DISC, KNEE]))

    found = assess(form, data.draw(answers_to(form)))

    assert len(found) == len({each.criterion for each in found})


def test_the_forms_carry_every_confirmed_clinical_criterion() -> None:
    """`criteria.csv` beside this file: the ids with their blocking mark, as read in the published sources."""
    with (Path(__file__).parent / "criteria.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["id"]: row["blocking"] == "yes" for row in csv.DictReader(file)}

    assert {each.criterion: each.blocking for form in (DISC, KNEE) for each in assess(form, {})} == wanted
