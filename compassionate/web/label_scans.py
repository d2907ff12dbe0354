"""The boxes of a step that take a label or a bracelet: typed by a scanner or a person, or read from a photograph.

What a photograph says stands in the box as if a scanner had typed it, so that one rule compares it (services/cells/
scanning.py) and nothing of it is lost when the form comes back. Photographs are read before the page begins to write
and are not kept (UPL-04). RDL 9/2014 art. 33: what does not agree is never chosen from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import g, request
from werkzeug.datastructures import MultiDict

from compassionate import clock
from compassionate.cells import custody
from compassionate.cells.carriers import CODE, Scanned
from compassionate.cells.wedge import GS
from compassionate.errors import FieldError, Invalid
from compassionate.models import Case
from compassionate.services.cells.reading import as_field, read_scan
from compassionate.web.templating import say
from compassionate.web.uploads import PHOTOGRAPH, upload_sent

if TYPE_CHECKING:
    from compassionate.web.step_fields import Field

SCANNED = ("patient_code", "container_code")
SEEN_SEPARATOR = "<GS>"  # a box, and what is kept of it, holds no control sign
Typed = MultiDict[str, str]
View = TypeVar("View", bound=Callable[..., Any])


def reads_labels(view: View) -> View:
    """Mark a page to which photographs of labels are sent: they are read first; stands outside of takes_files."""

    @wraps(view)
    def read_first(*args: Any, **given: Any) -> Any:
        sent = {name: upload_sent(name + PHOTOGRAPH) for name in SCANNED}
        g.labels_read = {name: _read(photograph) for name, photograph in sent.items() if photograph is not None}
        return view(*args, **given)

    return cast(View, read_first)


def _read(given: Any) -> Scanned | Invalid:
    try:
        return read_scan(given, clock.now().date())
    except Invalid as wrong:
        return wrong


def form_read() -> Typed:
    """The form as it was sent, with what each photograph says in its box where that was empty or says less."""
    typed: Typed = MultiDict(request.form)
    for name in SCANNED:
        if name in typed:
            typed[name] = typed[name].replace(GS, SEEN_SEPARATOR)
        found = _photographs().get(name)
        if isinstance(found, Scanned) and typed.get(name, "").strip() in ("", found.code):
            typed[name] = as_typed(found)
    return typed


def as_typed(scanned: Scanned) -> str:
    """A reading as a scanner would have typed it, to be read again as the same."""
    prefix = f"]{scanned.symbology}" if scanned.symbology and scanned.carrier != CODE else ""
    return prefix + scanned.text.replace(GS, SEEN_SEPARATOR)


def check_photographs(typed: Typed) -> None:
    """Raise Invalid beside every photograph that cannot be read or says something else than its box."""
    wrong = tuple(each for name, found in _photographs().items() for each in _wrong(name, found, typed))
    if wrong:
        raise Invalid(wrong)


def _photographs() -> dict[str, Scanned | Invalid]:
    return cast(dict[str, Scanned | Invalid], g.get("labels_read", {}))


def _wrong(name: str, found: Scanned | Invalid, typed: Typed) -> Iterator[FieldError]:
    if isinstance(found, Invalid):
        yield from map(_of_a_photograph, as_field(found, name + PHOTOGRAPH).errors)
        return
    box = _read(typed.get(name, ""))
    if isinstance(box, Invalid) or box.values != found.values:
        yield FieldError(name + PHOTOGRAPH, "scan.photograph_differs", {"found": _short(found), "typed": _short(box)})


def _of_a_photograph(error: FieldError) -> FieldError:
    """Of a file of another kind a paper's sentence says how to make a PDF, which is no help here."""
    if error.code.startswith("paper.kind_") and error.code != "paper.kind_heic":
        return FieldError(error.field, "scan.not_a_photograph", error.params)
    return error


def _short(found: Scanned | Invalid) -> str:
    return (found.code or found.text) if isinstance(found, Scanned) else "?"


def drawn(case: Case, field: Field) -> Field:
    """The box of a label, and under it what its reading says, where it is more than a bare code."""
    found = _read(field.value) if field.value else None
    said = found.values if isinstance(found, Scanned) and found.carrier != CODE else {}
    rows = tuple(
        {"label": say(f"scan_field.{name}"), "value": custody.shown(value, case.centre.zone)}
        for name, value in said.items()
    )
    return replace(field, kind="scan", rows=rows)
