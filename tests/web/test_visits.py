"""Follow-up on its pages: a visit filled, missed or waived; attempts, reactions and forms that are owed."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from compassionate.services import reactions, team, visits
from compassionate.web.visit_entry import _line
from compassionate.web.visit_pictures import chart, columns
from tests.world import VISIT, World


@pytest.fixture
def case(world: World):
    held = world.case_in("in_follow_up")
    world.session.commit()
    return held


def address(case, rest=""):
    return f"/expedientes/{case.code}/seguimiento{rest}"


def filled(world, **more):
    answers = {name: "false" if value is False else str(value) for name, value in VISIT.items()}
    return {"done_on": str(world.today), "version": "0"} | answers | more


def status_of(world, case, name="m3"):
    world.session.rollback()  # to see what the page committed
    return visits.visit_of(world.session, case, name).status


def test_visits_are_listed_with_their_windows(log_in, world, case):
    planned = visits.visit_of(world.session, case, "m3").planned_on
    assert planned is not None
    opens, closes = planned - timedelta(days=14), planned + timedelta(days=14)
    window = f"del {opens:%d/%m/%Y} al {closes:%d/%m/%Y}"
    text = log_in("auditor").get(address(case)).text
    for words in ("Visita basal", "3 meses", "6 meses", "12 meses", f"{planned:%d/%m/%Y}", window):
        assert words in text


def test_a_visit_is_filled_and_its_scores_are_drawn(log_in, world, case):
    browser = log_in("nurse")
    browser.get(address(case, "/m3"))
    assert browser.post(address(case, "/m3"), filled(world, vas_pain="35")).status_code == 303
    text = browser.get(address(case)).text
    assert "Visita guardada: 3 meses." in text
    assert "<svg" in text
    assert "EVA" in text
    assert status_of(world, case) == "done"
    again = browser.get(address(case, "/m3")).text
    assert 'value="35"' in again
    assert "La visita no se hizo" not in again


def test_what_is_wrong_is_said_and_everything_typed_is_kept(log_in, world, case):
    browser = log_in("physician")
    browser.get(address(case, "/m3"))
    answer = browser.post(address(case, "/m3"), filled(world, vas_pain="400", done_on="mañana"))
    assert answer.status_code == 422
    assert 'value="400"' in answer.text
    assert 'value="mañana"' in answer.text
    answer = browser.post(address(case, "/m3"), filled(world, done_on="mañana", vas_pain="41"))
    assert "Escriba una fecha que exista" in answer.text
    assert 'value="41"' in answer.text
    assert status_of(world, case) == "planned"


def test_who_comes_second_sees_what_was_saved_and_keeps_what_they_typed(log_in, world, case):
    first, second = log_in("physician"), log_in("nurse")
    first.get(address(case, "/m3"))
    second.get(address(case, "/m3"))
    first.post(address(case, "/m3"), filled(world, vas_pain="35"))
    answer = second.post(address(case, "/m3"), filled(world, vas_pain="60"))
    assert answer.status_code == 409
    assert 'value="60"' in answer.text
    assert "Otra persona ha guardado antes" in answer.text


@pytest.mark.parametrize(("status", "words"), [("missed", "No acudió"), ("waived", "No se hará")])
def test_a_visit_that_was_not_made_says_why(log_in, world, case, status, words):
    browser = log_in("nurse")
    if status == "missed":
        world.session.rollback()
        visit = visits.visit_of(world.session, case, "m6")
        visit.day, visit.before_days, visit.after_days = -60, 5, 5
        visit.planned_on = world.today - timedelta(days=60)
        world.session.commit()
        late = {"on": str(world.today), "channel": "letter", "outcome": "Devuelta"}
        browser.get(address(case))
        assert browser.post(address(case, "/contactos"), late).status_code == 303
    browser.get(address(case, "/m6"))
    sent = {"status": status, "reason": "Vive en otra provincia"}
    assert browser.post(address(case, "/m6/no-realizada"), sent).status_code == 303
    text = browser.get(address(case)).text
    assert words in text
    assert "Vive en otra provincia" in text


def test_a_visit_not_made_needs_its_reason(log_in, case):
    browser = log_in("nurse")
    browser.get(address(case, "/m6"))
    answer = browser.post(address(case, "/m6/no-realizada"), {"status": "missed", "reason": ""})
    assert answer.status_code == 422
    assert "Rellene este dato." in answer.text


def test_what_was_noted_of_a_visit_stands_while_its_absence_is_corrected(log_in, world, case):
    browser = log_in("nurse")
    browser.get(address(case, "/m3"))
    browser.post(address(case, "/m3"), filled(world, vas_pain="35"))
    answer = browser.post(address(case, "/m3/no-realizada"), {"status": "missed", "reason": ""})
    assert answer.status_code in (409, 422)
    assert 'value="35"' in answer.text
    assert "Ahora guardado" not in answer.text


def test_a_knee_is_listed_by_its_own_measures(app):
    visit = SimpleNamespace(scores={"vas": 66.0, "womac_total": 48.0}, row=SimpleNamespace(months=0, name="baseline"))
    with app.test_request_context():
        assert [text for _, text in columns([visit])] == ["EVA", "WOMAC total"]
        drawn = chart([visit])
    assert drawn is not None
    assert [(each["measured"], each["shown"]) for each in drawn["series"]] == [([66.0], ["66"]), ([50.0], ["48"])]


def test_the_digit_typed_takes_the_grade_that_it_names(app):
    grades = [("kl_0", "Grado 0"), ("kl_1", "Grado I"), ("kl_2", "Grado II")]
    node = {"kind": "select", "name": "", "options": grades}
    with app.test_request_context():
        line = _line(node, None, {}, {})
    assert line["options"][2] == ("kl_2", "2 · Grado II")


def test_a_pharmacist_reads_a_visit_and_fills_none(log_in, world, case):
    browser = log_in("pharmacist")
    text = browser.get(address(case, "/m3")).text
    assert "Usted puede leer esta parte" in text
    assert 'name="done_on"' not in text
    assert browser.post(address(case, "/m3"), filled(world)).status_code == 403


def test_there_is_no_page_of_a_visit_that_was_never_planned(log_in, case):
    assert log_in("physician").get(address(case, "/m5")).status_code == 404


def test_attempts_are_written_down_until_the_loss_may_be_recorded(log_in, world, case):
    browser = log_in("nurse")
    assert "Todavía no se puede: Registrar la pérdida de seguimiento" in browser.get(address(case)).text
    for channel in ("telephone", "telephone", "letter"):
        sent = {"on": str(world.today), "channel": channel, "outcome": "No contesta"}
        assert browser.post(address(case, "/contactos"), sent).status_code == 303
    text = browser.get(address(case)).text
    assert "No contesta" in text
    assert "pasos/record_lost_to_follow_up" in text


def test_an_attempt_that_is_wrong_keeps_what_was_typed(log_in, case):
    browser = log_in("nurse")
    browser.get(address(case))
    answer = browser.post(address(case, "/contactos"), {"on": "", "channel": "letter", "outcome": "Devuelta"})
    assert answer.status_code == 422
    assert "Devuelta" in answer.text
    assert '<option value="letter" selected' in answer.text


def test_an_adverse_event_says_where_to_notify_and_is_settled_by_a_physician(log_in, world, case):
    browser = log_in("physician")
    browser.get(address(case, "/m3"))
    sent = filled(world, adverse_events="true", adverse_events_detail="Fiebre de 39")
    assert browser.post(address(case, "/m3"), sent).status_code == 303
    text = browser.get(address(case)).text
    assert "Notifique la sospecha de reacción adversa de inmediato" in text
    assert "www.notificaram.es" in text
    assert "art. 11.1.c" in text
    world.session.rollback()
    triage = reactions.open_reactions(world.session, case)[0].id
    world.session.rollback()
    assert browser.post(address(case, f"/reacciones/{triage}"), {"notified": ""}).status_code == 422
    told = {"notified": "Notificada al promotor y en notificaRAM, justificante 123"}
    assert browser.post(address(case, f"/reacciones/{triage}"), told).status_code == 303
    text = browser.get(address(case)).text
    assert "justificante 123" in text
    assert "Valorada" in text


def test_the_forms_that_the_authorisation_asked_for_are_sent(log_in, world):
    case = world.case_in("submitted")
    world.authorise(case, follow_up_forms="1")
    world.session.commit()
    browser = log_in("physician")
    assert "no consta su envío" in browser.get(address(case)).text
    assert browser.post(address(case, "/formularios"), {"forms_on": "x"}).status_code == 422
    assert browser.post(address(case, "/formularios"), {"forms_on": str(world.today)}).status_code == 303
    assert "Enviados el" in browser.get(address(case)).text
    world.session.rollback()
    assert not team.forms_owed(world.session, case)


def test_what_was_forgotten_is_asked_for_beside_its_field_until_somebody_says_it_is_not_there(log_in, world, case):
    browser = log_in("nurse")
    browser.get(address(case, "/m3"))
    sent = filled(world, vas_pain="", odi_3="", odi_4="")
    answer = browser.post(address(case, "/m3"), sent)
    assert answer.status_code == 422
    for name in ("vas_pain", "odi_3", "odi_4"):
        assert f'id="{name}-error"' in answer.text
    assert 'id="odi_5-error"' not in answer.text
    assert status_of(world, case) == "planned"
    assert browser.post(address(case, "/m3"), sent | {"without": "1"}).status_code == 303
    assert status_of(world, case) == "done"


def test_whether_there_were_adverse_events_is_never_left_out(log_in, world, case):
    browser = log_in("nurse")
    browser.get(address(case, "/m3"))
    answer = browser.post(address(case, "/m3"), filled(world, adverse_events="", without="1"))
    assert answer.status_code == 422
    assert 'id="adverse_events-error"' in answer.text


def test_the_last_visit_stands_beside_each_field_and_the_scores_follow_with_both_thresholds(log_in, world, case):
    visits.record_visit(
        world.session, world.people["nurse"], case, "baseline", str(world.today), VISIT | {"vas_pain": 72}, world.tick()
    )
    world.session.commit()
    browser = log_in("nurse")
    before = browser.get(address(case, "/m3")).text
    assert "Antes:" in before
    assert "<strong>72" in before
    assert f"Visita basal, {world.today:%d/%m/%Y}" in before
    sent = browser.post(address(case, "/m3"), filled(world, vas_pain="35", odi_1="0"))
    text = browser.get(sent.location).text
    for words in ("Puntuaciones de esta visita", "−37", "Leve", "Alcanza el cambio mínimo importante"):
        assert words in text
    assert "Dentro del error de medida" in text


def test_a_visit_nobody_planned_is_added_and_filled(log_in, world, case):
    browser = log_in("nurse")
    browser.get(address(case, "/nueva"))
    answer = browser.post(address(case, "/nueva"), {"on": str(world.today)})
    assert answer.location == address(case, "/u1")
    assert browser.post(address(case, "/u1"), filled(world)).status_code == 303
    assert "No prevista 1" in browser.get(address(case)).text
    browser.get(address(case, "/nueva"))
    assert browser.post(address(case, "/nueva"), {"on": "ayer"}).status_code == 422


def test_the_day_of_the_first_dose_is_corrected_with_its_reason(log_in, world, case):
    browser = log_in("physician")
    browser.get(address(case, "/primera-dosis"))
    day = str(world.today - timedelta(days=1))
    answer = browser.post(address(case, "/primera-dosis"), {"given_on": day, "reason": ""})
    assert answer.status_code == 422
    assert "Rellene este dato." in answer.text
    assert log_in("auditor").get(address(case, "/primera-dosis")).status_code == 200
