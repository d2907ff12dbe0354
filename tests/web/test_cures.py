"""Every condition of the law is shown refusing, then cured through the page that its reason links to, then passed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from compassionate import clock
from compassionate.models import Case, Decision, Request
from compassionate.paths import cure_url
from compassionate.services import answers, reactions, requests, team
from compassionate.services.advance import ask
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.pathways.es_individual_2026_12 import PATHWAY
from compassionate.workflow.roles import Role
from tests.web.conftest import Browser
from tests.web.forms import fill_in
from tests.world import CRITERIA, ELIGIBILITY, PASSWORD, PROGRESS, REPORT, World, a_pdf, today

pytestmark = pytest.mark.one_database  # these are pages; the tests of services ask every guard on both

LogIn = Callable[[str], Browser]


@dataclass(frozen=True)
class Scene:
    """Everything that a cure needs at hand."""

    world: World
    log_in: LogIn
    case: Case
    page: str = ""

    def at(self, page: str) -> str:
        return f"/expedientes/{self.case.code}/{page}"

    def step(self, who: str, action: str, **values: Any) -> Any:
        """Take a step through its page."""
        form = {"version": "", **values} if values else {"version": ""}
        answer = fill_in(self.log_in(who), self.at(f"pasos/{action}"), **form)
        assert answer.status_code == 303, answer.text.split("<main")[-1][:3000]
        return answer

    def cure(self, who: str, **values: Any) -> None:
        """Fill in the form of the page that the reason links to."""
        answer = fill_in(self.log_in(who), self.page, **values)
        assert answer.status_code in (302, 303), answer.text.split("<main")[-1][:3000]


def file(name: str = "papel.pdf") -> tuple[io.BytesIO, str, str]:
    return io.BytesIO(a_pdf()), name, "application/pdf"


def screening(world: World, **changed: Any) -> Case:
    """A case in screening whose answers lack what is changed here."""
    case = world.case_in("screening")
    world.fill_screening(case)
    held = {name: value for name, value in (ELIGIBILITY | changed).items() if value is not None}
    answers.save(world.session, world.people["physician"], case, "eligibility", held, world.tick())
    return case


def classified(world: World, **given: Any) -> Case:
    case = screening(world)
    known = {"class_origin": "autologous", "class_same_hospital": "no"}
    known |= {"class_non_industrial": "yes", "class_single_patient": "yes"}
    answers.save(world.session, world.people["physician"], case, "classification", known | given, world.tick())
    return case


def criteria_unmet(world: World) -> Case:
    case = screening(world)
    held = CRITERIA | {"d10": True}
    answers.save(world.session, world.people["physician"], case, "eligibility-disc-msc", held, world.tick())
    return case


def revoked(world: World) -> Case:
    case = authorised(world)
    world.act(case, "physician", "record_consent_revocation@use", on=str(world.today), form="written")
    return case


def preparing(world: World, *, signed: bool = True, agreed: bool = True) -> Case:
    case = world.case_in("preparing")
    world.fill_request(case)
    if agreed:
        world.settle_sponsor(case)
    if not signed:
        report = REPORT | {"stage": "Pfirrmann III"}
        answers.save(world.session, world.people["physician"], case, "clinical-report", report, world.tick())
    return case


def without_identifiers(world: World) -> Case:
    return world.open_case(nhc="")


def not_in_a_hospital(world: World) -> Case:
    world.centre.is_hospital = False
    return world.open_case()


def without_posology(world: World) -> Case:
    case = world.case_in("preparing")
    answers.save(world.session, world.people["physician"], case, "clinical-report", REPORT, world.tick())
    packs = {"packs.1": "1", "note.1": "Dosis única", "needs_import": "no"}
    requests.save_packs(world.session, world.people["pharmacist"], case, 0, packs, world.tick())
    world.settle_sponsor(case)
    return case


def without_packs(world: World) -> Case:
    case = preparing(world)
    first: Request = case.requests[0]
    for row in list(first.packs):
        world.session.delete(row)
    world.session.flush()
    world.session.expire(first)
    return case


def import_not_stated(world: World) -> Case:
    case = preparing(world)
    case.requests[0].needs_import = None
    return case


def not_willing(world: World) -> Case:
    world.product.willing_on, world.product.willing_by = None, ""
    return preparing(world)


def asked_of_the_committee(world: World) -> Case:
    world.centre.committee = "always"
    return preparing(world)


def own_request(world: World) -> Case:
    world.add_person("segunda", Role.NURSE)
    case = world.case_in("awaiting_endorsement")
    world.add_paper(case, who="director")
    return case


def changed_after_endorsement(world: World) -> Case:
    case = world.case_in("ready_to_submit")
    world.add_paper(case)
    world.issue_unprinted(case)
    return case


def authorised(world: World, *, consent: bool = True, stock: bool = True, **decision: Any) -> Case:
    case = world.case_in("submitted")
    world.authorise(case, **decision)
    if consent:
        world.consent(case)
    if stock:
        world.stock(case)
    return case


def uninsured(world: World) -> Case:
    world.centre.kind = "private"
    return authorised(world)


def following_up(world: World, *, visits: bool = True, stock: bool = True, **decision: Any) -> Case:
    case = authorised(world, **decision)
    world.dose(case)
    world.act(case, "physician", "end_treatment", ending="completed", on=str(world.today))
    if visits:
        world.finish_follow_up(case)
    elif stock:
        world.act(case, "pharmacist", "destroy_supply", batch="L1", units="1", on=str(world.today), certificate="C")
    return case


def ordered(world: World) -> Case:
    case = authorised(world, stock=False)
    world.act(case, "pharmacist", "order_supply@line-1", on=str(world.today), packs="2")
    return case


def used_up(world: World) -> Case:
    """Everything that was granted has been given, and more than that was delivered."""
    case, day = authorised(world, stock=False, **{"packs_granted.1": "2"}), str(world.today)
    world.act(case, "pharmacist", "order_supply@line-1", on=day, packs="2")
    arrived = {"batch": "L1", "expires_on": "2099-01-01", "packs": "3"}
    world.act(case, "pharmacist", "receive_supply@line-1", on=day, **arrived)
    world.act(case, "pharmacist", "release_supply@line-1", batch="L1", on=day)
    world.dose(case, units="2")
    return case


def run_out(world: World) -> Case:
    """The authorisation was given until yesterday."""
    yesterday = str(world.today - timedelta(days=1))
    return authorised(world, decided_on=yesterday, valid_until=yesterday)


def cure_by_asking_again(kind: str, **decision: str) -> Callable[[Scene], None]:
    """One more request is opened where the reason says, and prepared, filed and granted as the first one was."""

    def cure(scene: Scene) -> None:
        world, case, at = scene.world, scene.case, "@continuation-1"
        step = f"open_continuation{at}"
        assert f'href="{scene.at(f"pasos/{step}")}"' in scene.log_in("pharmacist").get(scene.page).text
        scene.step("pharmacist", step, request_kind=kind)
        world.session.rollback()
        prepare_again(world, case)
        granted = {"decided_on": str(today()), "seen_on": str(today()), "packs_granted__1": "2"} | decision
        scene.step("pharmacist", f"record_authorisation{at}", channel="mse", **granted)

    return cure


def prepare_again(world: World, case: Case) -> None:
    """What stands between an opened continuation and the agency's answer: scenes of their own show each page."""
    at = "@continuation-1"
    answers.save(world.session, world.people["physician"], case, "progress-report", PROGRESS, world.tick(), subject="1")
    world.sign_report(case, 1)
    world.act(case, "pharmacist", f"request_endorsement{at}")
    world.act(case, "director", f"endorse{at}")
    world.issue_unprinted(case, 1)
    world.file(case, f"submit{at}")
    world.session.commit()


