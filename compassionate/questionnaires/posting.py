"""Answers as an HTML page sends them, and back: the name of a field is its path.

`alternatives.0.reason` is the question `reason` in the first row of the group `alternatives`. The page
sends `_add=alternatives` for one more row and `_remove=alternatives.1` to take one away, so that rows
come and go without JavaScript. Nothing typed is lost: `raw` has it all for the page to be drawn again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compassionate.errors import FieldError
from compassionate.questionnaires.model import Answers, Item, ItemType, Questionnaire
from compassionate.questionnaires.validation import MOST_ROWS, validate
from compassionate.questionnaires.values import read, typed
from compassionate.text import clean, loses_characters

Posted = Mapping[str, list[str]]


@dataclass(frozen=True)
class ParsedAnswers:
    """What a page sent: good answers, what is wrong, and everything as typed.

    `answers` has only good values; `raw` has what was typed, good and bad, its rows numbered as in `answers`;
    `added` names the group that wants one more empty row; `cleaned` the fields that lost
    unprintable characters, so that the page can say so.
    """

    answers: Answers
    errors: tuple[FieldError, ...] = ()
    raw: dict[str, list[str]] = field(default_factory=dict)
    added: str = ""
    cleaned: tuple[str, ...] = ()


def parse_form(
    questionnaire: Questionnaire, formdata: Posted, stored: Answers | None = None, section: str = ""
) -> ParsedAnswers:
    """Read a posted page.

    With `section`, the linkId of a group, the page showed that group alone: what it did not show keeps
    its `stored` answer. Hidden questions always keep theirs, since no page shows them.
    """
    shown = _shown(questionnaire, section)
    raw = _tidy_rows(shown, formdata)
    read_answers = _read_all(shown, raw)
    kept = {key: answer for key, answer in (stored or {}).items() if key not in {item.link_id for item in shown}}
    errors = _in_shown(shown, validate(questionnaire, kept | read_answers))
    return ParsedAnswers(
        answers=kept | _without(read_answers, errors),
        errors=errors,
        raw={path: [clean(value) for value in values] for path, values in raw.items()},
        added=next(iter(formdata.get("_add", [])), ""),
        cleaned=tuple(path for path, values in raw.items() if any(map(loses_characters, values))),
    )


def form_values(questionnaire: Questionnaire, answers: Answers) -> dict[str, list[str]]:
    """Stored answers as the values of the page's fields, the same shape as `ParsedAnswers.raw`."""
    return dict(_values(_shown(questionnaire, ""), answers))


def row_count(raw: Posted, group: str) -> int:
    """How many rows of a repeating group there are among the page's fields."""
    indexes = [int(index) for index, _ in _row_fields(raw, group)]
    return max(indexes) + 1 if indexes else 0


def _shown(questionnaire: Questionnaire, section: str) -> tuple[Item, ...]:
    items = questionnaire.item(section).items if section else questionnaire.items
    return tuple(item for item in _flat(items) if not item.hidden)


def _flat(items: tuple[Item, ...]) -> Iterator[Item]:
    """Questions and repeating groups, through the plain groups around them."""
    for item in items:
        if item.is_question or item.is_rows:
            yield item
        else:
            yield from _flat(item.items)


def _tidy_rows(shown: tuple[Item, ...], formdata: Posted) -> dict[str, list[str]]:
    """What was typed, without empty or removed rows, the others numbered from 0."""
    raw: dict[str, list[str]] = {}
    removed = set(formdata.get("_remove", []))
    for item in shown:
        if not item.is_rows:
            raw |= {item.link_id: list(formdata[item.link_id])} if item.link_id in formdata else {}
            continue
        for index, row in enumerate(_filled_rows(item, formdata, removed)):
            raw |= {f"{item.link_id}.{index}.{name}": values for name, values in row.items()}
    return raw


def _filled_rows(group: Item, formdata: Posted, removed: set[str]) -> Iterator[dict[str, list[str]]]:
    rows: dict[str, dict[str, list[str]]] = {}
    names = {item.link_id for item in _flat(group.items)}
    for index, name in _row_fields(formdata, group.link_id):
        if name in names and f"{group.link_id}.{index}" not in removed:
            rows.setdefault(index, {})[name] = list(formdata[f"{group.link_id}.{index}.{name}"])
    for index in sorted(rows, key=int):
        if any(clean(value) for values in rows[index].values() for value in values):
            yield rows[index]


def _row_fields(formdata: Posted, group: str) -> Iterator[tuple[str, str]]:
    for key in formdata:
        match key.split("."):
            case [link_id, index, name] if link_id == group and index.isascii() and index.isdigit():
                if len(index) <= len(str(MOST_ROWS)):
                    yield index, name


def _read_all(shown: tuple[Item, ...], raw: Posted) -> Answers:
    answers: Answers = {}
    for item in shown:
        if item.is_rows:
            rows = [_read_row(item, raw, index) for index in range(row_count(raw, item.link_id))]
            answers |= {item.link_id: rows} if rows else {}
        else:
            answers |= _read_one(item, raw.get(item.link_id, []))
    return answers


def _read_row(group: Item, raw: Posted, index: int) -> Answers:
    row: Answers = {}
    for item in _flat(group.items):
        row |= _read_one(item, raw.get(f"{group.link_id}.{index}.{item.link_id}", []))
    return row


def _read_one(item: Item, values: list[str]) -> Answers:
    given = [read(item, value) for value in values if clean(value)]
    if not given:
        return {}
    return {item.link_id: list(dict.fromkeys(given)) if item.repeats else given[0]}


def _in_shown(shown: tuple[Item, ...], errors: tuple[FieldError, ...]) -> tuple[FieldError, ...]:
    names = {item.link_id for item in shown}
    return tuple(error for error in errors if error.field.split(".")[0] in names)


def _without(answers: Answers, errors: tuple[FieldError, ...]) -> Answers:
    bad = {error.field for error in errors}
    result: Answers = {}
    for link_id, answer in answers.items():
        if link_id in bad:
            continue
        if isinstance(answer, list) and all(isinstance(row, dict) for row in answer):
            answer = [_good_cells(row, f"{link_id}.{index}", bad) for index, row in enumerate(answer)]
        result[link_id] = answer
    return result


def _good_cells(row: Answers, path: str, bad: set[str]) -> Answers:
    return {name: answer for name, answer in row.items() if f"{path}.{name}" not in bad}


def _values(shown: tuple[Item, ...], answers: Answers, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    for item in shown:
        answer = answers.get(item.link_id)
        if item.is_rows:
            for index, row in enumerate(answer or []):
                yield from _values(tuple(_flat(item.items)), row, f"{prefix}{item.link_id}.{index}.")
        elif answer is not None:
            given = answer if item.repeats else [answer]
            yield prefix + item.link_id, [_typed(item, each) for each in given]


def _typed(item: Item, answer: object) -> str:
    # A date field takes the ISO form; browsers show it as the reader's country writes it.
    return str(answer) if item.type is ItemType.DATE else typed(item, answer)
