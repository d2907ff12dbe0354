"""The picture of a case's states: the way taken, where it stands, what usually follows, the ways out. A list first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent
from compassionate.paths import step_url
from compassionate.services.advance import pathway_of
from compassionate.web.step_order import EXCEPTIONAL, leads_on
from compassionate.web.templating import day, exact, say
from compassionate.workflow.table import CASE, SAME, Region


@dataclass(frozen=True, slots=True)
class Picture:
    """What components/steps_figure draws."""

    steps: list[dict[str, str]]
    exits: list[dict[str, str]]


def picture(session: Session, case: Case, mine: Iterable[str]) -> Picture:
    """The picture of a case; `mine` are the steps that this person may ask for, drawn as links."""
    region = pathway_of(case).case
    taken = _way_taken(session, case)
    stage = "stop" if region.state(case.state).tone == "bad" else "here"
    here = {"text": say(f"state.{case.state}"), "stage": stage, "note": day(case.since_at.date())}
    if taken:
        here |= {"note": taken[-1]["note"], "exact": taken[-1]["exact"]}
    ahead = [{"text": say(f"state.{state}"), "stage": "ahead"} for state in way_ahead(region, case.state)]
    return Picture([*taken[:-1], here, *ahead], _exits(case, region, frozenset(mine)))


def _way_taken(session: Session, case: Case) -> list[dict[str, str]]:
    """Each state that the case came to, in order; the last is where it stands."""
    wanted = (
        select(CaseEvent.before, CaseEvent.after, CaseEvent.at)
        .where(CaseEvent.case_id == case.id, CaseEvent.region == CASE, CaseEvent.after != "")
        .order_by(CaseEvent.case_version)
    )
    moves = [(after, at) for before, after, at in session.execute(wanted) if before != after]
    return [
        {"text": say(f"state.{state}"), "stage": "done", "note": day(at.date()), "exact": exact(at)}
        for state, at in moves
    ]


def way_ahead(region: Region, state: str) -> list[str]:
    """The shortest usual way from a state to one that ends the case."""
    queue: deque[list[str]] = deque([[state]])
    seen = {state}
    while queue:
        path = queue.popleft()
        if region.state(path[-1]).final:
            return path[1:]
        for row in region.transitions:
            if path[-1] in row.sources and leads_on(row.name) and row.target not in (SAME, *seen):
                seen.add(row.target)
                queue.append([*path, row.target])
    return []


def _exits(case: Case, region: Region, mine: frozenset[str]) -> list[dict[str, str]]:
    """Where the case can go from here, usual ways first: one entry a step."""
    rows = [row for row in region.transitions if case.state in row.sources and row.target not in (SAME, case.state)]
    ordered = sorted(rows, key=lambda row: (row.name in EXCEPTIONAL, not leads_on(row.name)))
    unique = {row.name: row for row in reversed(ordered)}
    return [
        {
            "text": say(f"state.{row.target}"),
            "note": say(f"step.{row.name}"),
            "href": step_url(case.code, row.name) if row.name in mine else "",
        }
        for row in ordered
        if unique.get(row.name) is row
    ]