def with_leftover(world: World) -> Case:
    case = authorised(world)
    world.dose(case)
    world.act(case, "physician", "record_death", on=str(world.today), cause="Otra causa")
    for row in reactions.open_reactions(world.session, case):
        reactions.settle_reaction(world.session, world.people["physician"], case, row.id, "Ajena", world.tick())
    return case


def died_under_treatment(world: World) -> Case:
    case = authorised(world)
    world.dose(case, units="2")
    world.act(case, "physician", "record_death", on=str(world.today), cause="Otra causa")
    return case


def waived_clocks(world: World) -> Case:
    case = world.case_in("submitted")
    denial = {"decided_on": str(world.today), "notified_on": str(world.today), "channel": "mse"}
    world.act(case, "pharmacist", "record_denial", **denial, grounds=["risk"], appeal_named="none")
    return case


def cure_clocks(scene: Scene) -> None:
    for row in team.open_clocks(scene.world.session, scene.case):
        answer = fill_in(scene.log_in("regulatory"), f"{scene.page}/{row.id}/cerrar", reason="Se renuncia al recurso")
        assert answer.status_code == 303


def cure_visits(scene: Scene) -> None:
    for visit in ("baseline", "m3", "m6", "m12"):
        path = scene.at(f"seguimiento/{visit}")
        answer = fill_in(scene.log_in("physician"), path, status="waived", reason="Vive en otro país")
        assert answer.status_code == 303, visit


