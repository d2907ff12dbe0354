"""Answers as a FHIR R4 QuestionnaireResponse, and back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from compassionate.questionnaires.enabling import is_answered, relevant
from compassionate.questionnaires.model import Answers, Item, ItemType, Questionnaire
from compassionate.questionnaires.validation import missing
from compassionate.text import clean, single_line

VALUES = {
    ItemType.BOOLEAN: "valueBoolean",
    ItemType.DECIMAL: "valueDecimal",
    ItemType.INTEGER: "valueInteger",
    ItemType.DATE: "valueDate",
    ItemType.STRING: "valueString",
    ItemType.TEXT: "valueString",
    ItemType.CHOICE: "valueCoding",
}
# No form nests deeper; what does is kept as it came, and validation refuses it.
DEEPEST = 10


class AnotherForm(ValueError):
    """A response that says it answers another questionnaire, or another version of it."""

    code = "answer.another_form"

    def __init__(self, expected: str, found: str) -> None:
        self.params = {"expected": expected, "found": found}
        super().__init__(f"answers {found}, not {expected}")


def canonical(questionnaire: Questionnaire) -> str:
    """The address of the form in its version, as a response names it."""
    return f"{questionnaire.url}|{questionnaire.version}"


def to_response(questionnaire: Questionnaire, answers: Answers, subject: str, authored: datetime) -> dict[str, Any]:
    """The QuestionnaireResponse; `subject` is the pseudonymous case code, `authored` an instant with its zone.

    Answers to closed questions are left out, as the standard asks.
    """
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": canonical(questionnaire),
        "status": "in-progress" if missing(questionnaire, answers) else "completed",
        "subject": {"identifier": {"value": subject}},
        "authored": authored.isoformat(),
        "item": list(_items(questionnaire.items, relevant(questionnaire, answers))),
    }


def from_response(questionnaire: Questionnaire, document: dict[str, Any]) -> Answers:
    """The answers of a QuestionnaireResponse, or of a plain {linkId: answer}; to be judged by `validate`.

    Raises AnotherForm where the response names another form. Nothing is dropped: what this form does
    not ask comes through, so that `validate` can name it.
    """
    if document.get("resourceType") != "QuestionnaireResponse":
        return {str(key): _cleaned(questionnaire, key, value) for key, value in document.items()}
    found = document.get("questionnaire", canonical(questionnaire))
    if found not in (canonical(questionnaire), questionnaire.url):
        raise AnotherForm(canonical(questionnaire), str(found))
    return _answers(questionnaire, document.get("item"), DEEPEST)


def _items(items: tuple[Item, ...], answers: Answers) -> Iterator[dict[str, Any]]:
    for item in items:
        answer = answers.get(item.link_id)
        if item.is_rows:
            for row in answer or []:
                yield _named(item) | {"item": list(_items(item.items, row))}
        elif item.type is ItemType.GROUP:
            inside = list(_items(item.items, answers))
            yield from [_named(item) | {"item": inside}] if inside else []
        elif is_answered(answer):
            given: list[Any] = answer if isinstance(answer, list) else [answer]
            yield _named(item) | {"answer": [{VALUES[item.type]: _value(item, each)} for each in given]}


def _named(item: Item) -> dict[str, Any]:
    return {"linkId": item.link_id, "text": item.text.own}


def _value(item: Item, answer: Any) -> Any:
    if item.type is not ItemType.CHOICE:
        return answer
    option = item.option(answer)
    coding = {"code": answer, "display": option.text.own if option else answer}
    return ({"system": option.system} if option and option.system else {}) | coding


def _answers(questionnaire: Questionnaire, items: Any, deep: int) -> Answers:
    answers: Answers = {}
    for each in items if isinstance(items, list) else []:
        if not isinstance(each, dict):
            continue
        link_id = str(each.get("linkId", ""))
        item = questionnaire.item(link_id) if questionnaire.has(link_id) else None
        if item is not None and item.is_rows:
            answers.setdefault(link_id, []).append(_answers(questionnaire, each.get("item"), deep - 1))
        elif deep == 0:
            answers[link_id] = each
        elif "answer" in each:
            given = _given(questionnaire, item, each["answer"])
            # A question that stands twice keeps both answers, so that validation can refuse them.
            answers[link_id] = [answers[link_id], given] if link_id in answers else given
        else:
            answers |= _answers(questionnaire, each.get("item"), deep - 1)
    return answers


def _given(questionnaire: Questionnaire, item: Item | None, given: Any) -> Any:
    values = [_plain(each) for each in given] if isinstance(given, list) else [given]
    values = [_cleaned(questionnaire, item.link_id, value) if item else value for value in values]
    return values[0] if len(values) == 1 and not (item and item.repeats) else values


def _plain(answer: Any) -> Any:
    """The value of `{"valueX": value}`; a coding is its code."""
    if not isinstance(answer, dict) or len(answer) != 1:
        return answer
    value = next(iter(answer.values()))
    return value.get("code") if isinstance(value, dict) else value


def _cleaned(questionnaire: Questionnaire, link_id: object, value: Any) -> Any:
    """The value with its texts cleaned as a page's would be."""
    if isinstance(value, list):
        return [_cleaned_in_list(questionnaire, link_id, each) for each in value]
    if not isinstance(value, str) or not questionnaire.has(str(link_id)):
        return value
    item = questionnaire.item(str(link_id))
    return clean(value) if item.type is ItemType.TEXT else single_line(value)


def _cleaned_in_list(questionnaire: Questionnaire, link_id: object, each: Any) -> Any:
    if isinstance(each, list):
        return each
    if isinstance(each, dict):
        return {
            key: value if isinstance(value, list) else _cleaned(questionnaire, key, value)
            for key, value in each.items()
        }
    return _cleaned(questionnaire, link_id, each)
