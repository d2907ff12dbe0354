"""Lists of cases: two orders, each walked page by page, and the index that serves each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Case
from compassionate.services import case_lists
from compassionate.services.case_lists import DUE, OPEN, SINCE, Filters, list_cases
from compassionate.services.cases import visible_cases
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


def explained(session: Session, wanted: Any) -> str:
    """How the database would answer; PostgreSQL is told not to take the short way through a nearly empty table."""
    compiled = wanted.limit(30).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    if session.get_bind().dialect.name == "sqlite":
        return "\n".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    for way in ("seqscan", "bitmapscan", "sort"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    return "\n".join(row[0] for row in session.execute(text(f"EXPLAIN {compiled}".replace(":", "\\:"))))