def cure_attempts(scene: Scene) -> None:
    for channel in ("telephone", "telephone", "letter"):
        scene.cure("nurse", channel=channel, on=str(today()), outcome="No contesta")


def cure_own_request(scene: Scene) -> None:
    username = scene.world.accounts["segunda"].username
    named = {"account": username, "act": "Resolución 1/2026", "wording": "substitution", "from_on": str(today())}
    path = f"{scene.page}/{scene.world.centre.code}/nueva"
    answer = fill_in(scene.log_in("director"), path, **named, until_on="2099-12-31")
    assert answer.status_code == 303, answer.text


def cure_endorsement(scene: Scene) -> None:
    scene.step("pharmacist", "reopen_preparation", reason="Papel nuevo")
    scene.step("pharmacist", "request_endorsement")
    scene.step("director", "endorse", password=PASSWORD)
    replace(scene, page=scene.at("documentos")).cure("pharmacist", kind="dossier", copy="agency", number="0")


def cure_stock(scene: Scene) -> None:
    scene.step("pharmacist", "order_supply@line-1", on=str(today()), packs="2")
    scene.step("pharmacist", "receive_supply@line-1", on=str(today()), packs="2", batch="L1", expires_on="2099-01-01")
    scene.step("pharmacist", "release_supply@line-1", on=str(today()), batch="L1")


def cure_consent(scene: Scene) -> None:
    scene.step("physician", "inform_patient@use", on=str(today()), sheet_version="1")
    scene.step(
        "physician", "record_consent@use", on=str(today()), signed_by="patient", copy_given="1", password=PASSWORD
    )


def cure_committee(scene: Scene) -> None:
    scene.step("pharmacist", "ask_committee", on=str(today()))
    scene.step("regulatory", "record_committee_favourable", on=str(today()))


@dataclass(frozen=True)
class Guarded:
    """A condition that does not hold, who asks for which step, the reason that refuses it, and how it is cured."""

    guard: str
    make: Callable[[World], Case]
    who: str
    action: str
    reason: str
    cure: Callable[[Scene], Any]

    def __str__(self) -> str:
        return f"{self.guard}-{self.reason}"


def by(who: str, **values: Any) -> Callable[[Scene], None]:
    return lambda scene: scene.cure(who, **values)


def stepping(who: str, action: str, **values: Any) -> Callable[[Scene], Any]:
    return lambda scene: scene.step(
        who, action, **{name: value() if callable(value) else value for name, value in values.items()}
    )


