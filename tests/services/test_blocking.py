"""Blocking before deletion: never too early, seen by nobody, opened for an authority, stopped by a hold (RET-02)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, SupplyEntry
from compassionate.services import (
    blocking,
    case_lists,
    cases,
    patients,
    precedents,
    retention,
    searching,
    verification,
    worklists,
)
from tests.world import World

LONG_AFTER = datetime(2062, 6, 1, 9, tzinfo=UTC)
YEARS = {"key_documents": "20", "clinical_record": "10", "blocked_years": "3"}


@pytest.fixture
def world(session: Session) -> World:
    """A hospital that has said how long it keeps records."""
    world = World(session)
    retention.set_years(session, world.people["admin"], world.centre, YEARS, world.now)
    return world


@pytest.fixture
def case(world: World) -> Case:
    """A case that was closed early."""
    return world.closed_early()


@pytest.fixture
def treated(world: World) -> Case:
    """A case of cells that went the whole way."""
    return world.case_in("closed")


def blocked(world: World, case: Case) -> Case:
    blocking.block(world.session, world.people["admin"], case, LONG_AFTER)
    return case


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def test_cells_are_counted_from_the_expiry_date_of_their_batch(world: World, treated: Case):
    expiry = world.session.scalars(select(SupplyEntry.expires_on).where(SupplyEntry.kind == "received")).one()
    stands = retention.kept(world.session, treated, world.now)
    assert expiry is not None
    assert stands.longest is not None
    assert (stands.longest.rule.id, stands.longest.counted_on) == ("cells", expiry)
    assert stands.longest.until == expiry.replace(year=expiry.year + 30)


def test_a_case_that_never_got_cells_is_kept_as_any_record(world: World):
    case = world.case_in("draft")
    assert "cells" not in retention.classes_of(world.session, case)


def test_a_case_is_not_blocked_a_day_too_early(world: World, case: Case):
    last = retention.kept(world.session, case, world.now).longest
    assert last is not None
    assert last.until is not None
    on_the_last_day = datetime.combine(last.until, datetime.min.time(), UTC) + timedelta(hours=12)
    with pytest.raises(Refused) as refusal:
        blocking.block(world.session, world.people["admin"], case, on_the_last_day)
    assert codes(refusal) == ["retention.not_due_kept"]
    blocking.block(world.session, world.people["admin"], case, on_the_last_day + timedelta(days=1))
    assert case.blocked_at is not None


def test_a_running_case_is_never_due(world: World):
    case = world.case_in("authorised")
    with pytest.raises(Refused) as refusal:
        blocking.block(world.session, world.people["admin"], case, LONG_AFTER)
    assert codes(refusal) == ["retention.not_due_open"]


def test_only_who_administers_the_centre_blocks(world: World, case: Case):
    for who in ("physician", "pharmacist", "director", "auditor"):
        with pytest.raises(Refused):
            blocking.block(world.session, world.people[who], case, LONG_AFTER)


def test_a_legal_hold_stops_everything_until_it_is_lifted(world: World, case: Case):
    blocking.put_hold(world.session, world.people["auditor"], case, "Diligencias previas 1/2060", LONG_AFTER)
    with pytest.raises(Refused) as refusal:
        blocking.block(world.session, world.people["admin"], case, LONG_AFTER)
    assert codes(refusal) == ["retention.not_due_held"]
    blocking.lift_hold(world.session, world.people["admin"], case, "Archivo de las diligencias", LONG_AFTER)
    assert retention.kept(world.session, case, LONG_AFTER).status == "due"


def test_every_due_case_is_blocked_once(world: World, case: Case):
    other = world.case_in("draft", nhc="200002", surnames="Otra Persona")
    assert blocking.block_due(world.session, world.people["admin"], LONG_AFTER) == [case.code]
    assert blocking.block_due(world.session, world.people["admin"], LONG_AFTER) == []
    assert other.blocked_at is None


def test_nobody_knows_of_a_blocked_case(world: World, treated: Case):
    session, document = world.session, verification_of(world, treated)
    running = world.case_in("draft", nhc="200002", surnames="Otra Persona")
    assert verification.issued_under(session, document) is not None
    blocked(world, treated)
    for who in ("physician", "pharmacist", "director", "regulatory", "auditor"):
        actor = world.people[who]
        with pytest.raises(NotFound):
            cases.get_case(session, actor, treated.code)
        assert treated.code not in {row.code for row in case_lists.list_cases(session, actor, case_lists.Filters())[0]}
        assert searching.search(session, actor, "100001").rows == []
        assert searching.search(session, actor, treated.code).rows == []
    assert [row.code for row in worklists.sample(session, [world.centre.id])] == [running.code]
    assert precedents.precedents(session, running) == []
    assert verification.issued_under(session, document) is None
    identity = patients.identity_of(session, treated.patient)
    assert patients.same_person(session, world.centre, identity) == ()


def verification_of(world: World, case: Case) -> str:
    from compassionate.models import IssuedDocument

    found = world.session.scalars(select(IssuedDocument.verification).where(IssuedDocument.case_id == case.id)).first()
    assert found is not None
    return found


def test_a_patient_who_has_another_case_is_still_warned_about(world: World, case: Case):
    opening = cases.Opening(world.centre, case.patient, world.product, (1,), world.accounts["physician"])
    cases.open_case(world.session, world.people["pharmacist"], opening, world.tick())
    blocked(world, case)
    identity = patients.identity_of(world.session, case.patient)
    assert [each.patient_id for each in patients.same_person(world.session, world.centre, identity)] == [
        case.patient_id
    ]


def test_whoever_audits_opens_a_blocked_case_for_an_authority_and_for_a_day(world: World, case: Case):
    session, auditor = world.session, world.people["auditor"]
    blocked(world, case)
    asked = {"authority": "court", "reason": "Oficio del juzgado de instrucción"}
    blocking.open_blocked(session, auditor, case.code, asked, clock.now())
    assert cases.get_case(session, auditor, case.code) is case
    with pytest.raises(NotFound):
        cases.get_case(session, world.people["director"], case.code)
    rows = session.scalars(select(AuditEntry.row).where(AuditEntry.case_id == case.id))
    told = [row for row in rows if '"open_blocked_case"' in row]
    assert len(told) == 1
    assert "Oficio" not in told[0]


def test_an_opening_ends_by_itself(world: World, case: Case):
    blocked(world, case)
    asked = {"authority": "court", "reason": "Oficio"}
    yesterday = clock.now() - blocking.OPEN_FOR
    blocking.open_blocked(world.session, world.people["auditor"], case.code, asked, yesterday)
    with pytest.raises(NotFound):
        cases.get_case(world.session, world.people["auditor"], case.code)


def test_a_blocked_case_is_opened_by_nobody_else_nor_without_a_reason(world: World, case: Case):
    blocked(world, case)
    asked = {"authority": "court", "reason": "Oficio"}
    for who in ("admin", "director"):
        with pytest.raises(Refused):
            blocking.open_blocked(world.session, world.people[who], case.code, asked, clock.now())
    with pytest.raises(NotFound):
        blocking.open_blocked(world.session, world.people["physician"], case.code, asked, clock.now())
    with pytest.raises(Invalid):
        blocking.open_blocked(
            world.session, world.people["auditor"], case.code, {"authority": "court", "reason": " "}, clock.now()
        )


def test_what_is_unblocked_is_there_again(world: World, case: Case):
    blocked(world, case)
    blocking.unblock(world.session, world.people["admin"], case, "Bloqueado por error", LONG_AFTER)
    assert cases.get_case(world.session, world.people["physician"], case.code) is case


def test_a_hospital_cannot_set_fewer_years_than_the_law(world: World):
    with pytest.raises(Invalid) as wrong:
        retention.set_years(world.session, world.people["admin"], world.centre, YEARS | {"cells": "29"}, world.now)
    assert [(error.field, error.code) for error in wrong.value.errors] == [("cells", "retention.shorter_than_law")]


def test_a_death_learnt_of_later_starts_the_term_that_counts_from_it(world: World):
    world.centre.territory = "ES-CB"
    case = world.case_in("screening")
    assert retention.events_of(world.session, case).death is None
    blocking.record_death(world.session, world.people["admin"], case, {"died_on": "2026-01-05"}, world.now)
    assert retention.events_of(world.session, case).death == date(2026, 1, 5)


def test_a_death_recorded_as_a_step_counts_from_its_day(world: World):
    case = world.case_in("in_follow_up")
    world.act(case, "physician", "record_death", on=str(world.today), cause="Ajena al tratamiento")
    assert retention.events_of(world.session, case).death == world.today
