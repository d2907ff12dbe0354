"""Taking a step: the one place where the state of a case or of its regions is written.

Ask (every reason at once), fire, then state, history, audit, clocks, outbox and the step's own rows in
one transaction. Two people at once: one wins, the other gets Conflict with the new state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Case, CaseEvent, Paper
from compassionate.models import Region as RegionRow
from compassionate.services import appeals
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.cells.following import following
from compassionate.services.cells.scanning import stop
from compassionate.services.cells.starting import cells_region
from compassionate.services.clocks import move_clocks
from compassionate.services.effects import EFFECTS
from compassionate.services.facts import gather, request_of
from compassionate.services.recording import expect_version, record
from compassionate.services.step import Step
from compassionate.services.turns import pass_on
from compassionate.services.urgent import settle_clocks
from compassionate.workflow import engine, notification
from compassionate.workflow.cells import REGION as CELLS
from compassionate.workflow.facts import Asker, Facts
from compassionate.workflow.guards import NOTHING_TO_MOVE
from compassionate.workflow.table import CASE, NONE, Input, Pathway, Region, Transition
from compassionate.workflow.values import Reading, read

HOLD = "hold_cells"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step happens: the region of the table, the instance and its row (None: the case, or not begun)."""

    region: Region
    instance: str
    state: str
    row: RegionRow | None = None

    @property
    def request_number(self) -> int:
        """The request that a step of a continuation or an appeal is about; 0 for everything else."""
        if self.region.name == "continuation":
            return int(self.instance.removeprefix("continuation-"))
        return appeals.request_number(self.instance) if self.region.name == appeals.KIND else 0


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that leaves the present state, and why it may not be taken now (no reason: it may)."""

    action: str
    answer: engine.Answer
    instance: str

    @property
    def name(self) -> str:
        """The name of the step's row."""
        return self.answer.row.name

    @property
    def waits_for_something_to_move(self) -> bool:
        """Whether nothing but the lack of a batch stands against it: its time has not come, or is over."""
        codes = {reason.code for reason in self.answer.reasons} - {engine.ROLE_MISSING}
        return bool(codes) and codes <= NOTHING_TO_MOVE


def pathway_of(case: Case) -> Pathway:
    """The table that the case was opened under."""
    return engine.pathway(case.pathway, case.pathway_version)


def action_name(name: str, instance: str) -> str:
    """How a step is addressed: NAME for the case, NAME@INSTANCE for what runs beside it."""
    return f"{name}@{instance}" if instance else name


def _next(case: Case, kind: str) -> str:
    """What the next of a numbered region is called: continuation-1, notification-2."""
    return f"{kind}-{1 + sum(1 for row in case.regions if row.kind == kind)}"


def _places(case: Case) -> list[Place]:
    pathway = pathway_of(case)
    held = [Place(pathway.region(row.kind), row.instance, row.state, row) for row in case.regions]
    numbered = [
        Place(region, _next(case, region.name), NONE) for region in pathway.regions if region.instances == "numbered"
    ]
    return [Place(pathway.case, "", case.state), *held, *numbered]


def place(case: Case, action: str) -> tuple[Place, str]:
    """Where an action happens, and its name; raises NotFound for one that this case does not have.

    A name that stands in one region of one instance needs no `@INSTANCE`.
    """
    name, _, instance = action.partition("@")
    if not instance and any(row.name == name for row in pathway_of(case).case.transitions):
        return Place(pathway_of(case).case, "", case.state), name
    fitting = [each for each in _places(case) if any(row.name == name for row in each.region.transitions)]
    if instance:
        fitting = [each for each in fitting if each.instance == instance]
    elif len(fitting) > 1:
        fitting = [
            each
            for each in fitting
            if any(row.name == name and each.state in row.sources for row in each.region.transitions)
        ]
    if len(fitting) != 1:
        raise NotFound
    return fitting[0], name


def reading_for(case: Case, now: datetime, inputs: tuple[Input, ...] | None = None) -> Reading:
    """What reading this case's values (of these inputs) needs to know."""
    by_line = inputs is None or any(asked.kind in ("line", "packs") for asked in inputs)
    return Reading(now, case.centre.zone, tuple(line.number for line in case.lines) if by_line else ())


def _row(where: Place, name: str) -> Transition:
    rows = [row for row in where.region.transitions if row.name == name]
    return next((row for row in rows if where.state in row.sources), rows[0])


