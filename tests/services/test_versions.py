"""Several versions of one pathway live side by side; a case stays on its own until somebody moves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from compassionate.errors import Refused, UnknownCode
from compassionate.models import CaseEvent
from compassionate.services.advance import move_version, possible
from compassionate.workflow import engine
from compassionate.workflow.table import Pathway, State
from tests.world import World


def later_version() -> Pathway:
    """The same route a year later: screening was renamed, everything else stayed."""
    held = engine.latest("es-individual")
    renamed = tuple(State("triage", state.turn) if state.id == "screening" else state for state in held.case.states)
    rows = tuple(
        replace(
            row,
            sources=tuple("triage" if source == "screening" else source for source in row.sources),
            target="triage" if row.target == "screening" else row.target,
        )
        for row in held.case.transitions
    )
    return replace(
        held, version="2027-11", regions=(replace(held.case, states=renamed, transitions=rows), *held.regions[1:])
    )


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pathway]:
    """The later version, published beside the present one."""
    later = later_version()
    monkeypatch.setattr(engine, "PUBLISHED", (*engine.PUBLISHED, later))
    engine._published.cache_clear()
    yield later
    monkeypatch.undo()
    engine._published.cache_clear()


def test_a_case_stays_on_the_version_it_was_opened_under(session, published):
    world = World(session)
    held = engine.latest("es-individual")
    assert held.version == "2027-11"
    case = world.open_case()
    case.pathway_version = "2026-12"
    session.flush()
    world.act(case, "pharmacist", "start_screening")
    assert (case.state, case.pathway_version) == ("screening", "2026-12")


def test_moving_a_case_names_every_state_that_the_new_version_lacks(session, published):
    world = World(session)
    case = world.open_case()
    case.pathway_version = "2026-12"
    world.act(case, "pharmacist", "start_screening")
    with pytest.raises(Refused) as refused:
        move_version(session, world.people["regulatory"], case, "2027-11", {}, "Nueva norma", world.tick())
    assert [(reason.code, reason.params["state"]) for reason in refused.value.reasons] == [
        ("version.state_unmapped", "screening")
    ]


def test_a_moved_case_goes_on_by_the_new_table_and_its_history_says_so(session, published):
    world = World(session)
    case = world.open_case()
    case.pathway_version = "2026-12"
    world.act(case, "pharmacist", "start_screening")
    move_version(
        session, world.people["regulatory"], case, "2027-11", {"case.screening": "triage"}, "Nueva norma", world.tick()
    )
    assert (case.state, case.pathway_version) == ("triage", "2027-11")
    names = [each.name for each in possible(session, world.people["physician"], case, world.now) if not each.instance]
    assert "accept_eligibility" in names
    last = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version.desc())
    ).first()
    assert (last.name, last.before, last.after) == ("move_version", "2026-12", "2027-11")


def test_only_a_regulatory_officer_moves_a_case(session, published):
    world = World(session)
    case = world.open_case()
    with pytest.raises(Refused):
        move_version(session, world.people["pharmacist"], case, "2027-11", {}, "Nueva norma", world.tick())


def test_a_version_that_was_never_published_is_no_place_to_move_to(session):
    world = World(session)
    case = world.open_case()
    with pytest.raises(UnknownCode):
        move_version(session, world.people["regulatory"], case, "1999-01", {}, "Nueva norma", world.tick())


def test_a_case_of_before_gains_the_region_of_its_cells_when_it_is_moved(session):
    world = World(session)
    case = world.open_case()
    held = next(row for row in case.regions if row.kind == "cells")
    case.pathway_version = "2026-11"
    case.regions.remove(held)
    session.delete(held)
    session.flush()
    move_version(session, world.people["regulatory"], case, "2026-12", {}, "Nueva norma", world.tick())
    session.expire(case, ["regions"])
    assert [(row.instance, row.state) for row in case.regions if row.kind == "cells"] == [("cells", "not_needed")]