GUARDED = [
    Guarded(
        "patient_identified",
        without_identifiers,
        "pharmacist",
        "start_screening",
        "patient.not_identified",
        by("pharmacist", nhc="4455"),
    ),
    Guarded(
        "hospital_centre",
        not_in_a_hospital,
        "pharmacist",
        "start_screening",
        "centre.not_hospital",
        by("admin", is_hospital="y"),
    ),
    Guarded(
        "disease_qualifies",
        lambda world: screening(world, disease_class=None),
        "physician",
        "accept_eligibility",
        "eligibility.disease_class",
        by("physician", disease_class="chronic"),
    ),
    Guarded(
        "alternatives_documented",
        lambda world: screening(world, alternatives=None),
        "physician",
        "accept_eligibility",
        "eligibility.alternatives",
        by(
            "physician",
            alternatives__0__alternative="Cirugía",
            alternatives__0__considered_how="tried",
            alternatives__0__reason="Riesgo alto",
        ),
    ),
    Guarded(
        "alternatives_documented",
        lambda world: screening(world, satisfactory_alternative_exists=True),
        "physician",
        "accept_eligibility",
        "eligibility.alternative_exists",
        by("physician", satisfactory_alternative_exists="false"),
    ),
    Guarded(
        "product_under_investigation",
        lambda world: screening(world, trial_status=None),
        "physician",
        "accept_eligibility",
        "eligibility.not_under_investigation",
        by("physician", trial_status="ma_applied"),
    ),
    Guarded(
        "trial_reasons_given",
        lambda world: screening(world, trial_exclusion_reasons=None),
        "physician",
        "accept_eligibility",
        "eligibility.trial_reasons",
        by("physician", trial_exclusion_reasons="Vive lejos"),
    ),
    Guarded(
        "purpose_is_care",
        lambda world: screening(world, purpose_is_care=False),
        "physician",
        "accept_eligibility",
        "eligibility.purpose",
        by("physician", purpose_is_care="true"),
    ),
    Guarded(
        "route_fits",
        lambda world: classified(world, class_manipulations=["centrifugation"], class_same_function="yes"),
        "physician",
        "accept_eligibility",
        "eligibility.route_tissue_law",
        by("physician", class_same_function="no"),
    ),
    Guarded(
        "clinical_report_signed",
        lambda world: preparing(world, signed=False),
        "pharmacist",
        "request_endorsement",
        "report.not_signed",
        by("physician", password=PASSWORD),
    ),
    Guarded(
        "packs_calculated",
        without_packs,
        "pharmacist",
        "request_endorsement",
        "packs.missing",
        by("pharmacist", units_a_day__1="1", days__1="2", needs_import="no"),
    ),
    Guarded(
        "import_stated",
        import_not_stated,
        "pharmacist",
        "request_endorsement",
        "import.not_stated",
        by("pharmacist", needs_import="no"),
    ),
    Guarded(
        "sponsor_willing",
        not_willing,
        "pharmacist",
        "request_endorsement",
        "sponsor.willingness_missing",
        lambda scene: scene.cure("pharmacist", willing_on=str(today()), willing_by="Dirección", paper=file()),
    ),
    Guarded(
        "sponsor_agreement_given",
        lambda world: preparing(world, agreed=False),
        "pharmacist",
        "request_endorsement",
        "sponsor.agreement_missing",
        lambda scene: scene.step(
            "pharmacist", "record_sponsor_agreement", on=str(today()), signed_by="Promotor", file=file()
        ),
    ),
    Guarded(
        "committee_favourable",
        asked_of_the_committee,
        "pharmacist",
        "request_endorsement",
        "committee.not_favourable",
        cure_committee,
    ),
    Guarded(
        "endorsement_current",
        changed_after_endorsement,
        "pharmacist",
        "submit",
        "endorsement.not_current",
        cure_endorsement,
    ),
    Guarded(
        "dossier_current",
        lambda world: world.case_in("ready_to_submit"),
        "pharmacist",
        "submit",
        "dossier.not_current",
        by("pharmacist", kind="dossier", copy="agency", number="0"),
    ),
    Guarded(
        "treatment_gate",
        lambda world: authorised(world, channel="telephone"),
        "physician",
        "start_treatment",
        "authorisation.only_by_telephone",
        lambda scene: decide(scene),
    ),
    Guarded(
        "treatment_gate",
        lambda world: authorised(world, consent=False),
        "physician",
        "start_treatment",
        "consent.missing",
        cure_consent,
    ),
    Guarded(
        "treatment_gate",
        lambda world: authorised(world, stock=False),
        "physician",
        "start_treatment",
        "stock.none_released",
        cure_stock,
    ),
    Guarded(
        "disease_qualifies",
        criteria_unmet,
        "physician",
        "accept_eligibility",
        "eligibility.criterion_unmet",
        by("physician", d10="false"),
    ),
    Guarded("treatment_gate", revoked, "physician", "start_treatment", "consent.revoked", cure_consent),
    Guarded(
        "treatment_gate",
        uninsured,
        "physician",
        "start_treatment",
        "insurance.missing",
        by("admin", insurance_until="2099-12-31"),
    ),
    Guarded(
        "authorisation_held",
        lambda world: world.case_in("submitted"),
        "pharmacist",
        "order_supply@line-1",
        "authorisation.missing",
        lambda scene: scene.step(
            "pharmacist",
            "record_authorisation",
            channel="mse",
            decided_on=str(today()),
            seen_on=str(today()),
            packs_granted__1="2",
        ),
    ),
    *(
        Guarded(
            guard,
            ordered,
            "pharmacist",
            f"{step}@line-1",
            "supply.no_batch",
            stepping("pharmacist", "receive_supply", on=today, packs="2", batch="L1", expires_on="2099-01-01"),
        )
        for guard, step in (("batch_to_release", "release_supply"), ("batch_to_take", "return_supply"))
    ),
    Guarded(
        "batch_to_reject",
        ordered,
        "pharmacist",
        "reject_supply@line-1",
        "supply.no_batch",
        stepping("pharmacist", "receive_supply", on=today, packs="2", batch="L1", expires_on="2099-01-01"),
    ),
    Guarded(
        "treatment_gate", used_up, "physician", "record_dose", "packs.exhausted", cure_by_asking_again("more_packs")
    ),
    Guarded(
        "treatment_gate",
        run_out,
        "physician",
        "start_treatment",
        "authorisation.expired",
        cure_by_asking_again("continuation", valid_until="2099-12-31"),
    ),
    Guarded(
        "attempts_documented",
        lambda world: following_up(world, visits=False),
        "physician",
        "record_lost_to_follow_up",
        "follow_up.attempts_missing",
        cure_attempts,
    ),
    Guarded("no_open_clocks", waived_clocks, "regulatory", "close", "clocks.open", cure_clocks),
    Guarded(
        "reactions_settled",
        died_under_treatment,
        "regulatory",
        "close",
        "reactions.open",
        by("physician", notified="Sin relación con el medicamento"),
    ),
    Guarded(
        "supply_accounted",
        with_leftover,
        "regulatory",
        "close",
        "supply.unaccounted",
        stepping("pharmacist", "destroy_supply@line-1", batch="L1", units="1", on=today, certificate="C-1"),
    ),
    Guarded(
        "line_accounted",
        authorised,
        "pharmacist",
        "close_supply@line-1",
        "supply.units_left",
        stepping("pharmacist", "return_supply@line-1", batch="L1", units="2", on=today),
    ),
    Guarded(
        "follow_up_complete",
        lambda world: following_up(world, visits=False),
        "regulatory",
        "close",
        "follow_up.visits_owed",
        cure_visits,
    ),
    Guarded(
        "follow_up_forms_sent",
        lambda world: following_up(world, follow_up_forms="1"),
        "regulatory",
        "close",
        "follow_up.forms_owed",
        by("physician", forms_on=str(today())),
    ),
]
# What cannot be cured by filling in a page, and why.
OF_CELLS = {guard for row in PATHWAY.region("cells").transitions for guard in (*row.guards, row.when) if guard}
OF_CELLS |= {"cells_released", "cells_accounted", "late_results_known"}
ELSEWHERE = {
    "product_chosen": "a case is not opened without a line, and its last line cannot be taken away",
    "posology_and_duration_stated": "a report is not signed without them: shown below",
    "not_own_request": "cured by another person: shown below",
    "treatment_running": "cured by what comes before: an authorised treatment",
    "treated": "a dose either was given or was not",
    "never_treated": "a dose either was given or was not",
    "appeal_settled": "cured by the steps of the appeal: tests/services/test_appeals.py",
    "reposition_fits": "what the denial names was recorded with it: the other appeal is the one to file",
    "higher_appeal_fits": "what the denial names was recorded with it: the other appeal is the one to file",
    "answer_overdue": "cured by time alone: tests/services/test_appeals.py",
    "notification_expected": "cured by filing: tests/services/test_notifications.py",
    "notification_in_time": "told by the day that is typed: tests/services/test_notifications.py",
    "notification_lapsed": "cured by time alone: tests/services/test_notifications.py",
    **dict.fromkeys(OF_CELLS, "cured by the steps of the cells: tests/services/test_cells.py"),
    "court_route_open": "cured by the steps of the appeal: tests/services/test_appeals.py",
}


