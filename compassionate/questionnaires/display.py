"""Answers in the words of the form, for check pages and documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compassionate.questionnaires.enabling import Field, fields, is_answered
from compassionate.questionnaires.model import Item, ItemType, Questionnaire
from compassionate.questionnaires.values import said


@dataclass(frozen=True)
class Row:
    """A question and its answer in words; the text is empty where nothing was answered."""

    path: str
    label: str
    text: str
    is_required: bool = False


@dataclass(frozen=True)
class Section:
    """A titled part; `link_id` is the group that it shows, `index` its row where the group repeats."""

    title: str
    rows: tuple[Row, ...]
    link_id: str = ""
    index: int | None = None


def display(questionnaire: Questionnaire, answers: Mapping[str, Any], language: str = "es") -> list[Section]:
    """The open questions with their answers, a section for each top group and for each row of a repeating one.

    Hidden questions and hints are left out; so are sections with nothing to show.
    """
    homes = _homes(questionnaire.items, None)
    sections: dict[tuple[str, int | None], Section] = {}
    for field in fields(questionnaire, answers):
        if not field.is_enabled or field.item.hidden or not _is_shown(field):
            continue
        home, index = homes.get(field.item.link_id), _index(field.path)
        key = (home.link_id if home else "", index)
        started = sections.get(key) or _section(questionnaire, home, index, language)
        rows = (_row(field, language),) if field.item.is_question else ()
        sections[key] = Section(started.title, (*started.rows, *rows), started.link_id, index)
    return [section for section in sections.values() if section.rows or questionnaire.item(section.link_id).is_rows]


def _is_shown(field: Field) -> bool:
    """All but hints, and but a repeating group with rows: each row is a section. Without rows, an empty one says so."""
    if field.item.is_rows:
        return not is_answered(field.answer)
    return field.item.type is not ItemType.DISPLAY


def _homes(items: tuple[Item, ...], home: Item | None) -> dict[str, Item | None]:
    """The group whose section shows each question: the outermost, or the repeating one that it is in."""
    result: dict[str, Item | None] = {}
    for item in items:
        if item.type is ItemType.GROUP:
            inner = item if home is None or item.repeats else home
            result |= {item.link_id: inner} | _homes(item.items, inner)
        else:
            result[item.link_id] = home
    return result


def _index(path: str) -> int | None:
    parts = path.split(".")
    return int(parts[1]) if len(parts) == 3 else None


def _section(questionnaire: Questionnaire, home: Item | None, index: int | None, language: str) -> Section:
    phrase = home.text if home else questionnaire.title
    number = "" if index is None else f" ({index + 1})"
    return Section(phrase.said(language) + number, (), home.link_id if home else "", index)


def _row(field: Field, language: str) -> Row:
    text = said(field.item, field.answer, language) if is_answered(field.answer) else ""
    return Row(field.path, field.item.text.said(language), text, field.item.required)
