"""The page of a change of physician: asked on both first screens, signed with the password, told to the agency."""

from __future__ import annotations

import io

from compassionate.models import Case
from compassionate.workflow.roles import Role
from tests.world import PASSWORD, World, a_pdf


def filed(world: World) -> Case:
    world.add_person("second", Role.PHYSICIAN)
    case = world.case_in("submitted")
    world.session.commit()
    return case


def offered(log_in, world: World, case: Case) -> str:
    page = f"/expedientes/{case.code}/relevo"
    sent = {"to": world.accounts["second"].id, "reason": "Cambia de servicio", "before": case.physician_id}
    world.session.rollback()
    assert log_in("physician").post(page, sent).status_code == 303
    return page


def test_a_case_is_handed_over_on_both_first_screens_and_accepted_with_the_password(log_in, world):
    case = filed(world)
    page = f"/expedientes/{case.code}/relevo"
    world.session.rollback()
    first = log_in("physician")
    assert page in first.get(f"/expedientes/{case.code}").text
    wrong = first.post(page, {"to": "", "reason": "Se va"})
    assert (wrong.status_code, "Se va" in wrong.text) == (422, True)
    offered(log_in, world, case)
    assert "Falta que acepte Second de HGA" in log_in("physician").get("/").text
    second = log_in("second")
    assert "Le proponen responder de él" in second.get("/").text
    assert "asumo los deberes" in second.get(page).text
    assert second.post(f"{page}/aceptar", {"password": "wrong"}).status_code == 422
    assert second.post(f"{page}/aceptar", {"password": PASSWORD}).status_code == 303
    text = second.get(page).text
    for said in ("Hoy responde Second de HGA", "No consta que se haya comunicado a la AEMPS.", "Sin confirmar"):
        assert said in text
    number = log_in("pharmacist").get(page).text.split(f"{page}/")[1].split("/")[0]
    told = {"told_on": str(world.today), "channel": "mse", "told_reference": "REG-9"}
    assert log_in("pharmacist").post(f"{page}/{number}/aviso", told).status_code == 303
    assert "REG-9" in second.get(page).text


def test_it_is_refused_with_a_reason_or_accepted_on_paper(log_in, world):
    case = filed(world)
    page = offered(log_in, world, case)
    second = log_in("second")
    assert second.post(f"{page}/rechazar", {"refusal": ""}).status_code == 422
    assert second.post(f"{page}/rechazar", {"refusal": "Estoy de baja"}).status_code == 303
    assert "Estoy de baja" in second.get(page).text
    offered(log_in, world, case)
    pharmacist = log_in("pharmacist")
    assert pharmacist.post(f"{page}/papel", {"accepted_on": ""}).status_code == 422
    file = {"accepted_on": str(world.today), "file": (io.BytesIO(a_pdf()), "papel.pdf")}
    assert pharmacist.post(f"{page}/papel", file).status_code == 303
    assert "Papel firmado" in pharmacist.get(page).text


def test_the_team_page_leads_to_it_and_nobody_else_answers(log_in, world):
    case = filed(world)
    page = offered(log_in, world, case)
    pharmacist = log_in("pharmacist")
    assert page in pharmacist.get(f"/expedientes/{case.code}/equipo").text
    assert pharmacist.post(f"{page}/aceptar", {"password": PASSWORD}).status_code == 403
    assert pharmacist.post(f"{page}/otra-cosa").status_code == 404