def decide(scene: Scene) -> None:
    decision = scene.world.session.scalars(select(Decision).where(Decision.case_id == scene.case.id)).one()
    written = {"written_on": str(decision.decided_on), "channel": "email"}
    assert fill_in(scene.log_in("pharmacist"), f"{scene.page}/{decision.id}", **written).status_code == 303


def standing(world: World, case: Case, who: str, action: str) -> dict[str, str]:
    """The reasons against a step as the engine gives them now: code and page that cures."""
    world.session.rollback()
    answer = ask(world.session, world.people[who], case, action, clock.now())
    return {reason.code: reason.cure for reason in answer.reasons}


@pytest.mark.parametrize("guarded", GUARDED, ids=str)
def test_a_condition_refuses_then_is_cured_by_the_page_it_links_to_then_passes(
    world: World, log_in: LogIn, guarded: Guarded
):
    case = guarded.make(world)
    world.session.commit()
    path = f"/expedientes/{case.code}/pasos/{guarded.action}"
    found = standing(world, case, guarded.who, guarded.action)
    assert list(found) == [guarded.reason]
    cure = cure_url(found[guarded.reason], case.code, 0, world.centre.code)
    world.session.rollback()
    blocked = log_in(guarded.who).get(path).text
    assert f'href="{cure}"' in blocked
    assert log_in(guarded.who).post(path, {}).status_code == 403
    world.session.rollback()
    guarded.cure(Scene(world, log_in, case, cure))
    assert standing(world, case, guarded.who, guarded.action) == {}
    world.session.rollback()
    assert "c-reason__text" not in log_in(guarded.who).get(path).text


