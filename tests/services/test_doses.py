"""Doses: every one passes the gate on its own day, never over the grant, and never beside a revoked consent."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, Refused
from compassionate.models import Case, CaseEvent, Dose, SupplyEntry, Visit
from compassionate.models.database import WRITE
from compassionate.services import advance as steps
from compassionate.services import ledger
from compassionate.services.advance import advance
from tests.world import World


@pytest.fixture
def world(session):
    return World(session)


@pytest.fixture
def ready(world):
    """Authorised, consented, two packs of batch L1 released."""
    case = world.case_in("authorised")
    world.stock(case)
    world.consent(case)
    return case


def codes_of(refusal):
    return [reason.code for reason in refusal.value.reasons]


def wrong(refusal):
    return {error.field: error.code for error in refusal.value.errors}


def test_a_dose_takes_its_units_out_of_the_stock(world, ready):
    world.dose(ready, units="2", note="Sin incidencias")
    dose = world.session.scalars(select(Dose)).one()
    entry = world.session.scalars(select(SupplyEntry).where(SupplyEntry.kind == "administered")).one()
    assert (dose.batch, dose.units, dose.expires_on) == ("L1", 2, entry.expires_on)
    assert (entry.units, entry.event_id) == (2, dose.event_id)


def test_the_first_dose_dates_the_visits(world, ready):
    world.dose(ready)
    visits = world.session.scalars(select(Visit).where(Visit.case_id == ready.id).order_by(Visit.months))
    assert [str(visit.planned_on) for visit in visits] == ["2026-03-03", "2026-06-01", "2026-08-30", "2027-03-03"]


def test_what_was_dispensed_is_given_at_home_without_being_counted_twice(world, ready):
    world.dose(ready, who="pharmacist", act="dispensing", units="2", collected_by="La paciente")
    world.dose(ready, "record_dose", from_dispensed="1")
    account = ledger.accounts(ready, ledger.entries_of(world.session, ready), ledger.granted(world.session, ready))[0]
    assert (account.dispensed, account.administered, account.used, account.left) == (2, 0, 2, 0)


def test_no_more_is_given_at_home_than_was_dispensed(world, ready):
    world.dose(ready, who="pharmacist", act="dispensing", units="1")
    world.dose(ready, "record_dose", from_dispensed="1")
    with pytest.raises(Refused) as refusal:
        world.dose(ready, "record_dose", from_dispensed="1")
    assert codes_of(refusal) == ["stock.too_few"]


def test_nothing_is_dispensed_out_of_what_was_dispensed(world, ready):
    world.dose(ready, who="pharmacist", act="dispensing", units="2")
    with pytest.raises(Refused) as refusal:
        world.dose(ready, "record_dose", who="pharmacist", act="dispensing", units="2", from_dispensed="1")
    assert "stock.too_few" in codes_of(refusal)


def test_no_more_is_given_than_was_granted_whatever_is_in_stock(world):
    case = world.case_in("submitted")
    world.authorise(case, **{"packs_granted.1": "2"})
    world.consent(case)
    world.stock(case, packs=2)
    day = str(world.today)
    more = {"batch": "L2", "expires_on": "2027-12-31", "packs": "3", "on": day}
    world.act(case, "pharmacist", "receive_supply@line-1", **more)
    world.act(case, "pharmacist", "release_supply@line-1", batch="L2", on=day)
    world.dose(case, units="2")
    with pytest.raises(Refused) as refusal:
        world.dose(case, "record_dose", batch="L2")
    assert codes_of(refusal) == ["packs.exhausted"]


def test_a_dose_between_reception_and_release_is_refused(world):
    case = world.case_in("authorised")
    world.consent(case)
    before = world.today
    day = str(before)
    world.act(case, "pharmacist", "order_supply@line-1", on=day, packs="1")
    arrival = {"on": day, "batch": "L1", "expires_on": "2027-12-31", "packs": "1"}
    world.act(case, "pharmacist", "receive_supply@line-1", **arrival)
    world.tick(48)
    world.act(case, "pharmacist", "release_supply@line-1", batch="L1", on=str(world.today))
    with pytest.raises(Invalid) as refusal:
        world.dose(case, given_on=str(before))
    assert wrong(refusal) == {"given_on": "stock.before_release"}


def test_identity_is_checked_in_every_act(world, ready):
    with pytest.raises(Refused) as refusal:
        world.dose(ready, identity_checked="")
    assert codes_of(refusal) == ["identity.not_checked"]


def test_an_oral_revocation_stops_the_next_dose(world, ready):
    world.dose(ready)
    world.act(ready, "nurse", "record_consent_revocation@use", on=str(world.today), form="oral")
    with pytest.raises(Refused) as refusal:
        world.dose(ready, "record_dose")
    assert codes_of(refusal) == ["consent.revoked"]


class Race:
    """Two people act on one case, each having seen the same version of it."""

    def __init__(self, engine: Engine, info, code: str, version: int | None, now) -> None:
        self.engine, self.info, self.code, self.version, self.now = engine, info, code, version, now
        self.start, self.ended = Barrier(2), []

    def person(self, actor, action, values):
        with Session(self.engine, info=self.info) as session:
            self.start.wait()
            session.connection(execution_options=WRITE)
            case = session.scalar(select(Case).where(Case.code == self.code))
            try:
                advance(session, actor, case, action, values, self.now, if_version=self.version)
                session.commit()
                self.ended.append("won")
            except (Conflict, Refused) as lost:
                session.rollback()
                self.ended.append(type(lost).__name__)

    def run(self, *people):
        threads = [Thread(target=self.person, args=person) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.ended)


def test_a_consent_revoked_while_a_dose_is_recorded_one_wins_and_never_both(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.case_in("authorised")
        world.stock(case)
        world.consent(case)
        world.dose(case)
        session.commit()
        day, info = str(world.today), dict(session.info)
        dose = {"act": "administration", "line": "1", "batch": "L1", "units": "1", "given_on": day}
        dose |= {"identity_checked": "1"}
        race = Race(fresh_engine, info, case.code, case.version, world.tick())
        version, events = case.version, len(history(session, case))
        session.commit()
        ended = race.run(
            (world.people["nurse"], "record_dose", dose),
            (world.people["physician"], "record_consent_revocation@use", {"on": day, "form": "oral"}),
        )
        session.rollback()
        assert ended in (["Conflict", "won"], ["Refused", "won"])
        assert (case.version, len(history(session, case))) == (version + 1, events + 1)
        doses = session.scalars(select(Dose).where(Dose.case_id == case.id)).all()
        consent = next(row.state for row in case.regions if row.instance == "use")
        assert (len(doses), consent) in ((2, "signed"), (1, "revoked"))


def test_when_both_had_passed_the_gate_before_either_wrote_the_second_is_told(
    fresh_engine, vault, dialect, monkeypatch
):
    if dialect == "sqlite":
        pytest.skip("writers queue: the second reads only after the first has written")
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.case_in("in_treatment")
        session.commit()
        day, asked, gather = str(world.today), Barrier(2), steps.gather

        def gather_together(*given):
            facts = gather(*given)
            assert repr(facts)  # fetches every fact
            asked.wait()
            return facts

        dose = {"act": "administration", "line": "1", "batch": "L1", "units": "1", "given_on": day}
        dose |= {"identity_checked": "1"}
        race = Race(fresh_engine, dict(session.info), case.code, None, world.tick())
        people = (
            (world.people["nurse"], "record_dose", dose),
            (world.people["physician"], "record_consent_revocation@use", {"on": day, "form": "oral"}),
        )
        session.commit()
        monkeypatch.setattr(steps, "gather", gather_together)
        assert race.run(*people) == ["Conflict", "won"]


def test_the_last_unit_is_given_once(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.case_in("in_treatment")
        session.commit()
        dose = {"act": "administration", "line": "1", "batch": "L1", "units": "1", "given_on": str(world.today)}
        dose |= {"identity_checked": "1"}
        # The command line names no version: the rows themselves must decide.
        race = Race(fresh_engine, dict(session.info), case.code, None, world.tick())
        ended = race.run((world.people["nurse"], "record_dose", dose), (world.people["physician"], "record_dose", dose))
        session.rollback()
        assert ended in (["Conflict", "won"], ["Refused", "won"])
        assert [batch.left for batch in ledger.batches(ledger.entries_of(session, case))] == [0]


def history(session, case):
    return session.scalars(select(CaseEvent.id).where(CaseEvent.case_id == case.id)).all()
