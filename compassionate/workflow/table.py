"""The typed rows of a transition table: what a pathway is made of.

A pathway is regions; a region is states and transitions. The first region, `case`, is the case itself;
the others run beside it and exist once, once a kind or once a line. A row names its guards, inputs and
clocks; engine.py checks every name when the table is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compassionate.workflow.roles import Role

CASE = "case"
NONE = "none"  # the pseudo-state of a region that has no row yet
SAME = "="  # the target of a step that leaves the state as it is

InputKind = Literal[
    "text", "long_text", "date", "datetime", "choice", "choices", "flag", "integer", "decimal", "packs", "paper",
    "line", "batch",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One value that a step asks for: `name` is the key of its label, `choices` are codes."""

    name: str
    kind: InputKind
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A state, whose turn it is in it (role ids, `agency`, `sponsor`, `committee`) and whether it ends the case."""

    id: str
    turn: tuple[str, ...] = ()
    final: bool = False
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: who may take a case from where to where, under which conditions and on which legal basis.

    `when` names the fact that picks this row among rows of the same name (never a refusal);
    `guards` name the conditions that refuse. `opens`, `closes`, `suspends`, `resumes` are clock ids;
    `opens` may name a variant of one (`K-CON:silence`).
    """

    name: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[Role, ...]
    basis: str = ""
    guards: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    suspends: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    when: str = ""
    signed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """States and rows that move together; `instances` says how often a case has it. One region is itself alone."""

    name: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    instances: Literal["one", "per_kind", "per_line", "numbered", "per_denial"] = "one"

    def state(self, state_id: str) -> State:
        """The state of that id; raises KeyError for one that the region lacks."""
        for state in self.states:
            if state.id == state_id:
                return state
        raise KeyError(state_id)


@dataclass(frozen=True, slots=True)
class Pathway:
    """A legal route in one published version: its regions, the first of them the case itself."""

    id: str
    version: str
    regions: tuple[Region, ...]

    @property
    def case(self) -> Region:
        """The region that is the case itself."""
        return self.regions[0]

    def region(self, name: str) -> Region:
        """The region of that name; raises KeyError where the pathway has none."""
        for region in self.regions:
            if region.name == name:
                return region
        raise KeyError(name)

    def rows(self, name: str) -> tuple[tuple[Region, Transition], ...]:
        """Every row of that name with its region (a name may stand in several regions)."""
        return tuple((region, row) for region in self.regions for row in region.transitions if row.name == name)
