"""A small hospital for tests: centres, people, products, and a case taken to any state through the services."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.catalogue import content_sha256
from compassionate.documents.certificates import Identity, make
from compassionate.models import (
    Account,
    Case,
    CaseEvent,
    Centre,
    Paper,
    PhysicianChange,
    Product,
    ProductLine,
    Rectification,
    Request,
    Signature,
    Sponsor,
    new_id,
)
from compassionate.programmes.questionnaire import with_published
from compassionate.questionnaires import load_forms
from compassionate.services import (
    accounts,
    answers,
    cases,
    documents,
    instance,
    papers,
    patients,
    physician_changes,
    physician_offers,
    proofs,
    rectifications,
    requests,
    visits,
)
from compassionate.services.actors import Actor, actor_of
from compassionate.services.advance import advance
from compassionate.services.cells import rows as cell_rows
from compassionate.services.facts import region_of
from compassionate.services.seals import SealSettings
from compassionate.services.signed_steps import signed_act
from compassionate.services.snapshots import snapshot
from compassionate.services.store import open_store
from compassionate.workflow.roles import Role
from tests.usual_cells import usual_way

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORMS = with_published(load_forms(Path(__file__).parent.parent / "forms"))
PASSWORD = "clave de prueba muy larga"


def today() -> date:
    """The day it really is, as the people of a Spanish hospital count days: not the one of UTC."""
    return clock.civil_date(clock.now(), "Europe/Madrid")


ELIGIBILITY = {
    "disease_class": "severely_debilitating",
    "disease_class_reason": "Dolor lumbar de ocho años que le impide trabajar.",
    "alternatives": [{"alternative": "Fisioterapia", "considered_how": "tried", "reason": "Sin mejoría tras un año."}],
    "satisfactory_alternative_exists": False,
    "trial_status": "trial_ongoing",
    "trial_identifier": "NCT00000000",
    "trial_exclusion_reasons": "El ensayo está cerrado a nuevos pacientes.",
    "purpose_is_care": True,
    "same_institution": False,
    "atu_exists": False,
    "authorised_abroad": False,
    "authorised_in_spain": False,
}
CRITERIA = {
    "d01": 24,
    "d02": 12,
    "d03": 70,
    "d06": 1,
    "d05": True,
    "d07": "pfirrmann_3",
    "d11_translation_mm": 1,
    "d11_angulation_deg": 5,
    "d12": "none",
    "d10": False,
    "d13": False,
    "d16": False,
    "d15": False,
    "d17_infection": False,
    "d17_neoplasia": False,
    "d17_immunosuppression": False,
    "d17_coagulopathy": False,
    "d17_pregnancy": False,
    "d17_mri": False,
}
REPORT = {
    "diagnosis": "Degeneración discal lumbar L4-L5",
    "diagnosis_code": "M51.36",
    "diagnosis_edition": "CIE-10-ES 2024",
    "weight_kg": 71.5,
    "height_cm": 172,
    "allergies": "No conocidas",
    "previous_treatments": [{"treatment": "Antiinflamatorios", "response": "Parcial y pasajera"}],
    "supporting_data": "Serie piloto no controlada de diez pacientes.",
    "expected_benefit": "Menos dolor y más autonomía.",
    "monitoring_plan": "Visitas a los 3, 6 y 12 meses.",
}
PROGRESS = {
    "assessed_on": "2026-03-01",
    "response": "partial",
    "response_detail": "Mejora clara del dolor.",
    "continuation_reason": "Sigue mejorando.",
    "reactions": False,
    "packs_used": 1,
}
POSOLOGY = {
    "dose": "25 millones de células",
    "schedule": "Dosis única intradiscal",
    "route": "Intradiscal",
    "duration_weeks": "52",
}
VISIT = {
    "vas_pain": 40,
    **{f"odi_{section}": 2 for section in range(1, 11)},
    "analgesics": "none",
    "adverse_events": False,
}

PEOPLE = {
    "physician": Role.PHYSICIAN,
    "pharmacist": Role.PHARMACIST,
    "director": Role.DIRECTOR,
    "regulatory": Role.REGULATORY_OFFICER,
    "nurse": Role.NURSE,
    "resident": Role.RESIDENT,
    "technician": Role.TECHNICIAN,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
}


def a_pdf(pages: int = 1, title: str = "", ballast: bytes = b"") -> bytes:
    """The bytes of a small PDF; what is given as ballast lies beside its first page and is not drawn."""
    file = pikepdf.new()
    for _ in range(pages):
        file.add_blank_page(page_size=(595, 842))
    if title:
        file.docinfo["/Title"] = title
    if ballast:
        file.pages[0].obj["/PieceInfo"] = file.make_indirect(pikepdf.Stream(file, ballast))
    held = io.BytesIO()
    file.save(held, deterministic_id=True)
    return held.getvalue()


CELL_PEOPLE = {
    "unit": Role.CELL_UNIT,
    "responsible": Role.RESPONSIBLE_PERSON,
    "qualified": Role.QUALIFIED_PERSON,
    "nurse2": Role.NURSE,
}


@cache
def own_identity() -> Identity:
    """A certificate that an installation made for itself: making one takes longer than most tests."""
    return make("0123456789ab", START)


@dataclass
class Hospital:
    """One hospital with its people and products; `now` moves an hour with every act."""

    session: Session
    code: str = "HGA"
    now: datetime = START
    people: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    password_hash: str | None = None

    def __post_init__(self) -> None:
        self.session.info.setdefault("forms", FORMS)
        self.session.info.setdefault("store", open_store("memory:"))
        self.session.info.setdefault("seal", SealSettings(made=own_identity()))
        self.centre: Centre = instance.add_centre(
            self.session, None, self.code, f"Hospital {self.code}", "ES-MD", self.now
        )
        for name, role in PEOPLE.items():
            self.add_person(name, role)
        self.product = self.add_product()

    def tick(self, hours: int = 1) -> datetime:
        """Let time pass."""
        self.now += timedelta(hours=hours)
        return self.now

    @property
    def today(self) -> date:
        """The civil date of `now`."""
        return clock.civil_date(self.now, "Europe/Madrid")

    def add_person(self, name: str, *roles: Role) -> Actor:
        """An account with these roles at this hospital; its user name is NAME.CODE."""
        person = accounts.Person(
            f"{name}.{self.code}".lower(), f"{name.capitalize()} de {self.code}", collegiate_number="282800000"
        )
        account = accounts.create(self.session, None, person, self.password_hash, self.now)
        for role in roles:
            accounts.grant(self.session, None, account, self.centre, role, self.now, date(2020, 1, 1))
        self.accounts[name] = account
        self.people[name] = actor_of(account, self.today)
        return self.people[name]

    def add_product(self, code: str = "MSV", lines: int = 1, **more: Any) -> Product:
        """A medicine of a willing sponsor, with so many lines of one unit a pack."""
        sponsor = Sponsor(name=f"Promotor {code} {self.code}")
        self.session.add(sponsor)
        self.session.flush()
        facts = {
            "programme": "disc-msc",
            "willing_on": date(2026, 1, 10),
            "willing_by": "Dirección del promotor",
        } | more
        product = Product(
            code=f"{code}-{self.code}",
            name=f"Células {code}",
            active_substance="Células mesenquimales autólogas",
            sponsor_id=sponsor.id,
            **facts,
        )
        self.session.add(product)
        self.session.flush()
        self.session.add_all(
            ProductLine(
                product_id=product.id,
                position=position,
                strength=f"{25 * position} millones",
                form="Suspensión inyectable",
                route="Intradiscal",
                unit="jeringa",
                units_per_pack=1,
            )
            for position in range(1, lines + 1)
        )
        self.session.flush()
        self.session.refresh(product)
        return product

    def add_patient(self, nhc: str = "100001", surnames: str = "Inventada Prueba") -> Any:
        """A patient with an identity of no real person."""
        given = {"given_name": "Persona", "surnames": surnames, "birth_on": "1980-02-03", "sex": "female", "nhc": nhc}
        return patients.register(self.session, self.centre, patients.read_identity(given, self.today), self.now)

    def open_case(self, product: Product | None = None, **patient: Any) -> Case:
        """A case in draft, opened by the pharmacist for the physician."""
        product = product or self.product
        opening = cases.Opening(
            self.centre,
            self.add_patient(**patient),
            product,
            tuple(line.position for line in product.lines),
            self.accounts["physician"],
        )
        return cases.open_case(self.session, self.people["pharmacist"], opening, self.tick())

    def act(self, case: Case, who: str | Actor, action: str, **values: Any) -> CaseEvent:
        """Take a step as somebody, who shows who they are where it is signed."""
        now, actor = self.tick(), self.people[who] if isinstance(who, str) else who
        if act := signed_act(self.session, case, action):
            actor = self.signer(actor, case, act.meaning, act.number, act.subject)
        return advance(self.session, actor, case, action, values, now)

    def signer(self, who: str | Actor, case: Case, meaning: str, number: int = 0, subject: str = "") -> Actor:
        """Somebody who just showed name and password, to sign whatever the case says now."""
        actor = self.people[who] if isinstance(who, str) else who
        act = proofs.SigningAct(meaning, case.id, number, subject)
        shown = (proofs.NAME, proofs.PASSWORD)
        return actor.with_proof(proofs.proof(actor.account_id, act, shown, self.now, writes=True))

    def sign_report(self, case: Case, number: int = 0, who: str | Actor = "physician", **more: Any) -> Signature:
        """The physician signs the report of a request as it stands."""
        now = self.tick()
        signer = self.signer(who, case, "clinical_report", number)
        return answers.sign_report(self.session, signer, case, number, now, **more)

    def endorse_again(self, case: Case, who: str | Actor = "director", seen: str | None = None) -> None:
        """Management endorses a first request as rectified."""
        now = self.tick()
        rectifications.endorse_again(self.session, self.signer(who, case, "endorsement"), case, 0, now, seen)

    def rectify(self, case: Case, who: str, given: dict[str, Any], seen: str | None = None) -> Rectification:
        """Rectify one field of a first request; whoever does it shows who they are."""
        now = self.tick()
        signer = self.signer(who, case, "clinical_report")
        return rectifications.rectify(self.session, signer, case, 0, given, now, seen)

    def accept_case(self, case: Case, who: str | Actor) -> PhysicianChange:
        """Sign the acceptance of a case that was offered."""
        now, offered = self.tick(), physician_offers.pending(self.session, case)
        signer = self.signer(who, case, "case_acceptance", subject=offered.id if offered else "")
        return physician_changes.accept(self.session, signer, case, now)


class CellHospital(Hospital):
    """A hospital that treats people with their own cells."""

    def cell_product(self, code: str = "CEL") -> Product:
        """A medicine made of the patient's own cells: the disc programme with the consents that cells ask for."""
        return self.add_product(code, consent_kinds=["use", "donation", "implantation"])

    def fill_cells(self, case: Case, until: str = "identity_verified", **told: Any) -> None:
        """Take the cells of an authorised case along their usual way, up to a state; `told` changes what is typed."""
        self.hire_cell_people()
        for reached, who, action, values in usual_way(self, case):
            if region_of(case, "cells").state == until:
                return
            self.act(case, who, action, **(values() | told.get(action, {})))
            assert region_of(case, "cells").state == reached, action

    def hire_cell_people(self) -> None:
        """The people of the cell unit and of the maker, and a second nurse."""
        for name, role in CELL_PEOPLE.items():
            if name not in self.people:
                self.add_person(name, role)

    def in_hand(self, case: Case, kind: str) -> str:
        """What the label of a container of the newest attempt says."""
        held = cell_rows.current(self.session, case)
        return cell_rows.containers(self.session, held, [kind])[0].code


