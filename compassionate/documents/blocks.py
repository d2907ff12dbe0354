"""What a document is made of: rows, tables, texts, signatures and charts, all plain data.

Templates see nothing else. A `label` is a code of the table `print.label`, `said` is words already
(of a questionnaire); columns are codes of `print.column`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compassionate.documents.letters import drawable
from compassionate.text import clean

Block = dict[str, Any]
LONG_VALUE = 240
BREAK = "\u200b"
VERY_LONG_WORD = re.compile(r"\S{100,}")
PIECE = re.compile(r".{1,20}[\u0300-\u036f\u200c\u200d]*")


class NotPlain(TypeError):
    """Something that is not text, number, list or mapping was on its way into a template."""


def breakable(text: str) -> str:
    """The same text with places to break in words longer than a line.

    Without them the PDF engine takes minutes over a word of some thousand letters.
    """
    return VERY_LONG_WORD.sub(lambda found: BREAK.join(PIECE.findall(found.group())), text)


def tidy(value: Any) -> Any:
    """The same data with every text made printable; raises NotPlain for anything but plain data."""
    if isinstance(value, str):
        return breakable(drawable(clean(value)))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): tidy(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(each) for each in value]
    raise NotPlain(type(value).__name__)


def row(label: str, value: str, said: str = "") -> dict[str, Any]:
    """One line of label and value; a long value gets the whole width."""
    return {"label": label, "said": said, "value": value, "long": len(value) > LONG_VALUE or value.count("\n") > 2}


def rows(*pairs: tuple[str, str]) -> Block:
    """Labels (codes) and values, one under the other."""
    return {"type": "rows", "rows": [row(label, value) for label, value in pairs]}


def said_rows(pairs: Iterable[tuple[str, str]]) -> Block:
    """The same with labels that are words already."""
    return {"type": "rows", "rows": [row("", value, said) for said, value in pairs]}


def table(caption: str, columns: Sequence[tuple[str, int]], body: Sequence[Sequence[Any]], numeric: str = "") -> Block:
    """A table of fixed layout: columns as (code, width in per cent), one list of cells a row.

    `numeric` names the columns whose figures are set under each other. Without rows it says so.
    """
    figures = numeric.split()
    heads = [{"code": code, "width": width, "numeric": code in figures} for code, width in columns]
    return {"type": "table", "caption": caption, "columns": heads, "rows": [list(cells) for cells in body]}


def said_table(caption: str, heads: Sequence[str], body: Sequence[Sequence[str]]) -> Block:
    """A table whose caption and heads are words already, all columns equally wide."""
    width = 100 // max(len(heads), 1)
    columns = [{"said": head, "width": width, "numeric": False} for head in heads]
    return {
        "type": "table",
        "caption": "answers",
        "said": caption,
        "columns": columns,
        "rows": [list(cells) for cells in body],
    }


def text(code: str, **params: Any) -> Block:
    """A paragraph of fixed words."""
    return {"type": "text", "code": code, "params": params}


def note(code: str, **params: Any) -> Block:
    """A small remark."""
    return {"type": "note", "code": code, "params": params}


def heading(code: str, **params: Any) -> Block:
    """A heading inside a section."""
    return {"type": "heading", "code": code, "params": params}


def said_heading(words: str) -> Block:
    """The same with words that are there already."""
    return {"type": "heading", "said": words}


def section(anchor: str, title: str, *blocks: Block | None, said: str = "", number: str = "") -> dict[str, Any]:
    """A titled part with an anchor that the contents point to; blocks that are None are left out."""
    kept = [block for block in blocks if block is not None]
    return {"id": anchor, "title": title, "said": said, "number": number, "blocks": kept}
