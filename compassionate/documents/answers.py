"""Answers to questionnaires as documents print them: whole forms in sections, or single questions by linkId."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from compassionate.documents.blocks import Block, said_heading, said_rows, said_table
from compassionate.questionnaires import Catalogue, Questionnaire, Row, Section, display
from compassionate.snapshot import AnswersSnapshot

MOST_COLUMNS = 5
LONGEST_CELL = 160


@dataclass(frozen=True, slots=True)
class Shown:
    """One set of answers in the words of the form version that it was given to."""

    questionnaire: Questionnaire
    sections: tuple[Section, ...]
    raw: dict[str, Any]

    def row(self, link_id: str) -> Row | None:
        """The answer to one question that stands outside repeating groups."""
        return next((row for section in self.sections for row in section.rows if row.path == link_id), None)

    def text(self, link_id: str) -> str:
        """Its words; empty where it was not asked or not answered."""
        row = self.row(link_id)
        return row.text if row else ""

    def pairs(self, link_ids: Iterable[str]) -> list[tuple[str, str]]:
        """Question and answer of those that the form has, in the order asked for."""
        found = (self.row(link_id) for link_id in link_ids)
        return [(row.label, row.text) for row in found if row]

    def group(self, link_id: str) -> list[Section]:
        """The rows of a repeating group."""
        return [section for section in self.sections if section.link_id == link_id and section.index is not None]


def shown(answers: AnswersSnapshot | None, forms: Catalogue, language: str) -> Shown | None:
    """A set of answers in words; None where nobody has answered. Raises KeyError for a form that is not published."""
    if answers is None:
        return None
    questionnaire = forms.get(answers.form, answers.form_version)
    return Shown(questionnaire, tuple(display(questionnaire, answers.answers, language)), dict(answers.answers))


def blocks(held: Shown | None, language: str, skip: frozenset[str] = frozenset()) -> list[Block]:
    """A whole form but the questions and groups in `skip`: rows under headings, repeating groups as tables."""
    if held is None:
        return []
    printed: list[Block] = []
    for (link_id, repeats), parts in groupby(held.sections, key=lambda part: (part.link_id, part.index is not None)):
        sections = list(parts)
        if repeats:
            printed += [] if link_id in skip else [repeated(held, link_id, sections, language)]
            continue
        for section in sections:
            pairs = [(row.label, row.text) for row in section.rows if row.path not in skip]
            printed += [said_heading(section.title), said_rows(pairs)] if pairs else []
    return printed


def repeated(held: Shown, link_id: str, sections: list[Section], language: str) -> Block:
    """The rows of a repeating group: a table where they are few and short, else one under the other."""
    title = held.questionnaire.item(link_id).text.said(language) if held.questionnaire.has(link_id) else link_id
    heads = [row.label for row in sections[0].rows]
    cells = [[row.text for row in section.rows] for section in sections]
    is_wide = len(heads) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for line in cells for cell in line)
    if not is_wide and all([row.label for row in section.rows] == heads for section in sections):
        return said_table(title, heads, cells)
    pairs = [[(row.label, row.text) for row in section.rows] for section in sections]
    return {"type": "records", "said": title, "records": [said_rows(each)["rows"] for each in pairs]}
