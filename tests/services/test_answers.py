"""Answers: saved as far as they go, refused where they are wrong, signed over exactly what was read."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, Refused
from compassionate.models import CaseEvent, Signature
from compassionate.services import answers
from compassionate.services.binding import REPORT, content_of
from compassionate.services.facts import answers_of
from compassionate.services.snapshots import snapshot
from tests.world import REPORT as REPORT_ANSWERS
from tests.world import World


def test_a_part_is_saved_under_the_form_s_version(session: Session):
    world = World(session)
    case = world.case_in("screening")
    row = answers.save(
        session, world.people["resident"], case, "eligibility", {"disease_class": "chronic"}, world.tick()
    )
    assert (row.version, row.form_version) == (1, "2026-11")
    assert answers_of(session, case, "eligibility") == {"disease_class": "chronic"}


def test_a_wrong_value_saves_nothing(session: Session):
    world = World(session)
    case = world.case_in("screening")
    with pytest.raises(Invalid) as caught:
        answers.save(session, world.people["physician"], case, "eligibility", {"disease_class": "mild"}, world.tick())
    assert [error.field for error in caught.value.errors] == ["disease_class"]
    assert answers.find(session, case, "eligibility") is None


def test_who_saves_on_an_older_version_is_told(session: Session):
    world = World(session)
    case = world.case_in("screening")
    physician = world.people["physician"]
    answers.save(session, physician, case, "eligibility", {"disease_class": "chronic"}, world.tick(), version=0)
    with pytest.raises(Conflict):
        answers.save(session, physician, case, "eligibility", {"purpose_is_care": True}, world.tick(), version=0)
    assert answers_of(session, case, "eligibility") == {"disease_class": "chronic"}


def test_saving_what_is_stored_writes_nothing(session: Session):
    world = World(session)
    case = world.case_in("screening")
    for _ in range(2):
        answers.save(
            session, world.people["physician"], case, "eligibility", {"disease_class": "chronic"}, world.tick()
        )
    held = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.name == "edit_eligibility")
    assert len(session.scalars(held).all()) == 1


@pytest.mark.parametrize(("who", "code"), [("pharmacist", "role.missing"), ("director", "role.missing")])
def test_who_may_not_answer_is_refused(session: Session, who: str, code: str):
    world = World(session)
    case = world.case_in("screening")
    with pytest.raises(Refused) as caught:
        answers.save(session, world.people[who], case, "eligibility", {}, world.tick())
    assert [reason.code for reason in caught.value.reasons] == [code]


def test_a_report_is_not_signed_with_gaps_and_each_is_named(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    answers.save(session, world.people["physician"], case, "clinical-report", {"diagnosis": "Hernia"}, world.tick())
    with pytest.raises(Refused) as caught:
        world.sign_report(case)
    fields = [reason.params.get("field") for reason in caught.value.reasons]
    assert "weight_kg" in fields
    assert "diagnosis" not in fields
    assert [reason.code for reason in caught.value.reasons][-1] == "posology.missing"


def test_a_signature_holds_until_what_it_signs_changes(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    held = snapshot(session, case)
    signed = held.signature(REPORT)
    assert signed is not None
    assert signed.content_sha256 == content_of(held, REPORT)
    changed = REPORT_ANSWERS | {"stage": "Pfirrmann IV"}
    answers.save(session, world.people["physician"], case, "clinical-report", changed, world.tick())
    assert signed.content_sha256 != content_of(snapshot(session, case), REPORT)


def test_only_what_was_read_is_signed(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    with pytest.raises(Conflict):
        world.sign_report(case, seen="0" * 64)


def test_signing_again_voids_the_older_signature_and_keeps_it(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    world.sign_report(case)
    rows = session.scalars(select(Signature).where(Signature.case_id == case.id).order_by(Signature.at)).all()
    assert [row.voided_at is None for row in rows] == [False, True]


@pytest.mark.parametrize("who", ["resident", "pharmacist", "director"])
def test_only_the_physician_signs(session: Session, who: str):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    with pytest.raises(Refused):
        world.sign_report(case, who=who)


@pytest.mark.parametrize(
    ("form", "section"),
    [("clinical-report", "report"), ("progress-report", "report"), ("eligibility", "eligibility"),
     ("eligibility-disc-msc", "eligibility"), ("follow-up-disc", "visits")],
)  # fmt: skip
def test_each_form_belongs_to_a_section_of_the_permission_table(form: str, section: str):
    assert answers.section_of(form) == section
