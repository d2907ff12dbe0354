"""Bad answers are named one by one, a partial form may be saved, and a finished one lacks nothing."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.questionnaires import Questionnaire, enabled, missing, relevant, validate
from compassionate.words import has_words, say
from tests.questionnaires.written import JSON, answers_to, choice, group, published, question, when, written

FORMS = list(published())


@pytest.fixture
def form(tmp_path: Path) -> Questionnaire:
    yes, no = when("smokes", answerBoolean=True), when("smokes", answerBoolean=False)
    any_of = {"enableWhen": [*yes["enableWhen"], {"question": "name", "operator": "exists", "answerBoolean": False}]}
    return written(
        tmp_path,
        question("name", required=True),
        question("smokes", "boolean", required=True),
        question("how_much", "integer", required=True, **yes),
        group("never", question("why", required=True), **no),
        question("any", required=True, enableBehavior="any", **any_of),
        choice("tests", "a", "b", repeats=True),
        question("tested", required=True, **when("tests", answerCoding={"code": "b"})),
        group(
            "rows",
            question("drug", required=True),
            question("stopped", "boolean"),
            question("reason", required=True, **when("stopped", answerBoolean=True)),
            repeats=True,
            required=True,
        ),
    )


def missing_in(form: Questionnaire, **answers: Any) -> list[str]:
    return [error.field for error in missing(form, answers)]


def codes(form: Questionnaire, answers: Any) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in validate(form, answers)]


def test_an_empty_form_may_be_saved_and_lacks_what_is_required(form: Questionnaire) -> None:
    assert validate(form, {}) == ()
    assert missing_in(form) == ["name", "smokes", "any", "rows"]


def test_a_condition_opens_its_question(form: Questionnaire) -> None:
    assert "how_much" in missing_in(form, smokes=True)
    assert "why" not in missing_in(form, smokes=True)
    assert "why" in missing_in(form, smokes=False)


def test_false_and_zero_are_answers(form: Questionnaire) -> None:
    assert missing_in(form, name="Ana", smokes=True, how_much=0, any="x", rows=[{"drug": "A"}]) == []


def test_one_of_several_conditions_is_enough_where_the_form_says_any(form: Questionnaire) -> None:
    assert "any" in missing_in(form, name="Ana", smokes=True)
    assert "any" not in missing_in(form, name="Ana", smokes=False)


def test_a_ticked_box_opens_its_question(form: Questionnaire) -> None:
    assert "tested" in missing_in(form, tests=["a", "b"])
    assert "tested" not in missing_in(form, tests=["a"])


def test_a_condition_looks_at_its_own_row(form: Questionnaire) -> None:
    rows = [{"drug": "A", "stopped": True}, {"drug": "B", "stopped": False}, {}]

    assert [field for field in missing_in(form, rows=rows) if field.startswith("rows")] == [
        "rows.0.reason",
        "rows.2.drug",
    ]


def test_rows_in_which_nothing_stands_do_not_count(form: Questionnaire) -> None:
    assert "rows" in missing_in(form, rows=[{}, {}])
    assert relevant(form, {"rows": [{}, {"drug": "A"}]}) == {"rows": [{"drug": "A"}]}


def test_an_answer_to_a_closed_question_is_kept_but_does_not_count(form: Questionnaire) -> None:
    answers = {"smokes": False, "how_much": 20}

    assert validate(form, answers) == ()
    assert relevant(form, answers) == {"smokes": False}
    assert "how_much" not in enabled(form, answers)


def test_a_closed_question_opens_nothing(tmp_path: Path) -> None:
    chain = written(
        tmp_path,
        question("a", "boolean"),
        question("b", "boolean", **when("a", answerBoolean=True)),
        question("c", **when("b", answerBoolean=True)),
    )

    assert enabled(chain, {"a": True, "b": True}) == {"a", "b", "c"}
    assert enabled(chain, {"a": False, "b": True}) == {"a"}


def test_one_is_not_yes(tmp_path: Path) -> None:
    form = written(tmp_path, question("n", "integer"), question("x", **when("n", answerInteger=1)))

    assert "x" in enabled(form, {"n": 1})
    assert "x" not in enabled(form, {"n": True})


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"nothing": 1}, ("nothing", "answer.unknown_question")),
        ({"never": "a group"}, ("never", "answer.unknown_question")),
        ({"drug": "outside its rows"}, ("drug", "answer.unknown_question")),
        ({"rows": [{"name": "inside"}]}, ("rows.0.name", "answer.unknown_question")),
        ({"rows": {"drug": "A"}}, ("rows", "answer.not_rows")),
        ({"rows": ["A"]}, ("rows", "answer.not_rows")),
        ({"rows": [{"drug": 5}]}, ("rows.0.drug", "answer.not_text")),
        ({"name": 5}, ("name", "answer.not_text")),
        ({"name": "dos\nlíneas"}, ("name", "answer.unprintable")),
        ({"name": "A\u202ena"}, ("name", "answer.unprintable")),
        ({"smokes": "true"}, ("smokes", "answer.not_yes_or_no")),
        ({"smokes": 1}, ("smokes", "answer.not_yes_or_no")),
        ({"how_much": True}, ("how_much", "answer.not_an_integer")),
        ({"how_much": 1.0}, ("how_much", "answer.not_an_integer")),
        ({"how_much": 10**400}, ("how_much", "answer.too_large")),
        ({"tests": "a"}, ("tests", "answer.not_a_list")),
        ({"tests": ["a", "a"]}, ("tests", "answer.chosen_twice")),
        ({"tests": ["c"]}, ("tests", "answer.not_an_option")),
        ({"tests": [{}, {}]}, ("tests", "answer.not_an_option")),
        ([], ("", "answer.not_answers")),
        (None, ("", "answer.not_answers")),
    ],
)
def test_answers_of_the_wrong_shape_are_named(form: Questionnaire, answers: Any, found: tuple[str, str]) -> None:
    assert codes(form, answers) == [found]


@given(answers=JSON)
def test_no_json_makes_validation_fail(answers: Any) -> None:
    for form in FORMS:
        assert isinstance(validate(form, answers), tuple)


@given(data=st.data())
def test_any_answers_under_the_forms_own_questions_are_judged_without_failing(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    names = st.sampled_from([item.link_id for item in form.walk()])
    answers = data.draw(st.dictionaries(names, JSON | st.lists(st.dictionaries(names, JSON), max_size=2)))

    for error in validate(form, answers):
        assert say(error.code, **error.params) != error.code


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@settings(max_examples=40)
@given(data=st.data())
def test_good_answers_to_a_published_form_are_good(form: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(answers_to(form))

    assert validate(form, answers) == ()
    assert missing(form, answers) == missing(form, relevant(form, answers))


def test_every_error_has_words_in_both_languages() -> None:
    source = Path(__file__).parents[2] / "compassionate" / "questionnaires"
    said = {
        word.strip('(",){}')
        for file in source.glob("*.py")
        for word in file.read_text(encoding="utf-8").split()
        if word.startswith(('"answer.', '("answer.'))
    }

    assert len(said) > 15
    assert [code for code in sorted(said) for language in ("es", "en") if not has_words(code, language)] == []
