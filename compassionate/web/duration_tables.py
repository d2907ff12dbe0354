"""Figures of time as a page draws them: rows of tables, the strips beside them, and whose days they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from compassionate.services.durations import GROUPS, MONTH, OWNER, STAGE, STEP, Durations, Spread
from compassionate.statistics.stages import STAGES, TO_TREATMENT
from compassionate.web import duration_pictures as pictures
from compassionate.web.duration_words import between, days_said, group_said, name_said, name_short
from compassionate.web.templating import say
from compassionate.workflow import engine

NOTHING = "–"
OUTSIDE = frozenset({"agency", "sponsor"})
Products = dict[str, tuple[str, str]]
Part = dict[str, Any]


def figures(held: Spread | None) -> list[str]:
    """How many cases, median, middle half, nine in ten, ends. Of few cases there is no half and no ninth."""
    if held is None:
        return ["0", *[NOTHING] * 4]
    ends = between(held.minimum, held.maximum)
    if held.is_few:
        return [str(held.n), days_said(held.median_days), NOTHING, NOTHING, ends]
    return [
        *(str(held.n), days_said(held.median_days), between(held.p25, held.p75)),
        *(days_said(held.p90), ends),
    ]


def named(name: str, held: Spread | None) -> Any:
    """The name of a row; where few cases stand behind it, that the median says little, and each value."""
    if held is None or not held.is_few:
        return name
    values = " · ".join(days_said(each) for each in held.points)
    return {"text": name, "sub": say("duration.few_one" if held.n == 1 else "duration.few", n=held.n, values=values)}


def running(held: Spread | None) -> str:
    """How many wait still, and the one that has waited longest."""
    return say("duration.running", n=held.n, longest=days_said(held.maximum)) if held else NOTHING


def parts(held: Durations) -> dict[str, Part]:
    """Stages, the steps up to the first dose, owners, and the steps of treatment and after, where there is anything."""
    found = {
        "stage": _part(STAGE, held, lambda _: True),
        "step": _part(STEP, held, lambda state: state in TO_TREATMENT),
        "owner": _part(OWNER, held, lambda _: True),
        "after": _part(STEP, held, lambda state: state not in TO_TREATMENT),
    }
    return {name: part for name, part in found.items() if part["rows"]}


def _part(kind: str, held: Durations, is_meant: Callable[[str], bool]) -> Part:
    over, now = of_kind(held, kind)
    names = [name for name in in_order(kind, {**over, **now}, held.owner_days) if is_meant(name)]
    shares = _shares(held.owner_days) if kind == OWNER else {}
    rows = [
        [named(name_said(kind, name), over.get(name)), *figures(over.get(name)), running(now.get(name))]
        + ([shares.get(name, NOTHING)] if kind == OWNER else [])
        for name in names
    ]
    columns = (kind, "cases", "median", "middle", "p90", "ends", "running", *(["share"] if kind == OWNER else []))
    drawn = [(name_short(kind, name), over[name]) for name in names if name in over]
    return {"head": _head(columns), "rows": rows, "picture": pictures.strips(drawn)}


def of_kind(held: Durations, kind: str) -> tuple[Mapping[str, Spread], Mapping[str, Spread]]:
    """What is over and what runs still, of one kind, by name."""
    if kind == STEP:
        return held.steps, held.steps_now
    if kind == OWNER:
        return held.owners, held.owners_now
    over = {name: each.over for name, each in held.stages.items() if each.over}
    return over, {name: each.running for name, each in held.stages.items() if each.running}


def in_order(kind: str, names: Iterable[str], owner_days: Mapping[str, float]) -> list[str]:
    """Steps and stages in the order of the way, owners by how many days they were waited on."""
    if kind == OWNER:
        return sorted(names, key=lambda name: (-owner_days.get(name, 0), name))
    if kind == STAGE:
        return [stage for stage in STAGES if stage in names]
    states = [state.id for pathway in engine.pathways() for state in pathway.case.states]
    place = {state: number for number, state in reversed(list(enumerate(states)))}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name))


def grouped(held: Durations, kind: str, name: str, products: Products) -> dict[str, Part]:
    """One thing by month, by medicine and by service: a table and a picture of each."""
    parts = {}
    for group in GROUPS:
        found = {value: each[kind, name] for value, each in held.by(group, kind, name).items()}
        said = {value: group_said(group, value, products) for value in found}
        values = list(found) if group == MONTH else sorted(found, key=lambda value: said[value].casefold())
        rows = [[named(said[value], found[value]), *figures(found[value])] for value in values]
        parts[group] = {
            "head": _head((group, "cases", "median", "middle", "p90", "ends")),
            "rows": rows,
            "picture": pictures.line(found, pictures.months_between(held.filters.from_on, held.filters.until_on))
            if group == MONTH
            else pictures.strips([(said[value], found[value]) for value in values]),
        }
    return parts


def _head(columns: Iterable[str]) -> list[str]:
    return [say(f"duration_column.{name}") for name in columns]


def _shares(owner_days: Mapping[str, float]) -> dict[str, str]:
    every = sum(owner_days.values())
    return {
        name: say("duration.share", percent=round(100 * days / every)) for name, days in owner_days.items() if every
    }


def sides(owner_days: Mapping[str, float]) -> list[dict[str, str]]:
    """Whose the days were: the hospital's, the agency's, the sponsor's, or of two of them at once."""
    days = defaultdict[str, float](float)
    for owner, each in owner_days.items():
        days[_side(set(owner.split(",")))] += each
    every = sum(days.values())
    return [
        {"text": say(f"duration_side.{side}"), "figure": say("duration.share", percent=round(100 * days[side] / every))}
        for side in ("hospital", "agency", "sponsor", "together")
        if every and days[side]
    ]


def _side(owners: set[str]) -> str:
    outside = owners & OUTSIDE
    if not outside:
        return "hospital"
    return next(iter(outside)) if owners == outside and len(outside) == 1 else "together"
