"""Papers of earlier requests go with a later one again where the pharmacist chooses so: the same file, said as such."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from compassionate.documents.catalogue import content_sha256
from compassionate.documents.contexts import dossier
from compassionate.documents.contexts.source import source
from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import Paper
from compassionate.services import annexing
from compassionate.services.edits import seen_now
from compassionate.services.snapshots import snapshot
from tests.world import FORMS, World


@pytest.fixture
def world(session):
    return World(session)


def going_on(world):
    """A case under treatment with an old and a new paper of its first request, that asks for more."""
    case = world.case_in("in_treatment")
    old, new = world.add_paper(case), world.add_paper(case)
    old.uploaded_at = world.now - timedelta(days=400)
    world.session.flush()
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    return case, old, new


def choose(world, case, *papers, who="pharmacist", seen=None):
    ids = [paper.id for paper in papers]
    annexing.choose(world.session, world.people[who], case, 1, ids, world.tick(), seen)


def annexed(world, case):
    return {paper.id: paper.sent_with for paper in snapshot(world.session, case, 1).papers if paper.kind == "evidence"}


def test_what_the_forecast_would_not_call_old_is_proposed_and_nothing_goes_before_somebody_chose(world):
    case, old, new = going_on(world)
    offered = annexing.earlier(world.session, case, 1, world.now)
    assert {each.paper.id: (each.is_old, each.goes) for each in offered} == {
        old.id: (True, False),
        new.id: (False, True),
    }
    assert annexed(world, case) == {}
    world.centre.settings = {"paper_age_days": 500}
    assert [each.goes for each in annexing.earlier(world.session, case, 1, world.now)] == [True, True]


def test_what_was_chosen_goes_as_the_same_file_and_the_index_says_with_which_request_it_went(world):
    case, old, _new = going_on(world)
    papers = world.session.scalar(select(func.count()).select_from(Paper))
    choose(world, case, old)
    assert annexed(world, case) == {old.id: "MSE-1"}
    assert [each.goes for each in annexing.earlier(world.session, case, 1, world.now)] == [True, False]
    assert world.session.scalar(select(func.count()).select_from(Paper)) == papers
    held = snapshot(world.session, case, 1)
    carried = tuple(paper for paper in held.papers if paper.kind == "evidence")
    index = str(dossier._annex_list(source(held, "agency", FORMS, carried)))
    assert "ya presentado con MSE-1" in index
    assert old.sha256 in index
    assert {paper.sent_with for paper in snapshot(world.session, case, 0).papers} == {""}
    before = content_sha256(held, "dossier", "agency")
    choose(world, case)
    assert content_sha256(snapshot(world.session, case, 1), "dossier", "agency") != before
    assert annexed(world, case) == {}
    assert [each.goes for each in annexing.earlier(world.session, case, 1, world.now)] == [False, False]


def test_only_who_prepares_the_packs_chooses_among_the_papers_before_and_sees_what_others_chose(world):
    case, old, new = going_on(world)
    seen = seen_now(world.session, case, annexing.EDIT, "1")
    with pytest.raises(Refused):
        choose(world, case, old, who="physician")
    other = world.case_in("in_treatment", nhc="200002")
    foreign = world.add_paper(other)
    with pytest.raises(Invalid):
        choose(world, case, foreign)
    with pytest.raises(NotFound):
        annexing.choose(world.session, world.people["pharmacist"], case, 7, [], world.tick())
    choose(world, case, new, seen=seen)
    with pytest.raises(Conflict):
        choose(world, case, old, seen=seen)
    assert annexed(world, case) == {new.id: "MSE-1"}
