"""The form that takes back what the agency's application gave: its own fields, and a row a field that differed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from compassionate.models import Case
from compassionate.services.submissions import FIELD, TYPED, WHY, fields, rows_in

ROWS = 3
MORE = "more"
LABEL_LIMIT = 90


def submission(
    session: Session, case: Case, number: int, typed: MultiDict[str, str], wrong: Mapping[str, str]
) -> dict[str, Any]:
    """The rows for what differed, as they were typed (more where that was asked for), and the fields to choose."""
    filled = rows_in(typed)
    last = max(filled, default=0)
    count = (max(last, ROWS) if not typed else max(last, _asked(typed))) + (ROWS if MORE in typed else 0)
    known = fields(session, case, number)
    return {
        "rows": [_row(each, typed, wrong) for each in range(1, min(count, 40) + 1)],
        "options": [{"value": name, "text": _short(label)} for name, (_, label) in known.items()],
        "open": bool(filled) or MORE in typed,
    }


def _asked(typed: MultiDict[str, str]) -> int:
    """How many rows the page had that was sent."""
    return max(sum(1 for name in typed if name.startswith(f"{FIELD}.")), ROWS)


def _row(number: int, typed: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    names = {"field": f"{FIELD}.{number}", "typed": f"{TYPED}.{number}", "why": f"{WHY}.{number}"}
    return {
        "number": number,
        **{
            each: {"name": name, "value": typed.get(name, ""), "error": wrong.get(name, "")}
            for each, name in names.items()
        },
    }


def _short(label: str) -> str:
    return label if len(label) <= LABEL_LIMIT else f"{label[: LABEL_LIMIT - 1]}…"
