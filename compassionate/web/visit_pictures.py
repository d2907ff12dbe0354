"""The visits of a case as rows, as a picture, and as changes against the first one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import format_decimal, gettext

from compassionate.instruments import SCALES, change
from compassionate.models import Case
from compassionate.services.visits import Planned
from compassionate.web.templating import ago, day, say

MINUS = "\u2212"
DRAWN = ("vas", "odi", "womac_total")  # the whole of a scale from 0 to 100; the rest stand in their own tables
USUAL = ("vas", "odi")
FULL = 100
TONES = {"overdue": "stop", "due": "wait", "open": "info", "done": "good", "done_off": "good", "missed": "stop"}
Scored = dict[str, Any]


def visit_row(case: Case, held: Planned) -> dict[str, Any]:
    """One visit as the list and its own page show it."""
    row = held.row
    return {
        "name": row.name,
        "title": say(f"visit.{row.name}"),
        "href": url_for("visits.visit", code=case.code, name=row.name),
        "planned_on": day(row.planned_on),
        "window": gettext("del %(first)s al %(last)s", first=day(held.opens_on), last=day(held.closes_on))
        if held.opens_on
        else "",
        "timing": say(f"visit_timing.{held.timing}"),
        "tone": TONES.get(held.timing, "neutral"),
        "since": ago(held.closes_on) if held.timing == "overdue" else "",
        "status": row.status,
        "done_on": day(row.done_on),
        "is_off": held.is_off,
        "off": off_words(held.off_days),
        "reason": held.reason,
        "scores": {name: figure(value) for name, value in held.scores.items()},
    }


def off_words(days: int) -> str:
    """How many days outside of its window a visit was made, as a sentence; nothing for one inside."""
    return say(f"visit_off.{'late' if days > 0 else 'early'}", days=abs(days)) if days else ""


def figure(value: float) -> str:
    """A score with at most one decimal, in the reader's own way."""
    return str(format_decimal(round(value, 1))).replace("-", MINUS)


def chart(held: Sequence[Planned]) -> Scored | None:
    """Pain and disability over the visits, on one scale from 0 to 100; None before there is anything to draw."""
    names = measured(held)
    if not names:
        return None
    return {
        "title": _title(names),
        "visits": [{"x": each.row.months, "text": say(f"visit_short.{each.row.name}")} for each in held],
        "series": [
            {
                "name": say(f"instrument.{name}.short"),
                "measured": [_share(name, each.scores.get(name)) for each in held],
                "shown": [figure(each.scores[name]) if name in each.scores else "" for each in held],
            }
            for name in names
        ],
    }


def measured(held: Sequence[Planned]) -> list[str]:
    """The main measures that this case has: of the disc pain and ODI, of the knee pain and WOMAC."""
    return [name for name in DRAWN if any(name in each.scores for each in held)]


def columns(held: Sequence[Planned]) -> list[tuple[str, str]]:
    """The measures of the list of visits, with their names; the usual ones before anything was measured."""
    return [(name, say(f"instrument.{name}.short")) for name in measured(held) or USUAL]


def _share(name: str, value: float | None) -> float | None:
    scale = SCALES[name]
    return value if value is None or scale.maximum == FULL else FULL * value / scale.maximum


def _title(names: Sequence[str]) -> str:
    told = "; ".join(say(f"instrument.{name}.name") for name in names)
    if any(SCALES[name].maximum != FULL for name in names):
        return str(gettext("%(measures)s. Menos es mejor; cada una, en altura, como parte de su máximo", measures=told))
    return str(gettext("%(measures)s. Menos es mejor", measures=told))


def changes(held: Sequence[Planned]) -> list[Scored]:
    """Each later score against the first one, and whether the change is important or within the measurement's error."""
    found: list[Scored] = []
    for name, scale in SCALES.items():
        if scale.worse == "neither":
            continue
        scored = [each for each in held if name in each.scores]
        for later in scored[1:]:
            moved = change(scale, scored[0].scores[name], later.scores[name])
            found.append(
                {
                    "instrument": say(f"instrument.{name}.name"),
                    "visit": say(f"visit.{later.row.name}"),
                    "delta": ("+" if moved.delta > 0 else "") + figure(moved.delta),
                    "meaning": _meaning(moved.reaches_mic, moved.mic, "reaches_mic", "below_mic"),
                    "error": _meaning(moved.within_error, moved.sdc, "within_error", "beyond_error"),
                }
            )
    return found


def _meaning(holds: bool | None, threshold: Any, yes: str, no: str) -> str:
    return "" if holds is None else say(f"instrument.change.{yes if holds else no}", source=threshold.source)
