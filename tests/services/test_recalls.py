"""Recalls by batch: everything in one act, nothing of it given any more, every unit accounted for at the end."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, Contribution, Dose, Recall, RecallCase
from compassionate.models.database import ALONE, WRITE
from compassionate.services import chain, ledger, stockout
from compassionate.services.advance import advance
from compassionate.services.cells import rows
from compassionate.services.recalls import calling, closing, finding
from compassionate.services.recalls.entering import effect_of, enter, lift
from compassionate.workflow.roles import Role
from tests.world import World


@pytest.fixture
def world(session):
    held = World(session)
    held.add_person("other", Role.PHARMACIST)
    return held


def treated(world: World, batch: str = "L1", nhc: str = "100001", home: int = 0, given: int = 1) -> Case:
    """A case with two units of a batch, so many dispensed and so many given in the hospital."""
    case = world.case_in("authorised", nhc=nhc)
    world.stock(case, batch=batch)
    world.consent(case)
    first = "start_treatment"
    if home:
        world.dose(case, first, who="pharmacist", act="dispensing", units=str(home), batch=batch)
        first = "record_dose"
    if given:
        world.dose(case, first, units=str(given), batch=batch)
    return case


def order(world: World, batch: str = "L1", **more: str) -> dict[str, str]:
    usual = {"product": world.product.code, "batch": batch, "ordered_by": "agency", "alert_number": "R_12/2026"}
    usual |= {"alert_class": "1", "ordered_at": world.now.isoformat(), "reason": "Partículas en algunas jeringas."}
    return usual | more


def recall(world: World, who: str = "pharmacist", **more: str) -> Recall:
    return enter(world.session, world.people[who], order(world, **more), world.tick())


def call(world: World, held: Recall, case: Case, who: str = "pharmacist", **given: str):
    return calling.record_call(world.session, world.people[who], held, case.code, given, world.tick())


def line(world: World, held: Recall, case: Case) -> calling.Line:
    return calling.line_of(world.session, world.people["pharmacist"], held, case.code)


def batch_of(world: World, case: Case) -> ledger.Batch:
    return ledger.batches(ledger.entries_of(world.session, case))[0]


def codes_of(refusal) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def wrong(refusal) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


def test_one_act_stops_every_unit_and_names_who_had_it(world):
    mine, other = treated(world, nhc="1"), treated(world, batch="L2", nhc="2")
    home = treated(world, batch=" l1", nhc="3", home=1, given=0)
    held = recall(world)
    rows = {row.case_id: row for row in world.session.scalars(select(RecallCase))}
    assert set(rows) == {mine.id, home.id}
    assert [(row.given, row.at_home, row.in_pharmacy) for row in (rows[mine.id], rows[home.id])] == [
        (1, 0, 1),
        (0, 1, 1),
    ]
    assert [batch_of(world, case).status for case in (mine, home, other)] == ["recalled", "recalled", "released"]
    assert batch_of(world, mine).recall == held.code == "R-HGA-2026-001"


@pytest.mark.one_database
def test_it_is_told_before_it_is_done_what_it_reaches(world):
    treated(world, home=1, given=0)
    found = effect_of(world.session, world.people["pharmacist"], world.product, "l1")
    assert (len(found.cases), found.total("at_home"), found.total("in_pharmacy"), found.spelled) == (1, 1, 1, ("L1",))


@pytest.mark.parametrize("dispensed", [False, True])
def test_no_unit_of_it_is_given_any_more_not_even_one_at_home(world, dispensed):
    case = treated(world, home=1, given=0)
    held = recall(world)
    with pytest.raises(Refused) as refusal:
        world.dose(case, "record_dose", from_dispensed="1" if dispensed else "")
    assert codes_of(refusal) == ["stock.recalled"]
    assert refusal.value.reasons[0].params["recall"] == held.code


@pytest.mark.one_database
def test_the_page_of_the_treatment_names_the_recall_before_anything_is_typed(world):
    case = treated(world)
    recall(world)
    with pytest.raises(Refused) as refusal:
        world.act(case, "nurse", "record_dose")
    assert codes_of(refusal) == ["stock.recalled"]


@pytest.mark.one_database
def test_what_is_at_home_of_it_lasts_for_nobody(world):
    case = treated(world, home=1, given=0)
    before = stockout.forecasts(world.session, case, world.now)[0]
    recall(world)
    after = stockout.forecasts(world.session, case, world.now)[0]
    assert (before.at_home, before.in_pharmacy, after.at_home, after.in_pharmacy) == (1, 1, 0, 0)


def test_a_delivery_of_it_is_taken_in_and_stopped(world):
    case = world.case_in("authorised")
    held = recall(world)
    world.act(case, "pharmacist", "order_supply@line-1", on=str(world.today), packs="1")
    came = {"batch": "l1", "expires_on": str(world.today + timedelta(days=90)), "packs": "1", "on": str(world.today)}
    world.act(case, "pharmacist", "receive_supply@line-1", **came)
    assert batch_of(world, case).status == "recalled"
    assert line(world, held, case).state == "no_call"
    with pytest.raises(Refused):
        world.act(case, "pharmacist", "release_supply@line-1", batch="l1", on=str(world.today))


@pytest.mark.one_database
def test_cells_on_their_way_are_stopped_when_they_come(world):
    product = world.cell_product()
    case = world.case_in("authorised", product)
    for kind in product.consent_kinds:
        world.consent(case, kind)
    world.fill_cells(case, "dispatched")
    batch = rows.current(world.session, case).batch
    held = recall(world, batch=batch, product=product.code)
    assert line(world, held, case).state == "no_call"
    came = {"arrived_at": world.now.isoformat(), "container_code": world.in_hand(case, "shipping")}
    came |= {"temperature_low": "4", "temperature_high": "8,5", "seal_intact": "1"}
    world.act(case, "pharmacist", "receive_cells_at_hospital", **came)
    assert (batch_of(world, case).status, batch_of(world, case).recall) == ("recalled", held.code)


@pytest.mark.one_database
def test_a_recalled_batch_is_neither_released_nor_rejected_but_returned_or_destroyed(world):
    case = treated(world)
    recall(world)
    for step in ("release_supply", "reject_supply"):
        with pytest.raises((Refused, Invalid)):
            world.act(case, "pharmacist", f"{step}@line-1", batch="L1", on=str(world.today), reason="Retirado")
    gone = {"batch": "L1", "units": "1", "on": str(world.today), "certificate": "C-1"}
    world.act(case, "pharmacist", "destroy_supply@line-1", **gone)
    assert batch_of(world, case).left == 0


@pytest.mark.one_database
def test_the_same_batch_is_recalled_once(world):
    treated(world)
    recall(world)
    with pytest.raises(Invalid) as refusal:
        recall(world, batch="L 1")
    assert wrong(refusal) == {"batch": "recall.standing"}


@pytest.mark.one_database
def test_what_an_order_must_say(world):
    with pytest.raises(Invalid) as refusal:
        enter(world.session, world.people["pharmacist"], {"ordered_by": "agency"}, world.tick())
    assert set(wrong(refusal)) == {"product", "batch", "alert_number", "ordered_at", "reason"}
    with pytest.raises(Invalid) as refusal:
        recall(world, ordered_at=(world.now + timedelta(days=1)).isoformat())
    assert wrong(refusal) == {"ordered_at": "value.date_in_future"}


@pytest.mark.one_database
def test_who_may_not_recall(world):
    for who in ("physician", "nurse", "technician", "director", "admin", "auditor"):
        with pytest.raises(Refused) as refusal:
            recall(world, who)
        assert codes_of(refusal) == ["role.missing"]


def test_a_recall_of_another_hospital_is_none(world, session):
    treated(world)
    held = recall(world)
    elsewhere = World(session, code="HGB")
    assert finding.listed(session, elsewhere.people["pharmacist"]) == []
    with pytest.raises(NotFound):
        finding.recall_of(session, elsewhere.people["pharmacist"], held.code)


@pytest.mark.one_database
def test_whoever_recalls_becomes_no_part_of_the_request(world):
    case = treated(world)
    recall(world, "regulatory")
    who = world.people["regulatory"].account_id
    assert world.session.get(Contribution, (case.id, who)) is None


def test_everything_is_in_the_audit_chain(world):
    treated(world)
    held = recall(world)
    rows = [row for row in world.session.scalars(select(AuditEntry.row)) if held.code in row]
    assert [action for action in ("enter_recall",) if any(f'"action":"{action}"' in row for row in rows)]
    assert chain.verify(world.session).ok


def test_a_second_person_lifts_it_and_stock_stands_where_it_stood(world):
    case = treated(world)
    held = recall(world)
    with pytest.raises(Refused) as refusal:
        lift(world.session, world.people["pharmacist"], held, "Era otro lote", world.tick())
    assert codes_of(refusal) == ["recall.two_people"]
    lift(world.session, world.people["other"], held, "Era otro lote", world.tick())
    assert (held.status, batch_of(world, case).status, batch_of(world, case).recall) == ("lifted", "released", "")
    world.dose(case, "record_dose")


def test_a_patient_is_called_until_all_is_told(world):
    case = treated(world, home=2, given=0)
    held = recall(world)
    again = (world.now + timedelta(days=1)).isoformat()
    call(world, held, case, "nurse", outcome="not_reached", next_at=again)
    assert (line(world, held, case).state, line(world, held, case).row.settled) == ("not_reached", False)
    call(world, held, case, outcome="units_returned", used="1", back="1")
    told = line(world, held, case)
    assert (told.row.settled, told.still_at_home, len(told.calls)) == (True, 0, 2)


@pytest.mark.one_database
def test_what_a_call_must_say(world):
    case = treated(world, home=1, given=0)
    held = recall(world)
    for given, lacks in (
        ({}, {"outcome": "value.missing", "next_at": "value.missing"}),
        ({"outcome": "message_left"}, {"next_at": "value.missing"}),
        ({"outcome": "units_returned"}, {"back": "value.missing", "next_at": "value.missing"}),
        ({"outcome": "reached", "back": "2"}, {"back": "recall.more_than_at_home"}),
        ({"outcome": "given_up"}, {"note": "value.missing", "lost": "recall.units_owed"}),
        ({"outcome": "reached", "next_at": world.now.isoformat()}, {"next_at": "recall.next_is_past"}),
    ):
        with pytest.raises(Invalid) as refusal:
            call(world, held, case, **given)
        assert wrong(refusal) == lacks


def test_it_is_closed_when_every_unit_is_accounted_for(world):
    case = treated(world, home=1, given=0)
    held = recall(world)
    with pytest.raises(Refused) as refusal:
        closing.close(world.session, world.people["other"], held, {}, world.tick())
    assert codes_of(refusal) == ["recall.in_pharmacy", "recall.still_at_home", "recall.calls_owed"]
    gone = {"batch": "L1", "units": "1", "on": str(world.today), "certificate": "C-1"}
    world.act(case, "pharmacist", "destroy_supply@line-1", **gone)
    call(world, held, case, outcome="units_returned", back="1")
    with pytest.raises(Invalid) as invalid:
        closing.close(world.session, world.people["other"], held, {}, world.tick())
    assert set(wrong(invalid)) == {"fate", "certificate"}
    said = {"fate": "destroyed", "certificate": "C-2"}
    closing.close(world.session, world.people["other"], held, said, world.tick())
    listed = calling.lines(world.session, world.people["other"], held)
    whole = closing.totals(closing.accounts(world.session, held, listed))
    assert held.status == "closed"
    assert {name: number for name, number in whole.items() if number} == {"received": 2, "back": 1, "destroyed": 1}


class Race:
    """A dose and a recall at once, on two connections."""

    def __init__(self, engine: Engine, info, how) -> None:
        self.engine, self.info, self.how = engine, info, how
        self.start, self.ended = Barrier(2), []

    def person(self, name, options, act):
        with Session(self.engine, info=self.info) as session:
            self.start.wait()
            session.connection(execution_options=options)
            try:
                act(session)
                session.commit()
                self.ended.append(name)
            except (Conflict, Refused):
                session.rollback()

    def run(self, *people):
        threads = [Thread(target=self.person, args=person) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.ended)


@pytest.mark.parametrize("how", [ALONE, WRITE])
def test_a_dose_recorded_meanwhile_stands_in_the_list_or_is_refused(fresh_engine, vault, how):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = treated(world)
        code, product, now = case.code, world.product.code, world.tick()
        pharmacist, nurse, given = world.people["pharmacist"], world.people["nurse"], order(world)
        dose = {"act": "administration", "line": "1", "batch": "L1", "units": "1", "given_on": str(world.today)}
        dose |= {"identity_checked": "1"}
        info = dict(session.info)
        session.commit()

    def give(session):
        held = session.scalar(select(Case).where(Case.code == code))
        advance(session, nurse, held, "record_dose", dose, now)

    race = Race(fresh_engine, info, how)
    ended = race.run(("dose", WRITE, give), ("recall", how, lambda session: enter(session, pharmacist, given, now)))
    with Session(fresh_engine, info=info) as session:
        doses = session.scalar(select(func.count()).select_from(Dose))
        rows = session.scalars(select(RecallCase)).all()
        assert "recall" in ended or ended == ["dose"], (ended, product)
        assert doses == (2 if "dose" in ended else 1)
        assert [(row.given, row.in_pharmacy) for row in rows] == ([] if "recall" not in ended else [(doses, 2 - doses)])
