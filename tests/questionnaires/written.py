"""Small questionnaires for tests, written as a form editor writes them, and answers to any questionnaire."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from compassionate.questionnaires import Answers, Catalogue, Item, ItemType, Questionnaire, load_form, load_forms
from compassionate.questionnaires.fhir import CORE
from compassionate.questionnaires.values import LARGEST_INTEGER, STRING_LENGTH
from compassionate.text import clean, single_line

FORMS = Path(__file__).parents[2] / "forms"
TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def published() -> Catalogue:
    """The forms of the product."""
    return load_forms(FORMS)


def question(link_id: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """One item as FHIR writes it."""
    return {"linkId": link_id, "text": f"Pregunta {link_id}", "type": kind, **more}


def group(link_id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A group of items; `repeats=True` makes it rows."""
    return question(link_id, "group", item=list(items), **more)


def choice(link_id: str, *codes: str, **more: Any) -> dict[str, Any]:
    """A choice; the text of each option is its code in capitals."""
    options = [{"valueCoding": {"code": code, "display": code.upper()}} for code in codes]
    return question(link_id, "choice", answerOption=options, **more)


def when(asked: str, **answer: Any) -> dict[str, Any]:
    """The `enableWhen` of an item: open when the question has that answer."""
    return {"enableWhen": [{"question": asked, "operator": "=", **answer}]}


def extension(name: str, **value: Any) -> dict[str, Any]:
    """An extension of the standard, by the end of its address."""
    return {"url": CORE + name, **value}


def resource(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole questionnaire around the items."""
    head = {"resourceType": "Questionnaire", "id": "prueba", "url": "urn:test:prueba", "version": "2026-11"}
    return {**head, "title": "Prueba", "status": "active", "item": list(items), **more}


def write(folder: Path, document: Any) -> Path:
    """The questionnaire where its id and version say that it lies."""
    file = folder / str(document["id"]) / f"{document['version']}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return file


def written(folder: Path, *items: dict[str, Any]) -> Questionnaire:
    """A questionnaire of those items, written and loaded."""
    return load_form(write(folder, resource(*items)))


def answers_to(questionnaire: Questionnaire) -> st.SearchStrategy[Answers]:
    """Good answers to any part of a questionnaire."""
    return _answers(tuple(_asked(questionnaire.items)))


def _asked(items: tuple[Item, ...]) -> list[Item]:
    found: list[Item] = []
    for item in items:
        found += [item] if item.is_question or item.is_rows else _asked(item.items)
    return found


def _answers(items: tuple[Item, ...]) -> st.SearchStrategy[Answers]:
    return st.fixed_dictionaries({}, optional={item.link_id: _answer(item) for item in items})


def _answer(item: Item) -> st.SearchStrategy[Any]:
    if item.is_rows:
        return st.lists(_answers(tuple(_asked(item.items))).filter(bool), min_size=1, max_size=3)
    one = _one(item)
    return st.lists(one, min_size=1, max_size=len(item.options), unique=True) if item.repeats else one


def _one(item: Item) -> st.SearchStrategy[Any]:
    low: Any = -LARGEST_INTEGER if item.minimum is None else item.minimum
    high: Any = LARGEST_INTEGER if item.maximum is None else item.maximum
    longest = item.max_length or STRING_LENGTH
    match item.type:
        case ItemType.BOOLEAN:
            return st.booleans()
        case ItemType.INTEGER:
            return st.integers(int(low), int(high))
        case ItemType.DECIMAL:
            return st.decimals(str(low), str(high), places=3).map(float)
        case ItemType.DATE:
            return st.dates().map(str)
        case ItemType.CHOICE:
            return st.sampled_from([option.code for option in item.options])
    tidy = clean if item.type is ItemType.TEXT else single_line
    return TEXTS.map(lambda text: tidy(text)[:longest]).map(tidy).filter(bool)
