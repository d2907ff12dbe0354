"""The way from a part of a case to the conversation about it, with how many questions are open there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask import request

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import CURES
from compassionate.services.conversation import ABOUT, SECTION, open_by_part
from compassionate.web.editing import may
from compassionate.web.templating import say


@cache
def _pages() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The parts that a question may be about, by the address of their page and of those below it."""
    ways = ((about, CURES[about].replace("{case}", "[^/]+").replace("{n}", r"\d+")) for about in ABOUT)
    return tuple((about, re.compile(rf"{way}(/.*)?")) for about, way in ways)


def here(case: Case) -> dict[str, Any] | None:
    """The way from the page that is being drawn, where it is that of a part of the case."""
    found = next((about for about, page in _pages() if page.fullmatch(request.path)), None)
    return way(case, found, open_by_part(db(), case)) if found else None


def way(case: Case, about: str, counts: Mapping[str, int]) -> dict[str, Any] | None:
    """The link that asks and how many questions are open; None where there is neither."""
    total, may_ask = counts.get(about, 0), may(case, SECTION)
    if not (total or may_ask):
        return None
    href = f"/expedientes/{case.code}/conversacion?sobre={about}"
    return {"href": href, "part": say(f"about.{about}"), "total": total, "may_ask": may_ask}


def main_part(cures: Iterable[str]) -> str:
    """What most of these fields are about; empty where no question can be about any of them."""
    asked = [cure for cure in ("packs" if each == "import" else each for each in cures) if cure in ABOUT]
    return max(asked, key=asked.count, default="")
