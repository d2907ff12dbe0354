"""The engine: asks why a step may not be taken and says where a step leads. It knows no pathway by name.

The only importer of `transitions`. One shared machine a region of a published table, fired on a
throw-away cursor; no side effects, no automatic transitions; names are checked when a table is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from transitions import Machine

from compassionate.errors import Reason, UnknownCode
from compassionate.workflow.facts import Asker, Facts
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.pathways import es_individual_2026_11, es_individual_2026_12
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE, SAME, Pathway, Region, Transition

PUBLISHED = (es_individual_2026_11.PATHWAY, es_individual_2026_12.PATHWAY)
ROLE_MISSING = "role.missing"
HOUSE_RULE = "Norma interna"  # what a row without a legal basis rests on, said as such


class _Cursor:
    """What the machine moves instead of a row of the database."""

    def __init__(self, state: str, facts: Facts) -> None:
        self.state = state
        self.facts = facts

    def holds(self, fact: str) -> bool:
        return not GUARDS[fact](self.facts, None, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What asking for a step returns: the row, where it leads, and every reason why not (none: allowed)."""

    region: str
    row: Transition
    target: str
    reasons: tuple[Reason, ...]

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against the step."""
        return not self.reasons


def check(pathway: Pathway) -> None:
    """Refuse a table that names a state, guard or fact that does not exist; raises UnknownCode naming all."""
    wrong = [problem for region in pathway.regions for problem in _problems(region)]
    if wrong:
        raise UnknownCode(f"{pathway.id} {pathway.version}: " + "; ".join(wrong))


def _problems(region: Region) -> Iterable[str]:
    known = {state.id for state in region.states} | {NONE}
    if region.initial not in known:
        yield f"{region.name}: unknown initial state {region.initial}"
    for row in region.transitions:
        for state in (*row.sources, row.target):
            if state not in known | {SAME}:
                yield f"{region.name}.{row.name}: unknown state {state}"
        for name in (*row.guards, *([row.when] if row.when else [])):
            if name not in GUARDS:
                yield f"{region.name}.{row.name}: unknown guard {name}"


@cache
def _machine(region: Region) -> Machine:
    machine = Machine(
        model=None,
        states=[NONE, *(state.id for state in region.states)],
        initial=region.initial,
        auto_transitions=False,
        send_event=True,
    )
    for row in region.transitions:
        conditions = [_condition(row.when)] if row.when else None
        machine.add_transition(row.name, list(row.sources), row.target, conditions=conditions)
    return machine


def _condition(fact: str) -> Any:
    return lambda event: event.model.holds(fact)


@cache
def _published() -> Mapping[tuple[str, str], Pathway]:
    for pathway in PUBLISHED:
        check(pathway)
    return {(pathway.id, pathway.version): pathway for pathway in PUBLISHED}


def pathway(pathway_id: str, version: str) -> Pathway:
    """A published pathway; raises UnknownCode for one that was never published."""
    found = _published().get((pathway_id, version))
    if found is None:
        raise UnknownCode(f"no pathway {pathway_id} {version}")
    return found


def pathways() -> tuple[Pathway, ...]:
    """Every published pathway and version."""
    return tuple(_published().values())


def latest(pathway_id: str) -> Pathway:
    """The newest published version of a pathway; raises UnknownCode for an unknown one."""
    versions = [found for found in pathways() if found.id == pathway_id]
    if not versions:
        raise UnknownCode(f"no pathway {pathway_id}")
    return max(versions, key=lambda found: found.version)


@cache
def leaving(region: Region, state: str) -> tuple[Transition, ...]:
    """The rows that leave a state, in table order."""
    return tuple(row for row in region.transitions if state in row.sources)


def _row(region: Region, name: str, state: str, facts: Facts) -> Transition:
    rows = [row for row in region.transitions if row.name == name]
    if not rows:
        raise UnknownCode(f"{region.name} has no transition {name}")
    cursor = _Cursor(state, facts)
    fitting = [row for row in rows if state in row.sources and (not row.when or cursor.holds(row.when))]
    return (fitting or rows)[0]


def basis_of(row: Transition) -> str:
    """What a row rests on: its articles, or the house's own rule where no law speaks of it."""
    return row.basis or HOUSE_RULE


def _role_reasons(row: Transition, asker: Asker | None) -> tuple[Reason, ...]:
    if asker is None or asker.roles & set(row.roles):
        return ()
    if asker.withheld & set(row.roles):
        return (
            Reason(
                "delegation.only_urgent", "RD 1015/2009 art. 8.1; Ley 40/2015 art. 9, 13", Role.DIRECTOR, "delegations"
            ),
        )
    params = {"roles": tuple(role.value for role in row.roles)}
    return (Reason(ROLE_MISSING, basis_of(row), row.roles[0], "pending", params),)


def _not_source(region: Region, row: Transition, state: str) -> Reason:
    params = {"state": state, "region": region.name}
    return Reason("state.not_source", basis_of(row), row.roles[0], "pending", params)


def ask(
    region: Region, name: str, state: str, facts: Facts, asker: Asker | None, values: Mapping[str, Any] | None = None
) -> Answer:
    """Why a step may not be taken: all reasons at once, or none. Raises UnknownCode for a name that the region lacks.

    Without `asker` reasons of role and of person are left out; without `values` only what can be
    known before the form is filled in is asked.
    """
    row = _row(region, name, state, facts)
    target = state if row.target == SAME else row.target
    if state not in row.sources:
        return Answer(region.name, row, target, (_not_source(region, row, state),))
    reasons = _role_reasons(row, asker)
    for guard in row.guards:
        reasons += GUARDS[guard](facts, asker, values)
    return Answer(region.name, row, target, reasons)


def fire(region: Region, name: str, state: str, facts: Facts) -> tuple[str, str]:
    """Move a throw-away cursor along a row: (before, after). Call after `ask` has given no reason."""
    cursor = _Cursor(state, facts)
    if not _machine(region).events[name].trigger(cursor):
        raise UnknownCode(f"{region.name}.{name} leads nowhere from {state}")
    return state, cursor.state


def asker_role(row: Transition, asker: Asker) -> str:
    """The role under which the asker takes a step: the first of the row's roles that they hold."""
    return next((role.value for role in row.roles if role in asker.roles), "")


def is_final(region: Region, state: str) -> bool:
    """Whether nothing ever leaves a state of this region."""
    return region.name == CASE and region.state(state).final
