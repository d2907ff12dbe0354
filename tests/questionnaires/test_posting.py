"""What people type into a page becomes answers, and nothing that they typed is lost."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.questionnaires import Questionnaire, form_values, parse_form, relevant, row_count, validate
from tests.questionnaires.written import TEXTS, answers_to, choice, extension, group, published, question, written

CATALOGUE = published()
FORMS = list(CATALOGUE)


@pytest.fixture
def form(tmp_path: Path) -> Questionnaire:
    bounds = [extension("minValue", valueDecimal=0), extension("maxValue", valueDecimal=10.5)]
    return written(
        tmp_path,
        question("name"),
        question("story", "text", maxLength=20),
        question("dose", "decimal", extension=bounds),
        question("packs", "integer"),
        question("seen", "date"),
        question("agreed", "boolean"),
        choice("grade", "i", "ii"),
        choice("tests", "blood", "mri", "xray", repeats=True),
        group("rows", question("drug"), question("packs_given", "integer"), repeats=True),
        group("second", question("note")),
        question("origin", extension=[extension("questionnaire-hidden", valueBoolean=True)]),
    )


@pytest.mark.parametrize(
    ("field", "typed", "answer"),
    [
        ("name", "  Ana\r\n María ", "Ana María"),
        ("story", "dos\r\nlíneas", "dos\nlíneas"),
        ("dose", "0,05", 0.05),
        ("dose", "0.05", 0.05),
        ("dose", " 3 ", 3.0),
        ("packs", "12", 12),
        ("packs", "-3", -3),
        ("seen", "2026-03-05", "2026-03-05"),
        ("seen", "05/03/2026", "2026-03-05"),
        ("seen", "5-3-2026", "2026-03-05"),
        ("agreed", "true", True),
        ("agreed", "false", False),
        ("grade", "ii", "ii"),
    ],
)
def test_a_typed_value_is_read_as_people_write_it_in_spain(
    form: Questionnaire, field: str, typed: str, answer: Any
) -> None:
    parsed = parse_form(form, {field: [typed]})

    assert (parsed.answers, parsed.errors) == ({field: answer}, ())
    assert type(parsed.answers[field]) is type(answer)


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("dose", "dos", "answer.not_a_number"),
        ("dose", "1.000,5", "answer.not_a_number"),
        ("dose", "NaN", "answer.not_a_number"),
        ("dose", "1e3", "answer.not_a_number"),
        ("dose", "0,1234567890123456", "answer.not_a_number"),
        ("dose", "11", "answer.above_maximum"),
        ("dose", "-0,1", "answer.below_minimum"),
        ("packs", "1,5", "answer.not_an_integer"),
        ("packs", "9999999999", "answer.too_large"),
        ("seen", "31/02/2026", "answer.not_a_date"),
        ("seen", "2026-13-01", "answer.not_a_date"),
        ("seen", "ayer", "answer.not_a_date"),
        ("agreed", "maybe", "answer.not_yes_or_no"),
        ("grade", "iii", "answer.not_an_option"),
        ("story", "x" * 21, "answer.too_long"),
        ("name", "x" * 251, "answer.too_long"),
    ],
)
def test_a_bad_value_is_refused_and_kept_for_the_page(form: Questionnaire, field: str, typed: str, code: str) -> None:
    parsed = parse_form(form, {field: [typed]})

    assert [(error.field, error.code) for error in parsed.errors] == [(field, code)]
    assert parsed.answers == {}
    assert parsed.raw[field] == [typed]


def test_a_good_value_is_kept_beside_a_bad_one(form: Questionnaire) -> None:
    parsed = parse_form(form, {"name": ["Ana"], "packs": ["doce"]})

    assert parsed.answers == {"name": "Ana"}
    assert [str(error.params["label"]) for error in parsed.errors] == ["Pregunta packs"]


def test_a_bound_is_told_with_its_decimal_comma(form: Questionnaire) -> None:
    assert parse_form(form, {"dose": ["20"]}).errors[0].params["maximum"] == "10,5"


def test_several_boxes_may_be_ticked(form: Questionnaire) -> None:
    assert parse_form(form, {"tests": ["xray", "blood", "xray"]}).answers == {"tests": ["xray", "blood"]}


def test_what_is_left_empty_is_no_answer(form: Questionnaire) -> None:
    parsed = parse_form(form, {"name": [" "], "dose": [""], "tests": [""], "rows.0.drug": [""]})

    assert (parsed.answers, parsed.errors) == ({}, ())


def test_empty_rows_are_dropped_and_the_rest_numbered_again(form: Questionnaire) -> None:
    posted = {"rows.0.drug": [""], "rows.4.drug": ["B"], "rows.2.drug": ["A"], "rows.2.packs_given": ["dos"]}

    parsed = parse_form(form, posted)

    assert parsed.answers == {"rows": [{"drug": "A"}, {"drug": "B"}]}
    assert [error.field for error in parsed.errors] == ["rows.0.packs_given"]
    assert parsed.raw["rows.0.packs_given"] == ["dos"]
    assert row_count(parsed.raw, "rows") == 2


def test_a_row_is_added_or_removed_by_a_button(form: Questionnaire) -> None:
    posted = {"rows.0.drug": ["A"], "rows.1.drug": ["B"]}

    assert parse_form(form, posted | {"_add": ["rows"]}).added == "rows"
    assert parse_form(form, posted | {"_remove": ["rows.0"]}).answers == {"rows": [{"drug": "B"}]}


@pytest.mark.parametrize("name", ["rows.x.drug", "rows.0.other", "rows.0.drug.more", "rows.٣.drug", "rows.99999.drug"])
def test_a_field_that_the_page_never_has_is_passed_over(form: Questionnaire, name: str) -> None:
    assert parse_form(form, {name: ["A"], "_csrf": ["token"]}).answers == {}


def test_too_many_rows_are_refused(form: Questionnaire) -> None:
    parsed = parse_form(form, {f"rows.{index}.drug": ["A"] for index in range(201)})

    assert [error.code for error in parsed.errors] == ["answer.too_many_rows"]


def test_a_page_of_one_section_leaves_the_others_as_stored(form: Questionnaire) -> None:
    stored = {"name": "Ana", "note": "antes", "origin": "import"}

    parsed = parse_form(form, {"note": ["después"], "name": ["otra"]}, stored, section="second")

    assert parsed.answers == {"name": "Ana", "note": "después", "origin": "import"}


def test_a_hidden_question_keeps_its_stored_answer(form: Questionnaire) -> None:
    parsed = parse_form(form, {"origin": ["forged"], "name": ["Ana"]}, {"origin": "import"})

    assert parsed.answers == {"name": "Ana", "origin": "import"}


def test_an_answer_taken_out_on_the_page_is_gone(form: Questionnaire) -> None:
    assert parse_form(form, {"name": [""]}, {"name": "Ana", "rows": [{"drug": "A"}]}).answers == {}


def test_lost_characters_are_told(form: Questionnaire) -> None:
    parsed = parse_form(form, {"name": ["A\u202ena"], "story": ["bien\r\n"]})

    assert (parsed.answers["name"], parsed.cleaned) == ("Ana", ("name",))


@pytest.mark.parametrize("published_form", FORMS, ids=lambda form: form.name)
@settings(max_examples=40)
@given(data=st.data())
def test_stored_answers_fill_the_page_and_come_back_the_same(
    published_form: Questionnaire, data: st.DataObject
) -> None:
    answers = data.draw(answers_to(published_form))

    parsed = parse_form(published_form, form_values(published_form, answers))

    assert (parsed.answers, parsed.errors) == (answers, ())


@given(posted=st.dictionaries(TEXTS | st.sampled_from(["alternatives.0.reason", "disease_class"]), st.lists(TEXTS)))
def test_whatever_is_posted_the_answers_are_good(posted: dict[str, list[str]]) -> None:
    form = CATALOGUE.latest("eligibility")

    parsed = parse_form(form, posted)

    assert validate(form, parsed.answers) == ()
    assert validate(form, relevant(form, parsed.answers)) == ()
