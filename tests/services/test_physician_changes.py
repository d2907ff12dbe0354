"""Another physician answers for a case once they accepted in writing; until then the one before does."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import CaseEvent, Contribution
from compassionate.services import physician_changes, physician_offers, recording
from compassionate.services.actors import actor_of
from compassionate.services.binding import latest_dossier
from compassionate.services.documents import is_stale
from compassionate.services.papers import Upload
from compassionate.services.snapshots import snapshot
from compassionate.services.team import set_team
from compassionate.workflow.roles import Role
from tests.world import World, a_pdf

pytestmark = pytest.mark.one_database  # rules and rows alike on both


@pytest.fixture
def world(session):
    world = World(session)
    world.add_person("second", Role.PHYSICIAN)
    return world


def offer(world, case, who="physician", to="second"):
    to_id = world.accounts[to].id
    return physician_changes.offer(world.session, world.people[who], case, to_id, "Cambia de servicio", world.tick())


def accept(world, case, who="second"):
    return world.accept_case(case, who)


def test_the_old_one_answers_until_the_new_one_signs_and_documents_before_stay_as_they_are(world):
    case = world.case_in("in_treatment")
    dossier = latest_dossier(world.session, case, 0)
    row = offer(world, case)
    assert case.physician_id == world.accounts["physician"].id
    accept(world, case)
    assert case.physician_id == world.accounts["second"].id
    assert snapshot(world.session, case, 0).physician.name == "Second de HGA"
    assert is_stale(world.session, case, dossier)
    assert latest_dossier(world.session, case, 0) is dossier
    held = physician_offers.history(world.session, case)[0]
    assert "Second de HGA" in held.statement
    assert case.code in held.statement
    assert (row.accepted_on, held.answered_by) == (world.today, "Second de HGA")
    event = world.session.scalars(select(CaseEvent).where(CaseEvent.name == "accept_case")).one()
    assert recording.inputs_of(world.session, case, event)["statement"] == held.statement


def test_nobody_else_accepts_and_a_case_is_offered_once_at_a_time(world):
    case = world.case_in("submitted")
    offer(world, case)
    for who in ("physician", "pharmacist", "director", "auditor"):
        with pytest.raises(Refused):
            accept(world, case, who)
    with pytest.raises(Refused) as again:
        offer(world, case)
    assert [each.code for each in again.value.reasons] == ["handing.pending"]


def test_a_physician_hands_over_only_what_they_answer_for_and_only_to_a_physician_of_the_centre(world):
    case, elsewhere = world.case_in("submitted"), World(world.session, code="HGB")
    with pytest.raises(Refused) as taken:
        offer(world, case, "second")
    assert [each.code for each in taken.value.reasons] == ["handing.not_yours"]
    for stranger in (elsewhere.accounts["physician"], world.accounts["nurse"], world.accounts["physician"]):
        with pytest.raises(Invalid):
            physician_changes.offer(world.session, world.people["physician"], case, stranger.id, "Motivo", world.tick())
    with pytest.raises(Refused):
        physician_changes.offer(
            world.session, elsewhere.people["director"], case, world.accounts["second"].id, "Motivo", world.tick()
        )


def test_who_refuses_says_why_and_who_lost_the_role_accepts_no_more(world):
    case = world.case_in("submitted")
    offer(world, case)
    with pytest.raises(Invalid):
        physician_changes.refuse(world.session, world.people["second"], case, " ", world.tick())
    physician_changes.refuse(world.session, world.people["second"], case, "Estoy de baja", world.tick())
    held = physician_offers.history(world.session, case)[0]
    assert (held.row.status, held.answer, case.physician_id) == (
        "refused",
        "Estoy de baja",
        world.accounts["physician"].id,
    )
    offer(world, case)
    account = world.accounts["second"]
    account.active = False
    with pytest.raises(Refused):
        world.accept_case(case, actor_of(account, world.today))
    upload = Upload("papel.pdf", "application/pdf", a_pdf())
    with pytest.raises(Invalid):
        physician_changes.accept_on_paper(
            world.session, world.people["pharmacist"], case, str(world.today), upload, world.tick()
        )


def test_a_signed_paper_does_as_well_with_its_own_date(world):
    case = world.case_in("submitted")
    offer(world, case, "pharmacist")
    upload = Upload("papel.pdf", "application/pdf", a_pdf())
    day = str(world.today)
    with pytest.raises(Invalid) as empty:
        physician_changes.accept_on_paper(world.session, world.people["pharmacist"], case, "", None, world.tick())
    assert {each.field for each in empty.value.errors} == {"accepted_on", "file"}
    row = physician_changes.accept_on_paper(world.session, world.people["pharmacist"], case, day, upload, world.tick())
    assert row.paper_id
    assert case.physician_id == world.accounts["second"].id


def test_what_was_not_filed_is_signed_anew_and_what_was_filed_keeps_its_signature(world):
    unfiled, filed = world.case_in("awaiting_endorsement"), world.case_in("submitted", nhc="2")
    for case in (unfiled, filed):
        offer(world, case)
        accept(world, case)
    assert snapshot(world.session, unfiled, 0).signature("clinical_report") is None
    assert snapshot(world.session, filed, 0).signature("clinical_report") is not None


def test_the_team_page_names_no_other_physician_once_somebody_signed(world):
    second, pharmacist = world.accounts["second"].id, world.accounts["pharmacist"].id
    fresh, filed = world.open_case(), world.case_in("submitted", nhc="2")
    set_team(world.session, world.people["pharmacist"], fresh, second, pharmacist, world.tick())
    assert fresh.physician_id == second
    for wanted in (second, ""):
        with pytest.raises(Invalid) as refusal:
            set_team(world.session, world.people["pharmacist"], filed, wanted, pharmacist, world.tick())
        assert [each.code for each in refusal.value.errors] == ["team.hand_over"]


def test_a_director_who_hands_over_may_still_endorse_and_the_new_physician_is_an_author(world):
    case = world.case_in("preparing")
    offer(world, case, "director")
    accept(world, case)
    authors = {
        row.account_id for row in world.session.scalars(select(Contribution).where(Contribution.case_id == case.id))
    }
    assert world.accounts["director"].id not in authors
    assert world.accounts["second"].id in authors


def test_the_agency_is_owed_a_word_where_it_has_the_request_and_once(world):
    unfiled, filed = world.case_in("preparing"), world.case_in("submitted", nhc="2")
    rows = []
    for case in (unfiled, filed):
        offer(world, case)
        rows.append(accept(world, case))
    told = {"told_on": str(world.today), "channel": "mse", "told_reference": "REG-1"}
    pharmacist = world.people["pharmacist"]
    with pytest.raises(NotFound):
        physician_changes.tell(world.session, pharmacist, unfiled, rows[0].id, told, world.tick())
    physician_changes.tell(world.session, pharmacist, filed, rows[1].id, told, world.tick())
    assert not physician_offers.owes_telling(filed, rows[1])
    with pytest.raises(NotFound):
        physician_changes.tell(world.session, pharmacist, filed, rows[1].id, told, world.tick())


def test_it_waits_on_both_first_screens_and_on_nobody_elses(world):
    case = world.case_in("submitted")
    offer(world, case)
    seen = {name: physician_offers.waiting_for(world.session, actor) for name, actor in world.people.items()}
    assert {name: [each.mine for each in found] for name, found in seen.items() if found} == {
        "physician": [False],
        "second": [True],
    }
