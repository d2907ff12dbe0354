"""Taking a step: every reason at once, everything in one transaction, and of two people at once one wins."""

from __future__ import annotations

from dataclasses import fields
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, CaseEvent, Clock, Contribution, OutboxMessage, Region
from compassionate.models.database import WRITE
from compassionate.services import advance as steps
from compassionate.services import chain
from compassionate.services.advance import advance, ask, possible
from compassionate.services.cases import get_case
from compassionate.services.facts import FETCHED, gather
from compassionate.workflow.facts import Facts
from tests.world import World

ROUNDS = 20
WRITTEN = (CaseEvent, AuditEntry, OutboxMessage, Clock, Contribution, Region)


@pytest.fixture
def world(session):
    return World(session)


def counts(session: Session) -> dict[str, int]:
    """How many rows each table of a step holds."""
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in WRITTEN}


def codes(refused: Any) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


# Asked and refused


def test_a_refusal_carries_role_and_law_at_once(world):
    case = world.case_in("preparing")
    with pytest.raises(Refused) as refused:
        world.act(case, "nurse", "request_endorsement")
    assert set(codes(refused)) == {
        "role.missing", "report.not_signed", "posology.missing", "packs.missing", "sponsor.agreement_missing",
        "import.not_stated",
    }  # fmt: skip
    assert all(reason.legal_basis and reason.who and reason.cure for reason in refused.value.reasons)


def test_asking_says_what_taking_would_refuse(world):
    case = world.case_in("authorised")
    asked = ask(world.session, world.people["physician"], case, "start_treatment", world.now)
    with pytest.raises(Refused) as refused:
        world.dose(case)
    assert refused.value.reasons == asked.reasons
    listed = {each.action: each.answer for each in possible(world.session, world.people["physician"], case, world.now)}
    assert listed["start_treatment"].reasons == asked.reasons


def test_what_the_form_asks_is_refused_only_once_the_law_allows_the_step(world):
    case = world.case_in("screening")
    with pytest.raises(Refused):
        world.act(case, "nurse", "refer", route="nonsense")
    with pytest.raises(Invalid) as invalid:
        world.act(case, "physician", "refer", route="nonsense")
    assert {error.field for error in invalid.value.errors} == {"route", "reason"}


def test_a_step_of_another_state_has_that_one_reason(world):
    case = world.open_case()
    with pytest.raises(Refused) as refused:
        world.act(case, "regulatory", "close")
    assert codes(refused) == ["state.not_source"]


@pytest.mark.parametrize("action", ["fly", "inform_patient@donation", "order_supply@line-9", "endorse@continuation-2"])
def test_there_is_no_such_step_here(world, action):
    with pytest.raises(NotFound):
        world.act(world.open_case(), "physician", action)


def test_every_step_may_be_asked_about(world):
    case = world.open_case()
    everything = possible(world.session, None, case, world.now, every=True)
    leaving = {each.action for each in possible(world.session, None, case, world.now)}
    others = [each for each in everything if each.action not in leaving]
    assert leaving < {each.action for each in everything}
    assert {reason.code for each in others for reason in each.answer.reasons} == {"state.not_source"}


# The facts


def test_no_fact_is_forgotten():
    assert set(FETCHED) == {field.name for field in fields(Facts)}


def test_a_fact_is_fetched_once_and_only_when_it_is_asked(world, monkeypatch):
    case = world.case_in("authorised")
    facts, asked = gather(world.session, case, world.now), []
    monkeypatch.setattr("compassionate.services.facts.ledger.entries_of", lambda *given: asked.append("entries") or [])
    assert facts.case_state == "authorised"
    assert asked == []
    assert (facts.batches, facts.lines[0].units_used, facts.batches) == ((), 0, ())
    assert asked == ["entries"]
    with pytest.raises(AttributeError):
        _ = facts.no_such_fact


# One transaction


def test_state_history_audit_outbox_and_version_are_written_together(world):
    case = world.case_in("submitted")
    before, version = counts(world.session), case.version
    values = {"notified_on": str(world.today), "text": "Falta la resonancia.", "channel": "mse"}
    event = world.act(case, "pharmacist", "record_correction_request", **values)
    after = counts(world.session)
    assert (case.state, case.version, event.case_version) == ("correction_requested", version + 1, version + 1)
    grown = {name: after[name] - before[name] for name in before}
    assert grown == {
        "case_events": 1, "audit_entries": 1, "outbox": 1, "clocks": 1, "contributions": 0, "regions": 0,
    }  # fmt: skip
    held = world.session.scalars(select(CaseEvent).where(CaseEvent.id == event.id)).one()
    assert (held.before, held.after, held.role, held.at) == (
        "submitted",
        "correction_requested",
        "pharmacist",
        world.now,
    )
    message = world.session.scalars(select(OutboxMessage).where(OutboxMessage.key == event.id)).one()
    assert message.payload == {"event": event.id, "name": "record_correction_request"}