def _known(where: Place) -> dict[str, Any] | None:
    """What guards are told before anything is typed: which line, or which notification, the step is about."""
    if where.region.instances == "per_line":
        return {"line_number": int(where.instance.removeprefix("line-"))}
    return {"instance": where.instance} if where.region.name == notification.REGION else None


def _context(where: Place, values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(values) | (_known(where) or {})


def asker_for(actor: Actor, case: Case, number: int) -> Asker:
    """The actor as the engine sees them for one request: who is on duty speaks for urgent ones alone."""
    request = request_of(case, number)
    return actor.asker_at(case.centre_id, request is not None and request.urgent)


def ask(session: Session, actor: Actor | None, case: Case, action: str, now: datetime) -> engine.Answer:
    """Why an action may not be taken now: the same function that `advance` refuses with."""
    where, name = place(case, action)
    facts = gather(session, case, now, where.request_number)
    asker = asker_for(actor, case, where.request_number) if actor else None
    return engine.ask(
        where.region,
        name,
        where.state,
        facts,
        asker,
        _known(where),
    )


def possible(session: Session, actor: Actor | None, case: Case, now: datetime, every: bool = False) -> list[Possible]:
    """Every step that leaves where the case and its regions stand, with the reasons against each.

    `every` gives those that leave other states too, refused with `state.not_source`.
    """
    gathered: dict[int, Facts] = {}
    found: list[Possible] = []
    for where in _places(case):
        facts = gathered.get(where.request_number) or gather(session, case, now, where.request_number)
        gathered[where.request_number] = facts
        asker = asker_for(actor, case, where.request_number) if actor else None
        values = _known(where)
        rows = where.region.transitions if every else engine.leaving(where.region, where.state)
        names = dict.fromkeys(row.name for row in rows)
        found += [
            Possible(
                action_name(name, where.instance),
                engine.ask(where.region, name, where.state, facts, asker, values),
                where.instance,
            )
            for name in names
        ]
    return found


def advance(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    given: Mapping[str, Any],
    now: datetime,
    if_version: int | None = None,
) -> CaseEvent:
    """Take a step with what was typed for it; returns its event.

    Raises NotFound (no such step here), Conflict (somebody was first), Invalid (values, by field), Refused
    (every reason at once, role and law alike).
    """
    expect_version(case, if_version)
    where, name = place(case, action)
    facts = gather(session, case, now, where.request_number)
    asker = asker_for(actor, case, where.request_number)
    before_values = engine.ask(
        where.region,
        name,
        where.state,
        facts,
        asker,
        _known(where),
    )
    if before_values.reasons:
        raise Refused(before_values.reasons)
    inputs = _row(where, name).inputs
    values = read(inputs, given, reading_for(case, now, inputs))
    _check_paper(session, case, values)
    answer = engine.ask(where.region, name, where.state, facts, asker, _context(where, values))
    if answer.reasons:
        raise Refused(answer.reasons)
    row, values = _unless_held(session, case, where, answer.row, values, now)
    return _take(session, actor, case, where, row, values, facts, now)


def _unless_held(
    session: Session, case: Case, where: Place, row: Transition, values: dict[str, Any], now: datetime
) -> tuple[Transition, dict[str, Any]]:
    """The step that was asked for; where what was read contradicts the record, the hold of the cells instead of it."""
    stopped = stop(session, case, row.name, values, now) if where.region.name == CELLS else None
    if stopped is None:
        return row, values
    return _row(where, HOLD), {"expected": stopped.expected, "found": stopped.found}


def _check_paper(session: Session, case: Case, values: Mapping[str, Any]) -> None:
    """A step rests on a paper of its own case or on none; raises Invalid."""
    named = values.get("paper")
    held = select(Paper.id).where(Paper.id == named, Paper.case_id == case.id, Paper.withdrawn_at.is_(None))
    if named and session.scalar(held) is None:
        raise Invalid((FieldError("paper", "paper.not_here"),))


def _take(
    session: Session,
    actor: Actor,
    case: Case,
    where: Place,
    row: Transition,
    values: dict[str, Any],
    facts: Facts,
    now: datetime,
) -> CaseEvent:
    before, after = engine.fire(where.region, row.name, where.state, facts)
    role = engine.asker_role(row, asker_for(actor, case, where.request_number))
    with session.no_autoflush:  # state and event are one move of the case's version
        _write_state(session, case, where, after, now)
        event = record(
            session,
            case,
            actor,
            now,
            row.name,
            role=role,
            region=where.region.name,
            instance=where.instance,
            before=before,
            after=after,
            inputs=values,
        )
    move_clocks(session, case, event, row, where.instance, values, now)
    effect = EFFECTS.get(row.name)
    if effect is not None:
        effect(Step(session, actor, case, event, values, facts, now, where.instance, before, where.request_number))
    session.flush()
    if row.name == "record_appeal_upheld":
        _end_appeal(session, actor, case, where.request_number, values, facts, now)
    for action, carried in following(session, case, row.name, values, now):
        _carry(session, actor, case, action, carried, now)
    settle_clocks(session, case, event, now)
    return event


def _carry(session: Session, actor: Actor, case: Case, action: str, values: dict[str, Any], now: datetime) -> None:
    """Take a step that another one carries with it, in the same transaction and by whoever took that one."""
    where, name = place(case, action)
    facts = gather(session, case, now, where.request_number)
    answer = engine.ask(where.region, name, where.state, facts, None, _context(where, values))
    if answer.reasons:
        raise Refused(answer.reasons)
    _take(session, actor, case, where, answer.row, values, facts, now)


def _end_appeal(
    session: Session, actor: Actor, case: Case, number: int, values: Mapping[str, Any], facts: Facts, now: datetime
) -> None:
    """The authorisation that an appeal brought ends that appeal, by a step of its own in the same transaction."""
    known = {name: values.get(name) for name in ("decided_on", "channel", "reference")}
    for held in appeals.carried(case, number):
        region = pathway_of(case).region(appeals.KIND)
        where = Place(region, held.instance, held.state, held)
        told = known | {"notified_on": values["seen_on"]}
        _take(session, actor, case, where, _row(where, "record_appeal_granted"), told, facts, now)


def _write_state(session: Session, case: Case, where: Place, after: str, now: datetime) -> None:
    case.changed_at = now  # a region moves with its case, and the case goes first: that is where two people meet
    if where.region.name == CASE:
        if case.state != after:
            pass_on(session, case, now)
            case.state = after
        return
    row = where.row
    if row is None:
        row = RegionRow(case_id=case.id, kind=where.region.name, instance=where.instance, state=after, since_at=now)
        case.regions.append(row)
    elif row.state != after:
        row.state, row.since_at = after, now


def move_version(
    session: Session, actor: Actor, case: Case, version: str, mapping: Mapping[str, str], reason: str, now: datetime
) -> CaseEvent:
    """Move a case to another published version of its pathway: a recorded act, never a side effect.

    `mapping` names the new state for each state that the new table lacks (`region.state` → state). Raises
    UnknownCode for a version that was never published, Refused naming every state left without a place.
    """
    require_edit(case, actor, "move_version")
    target = engine.pathway(case.pathway, version)
    places = [each for each in _places(case) if each.row is not None or each.region.name == CASE]
    moves = [(each, _landing(target, each, mapping)) for each in places]
    lost = tuple(
        Reason(
            "version.state_unmapped", who="regulatory_officer", params={"region": each.region.name, "state": each.state}
        )
        for each, state in moves
        if state is None
    )
    if lost:
        raise Refused(lost)
    before, case.pathway_version = case.pathway_version, version
    for each, state in moves:
        _write_state(session, case, each, state or each.state, now)
    if CELLS in {region.name for region in target.regions} and not any(row.kind == CELLS for row in case.regions):
        case.regions.append(cells_region(session, case, now))  # what the version that it leaves did not know
    inputs = {"from": before, "to": version, "reason": reason, "mapping": dict(mapping)}
    return record(
        session,
        case,
        actor,
        now,
        "move_version",
        role="regulatory_officer",
        before=before,
        after=version,
        inputs=inputs,
    )


def _landing(target: Pathway, place: Place, mapping: Mapping[str, str]) -> str | None:
    try:
        region = target.region(place.region.name)
    except KeyError:
        return None
    known = {state.id for state in region.states} | {NONE}
    wanted = mapping.get(f"{place.region.name}.{place.state}", place.state)
    return wanted if wanted in known else None
