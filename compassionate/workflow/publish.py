"""The tables as people and scripts read them: docs/workflow.md, docs/permissions.md and one JSON document a pathway.

Pure functions of the published tables and their words; a test fails when the committed pages are stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from compassionate import words
from compassionate.workflow.engine import pathways
from compassionate.workflow.permissions import READERS, SECTIONS, Section
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE, SAME, Input, Pathway, Region, State, Transition

ENGLISH = "en"
REQUESTS = (CASE, "continuation")  # regions whose states are said with the words of the case
CROWDED = 6  # a row that leaves more states than this is named below the drawing, not drawn
GENERATED = "Made by `flask workflow publish` from the tables in `compassionate/workflow`: change those, not this page."


def state_code(region: str, state: str) -> str:
    """The code of the words of a state: a continuation says what the case says."""
    return f"state.{state}" if region in REQUESTS else f"region_state.{region}.{state}"


def state_label(region: str, state: str, language: str = words.SPANISH) -> str:
    """What a state of a region is called."""
    return words.say(state_code(region, state), language)


def region_states(region: Region) -> tuple[State, ...]:
    """The states of a region, with the pseudo-state of one that may not have begun."""
    begins_empty = any(NONE in row.sources for row in region.transitions)
    return ((State(NONE),) if begins_empty else ()) + region.states


def moves(row: Transition) -> tuple[tuple[tuple[str, ...], str], ...]:
    """(sources, target) of a row; one that leaves the state as it is gives one pair a state."""
    if row.target == SAME:
        return tuple(((source,), source) for source in row.sources)
    return ((row.sources, row.target),)


def _input_json(asked: Input) -> dict[str, Any]:
    choices = {"choices": list(asked.choices)} if asked.choices else {}
    return {"name": asked.name, "type": asked.kind, "required": asked.required, **choices}


def _row_json(region: Region, row: Transition, sources: tuple[str, ...], target: str) -> dict[str, Any]:
    return {
        "name": row.name,
        "region": region.name,
        "sources": list(sources),
        "target": target,
        "roles": [role.value for role in row.roles],
        "guards": list(row.guards),
        "when": row.when,
        "legal_basis": row.basis,
        "inputs": [_input_json(asked) for asked in row.inputs],
        "opens": list(row.opens),
        "closes": list(row.closes),
        "suspends": list(row.suspends),
        "resumes": list(row.resumes),
        "documents": list(row.documents),
        "signed": row.signed,
    }


def table_json(pathway: Pathway) -> dict[str, Any]:
    """One pathway as plain data, labels in Spanish: what `flask workflow table --json` prints."""
    return {
        "id": pathway.id,
        "version": pathway.version,
        "initial": pathway.case.initial,
        "final": [state.id for state in pathway.case.states if state.final],
        "states": [
            {"id": state.id, "label": state_label(region.name, state.id), "region": region.name}
            for region in pathway.regions
            for state in region_states(region)
        ],
        "transitions": [
            _row_json(region, row, sources, target)
            for region in pathway.regions
            for row in region.transitions
            for sources, target in moves(row)
        ],
    }


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines] + [""]


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _sources(region: Region, row: Transition) -> str:
    """The states that a row leaves; a row that leaves nearly all of them names those it does not."""
    others = [state.id for state in region_states(region) if state.id not in row.sources]
    if len(row.sources) > CROWDED and len(others) < len(row.sources):
        return f"every state but {_codes(others)}"
    return _codes(row.sources)


def _turn(state: State) -> str:
    return ", ".join(words.say(f"turn.{who}", ENGLISH) for who in state.turn) or "–"


def _state_rows(region: Region) -> Iterable[Sequence[str]]:
    for state in region_states(region):
        labels = [state_label(region.name, state.id, language) for language in (words.SPANISH, ENGLISH)]
        yield [f"`{state.id}`", *labels, _turn(state)]


def _clocks(row: Transition) -> str:
    said = {"opens": row.opens, "closes": row.closes, "suspends": row.suspends, "resumes": row.resumes}
    return "; ".join(f"{verb} {', '.join(clocks)}" for verb, clocks in said.items() if clocks) or "–"


def _asked(row: Transition) -> str:
    return ", ".join(asked.name if asked.required else f"{asked.name}?" for asked in row.inputs) or "–"


def _transition_rows(region: Region) -> Iterable[Sequence[str]]:
    for row in region.transitions:
        name = f"`{row.name}`" + (" (signed)" if row.signed else "")
        target = "as it was" if row.target == SAME else f"`{row.target}`"
        guards = _codes(row.guards) + (f"; this row when `{row.when}`" if row.when else "")
        roles = ", ".join(role.value for role in row.roles)
        yield [name, _sources(region, row), target, roles, guards, _asked(row), _clocks(row), row.basis or "–"]


def _drawn(region: Region) -> Iterable[str]:
    arrows = (
        f"    {'[*]' if source == NONE else source} --> {target}: {row.name}"
        for row in region.transitions
        if len(row.sources) <= CROWDED
        for sources, target in moves(row)
        for source in sources
    )
    ends = (f"    {state.id} --> [*]" for state in region.states if state.final)
    start = [f"    [*] --> {region.initial}"] if region.initial != NONE else []
    return [*start, *arrows, *ends]


def _graph(region: Region) -> list[str]:
    crowded = [f"`{row.name}`" for row in region.transitions if len(row.sources) > CROWDED]
    left_out = [f"Not drawn, because they leave so many states: {', '.join(crowded)}.", ""] if crowded else []
    return ["```mermaid", "stateDiagram-v2", *_drawn(region), "```", "", *left_out]


STATE_HEADS = ("state", "Spanish", "English", "whose turn")
ROW_HEADS = ("transition", "from", "to", "roles", "guards", "inputs (? may be left out)", "clocks", "legal basis")
INSTANCES = {
    "one": "once a case",
    "per_kind": "once for each kind of consent",
    "per_line": "once for each line",
    "numbered": "as often as it happens, numbered",
    "per_denial": "once for each denial",
}


def _region_part(region: Region) -> list[str]:
    title = f"### {words.say(f'region.{region.name}', ENGLISH)} (`{region.name}`, {INSTANCES[region.instances]})"
    states, rows = _table(STATE_HEADS, _state_rows(region)), _table(ROW_HEADS, _transition_rows(region))
    return [title, "", *states, *rows, *_graph(region)]


def workflow_page(published: Sequence[Pathway]) -> str:
    """docs/workflow.md: every pathway and version with its states, rows and drawings."""
    lines = ["# The workflow, as the engine runs it", "", GENERATED, ""]
    for pathway in published:
        lines += [f"## {words.say(f'pathway.{pathway.id}', ENGLISH)}: `{pathway.id}`, version `{pathway.version}`", ""]
        lines += [line for region in pathway.regions for line in _region_part(region)]
    return "\n".join(lines).rstrip() + "\n"


def _ticks(roles: Iterable[Role]) -> list[str]:
    held = set(roles)
    return ["yes" if role in held else "" for role in Role]


def _section_states(section: Section, case: Region) -> str:
    if not section.states:
        return "any"
    others = [state.id for state in case.states if state.id not in section.states]
    said = _codes(section.states) if len(others) > len(section.states) else f"every state but {_codes(others)}"
    said = said if others else "any"
    return f"{said} (of the request)" if section.of_request else said


def _section_rows(case: Region) -> Iterable[Sequence[str]]:
    for section in SECTIONS.values():
        label = words.say(f"section.{section.name}", ENGLISH)
        yield [f"`{section.name}`", label, *_ticks(section.roles), _section_states(section, case)]


def _step_rows(region: Region) -> Iterable[Sequence[str]]:
    roles: dict[str, set[Role]] = {}
    for row in region.transitions:
        roles.setdefault(row.name, set()).update(row.roles)
    for name, held in roles.items():
        yield [f"`{name}`", *_ticks(held)]


def permissions_page(published: Sequence[Pathway]) -> str:
    """docs/permissions.md: which role edits which part in which states, and takes which step."""
    roles = [role.value for role in Role]
    lines = ["# Who may do what", "", GENERATED, "", "Reads cases of its own centres: " + ", ".join(READERS) + ".", ""]
    for pathway in published:
        lines += [f"## `{pathway.id}`, version `{pathway.version}`", "", "### Parts of a case that people edit", ""]
        lines += _table(("part", "", *roles, "states"), _section_rows(pathway.case))
        for region in pathway.regions:
            lines += [f"### Steps: `{region.name}`", "", *_table(("step", *roles), _step_rows(region))]
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Path in the tree and text of every published page."""
    published = pathways()
    return {"docs/workflow.md": workflow_page(published), "docs/permissions.md": permissions_page(published)}
