"""Answers are shown in the words of the form: choices, units, decimal comma, Spanish dates."""

from pathlib import Path
from typing import Any

import pytest

from compassionate.questionnaires import Questionnaire, Section, display
from tests.questionnaires.written import choice, extension, group, question, when, written


def unit(code: str, shown: str) -> dict[str, Any]:
    return extension("questionnaire-unit", valueCoding={"code": code, "display": shown})


@pytest.fixture
def form(tmp_path: Path) -> Questionnaire:
    return written(
        tmp_path,
        question("loose", "boolean"),
        group(
            "measures",
            question("intro", "display"),
            question("dose", "decimal", required=True, extension=[unit("mg", "mg")]),
            group("inner", question("seen", "date"), choice("tests", "a", "b", repeats=True)),
            group("rows", question("drug"), repeats=True),
        ),
        group("closed", question("why"), **when("loose", answerBoolean=True)),
        question("origin", extension=[extension("questionnaire-hidden", valueBoolean=True)]),
    )


def shown(section: Section) -> dict[str, str]:
    return {row.path: row.text for row in section.rows}


def test_each_top_group_is_a_section_and_each_row_of_a_repeating_one(form: Questionnaire) -> None:
    sections = display(form, {"rows": [{"drug": "A"}, {"drug": "B"}]})

    assert [(section.title, section.index) for section in sections] == [
        ("Prueba", None),
        ("Pregunta measures", None),
        ("Pregunta rows (1)", 0),
        ("Pregunta rows (2)", 1),
    ]
    assert shown(sections[3]) == {"rows.1.drug": "B"}


def test_values_are_written_as_in_spain(form: Questionnaire) -> None:
    answers = {"loose": False, "dose": 0.05, "seen": "2026-03-05", "tests": ["a", "b"]}

    loose, measures, *_ = display(form, answers)

    assert shown(loose) == {"loose": "No"}
    assert shown(measures) == {"dose": "0,05 mg", "seen": "05/03/2026", "tests": "A, B"}


@pytest.mark.parametrize(
    ("value", "words"), [(12.0, "12 mg"), (1e-7, "0,0000001 mg"), (1e15, "1000000000000000 mg"), (-0.5, "-0,5 mg")]
)
def test_a_number_has_no_exponent_and_no_needless_zeros(form: Questionnaire, value: float, words: str) -> None:
    assert shown(display(form, {"dose": value})[1])["dose"] == words


def test_other_languages_say_it_their_way(form: Questionnaire) -> None:
    loose, measures, *_ = display(form, {"loose": True, "dose": 0.05}, language="en")

    assert (shown(loose)["loose"], shown(measures)["dose"]) == ("Yes", "0.05 mg")


def test_an_open_question_without_an_answer_is_shown_empty(form: Questionnaire) -> None:
    assert shown(display(form, {})[1]) == {"dose": "", "seen": "", "tests": ""}
    assert [row.is_required for row in display(form, {})[1].rows] == [True, False, False]


def test_a_repeating_group_without_rows_is_shown_empty(form: Questionnaire) -> None:
    assert display(form, {})[2] == Section("Pregunta rows", (), "rows")


def test_hints_hidden_questions_and_closed_groups_are_not_shown(form: Questionnaire) -> None:
    paths = {row.path for section in display(form, {"origin": "x", "why": "y"}) for row in section.rows}

    assert not paths & {"intro", "origin", "why"}
    assert display(form, {"loose": True, "why": "y"})[-1].title == "Pregunta closed"


def test_an_answer_that_is_no_option_any_more_is_shown_as_it_is(form: Questionnaire) -> None:
    assert shown(display(form, {"tests": ["a", "zz"], "seen": "2026"})[1]) == {
        "dose": "",
        "seen": "2026",
        "tests": "A, zz",
    }
