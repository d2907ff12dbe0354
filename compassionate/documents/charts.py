"""Line charts as geometry: where points, ticks and labels lie. The template only draws."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from compassionate.documents.blocks import Block
from compassionate.documents.phrases import Phrases, shortened

WIDTH, HEIGHT = 620, 230
LEFT, RIGHT, TOP, BOTTOM = 40, 600, 14, 170
LEGEND, LEGEND_STEP = 214, 190
LABEL_CLEARANCE = 15
TICK_ROOM = 62
QUARTERS = 4

Point = tuple[float, str]
Series = tuple[str, Sequence[float | None]]


def chart(title: str, visits: Sequence[Point], series: Sequence[Series], top: float, words: Phrases) -> Block:
    """A chart over visits as (months, name); one value or None a visit and series; the scale runs from 0 to `top`."""
    xs = _across([months for months, _ in visits])
    lines = [_line(name, values, xs, top, words) for name, values in series]
    _set_labels_apart(lines)
    names = _with_room(xs, [name for _, name in visits])
    ticks = [{"x": x, "said": name} for x, name in zip(xs, names, strict=True)]
    return {
        "type": "chart", "said": title, "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT,
        "bottom": BOTTOM,
        "grid": [{"y": _y(top * part / QUARTERS, top),
            "said": words.number(top * part / QUARTERS, 1)} for part in range(QUARTERS + 1)],
        "ticks": ticks, "lines": lines, "legend": LEGEND, "legend_step": LEGEND_STEP,
    }  # fmt: skip


def _across(months: Sequence[float]) -> list[float]:
    """Places of the visits, as far apart as their months; evenly where all are the same."""
    first, last, room = min(months), max(months), RIGHT - LEFT - 60
    if first == last:
        return [round(LEFT + 30 + room * index / max(len(months) - 1, 1), 1) for index in range(len(months))]
    return [round(LEFT + 30 + room * (month - first) / (last - first), 1) for month in months]


def _with_room(xs: Sequence[float], names: Sequence[str]) -> list[str]:
    """The names of the visits, those left out that would run into the one before."""
    shown, last = [], -float(TICK_ROOM)
    for x, name in zip(xs, names, strict=True):
        has_room = x - last >= TICK_ROOM
        shown.append(name if has_room else "")
        last = x if has_room else last
    return shown


def _y(value: float, top: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(max(value / top, 0), 1), 1)


def _line(name: str, values: Sequence[float | None], xs: Sequence[float], top: float, words: Phrases) -> dict[str, Any]:
    places = [
        {"x": x, "y": _y(value, top), "label_y": _y(value, top) - 8, "said": words.number(value, 1)}
        for x, value in zip(xs, values, strict=True)
        if value is not None
    ]
    return {"said": name, "points": places, "path": " ".join(f"{place['x']},{place['y']}" for place in places)}


def _set_labels_apart(lines: list[dict[str, Any]]) -> None:
    """Where two series come close at one visit, the lower one's figure goes below its point."""
    placed: dict[float, list[dict[str, Any]]] = {}
    for line in lines:
        for place in line["points"]:
            placed.setdefault(place["x"], []).append(place)
    for places in placed.values():
        ordered = sorted(places, key=lambda place: float(place["y"]))
        for above, below in itertools.pairwise(ordered):
            if below["y"] - above["y"] < LABEL_CLEARANCE * 2:
                below["label_y"] = below["y"] + LABEL_CLEARANCE


BAR_LEFT, BAR_ROOM, BAR_STEP, BAR_HEIGHT = 230, 320, 22, 14
LONGEST_NAME = 40


def bars(title: str, values: Sequence[tuple[str, int, str]]) -> Block:
    """Bars beside each other's names: (name, value, the value in words); the longest is as long as there is room."""
    longest = max((value for _, value, _ in values), default=0) or 1
    drawn = [
        {
            "name": shortened(name, LONGEST_NAME),
            "said": said,
            "y": number * BAR_STEP,
            "width": round(BAR_ROOM * value / longest, 1),
        }
        for number, (name, value, said) in enumerate(values)
    ]
    sizes = {"left": BAR_LEFT, "thick": BAR_HEIGHT, "width": WIDTH, "height": BAR_STEP * len(drawn)}
    return {"type": "bars", "said": title, "bars": drawn, **sizes}
