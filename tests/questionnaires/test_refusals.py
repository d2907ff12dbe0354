"""A form outside the accepted subset is refused when it is loaded, naming its file and its linkId."""

import json
from pathlib import Path
from typing import Any

import pytest

from compassionate.questionnaires import FormsRefused, load_form, load_forms
from tests.questionnaires.written import choice, extension, group, question, resource, when, write

HELP = extension("questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help"}]})
MIN_5 = extension("minValue", valueInteger=5)


def criterion(*facts: dict[str, Any]) -> dict[str, Any]:
    return {"url": "urn:compassionate-use:extension:eligibility-criterion", "extension": list(facts)}


def limit(operator: str, **value: Any) -> dict[str, Any]:
    facts = [{"url": "operator", "valueCode": operator}, {"url": "value", **value}]
    return {"url": "limit", "extension": facts}


FACTS = (
    {"url": "id", "valueCode": "D01"},
    {"url": "kind", "valueCode": "inclusion"},
    {"url": "blocking", "valueBoolean": True},
    {"url": "source", "valueString": "Kumar 2017"},
)
HOLDS = limit("=", valueBoolean=True)


def helping(link_id: str) -> dict[str, Any]:
    return question(link_id, "display", extension=[HELP])


NOT_SUPPORTED: dict[str, dict[str, Any]] = {
    # Parts of the standard that we do not read.
    "a type outside the subset": question("x", "quantity"),
    "an open choice": question("x", "open-choice"),
    "a reference": question("x", "reference"),
    "an attachment": question("x", "attachment"),
    "a time": question("x", "dateTime"),
    "an initial value": question("x", initial=[{"valueString": "a"}]),
    "a read-only item": question("x", readOnly=True),
    "a prefix": question("x", prefix="1."),
    "a definition": question("x", definition="http://example.org"),
    "a code": question("x", code=[{"code": "a"}]),
    "a value set": question("x", "choice", answerValueSet="http://example.org/set"),
    "an option that is no coding": question("x", "choice", answerOption=[{"valueString": "a"}]),
    "an option chosen beforehand": question(
        "x", "choice", answerOption=[{"valueCoding": {"code": "a"}, "initialSelected": True}]
    ),
    "an extension that we do not know": question("x", extension=[extension("regex", valueString=".")]),
    "a calculated expression": question("x", extension=[extension("cqf-expression", valueString="1")]),
    "a condition by comparison": question("x", enableWhen=[{"question": "a", "operator": ">", "answerInteger": 1}]),
    "a number written as text": question("x", maxLength="40"),
    "an element misspelt": question("x", requiered=True),
    # Parts that we read, where they have no meaning.
    "a text that repeats": question("x", repeats=True),
    "a required display": question("x", "display", required=True),
    "a required plain group": group("x", question("y"), required=True),
    "a group without items": group("x"),
    "a length on a number": question("x", "integer", maxLength=3),
    "a bound on a text": question("x", extension=[MIN_5]),
    "a unit on a text": question("x", extension=[extension("questionnaire-unit", valueCoding={"code": "mm"})]),
    "options on a text": {**choice("x", "a"), "type": "string"},
    "a choice without options": question("x", "choice"),
    "an option given twice": choice("x", "a", "a"),
    "a bound of another type": question("x", "decimal", extension=[MIN_5]),
    "a bound given twice": question("x", "integer", extension=[MIN_5, MIN_5]),
    "bounds the wrong way round": question("x", "integer", extension=[MIN_5, extension("maxValue", valueInteger=4)]),
    "a hidden question that is required": question(
        "x", required=True, extension=[extension("questionnaire-hidden", valueBoolean=True)]
    ),
    "an item below a question": question("x", item=[question("y")]),
    "two helps": question("x", item=[helping("y"), helping("help")]),
    "a control that is no help": question("x", extension=[HELP]),
    "a linkId that is no name": question("1.1"),
    "a text of spaces": {**question("x"), "text": " "},
    "a text that cannot be printed": {**question("x"), "text": "Dolor\u2029lumbar"},
    "a translation without language": question(
        "x", _text={"extension": [extension("translation", extension=[{"url": "content", "valueString": "Pain"}])]}
    ),
    "conditions without a behaviour": question("x", enableWhen=when("a", answerString="s")["enableWhen"] * 2),
    "a behaviour without conditions": question("x", enableBehavior="any"),
    "a condition on a question that comes later": question("x", **when("z", answerString="s")),
    "a condition on an answer of another type": question("x", **when("a", answerInteger=1)),
    "a condition on an option that there is not": question("x", **when("c", answerCoding={"code": "zz"})),
    "a condition inside another group's rows": question("x", **when("in_rows", answerString="s")),
    "a criterion without a source": question(
        "x", "integer", extension=[criterion(*FACTS[:3], limit(">=", valueDecimal=6))]
    ),
    "a criterion without a limit": question("x", "integer", extension=[criterion(*FACTS)]),
    "a criterion of an unknown kind": question(
        "x",
        "boolean",
        extension=[criterion(FACTS[0], {"url": "kind", "valueCode": "zz"}, *FACTS[2:], HOLDS)],
    ),
    "a criterion that blocks in words": question(
        "x",
        "boolean",
        extension=[criterion(*FACTS[:2], {"url": "blocking", "valueString": "yes"}, FACTS[3], HOLDS)],
    ),
    "a limit that the question cannot meet": question(
        "x", "boolean", extension=[criterion(*FACTS, limit(">=", valueDecimal=6))]
    ),
    "a limit by an unknown operator": question(
        "x", "integer", extension=[criterion(*FACTS, limit("~", valueDecimal=6))]
    ),
    "a criterion on a group": {**group("x", question("y")), "extension": [criterion(*FACTS, HOLDS)]},
}


