"""Codes into sentences: the one message catalogue that pages, command line, API and documents share.

`translations/<language>/*.toml` hold nested tables; the code `state.draft` is the path to its words.
A code without words in the wanted language falls back to Spanish, then to the code itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "translations"
SPANISH = "es"


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    words: dict[str, str] = {}
    for key, value in table.items():
        code = f"{prefix}{key}"
        words |= _flatten(value, f"{code}.") if isinstance(value, Mapping) else {code: str(value)}
    return words


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every code of a language and its words."""
    words: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        words |= _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
    return words


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def say(code: str, language: str = SPANISH, **params: Any) -> str:
    """The words of a code, with its parameters filled in; never raises."""
    words = catalogue(language).get(code) or catalogue(SPANISH).get(code)
    if words is None:
        return code
    return words.format_map(_Lenient(params)) if "{" in words else words


def has_words(code: str, language: str = SPANISH) -> bool:
    """Whether a language has its own words for a code."""
    return code in catalogue(language)
