"""A questionnaire as a page draws it: plain nodes for templates/questionnaires/fields.html.

Every question is drawn, closed ones with the condition in words; a small script hides them where it runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compassionate.questionnaires import Answers, Item, ItemType, Questionnaire, enabled, row_count
from compassionate.questionnaires.model import Condition
from compassionate.questionnaires.values import ISO_DATE, said
from compassionate.questionnaires.values import typed as typed_value
from compassionate.web.templating import language, say

Node = dict[str, Any]
SELECT_FROM = 8


@dataclass(frozen=True, slots=True)
class Ink:
    """What a questionnaire is drawn with: typed values, which are wrong, and what others stored beside them."""

    form: Questionnaire
    raw: Mapping[str, list[str]] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    added: str = ""

    def rows(self, group: Item) -> int:
        """How many rows of a group are drawn: those typed, one more where asked for, one where none is there."""
        count = row_count(self.raw, group.link_id)
        return count + 1 if self.added == group.link_id or (count == 0 and group.required) else count


def nodes(ink: Ink, section: str = "") -> list[Node]:
    """The items of a form, or of one of its top groups, as the page draws them."""
    drawn = _padded(ink)
    items = ink.form.item(section).items if section else ink.form.items
    return [node for item in items if not item.hidden for node in [_node(ink, drawn, item, "", 2)]]


def _padded(ink: Ink) -> frozenset[str]:
    """Paths of the open items, the rows that are still empty among them."""
    answers = dict(ink.answers)
    for item in ink.form.walk():
        if item.is_rows:
            held = answers.get(item.link_id)
            rows = list(held) if isinstance(held, list) else []
            answers[item.link_id] = rows + [{}] * max(0, ink.rows(item) - len(rows))
    return enabled(ink.form, answers)


def _node(ink: Ink, is_open: frozenset[str], item: Item, prefix: str, level: int) -> Node:
    path, tongue = prefix + item.link_id, language()
    common: Node = {
        "id": path,
        "label": item.text.said(tongue),
        "hint": item.hint.said(tongue) if item.hint else "",
        "error": ink.errors.get(path, ""),
        "closed": path not in is_open,
        "only_if": _only_if(ink.form, item) if item.enable_when else "",
        "when": _when(ink.form, item, prefix) if item.enable_when else "",
        "when_any": item.enable_any,
        "level": level,
    }
    if item.is_rows:
        return common | _rows(ink, is_open, item, level)
    if item.type is ItemType.GROUP:
        inner = [_node(ink, is_open, each, prefix, level + 1) for each in item.items if not each.hidden]
        return common | {"kind": "group", "nodes": inner}
    if item.type is ItemType.DISPLAY:
        return common | {"kind": "display"}
    return common | _question(ink, item, path)


def _rows(ink: Ink, is_open: frozenset[str], item: Item, level: int) -> Node:
    rows = [
        {
            "id": f"{item.link_id}-{index + 1}",
            "number": index + 1,
            "remove": f"{item.link_id}.{index}",
            "nodes": [_node(ink, is_open, each, f"{item.link_id}.{index}.", level + 1) for each in item.items],
        }
        for index in range(ink.rows(item))
    ]
    return {"kind": "rows", "rows": rows, "optional": not item.required, "next": f"{item.link_id}-{len(rows) + 1}"}


def _question(ink: Ink, item: Item, path: str) -> Node:
    values = ink.raw.get(path, [])
    value = values[0] if values else ""
    return {
        "kind": _control(item, value),
        "name": path,
        "value": value,
        "values": values,
        "options": _options(item),
        "unit": item.unit.said(language()) if item.unit else "",
        "maxlength": item.max_length if item.type is ItemType.TEXT else None,
        "inputmode": {ItemType.INTEGER: "numeric", ItemType.DECIMAL: "decimal"}.get(item.type, ""),
        "optional": not item.required,
        "stored": ink.stored.get(path, ""),
    }


def _control(item: Item, value: str) -> str:
    match item.type:
        case ItemType.BOOLEAN:
            return "yes_no"
        case ItemType.CHOICE:
            return "checkboxes" if item.repeats else "select" if len(item.options) >= SELECT_FROM else "radios"
        case ItemType.TEXT:
            return "textarea"
        case ItemType.DATE:
            # A date box shows nothing for what is no date: what was typed must still be seen.
            return "date" if not value or ISO_DATE.fullmatch(value) else "text"
    return "number" if item.type in (ItemType.INTEGER, ItemType.DECIMAL) else "text"


def _options(item: Item) -> list[tuple[str, str]]:
    if item.type is ItemType.BOOLEAN:
        return [("true", say("answer.yes")), ("false", say("answer.no"))]
    return [(option.code, option.text.said(language())) for option in item.options]


def _only_if(form: Questionnaire, item: Item) -> str:
    """In words, when a question is asked."""
    joint = say("questionnaire_page.or" if item.enable_any else "questionnaire_page.and")
    return say("questionnaire_page.only_if", when=joint.join(_condition(form, each) for each in item.enable_when))


def _condition(form: Questionnaire, condition: Condition) -> str:
    asked = form.item(condition.question)
    if condition.operator == "exists":
        code = "answered" if condition.answer else "unanswered"
        return say(f"questionnaire_page.{code}", question=asked.text.said(language()))
    answer = said(asked, condition.answer, language())
    return say("questionnaire_page.equals", question=asked.text.said(language()), answer=answer)


def _when(form: Questionnaire, item: Item, prefix: str) -> str:
    """The conditions for the script: [name of the field, operator, value]."""
    group = prefix.split(".")[0]
    siblings = {each.link_id for each in form.item(group).walk()} if group else set()
    return json.dumps(
        [
            [
                (prefix if condition.question in siblings else "") + condition.question,
                condition.operator,
                typed_value(form.item(condition.question), condition.answer),
            ]
            for condition in item.enable_when
        ]
    )
