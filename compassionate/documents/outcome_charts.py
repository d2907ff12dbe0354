"""Outcomes as geometry: trajectories of patients, and what was relieved against what there was to relieve.

The template only draws (templates/documents/_outcomes.html), in pages and in print alike; every word is given.
Marks differ in shape, never in colour alone; each picture stands beside the table of what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 620
LEFT, RIGHT = 44, 566
TOP, BOTTOM = 16, 246
QUARTERS = 4
LABEL_STEP = 13.0
TICK_ROOM = 58
RELIEF_TOP, RELIEF_BOTTOM = 16, 366
LOWEST = -100.0
Picture = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One patient: a mark (a number in the table), the score at each visit or None, and whether surgery came then."""

    mark: str
    values: Sequence[float | None]
    operated: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """One patient or one published arm: the first score and the relief, 0 to 100, with the mark of its row."""

    mark: str
    start: float
    relief: float
    is_arm: bool = False


def trajectories(
    visits: Sequence[tuple[float, str]],
    lines: Sequence[Line],
    means: Sequence[float | None],
    ends: tuple[float, float],
    words: Mapping[str, str],
    figures: Sequence[str],
) -> Picture:
    """Each patient's scores over the months, the mean in bold; `figures` are the scale's five ticks in words."""
    xs = _across([months for months, _ in visits])

    def up(value: float) -> float:
        low, high = ends
        return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)

    drawn = [_drawn(line, xs, up) for line in lines]
    _set_apart(drawn)
    return {
        "type": "trajectories", "said": words["title"], "axis": words["axis"], "mean": words["mean"],
        "width": WIDTH, "height": BOTTOM + 66, "left": LEFT, "right": RIGHT, "bottom": BOTTOM,
        "grid": [{"y": up(ends[0] + (ends[1] - ends[0]) * part / QUARTERS), "said": said}
                 for part, said in enumerate(figures)],
        "ticks": _ticks(xs, [name for _, name in visits]),
        "lines": drawn, "means": _points(xs, means, up), "own": words["own"] if lines else "",
    }  # fmt: skip


def _across(months: Sequence[float]) -> list[float]:
    first, last, room = min(months), max(months), RIGHT - LEFT - 30
    if first == last:
        return [LEFT + 15.0 for _ in months]
    return [round(LEFT + 15 + room * (month - first) / (last - first), 1) for month in months]


def _ticks(xs: Sequence[float], names: Sequence[str]) -> list[Picture]:
    """Where the visits lie; those that would run into the one before have no name."""
    ticks, last = list[Picture](), -float(TICK_ROOM)
    for x, name in zip(xs, names, strict=True):
        has_room = x - last >= TICK_ROOM
        ticks.append({"x": x, "said": name if has_room else ""})
        last = x if has_room else last
    return ticks


def _points(xs: Sequence[float], values: Sequence[float | None], up: Any) -> list[Picture]:
    return [{"x": x, "y": up(value)} for x, value in zip(xs, values, strict=True) if value is not None]


def _drawn(line: Line, xs: Sequence[float], up: Any) -> Picture:
    points = _points(xs, line.values, up)
    end = points[-1]["y"] if points else 0.0
    return {"mark": line.mark, "points": points, "operated": line.operated, "label_y": end}


def _set_apart(lines: Sequence[Picture]) -> None:
    """The marks at the ends of the lines, one under the other, none over another or beyond the picture."""
    last = float(TOP) - LABEL_STEP
    placed = sorted((line for line in lines if line["points"]), key=lambda line: (line["label_y"], line["mark"]))
    for line in placed:
        line["label_y"] = last = max(line["label_y"], last + LABEL_STEP)
    below = float(BOTTOM)
    for line in reversed(placed):
        line["label_y"] = below = min(line["label_y"], below)
        below -= LABEL_STEP


def relief(dots: Sequence[Dot], words: Mapping[str, str]) -> Picture:
    """First score against relief: the perfect treatment is the line R = P0, no effect the line R = 0."""
    low = min([-20.0, *(each.relief for each in dots)])
    low = max(LOWEST, 20.0 * (low // 20.0))

    def up(value: float) -> float:
        return round(RELIEF_BOTTOM - (RELIEF_BOTTOM - RELIEF_TOP) * (value - low) / (100 - low), 1)

    def along(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * value / 100, 1)

    count = int((100 - low) // 20) + 1
    return {
        "type": "relief", "said": words["title"], "x_axis": words["x_axis"], "y_axis": words["y_axis"],
        "perfect": words["perfect"], "none": words["none"], "own": words["own"], "arms": words["arms"],
        "width": WIDTH, "height": RELIEF_BOTTOM + 78, "left": LEFT, "right": RIGHT, "top": RELIEF_TOP,
        "bottom": RELIEF_BOTTOM,
        "grid": [{"y": up(low + 20 * step), "said": _whole(low + 20 * step)} for step in range(count)],
        "ticks": [{"x": along(20 * step), "said": str(20 * step)} for step in range(6)],
        "zero": {"y": up(0)}, "line": {"x1": along(0), "y1": up(0), "x2": along(100), "y2": up(100)},
        "label": {"x": along(52), "y": up(60)},
        "dots": [_dot(each, along, up) for each in dots if not each.is_arm],
        "marks": _marks([_dot(each, along, up) for each in dots if each.is_arm]),
    }  # fmt: skip


def _dot(dot: Dot, along: Any, up: Any) -> Picture:
    return {"mark": dot.mark, "x": along(dot.start), "y": up(max(dot.relief, LOWEST))}


def _marks(found: list[Picture]) -> list[Picture]:
    """Published arms with their letters beside them: where two come close, the letters go to either side."""
    for place, each in enumerate(found):
        near = [one for one in found[:place] if abs(one["x"] - each["x"]) < 24 and abs(one["y"] - each["y"]) < 15]
        each["label_x"], each["anchor"] = (each["x"] - 10, "end") if len(near) % 2 else (each["x"] + 10, "start")
        each["label_y"] = each["y"] + 4.5 + 11 * (len(near) // 2)
    return found


def _whole(value: float) -> str:
    return f"{value:.0f}".replace("-", "\u2212")
