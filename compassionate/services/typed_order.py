"""The order in which a request is typed, with its words and limits: data of ours, or of the hospital's own.

Ours are in typing_orders/; a hospital's are in `instance/typing_orders/`, for every centre or for one, and go before
ours: read once at start and refused whole, with what is wrong, rather than half understood. What administrators write
on the page (services/written_orders.py) goes before the files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from compassionate.errors import StartRefused, UnknownCode
from compassionate.questionnaires import Catalogue
from compassionate.services.typed_fields import KNOWN, LINE_FIELDS, OF_FORMS

FOLDER = Path(__file__).parent / "typing_orders"
FORMS = {"report": "clinical-report", "eligibility": "eligibility", "progress": "progress-report"}
OF_REQUEST = ("fields", "continuation_fields")
OF_LINES = ("line_fields", "continuation_line_fields")
OF_PART = {"letter", "title", *OF_REQUEST, *OF_LINES}
OF_ORDER = {"pathway", "version", "centre", "part", "limits", "labels", "verified"}
MOST_CHARACTERS = 1_000_000
AT_LINE = re.compile(r"at line (\d+)")


class OrderRefused(StartRefused):
    """An order of typing of the hospital is not understood."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"El orden de los campos {name} no vale: {what}. Corríjalo o quítelo (docs/typing.md).")


@dataclass(frozen=True, slots=True)
class Order:
    """An order of typing; `own` is the name of the hospital's file, empty for ours."""

    pathway: str
    version: str
    parts: tuple[Mapping[str, Any], ...]
    limits: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    verified: frozenset[str] = frozenset()
    centre: str = ""
    own: str = ""


Orders = Mapping[tuple[str, str], Order]
"""A hospital's orders by pathway and centre (empty: every centre)."""


@cache
def shipped(pathway: str) -> Order:
    """Our newest order for a pathway; raises UnknownCode."""
    files = sorted(FOLDER.glob(f"{pathway}-*.toml"))
    if not files:
        raise UnknownCode(pathway)
    try:
        return _read(files[-1])
    except ValueError as error:
        raise UnknownCode(f"{files[-1].name}: {error}") from error


def chosen(orders: Orders, pathway: str, centre: str, written: Mapping[str, Order] | None = None) -> Order:
    """The order that a centre types by: its own, its hospital's, or ours.

    `written`: those that administrators wrote, by centre (empty: every centre); each goes before the file of its place.
    """
    for place in (centre, ""):
        if found := (written or {}).get(place) or orders.get((pathway, place)):
            return found
    return shipped(pathway)


def load(folder: Path, forms: Catalogue) -> Orders:
    """The hospital's orders, of each pathway and centre the last by name; raises OrderRefused."""
    found: dict[tuple[str, str], Order] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            held = _read(path, forms, path.name)
            shipped(held.pathway)
        except UnknownCode as error:
            raise OrderRefused(path.name, f"no hay ninguna vía {error}") from error
        except (OSError, ValueError) as error:
            raise OrderRefused(path.name, str(error)) from error
        found[held.pathway, held.centre] = held
    return found


def _read(path: Path, forms: Catalogue | None = None, own: str = "") -> Order:
    return parse(path.read_text(encoding="utf-8"), forms, own)


def parse(text: str, forms: Catalogue | None = None, own: str = "") -> Order:
    """An order from its text; raises ValueError with a sentence that says what is wrong."""
    held = _loads(text)
    _check_keys(held, OF_ORDER, "el fichero")
    parts = held.get("part")
    if not isinstance(parts, list) or not parts:
        raise ValueError("le falta alguna [[part]]")
    named = [name for part in parts for name in _names(part, forms)]
    _check_once(named)
    limits, labels, verified = held.get("limits", {}), held.get("labels", {}), held.get("verified", [])
    _check_named("limits", limits, named)
    _check_named("labels", labels, named)
    _check_named("verified", verified, limits)
    if not all(type(most) is int and 0 < most <= MOST_CHARACTERS for most in limits.values()):
        raise ValueError("en limits, cada límite es un número entero de caracteres mayor que cero")
    if not all(isinstance(words, str) and 0 < len(words) <= 200 for words in labels.values()):
        raise ValueError("en labels, cada campo tiene sus palabras entre comillas, hasta 200 caracteres")
    texts = {name: _text(held, name, name != "centre") for name in ("pathway", "version", "centre")}
    return Order(
        texts["pathway"], texts["version"], tuple(parts), limits, labels, frozenset(verified), texts["centre"], own
    )


def _loads(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = AT_LINE.search(str(error))
        place = f"en la línea {where[1]}" if where else "al final"
        raise ValueError(f"no se entiende lo escrito {place} (comillas, corchetes o signos = que faltan)") from error


def _text(held: Mapping[str, Any], name: str, required: bool) -> str:
    value = held.get(name, "")
    if not isinstance(value, str) or len(value) > 40 or (required and not value):
        raise ValueError(f"{name} tiene que ser un texto de 1 a 40 caracteres")
    return value


def _names(part: Any, forms: Catalogue | None) -> list[str]:
    """The fields of a part, each of which there is; raises ValueError."""
    if not isinstance(part, dict):
        raise ValueError("cada [[part]] es una tabla")
    _check_keys(part, OF_PART, "una [[part]]")
    for name in ("letter", "title"):
        _text(part, name, required=True)
    found = {each: part.get(each, []) for each in (*OF_REQUEST, *OF_LINES)}
    wrong = [name for each in OF_REQUEST for name in found[each] if not _is_field(name, forms)]
    wrong += [name for each in OF_LINES for name in found[each] if name not in LINE_FIELDS]
    if wrong:
        raise ValueError(f"no hay ningún campo {', '.join(map(str, wrong))}")
    return [name for each in found.values() for name in each]


def _is_field(name: Any, forms: Catalogue | None) -> bool:
    form, _, link_id = str(name).partition(".")
    if form not in OF_FORMS:
        return name in KNOWN
    return forms is None or forms.latest(FORMS[form]).has(link_id)


def _check_keys(held: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(held) - known):
        raise ValueError(f"{where} no lleva {', '.join(unknown)}")


def _check_once(named: list[str]) -> None:
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ValueError(f"está dos veces {', '.join(twice)}")


def _check_named(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{where} nombra {', '.join(unknown)}, que no está")
