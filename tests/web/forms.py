"""Reads the forms of a page as a browser holds them, so that a test fills in only what a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """One form: where it goes and what it would send untouched."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.select = self.textarea = ""
        self.first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(held.get("action", "")))
        elif self.forms and tag in ("input", "select", "textarea", "option", "button"):
            getattr(self, f"_{tag}")(held)

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self._put(self.textarea, data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        self.textarea = "" if tag == "textarea" else self.textarea
        self.select = "" if tag == "select" else self.select

    def _put(self, name: str, value: str) -> None:
        self.forms[-1].values.setdefault(name, []).append(value)

    def _input(self, held: dict[str, str]) -> None:
        name, kind = held.get("name", ""), held.get("type", "text")
        self.forms[-1].names.add(name)
        if name and kind != "file" and (kind not in ("radio", "checkbox") or "checked" in held):
            self._put(name, held.get("value", ""))

    def _select(self, held: dict[str, str]) -> None:
        self.select = held.get("name", "")
        self.forms[-1].names.add(self.select)

    def _option(self, held: dict[str, str]) -> None:
        if self.select and "selected" in held:
            self.forms[-1].values[self.select] = [held.get("value", "")]

    def _textarea(self, held: dict[str, str]) -> None:
        self.textarea = held.get("name", "")
        self.forms[-1].names.add(self.textarea)

    def _button(self, held: dict[str, str]) -> None:
        """Which button was pressed is said by the test."""


def forms(page: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_with(page: str, name: str) -> Form:
    """The form of a page that has a field of that name."""
    held = forms(page)
    found = [form for form in held if name in form.names]
    assert found, (name, [sorted(form.names) for form in held])
    return found[0]


def fill_in(browser: Any, path: str, **values: Any) -> Any:
    """Open a page, fill in the form that has the first of these fields, send it. `__` in a name is a dot."""
    given = {name.replace("__", "."): value for name, value in values.items()}
    page = browser.get(path)
    assert page.status_code == 200, (path, page.status_code)
    form = form_with(page.text, next(iter(given)))
    return browser.post(form.action or path, form.values | given)