class World(CellHospital):
    """A hospital whose people know their work: takes a case to any state of the main way."""

    def fill_screening(self, case: Case) -> None:
        """Answer the eligibility questionnaires."""
        answers.save(self.session, self.people["physician"], case, "eligibility", ELIGIBILITY, self.tick())
        if case.product.programme == "disc-msc":
            answers.save(self.session, self.people["physician"], case, "eligibility-disc-msc", CRITERIA, self.tick())

    def fill_request(self, case: Case) -> None:
        """Report, posology and packs of the first request, signed."""
        physician = self.people["physician"]
        answers.save(self.session, physician, case, "clinical-report", REPORT, self.tick())
        requests.save_posology(self.session, physician, case, 0, POSOLOGY, self.tick())
        packs = {"needs_import": "no"} | {
            f"{name}.{line.number}": "2" for line in case.lines for name in ("units_a_day", "days")
        }
        requests.save_packs(self.session, self.people["pharmacist"], case, 0, packs, self.tick())
        self.sign_report(case)

    def add_paper(self, case: Case, kind: str = "evidence", who: str = "pharmacist", pages: int = 1) -> Paper:
        """A small PDF among the case's papers."""
        upload = papers.Upload(f"{kind}.pdf", "application/pdf", a_pdf(pages))
        return papers.upload(self.session, self.people[who], case, kind, f"Papel {kind}", upload, self.tick())

    def settle_sponsor(self, case: Case) -> None:
        """The sponsor's agreement arrives."""
        self.act(case, "pharmacist", "ask_sponsor", on=str(self.today))
        paper = self.add_paper(case, "sponsor_agreement")
        self.act(
            case, "pharmacist", "record_sponsor_agreement", on=str(self.today), signed_by="Promotor", paper=paper.id
        )

    def consent(self, case: Case, kind: str = "use") -> None:
        """The patient is informed and signs."""
        self.act(case, "physician", f"inform_patient@{kind}", on=str(self.today), sheet_version="1")
        self.act(case, "physician", f"record_consent@{kind}", on=str(self.today), signed_by="patient", copy_given="1")

    def stock(self, case: Case, packs: int = 2, batch: str = "L1", line: int = 1) -> None:
        """Medicine is ordered, arrives and is released."""
        at = f"@line-{line}"
        self.act(case, "pharmacist", f"order_supply{at}", on=str(self.today), packs=str(packs))
        expiry = str(self.today + timedelta(days=400))
        self.act(
            case,
            "pharmacist",
            f"receive_supply{at}",
            on=str(self.today),
            batch=batch,
            expires_on=expiry,
            packs=str(packs),
        )
        self.act(case, "pharmacist", f"release_supply{at}", batch=batch, on=str(self.today))

    def dose(self, case: Case, action: str = "start_treatment", who: str = "physician", **values: Any) -> CaseEvent:
        """A dose is given."""
        usual = {
            "act": "administration",
            "line": "1",
            "batch": "L1",
            "units": "1",
            "given_on": str(self.today),
            "identity_checked": "1",
        }
        return self.act(case, who, action, **(usual | values))

    def issue_unprinted(self, case: Case, number: int = 0) -> None:
        """The agency's dossier, kept as any other but with a blank page: printing takes seconds that few tests need."""
        held = snapshot(self.session, case, number)
        digest = content_sha256(held, "dossier", "agency")
        prepared = documents.Prepared(
            "dossier", "agency", number, 1, digest, a_pdf(), 1, new_id().replace("-", "")[-16:]
        )
        documents.keep(self.session, self.people["pharmacist"], case, prepared, self.tick())

    def file(self, case: Case, action: str = "submit", **values: Any) -> CaseEvent:
        """The request is typed into the agency's application, which gives it a number: MSE-1, MSE-2..."""
        filed = self.session.scalar(select(func.count()).select_from(Request).where(Request.reference != ""))
        usual = {"submitted_at": self.now.isoformat(), "reference": f"MSE-{(filed or 0) + 1}"}
        return self.act(case, "pharmacist", action, **(usual | values))

    def authorise(self, case: Case, **values: Any) -> CaseEvent:
        """The agency authorises, four packs a line."""
        usual = {"channel": "mse", "decided_on": str(self.today), "seen_on": str(self.today), "reference": "RES-1"}
        usual |= {f"packs_granted.{line.number}": "4" for line in case.lines}
        return self.act(case, "pharmacist", "record_authorisation", **(usual | values))

    def route(self) -> Iterator[tuple[str, Any]]:
        """The main way, step by step: the state reached and how to get there from the one before."""
        day = lambda: str(self.today)  # noqa: E731 - the date moves
        yield "screening", lambda case: self.act(case, "pharmacist", "start_screening")
        yield "preparing", lambda case: (self.fill_screening(case), self.act(case, "physician", "accept_eligibility"))
        yield (
            "awaiting_endorsement",
            lambda case: (
                self.fill_request(case),
                self.settle_sponsor(case),
                self.act(case, "pharmacist", "request_endorsement"),
            ),
        )
        yield "ready_to_submit", lambda case: self.act(case, "director", "endorse")
        yield (
            "submitted",
            lambda case: (
                self.issue_unprinted(case),
                self.file(case),
            ),
        )
        yield "authorised", lambda case: self.authorise(case)
        yield "in_treatment", lambda case: (self.stock(case), self.consent(case), self.dose(case))
        yield "in_follow_up", lambda case: self.act(case, "physician", "end_treatment", ending="completed", on=day())
        yield "closed", lambda case: (self.finish_follow_up(case), self.act(case, "regulatory", "close"))

    def case_in(self, state: str, product: Product | None = None, **patient: Any) -> Case:
        """A new case taken along the main way to `state`."""
        case = self.open_case(product, **patient)
        for reached, how in self.route():
            if case.state == state:
                break
            how(case)
            assert case.state == reached
        assert case.state == state
        return case

    def asked_case(self) -> Case:
        """A filed case of which the agency asked something today."""
        case = self.case_in("submitted")
        values = {"notified_on": str(self.today), "text": "Falta la resonancia.", "channel": "mse"}
        self.act(case, "pharmacist", "record_correction_request", **values)
        return case

    def closed_early(self, **patient: Any) -> Case:
        """A case that the hospital withdrew before the request was complete, closed: the shortest way to the end."""
        case = self.open_case(**patient)
        self.act(case, "pharmacist", "start_screening")
        self.act(case, "pharmacist", "withdraw_request", reason="La paciente no quiere seguir")
        self.act(case, "regulatory", "close")
        return case

    def finish_follow_up(self, case: Case) -> None:
        """Visits done, leftover destroyed."""
        for visit in ("baseline", "m3", "m6", "m12"):
            visits.record_visit(
                self.session, self.people["physician"], case, visit, str(self.today), VISIT, self.tick()
            )
        self.act(
            case, "pharmacist", "destroy_supply@line-1", batch="L1", units="1", on=str(self.today), certificate="CERT-1"
        )


def miss(world: World, case: Case, name: str = "m3", reason: str = "No contesta") -> None:
    """Nobody came: the window passes, somebody looks for the patient, and the visit is written down as missed."""
    held = next(each for each in visits.planned(world.session, case, world.now) if each.row.name == name)
    assert held.closes_on is not None
    world.now += timedelta(days=max(0, (held.closes_on - world.today).days + 1))
    given = {"on": str(world.today), "channel": "telephone", "outcome": "No contesta"}
    visits.record_attempt(world.session, world.people["nurse"], case, given, world.tick())
    visits.skip_visit(world.session, world.people["nurse"], case, name, "missed", reason, world.tick())
