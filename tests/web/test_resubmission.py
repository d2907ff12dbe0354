"""A request that comes back to the management says what changed since it was last seen, field by field."""

from __future__ import annotations

from compassionate.services import answers, requests
from compassionate.services.resubmission import changed_since_filed, changed_since_seen
from tests.world import POSOLOGY, REPORT

TITLE = "Lo que ha cambiado desde que lo vio la Dirección"


def test_what_changed_after_a_return_is_shown_old_and_new_and_nothing_else(world, log_in):
    case = world.case_in("awaiting_endorsement")
    page = f"/expedientes/{case.code}/pasos/endorse"
    world.session.commit()
    director = log_in("director")
    assert TITLE not in director.get(page).text  # seen for the first time: all of it is new
    world.session.rollback()  # others wrote meanwhile
    world.act(case, "director", "return_for_changes", reason="Falta justificar la duración")
    physician = world.people["physician"]
    requests.save_posology(world.session, physician, case, 0, POSOLOGY | {"dose": "1 vial"}, world.tick())
    requests.save_posology(world.session, physician, case, 0, POSOLOGY | {"dose": "2 viales"}, world.tick())
    passing = REPORT | {"allergies": "Penicilina"}
    answers.save(world.session, physician, case, "clinical-report", passing, world.tick())
    answers.save(world.session, physician, case, "clinical-report", REPORT, world.tick())  # back to what it said
    world.sign_report(case)
    changed = {each.name: (each.old, each.new) for each in changed_since_seen(world.session, case, 0)}
    assert changed["dose"] == (POSOLOGY["dose"], "2 viales")
    assert "allergies" not in changed
    world.act(case, "pharmacist", "request_endorsement")
    world.session.commit()
    review = page.replace("pasos/endorse", "solicitudes/0/revisar")
    for text in (director.get(page).text, director.get(review).text):
        assert TITLE in text
        assert POSOLOGY["dose"] in text
        assert "2 viales" in text
    world.session.rollback()
    world.act(case, "director", "endorse")
    assert changed_since_seen(world.session, case, 0) == []


AGENCY = "Lo que ha cambiado desde lo presentado en la AEMPS"


def test_what_goes_to_the_agency_again_shows_what_changed_since_it_was_last_given(world, log_in):
    """A correction is answered without the management: what was rectified meanwhile is said where it is answered."""
    case = world.asked_case()
    world.session.commit()
    step, request = (f"/expedientes/{case.code}/{page}" for page in ("pasos/answer_correction", "solicitudes/0"))
    pharmacist = log_in("pharmacist")
    assert AGENCY not in pharmacist.get(step).text + pharmacist.get(request).text
    world.session.rollback()
    for dose in ("1 vial", "2 viales"):
        given = {"field": "dose", "value": dose, "reason": "Lo pide la AEMPS"}
        world.rectify(case, "physician", given)
    (changed,) = changed_since_filed(world.session, case, 0)
    assert (changed.name, changed.old, changed.new) == ("dose", POSOLOGY["dose"], "2 viales")
    world.session.commit()
    for page in (step, request, f"{request}/revisar"):
        text = pharmacist.get(page).text
        assert AGENCY in text
        assert POSOLOGY["dose"] in text
        assert "2 viales" in text
        assert "1 vial<" not in text
    world.session.rollback()
    at = world.tick().isoformat()
    world.act(case, "pharmacist", "answer_correction", answered_at=at, text="Se corrige la dosis")
    assert changed_since_filed(world.session, case, 0) == []
