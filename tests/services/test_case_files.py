"""Files made of a case's papers and documents: kept sealed, checked, and gone with the case."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from compassionate.services import case_files, checking, held_files, store
from tests.world import World


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def test_a_file_of_a_case_is_given_back_as_it_was_and_never_lies_in_clear(world: World, session: Session):
    case = world.open_case()
    row = case_files.put(session, case, "snapshot", "document-1", b"lo que se dijo", world.now)
    session.flush()
    assert case_files.data_of(session, case, row) == b"lo que se dijo"
    assert b"dijo" not in store.get(session, f"files/{row.id}")
    assert f"files/{row.id}" in held_files.names_of_case(session, case)
    assert checking.check(session).ok


def test_the_newest_file_of_a_kind_is_found_and_another_case_has_none(world: World, session: Session):
    case, other = world.open_case(), world.open_case()
    case_files.put(session, case, "snapshot", "document-1", b"first", world.now)
    last = case_files.put(session, case, "snapshot", "document-1", b"second", world.tick())
    assert case_files.find(session, case, "snapshot", "document-1") == last
    assert case_files.find(session, case, "pictures", "document-1") is None
    assert case_files.find(session, other, "snapshot", "document-1") is None


def test_a_changed_or_lost_file_is_found_and_one_that_is_forgotten_is_not(world: World, session: Session):
    case = world.open_case()
    changed, lost, gone = (
        case_files.put(session, case, "snapshot", name, b"words", world.now) for name in ("changed", "lost", "gone")
    )
    store.replace(session, f"files/{changed.id}", b"other words")
    store.remove(session, f"files/{lost.id}")
    case_files.forget(session, gone)
    session.flush()
    found = checking.check(session)
    assert (found.damaged, found.missing) == ([f"files/{changed.id}"], [f"files/{lost.id}"])
    assert found.unclaimed == [f"files/{gone.id}"]
