"""What a questionnaire is, once read and found good: plain values that nothing changes afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

Answers = dict[str, Any]
"""Plain JSON: {linkId: value}; a repeating group is a list of such objects, a repeating choice a list of codes."""

Number = int | float


class ItemType(StrEnum):
    """The item types of FHIR R4 that we accept."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    STRING = "string"
    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True)
class Phrase:
    """Words in the questionnaire's own language, with the translations that its file gives."""

    own: str
    translations: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str = "") -> str:
        """The words in that language where there are any, else in the questionnaire's own."""
        return self.translations.get(language, self.own)

    def __str__(self) -> str:
        return self.own


@dataclass(frozen=True)
class Option:
    """One answer of a choice."""

    code: str
    text: Phrase
    system: str = ""


@dataclass(frozen=True)
class Condition:
    """An `enableWhen`: the question, and the answer that opens the item."""

    question: str
    operator: Literal["=", "exists"]
    answer: bool | Number | str


@dataclass(frozen=True)
class Limit:
    """One bound of an eligibility criterion: an operator and the value or codes that it holds against."""

    operator: Literal["=", "in", "<", "<=", ">", ">="]
    values: tuple[bool | Number | str, ...]


@dataclass(frozen=True)
class Criterion:
    """An eligibility criterion carried by an item: what must hold, whether it blocks, and who published it."""

    id: str
    kind: Literal["inclusion", "exclusion", "washout"]
    is_blocking: bool
    limits: tuple[Limit, ...]
    source: str


@dataclass(frozen=True)
class Item:
    """One item of a questionnaire, with its children."""

    link_id: str
    type: ItemType
    text: Phrase
    hint: Phrase | None = None
    required: bool = False
    repeats: bool = False
    hidden: bool = False
    max_length: int | None = None
    minimum: Number | str | None = None
    maximum: Number | str | None = None
    unit: Phrase | None = None
    unit_code: str = ""
    options: tuple[Option, ...] = ()
    enable_when: tuple[Condition, ...] = ()
    enable_any: bool = False
    criterion: Criterion | None = None
    items: tuple["Item", ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether a person answers it."""
        return self.type not in (ItemType.GROUP, ItemType.DISPLAY)

    @property
    def is_rows(self) -> bool:
        """Whether it is a group that repeats: a table of rows on the page, a list in the answers."""
        return self.type is ItemType.GROUP and self.repeats

    def walk(self) -> Iterator["Item"]:
        """The item and everything below it, in the order of the page."""
        yield self
        for child in self.items:
            yield from child.walk()

    def option(self, code: object) -> Option | None:
        """The option with that code."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Questionnaire:
    """A published form in one version; `sha256` is of the file as it lies on disk."""

    name: str
    version: str
    url: str
    title: Phrase
    status: Literal["draft", "active", "retired"]
    language: str
    items: tuple[Item, ...]
    sha256: str
    description: Phrase | None = None

    def walk(self) -> Iterator[Item]:
        """Every item in the order of the page."""
        for item in self.items:
            yield from item.walk()

    def item(self, link_id: str) -> Item:
        """The item with that linkId; KeyError if there is none."""
        return self._by_link_id[link_id]

    def has(self, link_id: str) -> bool:
        """Whether there is an item with that linkId."""
        return link_id in self._by_link_id

    @cached_property
    def _by_link_id(self) -> dict[str, Item]:
        return {item.link_id: item for item in self.walk()}

    def label(self, path: str, language: str = "") -> str:
        """The question's words for a field path such as `alternatives.0.reason`."""
        link_id = path.rsplit(".", 1)[-1]
        if link_id.isdigit():
            link_id = path.split(".", 1)[0]
        return self.item(link_id).text.said(language) if self.has(link_id) else path