@pytest.mark.parametrize("item", NOT_SUPPORTED.values(), ids=NOT_SUPPORTED.keys())
def test_what_is_not_supported_is_refused_with_its_link_id(tmp_path: Path, item: dict[str, Any]) -> None:
    around = (question("a"), choice("c", "s", "t"), group("rows", question("in_rows"), repeats=True))
    file = write(tmp_path, resource(*around, item, question("z")))

    with pytest.raises(FormsRefused) as refused:
        load_form(file)

    assert {problem.link_id for problem in refused.value.problems} == {item["linkId"]}
    assert f"prueba/2026-11.json, linkId '{item['linkId']}': " in str(refused.value)


def test_the_innermost_item_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, resource(group("outer", group("inner", question("deep", readOnly=True)))))

    with pytest.raises(FormsRefused, match=r"linkId 'deep': .*readOnly: not in the accepted subset"):
        load_form(file)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a", repeats=True), question("b", "choice")))
    write(tmp_path, resource(question("c", prefix="1"), id="otra", url="urn:test:otra"))

    with pytest.raises(FormsRefused) as refused:
        load_forms(tmp_path)

    assert [problem.link_id for problem in refused.value.problems] == ["c", "a", "b"]


def test_rows_inside_rows_are_refused(tmp_path: Path) -> None:
    inner = group("inner", question("deep"), repeats=True)

    with pytest.raises(FormsRefused, match="linkId 'inner': a repeating group inside a repeating group"):
        load_form(write(tmp_path, resource(group("outer", inner, repeats=True))))


def test_a_link_id_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormsRefused, match="linkId 'a': the linkId is used 2 times"):
        load_form(write(tmp_path, resource(question("a"), group("g", question("a")))))


@pytest.mark.parametrize(
    "head",
    [
        {"resourceType": "ValueSet"},
        {"derivedFrom": ["urn:other"]},
        {"contained": []},
        {"version": "v1"},
        {"status": "unknown"},
        {"_title": {"extension": [extension("translation", extension=[])]}},
        {"item": []},
    ],
    ids=str,
)
def test_a_head_outside_the_subset_is_refused(tmp_path: Path, head: dict[str, Any]) -> None:
    with pytest.raises(FormsRefused, match=f"{next(iter(head))}|one lang and one content"):
        load_form(write(tmp_path, resource(question("a")) | head))


@pytest.mark.parametrize("content", ["", "[]", "{", '{"id": "a", "id": "b"}', '{"id": NaN}', "[" * 100_000])
def test_a_file_that_is_no_questionnaire_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "prueba" / "2026-11.json"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")

    with pytest.raises(FormsRefused, match=r"prueba/2026-11\.json"):
        load_form(file)


def test_a_file_in_another_forms_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "otra" / "2026-11.json"
    file.parent.mkdir()
    file.write_text(json.dumps(resource(question("a"))), encoding="utf-8")

    with pytest.raises(FormsRefused, match=r"must lie at prueba/2026-11\.json"):
        load_form(file)


def test_two_forms_with_one_address_are_refused(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a")))
    write(tmp_path, resource(question("a"), id="otra"))

    with pytest.raises(FormsRefused, match="published twice"):
        load_forms(tmp_path)


def test_a_hospitals_own_copy_of_a_published_version_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "ours", resource(question("a")))
    write(tmp_path / "hospital", resource(question("b"), url="urn:hospital:prueba"))

    with pytest.raises(FormsRefused, match=r"prueba/2026-11\.json: is published twice"):
        load_forms(tmp_path / "ours", tmp_path / "hospital")
