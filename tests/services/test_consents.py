"""Consent: written, after information, by who may sign; a word of mouth ends it at once and the writing is owed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Signature
from compassionate.services import checking, consents, papers, patients, signature_states, signatures
from compassionate.services.advance import advance, ask
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import is_witness_void
from compassionate.workflow.roles import Role
from tests.world import World


@pytest.fixture
def world(session):
    return World(session)


@pytest.fixture
def case(world):
    return world.case_in("authorised")


def inform(world, case, **more):
    given = {"on": str(world.today), "sheet_version": "3"} | more
    return world.act(case, "physician", "inform_patient@use", **given)


def sign(world, case, **more):
    given = {"on": str(world.today), "signed_by": "patient", "copy_given": "1"} | more
    with world.session.begin_nested():  # a refused step leaves nothing behind, as on a page
        return world.act(case, "physician", "record_consent@use", **given)


def end(world, case, step="record_consent_revocation", **more):
    return world.act(case, "nurse", f"{step}@use", **({"on": str(world.today), "form": "oral"} | more))


def latest(world, case):
    return consents.rounds(world.session, case)["use"][0]


def wrong(refusal):
    return {error.field: error.code for error in refusal.value.errors}


def born(world, case, day):
    """The same patient, born on another day."""
    held = patients.identity_of(world.session, case.patient)
    given = {
        "given_name": held.given_name,
        "surnames": held.surnames,
        "birth_on": day,
        "sex": "female",
        "nhc": held.nhc,
    }
    identity = patients.read_identity(given, world.today)
    patients.write_identity(world.session, world.centre, case.patient, identity)


@pytest.mark.parametrize(
    ("birth_on", "who"),
    [("2008-03-02", "adult"), ("2008-03-03", "minor_16"), ("2010-03-02", "minor_16"), ("2010-03-03", "minor")],
)
def test_who_signs_turns_on_the_very_birthday(world, birth_on, who):
    case = world.open_case()
    born(world, case, birth_on)
    assert consents.usual_signer(world.session, case, date(2026, 3, 2)) == who


def test_a_signature_keeps_who_signed_and_whether_a_copy_was_given(world, case):
    inform(world, case, language="rumano", interpreter="Intérprete de prueba")
    sign(world, case, signed_by="representative", representative="Hermana, tutora")
    held = latest(world, case)
    assert (held.row.sheet_version, held.interpreter, held.language) == ("3", "Intérprete de prueba", "rumano")
    assert (held.row.signed_by, held.representative, held.row.copy_given) == ("representative", "Hermana, tutora", True)


def test_nobody_signs_before_being_informed(world, case):
    inform(world, case)
    with pytest.raises(Invalid) as refusal:
        sign(world, case, on="2026-01-01")
    assert wrong(refusal) == {"on": "consent.before_information"}


@pytest.mark.parametrize("who", ["representative", "family", "both_parents"])
def test_who_signs_for_the_patient_is_named(world, case, who):
    inform(world, case)
    with pytest.raises(Invalid) as refusal:
        sign(world, case, signed_by=who)
    assert wrong(refusal) == {"representative": "value.missing"}


@pytest.mark.parametrize(
    ("birth_on", "signed_by", "code"),
    [
        ("2014-01-01", "patient", "consent.signer_minor"),
        ("2014-01-01", "minor_16", "consent.signer_minor"),
        ("1980-01-01", "minor_16", "consent.signer_adult"),
    ],
)
def test_a_signature_fits_the_age(world, case, birth_on, signed_by, code):
    born(world, case, birth_on)
    inform(world, case)
    with pytest.raises(Invalid) as refusal:
        sign(world, case, signed_by=signed_by)
    assert wrong(refusal) == {"signed_by": code}


def test_at_sixteen_the_minor_signs_and_for_a_younger_child_both_parents(world, case):
    born(world, case, "2009-06-01")
    inform(world, case)
    sign(world, case, signed_by="minor_16")
    born(world, case, "2015-06-01")
    world.act(case, "physician", "supersede_consent@use", on=str(world.today), sheet_version="4", reason="Hoja nueva")
    inform(world, case, sheet_version="4")
    sign(world, case, signed_by="both_parents", representative="Madre y padre", hearing_of_minor="Asiente con dibujos")
    assert latest(world, case).hearing_of_minor == "Asiente con dibujos"


def test_a_word_of_mouth_ends_it_and_owes_the_writing(world, case):
    world.stock(case)
    inform(world, case)
    sign(world, case)
    assert not ask(world.session, world.people["physician"], case, "start_treatment", world.now).reasons
    end(world, case)
    reasons = ask(world.session, world.people["physician"], case, "start_treatment", world.now).reasons
    assert [reason.code for reason in reasons] == ["consent.revoked"]
    assert latest(world, case).owes_writing


def test_the_writing_is_recorded_with_its_paper_and_only_once(world, case):
    inform(world, case)
    sign(world, case)
    end(world, case)
    paper = world.add_paper(case, "signed_consent")
    nurse, day = world.people["nurse"], str(world.today)
    consents.record_writing(world.session, nurse, case, "use", day, paper.id, world.tick())
    held = latest(world, case)
    assert (held.owes_writing, held.written_on, held.ending_paper_id) == (False, world.today, paper.id)
    with pytest.raises(NotFound):
        consents.record_writing(world.session, nurse, case, "use", day, paper.id, world.tick())


@pytest.mark.parametrize(
    ("on", "code"),
    [
        ("", "value.missing"),
        ("ayer", "value.date_format"),
        ("2126-01-01", "value.date_in_future"),
        ("2026-01-01", "consent.written_before_ending"),
    ],
)
def test_the_day_of_the_writing_is_looked_at(world, case, on, code):
    inform(world, case)
    end(world, case)
    with pytest.raises(Invalid) as refusal:
        consents.record_writing(world.session, world.people["physician"], case, "use", on, "", world.tick())
    assert wrong(refusal) == {"on": code}


def test_the_writing_takes_a_paper_of_this_case_alone(world, case):
    inform(world, case)
    end(world, case)
    other = world.add_paper(world.open_case(nhc="100002"), "signed_consent")
    with pytest.raises(Invalid) as refusal:
        consents.record_writing(
            world.session, world.people["physician"], case, "use", str(world.today), other.id, world.tick()
        )
    assert wrong(refusal) == {"paper": "paper.not_here"}


def test_an_auditor_records_no_writing(world, case):
    inform(world, case)
    end(world, case)
    with pytest.raises(Refused):
        consents.record_writing(world.session, world.people["auditor"], case, "use", str(world.today), "", world.tick())


def test_a_refusal_before_any_information_is_kept(world, case):
    end(world, case, "record_consent_refusal")
    held = latest(world, case)
    assert (held.row.number, held.row.informed_on, held.row.ended_on) == (1, None, world.today)
    assert held.owes_writing


def test_it_cannot_end_before_it_began(world, case):
    inform(world, case)
    with pytest.raises(Invalid) as refusal:
        end(world, case, on="2026-01-01")
    assert wrong(refusal) == {"on": "consent.ended_before_information"}


def test_every_round_stays_readable(world, case):
    inform(world, case)
    sign(world, case)
    end(world, case, form="written")
    inform(world, case, sheet_version="4")
    held = consents.rounds(world.session, case)["use"]
    assert [(each.row.number, each.row.sheet_version, bool(each.row.signed_on)) for each in held] == [
        (2, "4", False),
        (1, "3", True),
    ]


def witness(world, case):
    """The signature of whoever saw the paper, as pages show it."""
    row = latest(world, case).row
    return signature_states.state(world.session, case, consents.witnessing(world.session, case, row), "es")


def signed_with_paper(world, case):
    inform(world, case, interpreter="Intérprete de prueba")
    paper = world.add_paper(case, "signed_consent")
    sign(world, case, signed_by="representative", representative="Hermana, tutora", paper=paper.id)
    return paper


def test_who_records_the_paper_signs_what_is_recorded_of_it_and_nothing_else(world, case):
    paper = signed_with_paper(world, case)
    held = witness(world, case)
    assert (held.why, held.row.name, held.row.role) == ("", "Physician de HGA", "physician")
    assert (held.row.meaning, held.row.subject) == ("consent_witness", latest(world, case).row.id)
    day, content = str(world.today), signatures.content_signed(world.session, case, held.row)
    told = {"kind": "use", "sheet_version": "3", "informed_on": day, "signed_on": day, "signed_by": "representative"}
    told |= {"representative": "Hermana, tutora", "interpreter": "Intérprete de prueba", "copy_given": True}
    told |= {"paper_sha256": paper.sha256, "language": "", "hearing_of_minor": "", "ended_on": None}
    assert content == {"case": case.code, "consents": [told]}
    assert checking.check(world.session).ok


def test_no_consent_is_recorded_by_whoever_does_not_show_who_they_are(world, case):
    inform(world, case)
    world.session.commit()
    physician = world.people["physician"]
    other_round = world.signer(physician, case, "consent_witness", subject="another")
    endorser = world.signer(physician, case, "endorsement", subject=latest(world, case).row.id)
    given = {"on": str(world.today), "signed_by": "patient", "copy_given": "1"}
    for actor in (physician, other_round, endorser):
        with pytest.raises(Refused) as refusal:
            advance(world.session, actor, case, "record_consent@use", given, world.now)
        world.session.rollback()
        assert [reason.code for reason in refusal.value.reasons] == ["signature.identity"]
    assert latest(world, case).row.signed_on is None


@pytest.mark.parametrize("how", ["revoked", "superseded", "withdrawn"])
def test_the_witness_is_void_once_the_consent_ends_or_its_paper_is_withdrawn(world, case, how):
    paper = signed_with_paper(world, case)
    if how == "revoked":
        end(world, case)
    elif how == "superseded":
        world.act(case, "physician", "supersede_consent@use", on=str(world.today), sheet_version="4", reason="Nueva")
    else:
        papers.withdraw(world.session, world.people["physician"], case, paper, "De otra persona", world.tick())
    assert witness(world, case).why == ("content_changed" if how == "withdrawn" else "consent_ended")
    (told,) = snapshot(world.session, case, 0).consents
    assert is_witness_void(case.code, told)
    assert checking.check(world.session).ok


def test_a_new_round_has_a_witness_of_its_own(world, case):
    signed_with_paper(world, case)
    end(world, case, form="written")
    inform(world, case, sheet_version="4")
    assert witness(world, case) is None
    sign(world, case)
    assert witness(world, case).why == ""
    rows = world.session.scalars(select(Signature).where(Signature.meaning == "consent_witness")).all()
    assert sorted(row.void_reason for row in rows) == ["", "consent_ended"]


def test_a_witness_is_not_the_patients_consent_and_no_signature_of_the_request(world, case):
    world.stock(case)
    inform(world, case)
    seen = consents.witnessing(world.session, case, latest(world, case).row)
    signer = world.signer("physician", case, "consent_witness", subject=seen.subject)
    signatures.sign(world.session, signer, case, seen, Role.PHYSICIAN, world.now)
    reasons = ask(world.session, world.people["physician"], case, "start_treatment", world.now).reasons
    assert [reason.code for reason in reasons] == ["consent.missing"]
    assert "consent_witness" not in {each.meaning for each in snapshot(world.session, case, 0).request.signatures}