def test_every_condition_is_shown_or_said_why_not():
    assert {guarded.guard for guarded in GUARDED} | set(ELSEWHERE) == set(GUARDS)


def test_a_request_without_posology_says_so_and_where_to_write_it(world: World, log_in: LogIn):
    case = without_posology(world)
    world.session.commit()
    assert "posology.missing" in standing(world, case, "pharmacist", "request_endorsement")
    world.session.rollback()
    scene = Scene(world, log_in, case, f"/expedientes/{case.code}/solicitudes/0/pauta")
    scene.cure("physician", dose="25 millones", schedule="Una vez", duration_weeks="52")
    replace(scene, page=scene.at("solicitudes/0/informe")).cure("physician", password=PASSWORD)
    assert standing(world, case, "pharmacist", "request_endorsement") == {}


def test_what_somebody_had_a_hand_in_is_endorsed_by_somebody_else(world: World, log_in: LogIn):
    case = own_request(world)
    world.session.commit()
    assert list(standing(world, case, "director", "endorse")) == ["endorsement.own_request"]
    world.session.rollback()
    page = log_in("director").get(f"/expedientes/{case.code}/pasos/endorse").text
    assert "corresponde a otra persona de Dirección" in page
    cure_own_request(Scene(world, log_in, case, "/administracion/delegaciones"))
    Scene(world, log_in, case).step("segunda", "endorse", password=PASSWORD)
