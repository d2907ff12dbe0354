"""The pages on which the work of whoever leaves is handed over."""

from __future__ import annotations

from compassionate.workflow.roles import Role


def test_a_role_that_ends_leads_to_what_is_open_and_all_of_it_goes_at_once(log_in, world):
    world.add_person("second", Role.PHYSICIAN)
    filed, draft = world.case_in("submitted"), world.open_case(nhc="2")
    membership, username = world.accounts["physician"].memberships[0].id, world.accounts["physician"].username
    world.session.commit()
    admin, page = log_in("admin"), f"/administracion/relevos/{username}"
    ended = admin.post(f"/administracion/cuentas/{username}/funciones/{membership}", {"when": "now"})
    assert (ended.status_code, ended.headers["Location"]) == (303, page)
    assert "2 sin responsable" in admin.get("/administracion").text
    for code in (filed.code, draft.code):
        assert code in admin.get("/administracion/relevos").text
    text = admin.get(page).text
    assert (filed.code in text, "Células" in text) == (True, False)  # codes and states, never what is in a case
    given = {"kind": "physician", "item": [filed.code, draft.code], "to": world.accounts["second"].id}
    wrong = admin.post(page, given | {"reason": ""})
    assert (wrong.status_code, "Por qué" in wrong.text) == (422, True)
    assert admin.post(page, given | {"reason": "Se va"}).status_code == 303
    text = admin.get("/administracion/relevos").text
    assert (filed.code in text, draft.code in text, "Second de HGA" in text) == (True, False, True)


def test_only_heads_open_it_and_nobody_of_another_hospital_is_found(log_in, world):
    world.case_in("preparing")
    world.session.commit()
    assert (
        "Todos los expedientes abiertos tienen quien responda" in log_in("director").get("/administracion/relevos").text
    )
    for who in ("physician", "pharmacist", "auditor", "nurse"):
        assert log_in(who).get("/administracion/relevos").status_code == 403
    assert log_in("director").get("/administracion/relevos/nobody.hgb").status_code == 404
