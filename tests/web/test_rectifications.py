"""The page of rectifications: what was changed, what is owed, who may do what."""

from __future__ import annotations

from compassionate.models import Case
from tests.world import PASSWORD, World


def filed(world: World) -> Case:
    """A case whose request the agency has."""
    case = world.case_in("submitted")
    world.session.commit()
    return case


def test_pharmacy_rectifies_the_days_tells_the_agency_and_management_endorses_it_again(log_in, world):
    case = filed(world)
    page = f"/expedientes/{case.code}/solicitudes/0/rectificaciones"
    world.session.rollback()
    pharmacist = log_in("pharmacist")
    assert page in pharmacist.get(f"/expedientes/{case.code}/solicitudes/0").text
    world.session.rollback()
    assert "Hay que volver a darlo." in pharmacist.get(f"{page}?campo=days.1").text
    sent = {"field": "days.1", "value": "5", "reason": "Se copió mal", "version": ""}
    assert pharmacist.post(page, sent).status_code == 303
    text = pharmacist.get(page).text
    owed = ("Todavía no se ha comunicado a la AEMPS.", "ya no dice lo mismo", "Le toca a Dirección")
    for said in ("Se copió mal", *owed):
        assert said in text
    number = text[text.index(f"{page}/") :].split('"')[0].removesuffix("/aviso").rsplit("/", 1)[1]
    told = {"told_on": str(world.today), "channel": "mse", "told_reference": "REG-9"}
    assert pharmacist.post(f"{page}/{number}/aviso", told).status_code == 303
    assert "REG-9" in pharmacist.get(page).text

    director = log_in("director")
    content = director.get(page).text.split('name="content" value="')[1].split('"')[0]
    assert director.post(f"{page}/visto-bueno", {"content": content, "password": "wrong"}).status_code == 422
    assert director.post(f"{page}/visto-bueno", {"content": content, "password": PASSWORD}).status_code == 303
    assert "Falta el visto bueno a lo rectificado" not in director.get(page).text


def test_a_dose_is_rectified_with_the_physicians_password_alone(log_in, world):
    case = filed(world)
    page = f"/expedientes/{case.code}/solicitudes/0/rectificaciones"
    world.session.rollback()
    sent = {"field": "dose", "value": "Otra dosis", "reason": "Se copió mal", "version": ""}
    physician = log_in("physician")
    assert "lo firma de nuevo" in physician.get(f"{page}?campo=dose").text
    answer = physician.post(page, sent)
    assert (answer.status_code, "Otra dosis" in answer.text) == (422, True)
    assert physician.post(page, sent | {"password": PASSWORD}).status_code == 303
    assert "Otra dosis" in physician.get(page).text
    assert log_in("pharmacist").post(page, sent | {"password": PASSWORD}).status_code in (403, 409)


def test_another_hospital_and_a_case_of_no_filed_request_find_nothing_to_rectify(log_in, world):
    case = filed(world)
    page = f"/expedientes/{case.code}/solicitudes/0/rectificaciones"
    elsewhere = World(world.session, code="HGB", password_hash=world.password_hash)
    world.accounts["stranger"] = elsewhere.accounts["pharmacist"]
    world.session.commit()
    stranger = log_in("stranger")
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, {"field": "reference", "value": "X", "reason": "Y"}).status_code == 404
