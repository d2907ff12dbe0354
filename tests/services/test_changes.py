"""What an edit changed, old and new: sealed in its row, opened while the key is there, gone with it (AUD-02)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AuditEntry, Case, DataKey
from compassionate.services import answers, chain, changes, identity, lines, products, requests, shredding, team, visits
from compassionate.services.keys import replace_key
from compassionate.services.visits import visit_form
from tests.world import POSOLOGY, REPORT, World

PERSON = {"given_name": "Persona", "surnames": "Corregida", "birth_on": "1980-02-03", "sex": "female", "nhc": "100001"}
PACKS = {"units_a_day.1": "2", "days.1": "84", "needs_import": "no"}


def detail(session: Session, action: str) -> dict[str, Any]:
    """What the last row of that act says."""
    rows = map(json.loads, session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc())))
    held: dict[str, Any] = next(row["detail"] for row in rows if row["action"] == action)
    return held


def corrected(world: World) -> Case:
    case = world.open_case()
    identity.edit_identity(world.session, world.people["pharmacist"], case, PERSON, world.tick())
    return case


def test_a_row_names_the_fields_and_holds_no_value_in_clear(session: Session):
    corrected(World(session))
    kept = detail(session, "edit_patient")
    assert kept["fields"] == "surnames"
    assert changes.opened(session, kept) == {"surnames": ("Inventada Prueba", "Corregida")}
    texts = "".join(session.scalars(select(AuditEntry.row)))
    assert "Corregida" not in texts
    assert "Inventada Prueba" not in texts


def _posology(world: World, case: Case) -> None:
    given = POSOLOGY | {"dose": "Otra dosis"}
    requests.save_posology(world.session, world.people["physician"], case, 0, given, world.tick())


def _packs(world: World, case: Case) -> None:
    for days in ("84", "90"):
        given = PACKS | {"days.1": days}
        requests.save_packs(world.session, world.people["pharmacist"], case, 0, given, world.tick())


def _report(world: World, case: Case) -> None:
    given = {name: value for name, value in REPORT.items() if name != next(iter(REPORT))}
    answers.save(world.session, world.people["physician"], case, "clinical-report", given, world.tick())


def _team(world: World, case: Case) -> None:
    physician = world.accounts["physician"].id
    team.set_team(world.session, world.people["pharmacist"], case, physician, "", world.tick())


def _willingness(world: World, case: Case) -> None:
    on = world.today
    products.record_willingness(world.session, world.people["pharmacist"], case.product, on, "Otra", "R-9", world.now)


EDITS: dict[str, tuple[Callable[[World, Case], None], str, tuple[Any, Any]]] = {
    "edit_posology": (_posology, "dose", (POSOLOGY["dose"], "Otra dosis")),
    "edit_packs": (_packs, "days.1", (84, 90)),
    "edit_report": (_report, next(iter(REPORT)), (next(iter(REPORT.values())), None)),
    "edit_team": (_team, "pharmacist", ("Pharmacist de HGA (pharmacist.hga)", None)),
    "record_willingness": (_willingness, "willing_reference", (None, "R-9")),
}


@pytest.mark.parametrize("action", EDITS)
def test_an_edit_says_what_stood_there_before(session: Session, action: str):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    edit, field, values = EDITS[action]
    edit(world, case)
    held = changes.opened(session, detail(session, action))
    assert held is not None
    assert held[field] == values


def test_a_visit_that_is_recorded_anew_says_when_it_was_said_to_be(session: Session):
    world = World(session)
    case = world.case_in("in_treatment")
    name = visits.planned(session, case, world.now)[1].row.name
    actor, days = world.people["physician"], [world.today, world.tick(24 * 3).date()]
    for day in days:
        visits.record_visit(session, actor, case, name, day.isoformat(), {}, world.tick())
    held = changes.opened(session, detail(session, "record_visit"))
    assert held["done_on"] == tuple(day.isoformat() for day in days)
    assert held["off_days"] == (-76, -73)  # long before its window
    assert visit_form(session, case)


def test_lines_that_are_chosen_say_which_ones_were(session: Session):
    world = World(session)
    case = world.open_case(world.add_product("DOS", lines=2))
    before = sorted(line.product_line.position for line in case.lines)
    wanted = {1, 2} - set(before) or {1}
    lines.choose_lines(session, world.people["pharmacist"], case, wanted, world.tick())
    assert changes.opened(session, detail(session, "edit_product")) == {"lines": (before, sorted(wanted))}


def test_what_is_sealed_opens_after_its_key_was_replaced(session: Session):
    case = corrected(World(session))
    replace_key(session, session.get_one(DataKey, case.key_id))
    assert changes.opened(session, detail(session, "edit_patient")) == {"surnames": ("Inventada Prueba", "Corregida")}


def test_values_go_with_the_key_of_their_case_and_the_chain_stays_whole(session: Session):
    world = World(session)
    case = corrected(world)
    shredding.shred(session, case, with_patient=True)
    kept = detail(session, "edit_patient")
    assert changes.opened(session, kept) is None
    assert kept["fields"] == "surnames"
    assert chain.verify(session).ok


def test_values_that_were_put_into_another_row_do_not_open(session: Session):
    world = World(session)
    corrected(world)
    _willingness(world, world.open_case(nhc="7"))
    one, other = detail(session, "edit_patient"), detail(session, "record_willingness")
    swapped = {"changed": one["changed"] | {"values": other["changed"]["values"]}}
    assert changes.opened(session, swapped) is None


def test_the_length_of_what_is_sealed_tells_no_short_word_from_another(session: Session):
    world = World(session)
    key = world.centre.key_id
    lengths = {
        len(changes.sealed(session, key, {"sex": ("female", new)})["changed"]["values"]) for new in ("male", "x")
    }
    assert len(lengths) == 1