def test_a_step_beside_the_case_moves_the_case_too(world):
    case = world.case_in("authorised")
    version = case.version
    world.act(case, "physician", "inform_patient@use", on=str(world.today), sheet_version="1")
    assert (case.version, case.state) == (version + 1, "authorised")


def test_every_event_has_a_version_of_its_own(world):
    case = world.case_in("in_treatment")
    versions = world.session.scalars(
        select(CaseEvent.case_version).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version)
    ).all()
    assert list(versions) == list(range(versions[0], case.version + 1))


def test_an_effect_that_fails_leaves_nothing_behind(fresh_engine, vault, monkeypatch):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.case_in("submitted")
        session.commit()
        before, version = counts(session), case.version

        def fail(step):
            session.flush()
            raise OSError("the disk is full")

        monkeypatch.setitem(steps.EFFECTS, "record_authorisation", fail)
        with pytest.raises(OSError, match="disk"):
            world.authorise(case)
        session.rollback()
        assert (counts(session), case.version, case.state) == (before, version, "submitted")
        assert chain.verify(session).ok


def test_values_that_an_effect_refuses_leave_nothing_behind(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.case_in("submitted")
        session.commit()
        before = counts(session)
        with pytest.raises(Invalid):
            world.authorise(case, decided_on=str(world.today), seen_on="2020-01-01")
        session.rollback()
        assert (counts(session), case.state) == (before, "submitted")


# Two people at once


class Contest:
    """Two people who take a step of one case at the same moment, each in a session of their own."""

    def __init__(self, engine: Any, info: dict[str, Any], code: str, now: Any) -> None:
        self.engine, self.info, self.code, self.now = engine, info, code, now
        self.start = Barrier(2)
        self.ended: list[str] = []

    def run(self, *people: tuple[Any, str, dict[str, str]]) -> list[str]:
        """How it ended for each, sorted."""
        threads = [Thread(target=self._act, args=person) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.ended)

    def _act(self, actor: Any, action: str, values: dict[str, str]) -> None:
        with Session(self.engine, info=dict(self.info)) as session:
            case = get_case(session, actor, self.code)
            seen = case.version
            session.rollback()
            self.start.wait()
            session.connection(execution_options=WRITE)
            try:
                advance(session, actor, get_case(session, actor, self.code), action, values, self.now, seen)
                session.commit()
            except Conflict:
                session.rollback()
                self.ended.append("told")
            else:
                self.ended.append("won")


def test_of_two_people_at_once_one_wins_and_the_other_is_told(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.open_case()
        world.act(case, "pharmacist", "start_screening")
        session.commit()
        back_and_forth = (
            ("refer", {"route": "research", "reason": "Ensayo"}),
            ("reopen_screening", {"reason": "Otra vez"}),
        )
        for number in range(ROUNDS):
            action, values = back_and_forth[number % 2]
            version, code, now = case.version, case.code, world.tick()
            session.rollback()
            contest = Contest(fresh_engine, dict(session.info), code, now)
            people = [(world.people[name], action, values) for name in ("physician", "pharmacist")]
            assert contest.run(*people) == ["told", "won"]
            session.rollback()
            assert case.version == version + 1
        events = session.scalar(select(func.count()).where(CaseEvent.case_id == case.id))
        assert events == 2 + ROUNDS
        assert chain.verify(session).ok


def test_two_cases_at_once_both_move_and_the_chain_stays_whole(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        codes = [world.open_case(nhc=str(number)).code for number in range(4)]
        session.commit()
        now, info, actor = world.tick(), dict(session.info), world.people["pharmacist"]
        start = Barrier(len(codes))

        def move(code: str) -> None:
            with Session(fresh_engine, info=dict(info)) as own:
                start.wait()
                own.connection(execution_options=WRITE)
                advance(own, actor, get_case(own, actor, code), "start_screening", {}, now)
                own.commit()

        threads = [Thread(target=move, args=(code,)) for code in codes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.rollback()
        assert set(session.scalars(select(Case.state))) == {"screening"}
        assert chain.verify(session).ok
