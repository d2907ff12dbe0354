"""Answers leave as a FHIR QuestionnaireResponse and come back the same."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.questionnaires import AnotherForm, Questionnaire, from_response, relevant, to_response, validate
from tests.questionnaires.written import JSON, answers_to, choice, group, published, question, when, written

FORMS = list(published())
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture
def form(tmp_path: Path) -> Questionnaire:
    return written(
        tmp_path,
        group("first", question("name", required=True), question("story", "text")),
        choice("tests", "a", "b", repeats=True),
        question("detail", **when("tests", answerCoding={"code": "b"})),
        group("rows", question("drug"), question("dose", "decimal"), repeats=True),
    )


@pytest.mark.parametrize("published_form", FORMS, ids=lambda form: form.name)
@settings(max_examples=40)
@given(data=st.data())
def test_the_answers_that_count_come_back_the_same(published_form: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(answers_to(published_form))

    written_out = json.dumps(to_response(published_form, answers, "MAD01-2026-000017", NOW))

    assert from_response(published_form, json.loads(written_out)) == relevant(published_form, answers)


def test_a_response_names_its_form_subject_and_time(form: Questionnaire) -> None:
    response = to_response(form, {}, "MAD01-2026-000017", NOW)

    assert response["resourceType"] == "QuestionnaireResponse"
    assert response["questionnaire"] == "urn:test:prueba|2026-11"
    assert response["subject"] == {"identifier": {"value": "MAD01-2026-000017"}}
    assert response["authored"] == "2026-11-22T10:30:00+00:00"


def test_a_response_is_completed_when_nothing_is_missing(form: Questionnaire) -> None:
    assert to_response(form, {}, "C", NOW)["status"] == "in-progress"
    assert to_response(form, {"name": "Ana"}, "C", NOW)["status"] == "completed"


def test_a_response_keeps_the_groups_and_rows_of_the_form(form: Questionnaire) -> None:
    answers = {"name": "Ana", "tests": ["b"], "rows": [{"drug": "A"}, {"dose": 0.5}]}

    first, tests, *rows = to_response(form, answers, "C", NOW)["item"]

    assert first["item"][0]["answer"] == [{"valueString": "Ana"}]
    assert tests["answer"] == [{"valueCoding": {"code": "b", "display": "B"}}]
    assert [row["item"][0]["answer"] for row in rows] == [[{"valueString": "A"}], [{"valueDecimal": 0.5}]]


def test_an_answer_to_a_closed_question_is_left_out(form: Questionnaire) -> None:
    assert to_response(form, {"tests": ["a"], "detail": "no"}, "C", NOW)["item"] == [
        {"linkId": "tests", "text": "Pregunta tests", "answer": [{"valueCoding": {"code": "a", "display": "A"}}]}
    ]


def test_plain_answers_are_taken_too_and_cleaned_as_a_pages_would_be(form: Questionnaire) -> None:
    plain = {"name": " A\u202ena\n ", "story": "dos\r\nlíneas", "rows": [{"drug": " A "}], "tests": ["a"]}

    answers = from_response(form, plain)

    assert answers == {"name": "Ana", "story": "dos\nlíneas", "rows": [{"drug": "A"}], "tests": ["a"]}


@pytest.mark.parametrize("other", ["urn:test:otra|2026-11", "urn:test:prueba|2025-01"])
def test_a_response_to_another_form_or_version_is_refused(form: Questionnaire, other: str) -> None:
    with pytest.raises(AnotherForm) as refused:
        from_response(form, {"resourceType": "QuestionnaireResponse", "questionnaire": other})

    assert refused.value.params == {"expected": "urn:test:prueba|2026-11", "found": other}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"linkId": "other", "answer": [{"valueString": "x"}]}, "answer.unknown_question"),
        ({"linkId": "first", "answer": [{"valueString": "x"}]}, "answer.unknown_question"),
        ({"linkId": "name", "answer": [{"valueString": "x"}, {"valueString": "y"}]}, "answer.not_text"),
        ({"linkId": "name", "answer": [{"valueInteger": 3}]}, "answer.not_text"),
        ({"linkId": "name", "answer": [{"valueString": "x", "item": []}]}, "answer.not_text"),
        ({"linkId": "tests", "answer": [{"valueCoding": {"code": "zz"}}]}, "answer.not_an_option"),
    ],
)
def test_what_the_form_does_not_ask_is_not_dropped_but_named(
    form: Questionnaire, item: dict[str, Any], code: str
) -> None:
    answers = from_response(form, {"resourceType": "QuestionnaireResponse", "item": [item]})

    assert [error.code for error in validate(form, answers)] == [code]


def test_a_question_answered_in_two_places_is_named(form: Questionnaire) -> None:
    twice = [{"linkId": "name", "answer": [{"valueString": text}]} for text in ("Ana", "Eva")]

    answers = from_response(form, {"resourceType": "QuestionnaireResponse", "item": twice})

    assert [error.field for error in validate(form, answers)] == ["name"]


def test_groups_nested_deeper_than_any_form_are_refused_not_followed(form: Questionnaire) -> None:
    item: dict[str, Any] = {"linkId": "name", "answer": [{"valueString": "x"}]}
    for _ in range(900):
        item = {"linkId": "first", "item": [item]}

    answers = from_response(form, {"resourceType": "QuestionnaireResponse", "item": [item]})

    assert [error.field for error in validate(form, answers)] == ["first"]


def test_checkboxes_inside_rows_come_back(tmp_path: Path) -> None:
    form = written(tmp_path, group("rows", choice("signs", "a", "b", repeats=True), repeats=True))
    answers = {"rows": [{"signs": ["b", "a"]}, {"signs": ["a"]}]}

    assert from_response(form, to_response(form, answers, "C", NOW)) == answers
    assert from_response(form, answers) == answers


@given(document=st.dictionaries(st.text(max_size=8), JSON), items=JSON)
def test_no_response_makes_reading_fail(document: dict[str, Any], items: Any) -> None:
    form = FORMS[0]
    inside = [{"linkId": "previous_treatments", "item": items}, {"linkId": "diagnosis", "answer": items}, items]

    validate(form, from_response(form, document))
    validate(form, from_response(form, {"resourceType": "QuestionnaireResponse", "item": inside}))
