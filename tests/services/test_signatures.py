"""Signatures: identity shown for this act alone, bound to exact content, checked afterwards, never rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from compassionate.errors import Refused
from compassionate.models import AuditEntry, Signature, new_id
from compassionate.services import advance, answers, binding, checking, proofs, requests, signature_states, signatures
from compassionate.services.actors import actor_of
from compassionate.services.snapshots import snapshot
from tests.world import POSOLOGY, REPORT, World

pytestmark = pytest.mark.one_database  # rules and rows alike on both


@pytest.fixture
def world(session):
    return World(session)


def ready(world, **patient):
    """A case whose report may be signed."""
    case = world.case_in("preparing", **patient)
    session, physician = world.session, world.people["physician"]
    answers.save(session, physician, case, "clinical-report", REPORT, world.tick())
    requests.save_posology(session, physician, case, 0, POSOLOGY, world.tick())
    return case


def act_of(world, case, meaning="clinical_report", **other):
    content = binding.content_of(snapshot(world.session, case, 0), meaning)
    return proofs.SigningAct(**{"meaning": meaning, "case_id": case.id, "content": content} | other)


def sign(world, case, who="physician", act=None, shown=(proofs.NAME, proofs.PASSWORD), later=timedelta(), **more):
    actor = world.people[who]
    made = proofs.proof(actor.account_id, act or act_of(world, case), shown, world.now, **more)
    return answers.sign_report(world.session, actor.with_proof(made), case, 0, world.now + later)


def test_nothing_is_signed_without_a_proof_of_identity(world):
    case = ready(world)
    with pytest.raises(Refused) as refused:
        answers.sign_report(world.session, world.people["physician"], case, 0, world.tick())
    assert [reason.code for reason in refused.value.reasons] == ["signature.identity"]
    case = world.case_in("awaiting_endorsement", nhc="2")
    with pytest.raises(Refused):
        advance.advance(world.session, world.people["director"], case, "endorse", {}, world.tick())


@pytest.mark.parametrize(("shown", "is_first", "enough"), [
    (("password",), True, False), (("name",), True, False), (("name",), False, False), ((), False, False),
    (("name", "password"), True, True), (("name", "password", "app"), True, True), (("passkey",), True, True),
    (("hospital",), True, True), (("password",), False, True),
])  # fmt: skip
def test_the_first_of_a_series_takes_two_components_and_the_ones_after_it_one(world, shown, is_first, enough):
    act = proofs.SigningAct("clinical_report", new_id())
    if enough:
        assert proofs.proof("a", act, shown, world.now, is_first=is_first).shown == "+".join(shown)
    else:
        with pytest.raises(Refused):
            proofs.proof("a", act, shown, world.now, is_first=is_first)


@pytest.mark.parametrize("other", [
    {"meaning": "endorsement"}, {"case_id": "another"}, {"number": 1}, {"subject": "x"}, {"content": "0" * 64},
])  # fmt: skip
def test_a_proof_for_another_act_record_or_content_signs_nothing(world, other):
    case = ready(world)
    with pytest.raises(Refused):
        sign(world, case, act=act_of(world, case, **other))
    assert world.session.scalars(select(Signature)).all() == []


def test_a_proof_is_one_persons_lasts_five_minutes_and_is_used_once(world):
    case = ready(world)
    for later in (timedelta(minutes=6), timedelta(seconds=-1)):
        with pytest.raises(Refused):
            sign(world, case, later=later)
    mine, act = world.people["physician"], act_of(world, case)
    stranger = proofs.proof(world.people["director"].account_id, act, ("name", "password"), world.now)
    with pytest.raises(Refused):
        answers.sign_report(world.session, mine.with_proof(stranger), case, 0, world.now)
    held = proofs.proof(mine.account_id, act, ("name", "password"), world.now)
    row = answers.sign_report(world.session, mine.with_proof(held), case, 0, world.now)
    assert (row.proved_by, row.proof_id) == ("name+password", held.id)
    with pytest.raises(Refused):
        answers.sign_report(world.session, mine.with_proof(held), case, 0, world.now)


def broken(world):
    world.session.flush()
    return [each for each in checking.check(world.session).history if "signature" in each]


def test_a_signature_that_was_given_is_as_it_was_given(world):
    case = world.case_in("ready_to_submit")
    world.act(case, "pharmacist", "reopen_preparation", reason="Falta algo")
    assert broken(world) == []


def by_hand(world, case):
    rows = world.session.scalars(select(Signature).where(Signature.case_id == case.id)).all()
    return {row.meaning: row for row in rows}


@pytest.mark.parametrize("changed", [
    {"name": "Otra persona"}, {"content_sha256": "0" * 64}, {"meaning": "endorsement"}, {"role": "director"},
    {"request_number": 1}, {"subject": "x"}, {"proved_by": "name+password+app"}, {"collegiate_number": "1"},
])  # fmt: skip
def test_a_signature_that_somebody_changes_in_the_database_is_found(world, changed):
    case = world.case_in("ready_to_submit")
    row = by_hand(world, case)["clinical_report"]
    world.session.execute(update(Signature).where(Signature.id == row.id).values(**changed))
    assert any(row.id in each for each in broken(world))


def test_a_signature_that_is_copied_inserted_deleted_or_revived_by_hand_is_found(world):
    case, other = world.case_in("ready_to_submit"), ready(world)
    row = by_hand(world, case)["clinical_report"]
    facts = {each.name: getattr(row, each.name) for each in Signature.__table__.columns}
    copied = facts | {"id": new_id(), "case_id": other.id, "proof_id": None}
    world.session.execute(Signature.__table__.insert().values(**copied))
    assert [each for each in broken(world) if copied["id"] in each and other.code in each]
    bare = copied | {"id": new_id(), "sealed": None, "at": world.now}
    world.session.execute(Signature.__table__.insert().values(**bare))
    assert [each for each in broken(world) if bare["id"] in each and "nobody gave it" in each]
    world.session.execute(delete(Signature).where(Signature.id.in_((copied["id"], bare["id"]))))
    assert broken(world) == []
    world.act(case, "pharmacist", "reopen_preparation", reason="Falta algo")
    endorsed = by_hand(world, case)["endorsement"]
    world.session.execute(update(Signature).where(Signature.id == endorsed.id).values(voided_at=None))
    assert [each for each in broken(world) if endorsed.id in each and "valid or not" in each]
    world.session.execute(delete(Signature).where(Signature.id == endorsed.id))
    assert [each for each in broken(world) if endorsed.id in each and "gone" in each]


def test_a_later_change_voids_it_visibly_and_says_who_when_and_what(world):
    case = ready(world)
    row, session = sign(world, case), world.session
    now = lambda: binding.signing(snapshot(session, case, 0), "clinical_report")  # noqa: E731
    assert signature_states.state(session, case, now(), "es").why == ""
    at = world.tick()
    answers.save(session, world.people["physician"], case, "clinical-report", REPORT | {"diagnosis": "Otro"}, at)
    found = signature_states.state(session, case, now(), "es")
    assert (found.row.id, found.why, found.at, found.by) == (row.id, "content_changed", at, "Physician de HGA")
    (change,) = found.changes
    assert (change.section, change.old, change.new) == ("Informe clínico", REPORT["diagnosis"], "Otro")
    assert "Diagnóstico" in change.label


def test_a_disabled_or_renamed_signer_changes_nothing_of_what_was_signed(world):
    case = world.case_in("ready_to_submit")
    session, account = world.session, world.accounts["physician"]
    before = snapshot(session, case, 0)
    account.name, account.active, account.collegiate_number = "Nombre Nuevo", False, "000"
    session.flush()
    signed = snapshot(session, case, 0).signature("clinical_report")
    assert signed == before.signature("clinical_report")
    assert signed.name == "Physician de HGA"
    assert signed.content_sha256 == binding.content_of(snapshot(session, case, 0), "clinical_report")
    assert broken(world) == []
    row = by_hand(world, case)["clinical_report"]
    assert (row.account_id, row.voided_at) == (account.id, None)
    gone = replace(world.people["physician"], held=actor_of(account, world.today).held)
    with pytest.raises(Refused):
        world.sign_report(case, who=gone)


def test_who_signed_what_stands_in_the_chain_with_the_components_that_were_shown(world):
    case = ready(world)
    row = sign(world, case, shown=(proofs.NAME, proofs.PASSWORD, proofs.APP))
    texts = world.session.scalars(select(AuditEntry.row).where(AuditEntry.row.contains(signatures.SIGN))).all()
    (told,) = [each for each in texts if row.id in each]
    assert '"proved_by":"name+password+app"' in told
    assert row.content_sha256 in told
