"""The pages of a transfer: sent from the case, answered from the other hospital's first screen."""

from __future__ import annotations

from sqlalchemy import select

from compassionate.models import Case
from tests.services.test_transfers import summarise
from tests.world import World


def test_a_patient_is_transferred_to_another_hospital_of_the_installation(log_in, world):
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    world.accounts["receiver"] = other.accounts["physician"]
    case = world.case_in("in_treatment")
    case_id, here = case.id, other.centre.id
    code, page = case.code, f"/expedientes/{case.code}/traslado"
    world.session.commit()
    sender, receiver = log_in("physician"), log_in("receiver")
    assert page in sender.get(f"/expedientes/{code}").text
    assert "Primero, el resumen de traslado" in sender.get(page).text
    world.session.rollback()
    summarise(world, world.session.get(Case, case_id))
    world.session.commit()
    given = {"to": "HGB", "reason": "Se muda", "informed_on": str(world.today), "medicine": "none"}
    wrong = sender.post(page, given)
    assert (wrong.status_code, "Se muda" in wrong.text) == (422, True)
    assert sender.post(page, given | {"agreed": "y"}).status_code == 303
    assert "Falta que acepte" in sender.get(page).text
    assert "Traslados que esperan respuesta" in receiver.get("/").text
    offers = receiver.get("/traslados").text
    for hidden in (code, "Inventada", "Células MSV", "Se muda"):
        assert hidden not in offers
    assert receiver.get(page).status_code == 404
    act = offers.split('action="/traslados/')[1].split("/aceptar")[0]
    assert log_in("pharmacist").post(f"/traslados/{act}/aceptar").status_code == 404
    assert receiver.post(f"/traslados/{act}/rechazar", {"refusal": ""}).status_code == 422
    opened = receiver.post(f"/traslados/{act}/aceptar")
    assert opened.status_code == 303
    assert "Viene trasladado de Hospital HGA" in receiver.get(opened.headers["Location"]).text
    world.session.rollback()
    new = world.session.scalars(select(Case.code).where(Case.centre_id == here)).one()
    sent = sender.get(page).text
    assert ("Aceptado" in sent, new in sent, "pasos/end_treatment" in sent) == (True, False, True)
    assert receiver.get(page).status_code == 404
