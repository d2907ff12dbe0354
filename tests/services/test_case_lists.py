"""Lists of cases: two orders, each walked page by page, and the index that serves each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Case
from compassionate.services import case_lists
from compassionate.services.actors import Actor
from compassionate.services.case_lists import DUE, OPEN, SINCE, Filters, list_cases
from compassionate.services.cases import visible_cases
from compassionate.services.searching import search
from compassionate.workflow import engine
from tests.world import World, today

# Days from today on which each case is due, in the order in which they were opened; None: no clock runs.
DAYS = (None, 40, -3, None, 2, -3, 0, None)


@pytest.fixture
def world(session: Session) -> World:
    """Eight cases of one hospital and one of another."""
    world = World(session)
    this_day = today()
    for number, days in enumerate(DAYS):
        case = world.open_case(nhc=str(number))
        case.due_on, case.due_clock = (None, "") if days is None else (this_day + timedelta(days=days), "K-SUB")
    World(session, "HGB").open_case()
    session.flush()
    return world


def walk(world: World, order: str, limit: int, filters: Filters = Filters()) -> list[int]:  # noqa: B008 - frozen
    """The places (in DAYS) of the cases, as pages of this size give them."""
    found: list[int] = []
    after = ""
    while True:
        page, after = list_cases(world.session, world.people["nurse"], filters, limit, after, order)
        assert len(page) <= limit
        found += [int(row.code[9:14]) - 1 for row in page]
        if not after:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 8, 30])
def test_either_order_is_walked_without_loss_or_repeat(world: World, limit: int):
    assert walk(world, SINCE, limit) == list(range(8))
    ordered = walk(world, DUE, limit)
    assert sorted(ordered[:2]) == [2, 5]  # one date: by id
    assert ordered[2:] == [6, 4, 1, 0, 3, 7]


@pytest.mark.parametrize(
    ("term", "places"), [("overdue", {2, 5}), ("near", {4, 6}), ("dated", {1, 2, 4, 5, 6}), ("none", {0, 3, 7})]
)
@pytest.mark.parametrize("order", [SINCE, DUE])
def test_the_legal_date_narrows_either_order(world: World, order: str, term: str, places: set[int]):
    assert set(walk(world, order, 2, Filters(term=term))) == places


def test_a_cursor_is_of_one_order_alone(world: World):
    for order, other in ((SINCE, DUE), (DUE, SINCE)):
        _, after = list_cases(world.session, world.people["nurse"], Filters(), 2, "", order)
        with pytest.raises(Invalid):
            list_cases(world.session, world.people["nurse"], Filters(), 2, after, other)


def test_a_physician_is_named_by_user_name(world: World):
    case = world.open_case(nhc="9")
    case.physician = world.accounts["resident"]
    world.session.flush()
    username = world.accounts["resident"].username
    assert walk(world, SINCE, 5, Filters(physician=username)) == [8]
    assert set(case_lists.known(world.session, world.people["nurse"])["physician"]) == {username, "physician.hga"}


def test_what_may_be_chosen_is_of_ones_own_hospital(world: World):
    other = World(world.session, "HGC")
    assert case_lists.known(world.session, other.people["nurse"])["product"] == {}
    assert case_lists.known(world.session, world.people["nurse"])["product"] == {"MSV-HGA": "Células MSV"}


@pytest.mark.parametrize(
    ("order", "dated", "open_only", "index"),
    [(SINCE, False, False, "ix_cases_list"), (SINCE, False, True, "ix_cases_open"), (DUE, True, False, "ix_cases_due")],
)
def test_an_index_gives_each_order_without_sorting(
    world: World, fresh_engine: Engine, order: str, dated: bool, open_only: bool, index: str
):
    query = visible_cases(world.people["nurse"]).where(Case.centre_id == world.centre.id)
    query = query.where(OPEN) if open_only else query
    wanted = dict(case_lists.pages(query, order, None))[dated].with_only_columns(Case.id)
    plan = explained(world.session, wanted)
    assert index in plan
    assert "sort" not in plan.replace("sort_", "").lower()
    assert "TEMP B-TREE" not in plan


def together(world: World, other: World) -> Actor:
    """A nurse of two hospitals."""
    one, two = world.people["nurse"], other.people["nurse"]
    return replace(one, held=(*one.held, *two.held))


@pytest.mark.parametrize("limit", [1, 2, 3, 30])
@pytest.mark.parametrize("order", [SINCE, DUE])
def test_who_works_at_two_hospitals_walks_both_as_one(world: World, limit: int, order: str):
    other = World(world.session, "HGC", now=world.now)
    for number, days in enumerate(DAYS[:5]):
        case = other.open_case(nhc=f"c{number}")
        case.due_on = None if days is None else today() + timedelta(days=days)
    world.session.flush()
    both, found, after = together(world, other), [], ""
    while after or not found:
        page, after = list_cases(world.session, both, Filters(), limit, after, order)
        found += [(row.due_on or date.max if order == DUE else row.since_at, row.id) for row in page]
    assert len(found) == len(DAYS) + 5
    undated = len([each for each in found if each[0] == date.max])
    assert found[: len(found) - undated] == sorted(found[: len(found) - undated])
    assert found[len(found) - undated :] == [each for each in found if each[0] == date.max]


def test_of_two_hospitals_one_can_be_asked_for_and_no_third(world: World):
    other = World(world.session, "HGC", now=world.now)
    code = other.open_case().code
    both = together(world, other)
    for centre, codes in (("HGC", [code]), ("HGB", []), ("nowhere", [])):
        assert [row.code for row in list_cases(world.session, both, Filters(centre=centre))[0]] == codes


def test_nothing_is_anybodys_turn_once_it_is_over():
    assert {state.turn for pathway in engine.pathways() for state in pathway.case.states if state.final} == {()}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(open_only=True), "ix_cases_open"),
        (Filters(open_only=True, product="MSV-HGA"), "ix_cases_open"),
        (Filters(open_only=True, physician="physician.hga"), "ix_cases_open"),
        (Filters(turn="pharmacist"), "ix_cases_open"),
        (Filters(product="MSV-HGA"), "ix_cases_list_product"),
        (Filters(physician="physician.hga"), "ix_cases_list_physician"),
        (Filters(state="draft"), "ix_cases_list_state"),
        (Filters(), "ix_cases_list"),
    ],
)
def test_each_centre_of_several_is_read_in_order_by_an_index(world: World, filters: Filters, index: str):
    both = together(world, World(world.session, "HGC", now=world.now))
    [plan] = plans(world.session, lambda: list_cases(world.session, both, filters))
    assert plan.count(f"SEARCH cases USING INDEX {index} ") + plan.count(f"COVERING INDEX {index} ") == 2
    assert "SCAN cases" not in plan


@pytest.mark.one_database
@pytest.mark.parametrize(("wanted", "index"), [("HGA-2026-0000", "(code>? AND code<?)"), ("msv", "list_product")])
def test_what_is_looked_for_is_a_place_in_an_index(world: World, wanted: str, index: str):
    plan = plans(world.session, lambda: search(world.session, world.people["nurse"], wanted))[-1]
    assert index in plan
    assert "SCAN cases" not in plan


def plans(session: Session, work: Callable[[], object]) -> list[str]:
    """How SQLite answers each question about cases that this work asks."""
    asked: list[tuple[str, Any]] = []
    listen = (session.get_bind(), "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    event.listen(*listen)
    work()
    event.remove(*listen)
    answers = [(sql, given) for sql, given in asked if "FROM cases" in sql]
    explained = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given) for sql, given in answers]
    return ["\n".join(str(row) for row in rows) for rows in explained]


def explained(session: Session, wanted: Any) -> str:
    """How the database would answer; PostgreSQL is told not to take the short way through a nearly empty table."""
    compiled = wanted.limit(30).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    if session.get_bind().dialect.name == "sqlite":
        return "\n".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    for way in ("seqscan", "bitmapscan", "sort"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    return "\n".join(row[0] for row in session.execute(text(f"EXPLAIN {compiled}".replace(":", "\\:"))))
