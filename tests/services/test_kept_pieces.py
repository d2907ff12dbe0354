"""The pieces of the last print of a document are files of its case: sealed, of one document each, never needed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.render import Rendered
from compassionate.models import Case, CaseFile
from compassionate.services import checking, documents, kept_pieces, store
from tests.world import FORMS, World, a_pdf

pytestmark = pytest.mark.one_database
PIECE = b"Rivas Cifuentes, Marta"


def printing(pieces: dict[str, bytes], seen: list[dict[str, bytes]]) -> Any:
    """A printer of a blank page that leaves these pieces, and notes those it was given."""

    def printer(*given: Any, kept: dict[str, bytes], **more: Any) -> Rendered:
        seen.append(dict(kept))
        return Rendered(a_pdf(), 1, pieces)

    return printer


def issue(world: World, case: Case, pieces: dict[str, bytes]) -> dict[str, bytes]:
    """Print the data of a request in another version; the pieces that the printer was given."""
    seen: list[dict[str, bytes]] = []
    actor = world.people["pharmacist"]
    case.requests[0].duration_weeks = (case.requests[0].duration_weeks or 0) + 1
    world.session.flush()
    planned = documents.plan(world.session, actor, case, "request_data", "hospital", world.now)
    prepared = documents.press(planned, FORMS, printing(pieces, seen))
    documents.keep(world.session, actor, case, prepared, world.tick())
    return seen[0]


@pytest.fixture
def world(session: Session) -> World:
    """A hospital."""
    return World(session)


@pytest.fixture
def case(world: World) -> Case:
    """A case whose data may be printed."""
    case = world.case_in("preparing")
    world.fill_request(case)
    return case


def rows(world: World) -> list[CaseFile]:
    """The files of pieces that there are."""
    world.session.flush()
    return list(world.session.scalars(select(CaseFile).where(CaseFile.kind == kept_pieces.KIND)))


def test_a_print_is_given_what_the_last_one_left(world: World, case: Case):
    assert issue(world, case, {"a": PIECE, "b": b"2"}) == {}
    assert issue(world, case, {"b": b"2", "c": b"3"}) == {"a": PIECE, "b": b"2"}
    assert issue(world, case, {"c": b"3"}) == {"b": b"2", "c": b"3"}


def test_pieces_are_sealed_with_the_case(world: World, case: Case):
    issue(world, case, {"a": PIECE})
    held = store.get(world.session, f"files/{rows(world)[0].id}")
    assert PIECE not in held
    assert checking.check(world.session).ok


def test_another_document_and_another_case_have_their_own(world: World, case: Case):
    issue(world, case, {"a": PIECE})
    assert kept_pieces.find(world.session, case, "dossier", "agency", 0) == {}
    assert kept_pieces.find(world.session, world.case_in("preparing"), "request_data", "hospital", 0) == {}


def test_a_print_needs_no_pieces(world: World, case: Case):
    issue(world, case, {"a": PIECE})
    store.remove(world.session, f"files/{rows(world)[0].id}")
    assert issue(world, case, {"a": PIECE}) == {}


def test_very_many_pieces_are_not_kept(world: World, case: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept_pieces, "LARGEST", 100)
    issue(world, case, {"a": b"x" * 101})
    assert rows(world) == []


def test_what_was_replaced_stays_while_a_backup_may_want_it_and_goes_with_the_commit_of_a_later_print(
    world: World, case: Case
):
    issue(world, case, {"a": PIECE})
    first = f"files/{rows(world)[0].id}"
    issue(world, case, {"b": PIECE})
    issue(world, case, {"c": PIECE})
    world.session.commit()
    assert first in store.names(world.session)
    world.now += kept_pieces.A_BACKUP_LASTS
    issue(world, case, {"d": PIECE})
    world.session.rollback()
    assert first in store.names(world.session)
    issue(world, case, {"e": PIECE})
    world.session.commit()
    assert first not in store.names(world.session)
    assert len(rows(world)) == 2
    found = checking.check(world.session)
    assert (found.missing, found.damaged) == ([], [])
