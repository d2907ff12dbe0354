"""A patient goes on in another hospital: the case stays where it is, a copy is opened where two people agreed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from compassionate.documents.catalogue import content_sha256
from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AnswerSet, AuditEntry, Case, Paper, Patient
from compassionate.models.vault import unseal
from compassionate.services import documents, receiving, requests, transfers
from compassionate.services.cases import get_case, visible_cases
from compassionate.services.patients import identity_of, register, write_identity
from compassionate.services.snapshots import snapshot
from compassionate.workflow.roles import Role
from tests.world import World, a_pdf

pytestmark = pytest.mark.one_database  # rules and rows alike on both


@pytest.fixture
def world(session):
    return World(session)


@pytest.fixture
def other(world):
    return World(world.session, code="HGB")


def summarise(world, case):
    """The summary as printing would keep it, of a blank page: printing takes seconds that few tests need."""
    digest = content_sha256(snapshot(world.session, case, 0), "transfer_summary", "hospital")
    version = 1 + len(documents.issued(world.session, case, "transfer_summary"))
    prepared = documents.Prepared(
        "transfer_summary", "hospital", 0, version, digest, a_pdf(), 1, f"verify{case.code}{version}"[-16:]
    )
    documents.keep(world.session, world.people["physician"], case, prepared, world.tick())


def given(world, **more):
    told = {"to": "HGB", "reason": "Se muda", "informed_on": str(world.today), "agreed": "y", "medicine": "none"}
    return told | more


def sent(world, state="in_treatment", **more):
    case = world.case_in(state)
    summarise(world, case)
    return case, transfers.send(world.session, world.people["physician"], case, given(world, **more), world.tick())


def accept(other, row, who="pharmacist"):
    return receiving.accept(other.session, other.people[who], row.id, other.tick())


def test_before_it_accepts_the_other_hospital_sees_from_whom_and_when_and_no_more(world, other):
    case, _ = sent(world)
    (offer,) = receiving.incoming(other.session, other.people["physician"])
    assert (offer.from_centre, offer.by, offer.to_centre) == ("Hospital HGA", "Physician de HGA", "Hospital HGB")
    assert not {case.code, case.product.name, "Inventada", "Se muda"} & set(vars_of(offer))
    with pytest.raises(NotFound):
        get_case(other.session, other.people["physician"], case.code)
    assert other.session.scalars(visible_cases(other.people["pharmacist"])).all() == []


def vars_of(offer):
    return {str(getattr(offer, name)) for name in offer.__slots__}


def test_accepting_opens_a_copy_with_keys_of_its_own_and_leaves_the_senders_case_a_missing_one(world, other):
    case, row = sent(world)
    new = accept(other, row)
    session = world.session
    assert (new.centre_id, new.state, new.product_id) == (other.centre.id, "draft", case.product_id)
    assert (row.status, row.new_case_id, transfers.origin(session, new)) == ("accepted", new.id, "Hospital HGA")
    assert new.key_id != case.key_id
    assert new.patient_id != case.patient_id
    theirs, mine = identity_of(session, new.patient), identity_of(session, case.patient)
    assert (theirs.surnames, theirs.nhc, mine.nhc) == (mine.surnames, "", "100001")
    assert [each.packs for each in new.requests[0].packs] == [each.packs for each in case.requests[0].packs]
    assert new.requests[0].duration_weeks == case.requests[0].duration_weeks
    copied, first = (requests.posologies(session, each)[0] for each in (new, case))
    assert unseal(session, copied, "details", new.key_id) == unseal(session, first, "details", case.key_id)
    forms = set(session.scalars(select(AnswerSet.form).where(AnswerSet.case_id == new.id)))
    assert forms == {"eligibility", "eligibility-disc-msc", "clinical-report"}
    assert snapshot(session, new, 0).signature("clinical_report") is None
    kinds = session.scalars(select(Paper.kind).where(Paper.case_id == new.id)).all()
    assert kinds == ["transfer_summary"]
    for actor, code in ((other.people["pharmacist"], case.code), (world.people["physician"], new.code)):
        with pytest.raises(NotFound):
            get_case(session, actor, code)
    assert case.state == "in_treatment"  # nothing is deleted, nothing ends by itself
    chain = "".join(session.scalars(select(AuditEntry.row)))
    assert all(f'"{name}"' in chain for name in ("transfer_case", "accept_transfer", "receive_transfer"))


def test_two_people_of_two_hospitals_and_nobody_else(world, other):
    _, row = sent(world)
    strangers = [*world.people.values(), *(other.people[each] for each in ("nurse", "director", "admin", "auditor"))]
    for actor in strangers:
        for act in (receiving.accept, lambda *given: receiving.refuse(*given[:3], "Motivo", given[3])):
            with pytest.raises(NotFound):
                act(world.session, actor, row.id, world.tick())
    both = other.add_person("both", Role.PHYSICIAN)
    row.sent_by_id = both.account_id
    world.session.flush()
    with pytest.raises(Refused) as own:
        receiving.accept(world.session, both, row.id, world.tick())
    assert [each.code for each in own.value.reasons] == ["transfer.two_people"]


def test_it_is_sent_once_with_a_summary_and_with_what_the_patient_was_told(world, other):
    case = world.case_in("submitted")
    send = lambda **more: transfers.send(  # noqa: E731
        world.session, world.people["physician"], case, given(world, **more), world.tick()
    )
    with pytest.raises(Refused) as bare:
        send()
    assert [each.code for each in bare.value.reasons] == ["transfer.no_summary"]
    summarise(world, case)
    wrong = {"to": "HGA", "reason": "", "informed_on": "2999-01-01", "agreed": "", "medicine": "returned"}
    with pytest.raises(Invalid) as errors:
        send(**wrong)
    assert {each.field for each in errors.value.errors} == {"to", "reason", "informed_on", "agreed", "medicine_by"}
    send()
    with pytest.raises(Refused) as twice:
        send()
    assert "transfer.standing" in {each.code for each in twice.value.reasons}
    for who in ("nurse", "director", "auditor"):
        with pytest.raises(Refused):
            transfers.withdraw(world.session, world.people[who], case, "Motivo", world.tick())
    transfers.withdraw(world.session, world.people["pharmacist"], case, "Se queda", world.tick())
    assert receiving.incoming(other.session, other.people["physician"]) == []
    assert transfers.history(world.session, case)[0].words["answer"] == "Se queda"


def test_a_hospital_outside_is_told_in_words_and_opens_nothing_here(world, other):
    case, row = sent(world, to="outside", outside="Hospital de otra provincia")
    assert (row.status, row.to_centre_id) == ("outside", None)
    assert transfers.history(world.session, case)[0].words["destination"] == "Hospital de otra provincia"
    assert receiving.incoming(other.session, other.people["pharmacist"]) == []


def test_who_does_not_take_the_patient_says_why_and_the_sender_reads_it(world, other):
    case, row = sent(world)
    with pytest.raises(Invalid):
        receiving.refuse(other.session, other.people["physician"], row.id, " ", other.tick())
    receiving.refuse(other.session, other.people["physician"], row.id, "Sin unidad de terapias", other.tick())
    held = transfers.history(world.session, case)[0]
    assert (held.row.status, held.words["answer"], held.answered_by) == (
        "refused",
        "Sin unidad de terapias",
        "Physician de HGB",
    )
    with pytest.raises(NotFound):
        accept(other, row)


def test_the_same_birth_date_and_surname_prove_nobody_the_same(world, other):
    _, row = sent(world)
    before = len(world.session.scalars(select(Patient)).all())
    other.add_patient(nhc="77")
    accept(other, row)
    assert len(world.session.scalars(select(Patient)).all()) == before + 2
    assert len(world.session.scalars(select(Case).where(Case.centre_id == other.centre.id)).all()) == 1


def test_somebody_whom_the_other_hospital_knows_by_a_number_that_is_theirs_everywhere_is_not_registered_twice(
    world, other
):
    case, row = sent(world)
    identity = replace(identity_of(world.session, case.patient), national_id="12345678Z")
    write_identity(world.session, world.centre, case.patient, identity)
    known = register(world.session, other.centre, replace(identity, nhc="77"), other.tick())
    assert accept(other, row).patient_id == known.id
