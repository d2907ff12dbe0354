"""First screens: what waits for each role, never more queries for more cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from compassionate.models import Decision
from compassionate.services import answers, requests
from compassionate.workflow.roles import Role
from tests.web.conftest import Browser
from tests.web.test_cases import counted_queries
from tests.world import POSOLOGY, PROGRESS, World, today

LogIn = Callable[[str], Browser]
EVERYBODY = ("physician", "pharmacist", "director", "regulatory", "nurse", "resident", "technician", "auditor", "admin")


def main(browser: Browser) -> str:
    page: str = browser.get("/").text
    return page.split("<main")[1]


def test_the_pharmacist_sees_by_name_what_is_missing_what_is_ready_and_who_is_waited_for(world: World, log_in: LogIn):
    missing, ready = world.case_in("preparing", nhc="1"), world.case_in("ready_to_submit", nhc="2")
    waiting = world.case_in("submitted", nhc="3")
    asked = world.case_in("submitted", nhc="4")
    world.act(
        asked, "pharmacist", "record_correction_request", notified_on=str(world.today), text="Falta", channel="mse"
    )
    world.session.commit()
    page = main(log_in("pharmacist"))
    assert "Mi trabajo de hoy" in page
    order = ["La AEMPS ha preguntado", "Listas para presentar", "Faltan papeles o datos", "A la espera de otros"]
    assert sorted(order, key=page.index) == order
    assert "Falta: envases, importación, conformidad del promotor" in page
    assert f"/expedientes/{ready.code}/pasos/submit" in page
    for case in (missing, waiting, asked):
        assert case.code in page


def test_the_physician_sees_a_card_a_patient_with_the_next_thing_to_do(world: World, log_in: LogIn):
    screening, treated = world.case_in("screening", nhc="1"), world.case_in("authorised", nhc="2")
    given = world.open_case(nhc="3")
    given.physician = None
    world.session.commit()
    page = main(log_in("physician"))
    assert "Mis pacientes" in page
    assert f'href="/expedientes/{screening.code}/requisitos"' in page
    assert f'href="/expedientes/{treated.code}/consentimientos"' in page
    assert "Después: En tratamiento" in page
    assert given.code not in page
    world.session.rollback()
    world.consent(treated)
    world.session.commit()
    assert "Esperar al medicamento" in main(log_in("physician"))


def test_the_director_sees_a_tray_and_not_what_is_their_own(world: World, log_in: LogIn):
    world.add_person("jefa", Role.DIRECTOR, Role.PHARMACIST)
    case = world.case_in("awaiting_endorsement", nhc="1")
    world.session.commit()
    assert f"/expedientes/{case.code}/pasos/endorse" in main(log_in("director"))
    world.session.rollback()
    world.people["pharmacist"] = world.people["jefa"]
    own = world.case_in("awaiting_endorsement", nhc="2")
    world.session.commit()
    page = main(log_in("jefa"))
    assert f"/expedientes/{own.code}/pasos/endorse" not in page
    assert "Intervino usted: decide otra persona de Dirección" in page


def test_a_continuation_lies_in_the_tray_too(world: World, log_in: LogIn):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    physician, pharmacist = world.people["physician"], world.people["pharmacist"]
    answers.save(world.session, physician, case, "progress-report", PROGRESS, world.tick(), subject="1")
    requests.save_posology(world.session, physician, case, 1, POSOLOGY, world.tick())
    packs = {"packs.1": "2", "note.1": "Otra dosis", "needs_import": "no"}
    requests.save_packs(world.session, pharmacist, case, 1, packs, world.tick())
    world.sign_report(case, 1)
    world.act(case, "pharmacist", "request_endorsement@continuation-1")
    world.session.commit()
    browser = log_in("director")
    assert f"/expedientes/{case.code}/pasos/endorse@continuation-1" in main(browser)
    page = browser.get(f"/expedientes/{case.code}/pasos/endorse@continuation-1").text
    assert "Ampliación de envases" in page
    assert "Mejora clara" in page


def test_the_regulatory_officer_sees_clocks_and_decisions_that_owe_their_number(world: World, log_in: LogIn):
    world.case_in("submitted", nhc="1")
    owing = world.case_in("submitted", nhc="2")
    world.authorise(owing, reference="")
    world.session.commit()
    page = main(log_in("regulatory"))
    for words in (
        "Plazos vencidos",
        "Resolución",
        "Presentadas en la AEMPS",
        "Resoluciones por completar",
    ):
        assert words in page
    assert f"/expedientes/{owing.code}/decision" in page


def test_treated_patients_and_their_visits_stand_on_the_nurses_and_the_physicians_screen(world: World, log_in: LogIn):
    case = world.case_in("in_treatment")
    world.session.commit()
    nurse, physician = main(log_in("nurse")), main(log_in("physician"))
    assert f"/expedientes/{case.code}/pasos/record_dose" in nurse
    for page in (nurse, physician):
        assert f"/expedientes/{case.code}/seguimiento/baseline" in page


def test_what_is_about_to_end_stands_on_the_pharmacists_screen(world: World, log_in: LogIn):
    soon = str(today())
    dosed, granted, endless = (world.case_in("submitted", nhc=nhc) for nhc in "123")
    for case, until in ((dosed, ""), (granted, soon), (endless, soon)):
        world.authorise(case, valid_until=until)
        world.stock(case)
        world.consent(case)
    world.dose(dosed, next_on=soon)
    world.session.add(
        Decision(
            case_id=endless.id,
            outcome="authorised",
            channel="mse",
            decided_on=world.today,
            seen_on=world.today,
            event_id=world.dose(endless).id,
        )
    )
    world.session.commit()
    page = main(log_in("pharmacist")).split('aria-labelledby="pharmacist-ending"')[1].split("</section>")[0]
    assert dosed.code in page
    assert granted.code in page
    assert endless.code not in page


def test_several_roles_stand_one_after_the_other(world: World, log_in: LogIn):
    world.add_person("ambas", Role.PHYSICIAN, Role.PHARMACIST)
    world.case_in("preparing")
    world.session.commit()
    page = main(log_in("ambas"))
    assert page.index("Mis pacientes") < page.index("Faltan papeles o datos")


def test_an_empty_screen_says_something_useful_to_everybody(world: World, log_in: LogIn):
    for who in EVERYBODY:
        answer = log_in(who).get("/")
        assert answer.status_code == 200
        assert len(answer.text.split("<main")[1].split("</main>")[0]) > 300, who


def test_more_cases_ask_no_more_of_the_database(world: World, log_in: LogIn, app: Any):
    browsers = {who: log_in(who) for who in EVERYBODY}
    counts: dict[str, list[int]] = {who: [] for who in EVERYBODY}
    for nhc in ("1", "2"):
        world.session.rollback()
        for state in ("draft", "preparing", "awaiting_endorsement", "submitted", "in_treatment"):
            world.case_in(state, nhc=f"{nhc}{state}")
        world.session.commit()
        for who, browser in browsers.items():
            browser.get("/")
            with counted_queries(app) as seen:
                assert browser.get("/").status_code == 200
            counts[who].append(len(seen))
    assert {who: before for who, (before, after) in counts.items() if before != after} == {}
    assert max(after for _, after in counts.values()) <= 30


def test_whoever_is_logged_in_sees_which_version_serves_them(app: Flask, log_in: LogIn):
    said = f"Versión {app.config['VERSION']}"
    assert said in log_in("nurse").get("/").text
    assert said not in app.test_client().get("/login").text
