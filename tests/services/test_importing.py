"""A case rebuilt from its dossier in an empty installation says what its dossier says, or nothing is written at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from compassionate.documents.attachments import Attachment, Finish
from compassionate.documents.catalogue import content_sha256
from compassionate.documents.contained import contained as in_this_process
from compassionate.documents.contexts.source import Issue
from compassionate.documents.embedded import carried
from compassionate.documents.finishing import finish
from compassionate.documents.isolation import contained
from compassionate.documents.sealing import Sealer, seal
from compassionate.errors import Refused
from compassionate.exports import case_json
from compassionate.exports.typed import read
from compassionate.models import Account, AuditEntry, Base, Case, CaseCounter, Centre, Clock, Paper, Signature
from compassionate.models.database import make_engine
from compassionate.models.vault import Vault
from compassionate.services import (
    answers,
    checking,
    classifying,
    documents,
    first_dose,
    papers,
    patient_answers,
    patient_links,
    visit_plan,
    visits,
)
from compassionate.services.actors import actor_of
from compassionate.services.advance import advance
from compassionate.services.cases import next_code
from compassionate.services.cells import rows
from compassionate.services.importing import import_dossier
from compassionate.services.imports import import_of
from compassionate.services.replay import disagreements
from compassionate.services.seals import SealSettings
from compassionate.services.snapshots import snapshot
from compassionate.services.store import open_store
from compassionate.snapshot import CaseSnapshot, canonical, is_witness_void, sha256
from compassionate.words import has_words, say
from tests.world import FORMS, PROGRESS, START, VISIT, World, a_pdf, own_identity

pytestmark = pytest.mark.one_database
EVERY = ("ready_to_submit", "submitted", "authorised", "in_treatment", "in_follow_up", "closed")


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def elsewhere(databases: Any, dialect: str) -> Iterator[Callable[[], Session]]:
    """Makes empty installations, each with a database, a store and a master key of its own."""
    opened: list[tuple[Any, Any, Session]] = []

    def make() -> Session:
        held = databases.fresh_url(dialect)
        engine = make_engine(held.__enter__())
        info = {"vault": Vault(bytes(range(1, 33))), "forms": FORMS, "store": open_store("memory:")}
        session = Session(engine, info=info | {"seal": SealSettings(made=own_identity())})
        opened.append((held, engine, session))
        return session

    yield make
    for held, engine, session in opened:
        session.close()
        engine.dispose()
        held.__exit__(None, None, None)


def sealed(data: bytes) -> bytes:
    """The same file with the seal of an installation."""
    return seal(data, Sealer(own_identity(), "Madrid"), START).pdf


def dossier(world: World, case: Case, number: int = 0, copy: str = "hospital") -> bytes:
    """The dossier of a case as it stands."""
    return sealed(unsealed(world, case, number, copy))


def unsealed(world: World, case: Case, number: int = 0, copy: str = "hospital") -> bytes:
    """The same without its seal: with everything inside it, and a blank page instead of the printed ones."""
    planned = documents.plan(world.session, world.people["pharmacist"], case, "dossier", copy, world.tick(), number)
    issue = Issue(1, planned.at, "aaaa-bbbb-cccc")
    inside = carried(planned.what, "dossier", copy, planned.annexes, issue, FORMS)
    return finish(a_pdf(), Finish("Dosier", "es", planned.at, inside))


def rebuilt(world: World, case: Case, target: Session, number: int = 0) -> Case:
    """The case rebuilt elsewhere, which is exactly what it was, seen through every one of its requests."""
    made = import_dossier(target, None, "operador", dossier(world, case, number), world.now)
    target.commit()
    for request in case.requests:
        here, there = (
            snapshot(each.session, each.case, request.number)
            for each in (At(world.session, case), At(target, made.case))
        )
        assert json.loads(canonical(there)) == json.loads(canonical(replace(here, events=there.events)))
        told = [event for event in there.events if event.name != "import_case"]
        assert canonical(told) == canonical(here.events)
    assert made.content_sha256 == content_sha256(snapshot(target, made.case, number), "dossier", "hospital")
    assert checking.check(target).ok
    clocks = select(Clock.clock, Clock.instance, Clock.due_on, Clock.closed_at.is_(None))
    clocks = clocks.order_by(Clock.opened_at, Clock.clock)
    assert target.execute(clocks.where(Clock.case_id == made.case.id)).all() == [
        tuple(row) for row in world.session.execute(clocks.where(Clock.case_id == case.id))
    ]
    return made.case


class At:
    """A case where it is."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session, self.case = session, case


def refusal(target: Session, data: bytes) -> str:
    """Why a file is refused, in words; nothing is left of it."""
    before = counts(target)
    with pytest.raises(Refused) as refused:
        import_dossier(target, None, "operador", data, START)
    target.rollback()
    assert counts(target) == before
    (reason,) = refused.value.reasons
    assert has_words(f"reason.{reason.code}")
    assert "…" not in say(f"reason.{reason.code}", **reason.params)
    return reason.code


def counts(target: Session) -> dict[str, int]:
    """How many rows every table has."""
    return {
        table.name: target.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables
    }


def with_inside(data: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The same file, sealed, with one of the files inside it changed, or taken away."""
    files = contained(data)
    with pikepdf.open(BytesIO(data)) as pdf:
        changed = change(files[name])
        del pdf.attachments[name]
        if changed is not None:
            pdf.attachments[name] = changed
        out = BytesIO()
        pdf.save(out)
    return sealed(out.getvalue())


def retold(data: bytes, change: Callable[[dict[str, Any]], None], honest: bool = False) -> bytes:
    """The same file with the case in it told otherwise; `honest`: with the hashes that go with what it says now."""

    def told(held: bytes) -> bytes:
        document = json.loads(held)
        change(document)
        if honest:
            case = read(CaseSnapshot, document["snapshot"])
            document["snapshot_sha256"] = sha256(case)
            document["content_sha256"] = content_sha256(case, "dossier", "hospital")
        return canonical(document)

    return with_inside(data, case_json.NAME, told)


@pytest.mark.parametrize("states", [("ready_to_submit", "closed"), pytest.param(EVERY, marks=pytest.mark.long)])
def test_a_case_is_rebuilt_in_every_state_of_its_way(world, elsewhere, states):
    case = world.open_case()
    for state, take in world.route():
        take(case)
        if state == "preparing":
            world.add_paper(case, "evidence", pages=2)
            world.add_paper(case, "signed_consent")
        if state in states:
            rebuilt(world, case, elsewhere())


@pytest.mark.both_databases
def test_a_case_is_rebuilt_on_both_databases(world, elsewhere):
    target = elsewhere()
    case = world.case_in("in_treatment")
    made = rebuilt(world, case, target)
    held = target.scalars(select(Paper).where(Paper.case_id == made.id)).one()
    original = world.session.get_one(Paper, held.id)
    assert (held.sha256, held.is_elsewhere) == (original.sha256, True)
    assert hashlib.sha256(papers.data_of(target, held)).hexdigest() == held.copy_sha256


def test_a_follow_up_comes_with_its_windows_its_corrected_dose_and_what_the_patient_said(world, elsewhere):
    case = world.case_in("in_treatment")
    physician, first = world.people["physician"], world.today
    world.tick(24 * 3)
    sent = {"given_on": str(first + timedelta(days=1)), "reason": "Se anotó el día anterior"}
    first_dose.correct(world.session, physician, case, sent, world.tick())
    visit_plan.add_visit(world.session, physician, case, str(world.today), world.tick())
    visits.record_visit(world.session, physician, case, "u1", str(world.today), VISIT, world.tick())
    visit = visits.visit_of(world.session, case, "m3")
    for verdict in ("accepted", ""):
        token = patient_links.make(world.session, "key", physician, case, visit, "7", "en", world.tick())
        row, _, _ = patient_links.opened(world.session, "key", token, world.now)
        patient_answers.answer(world.session, row, case, visit, {"vas_pain": 31}, world.tick())
        if verdict:
            patient_answers.accept(world.session, physician, case, "m3", row.id, ["vas_pain"], world.tick())
    patient_links.make(world.session, "key", physician, case, visit, "7", "es", world.tick())
    target = elsewhere()
    made = rebuilt(world, case, target)
    told = {each.name: each for each in snapshot(target, made).visits}
    assert [each.verdict for each in told["m3"].by_patient] == ["accepted", ""]
    assert (told["u1"].unscheduled, told["m3"].day) == (True, 90)


def test_the_classification_and_the_version_of_the_programme_come_along(world: World, elsewhere):
    case = world.case_in("preparing")
    told = {"class_manipulations": ["culture"], "class_origin": "autologous", "class_same_function": "no"}
    answers.save(world.session, world.people["physician"], case, "classification", told, world.tick())
    for _, go_on in list(world.route())[2:4]:
        go_on(case)
    there = elsewhere()
    made = rebuilt(world, case, there)
    assert (made.programme, made.programme_version) == ("disc-msc", "2026-12")
    found = classifying.classification_of(there, made)
    assert found == classifying.classification_of(world.session, case)
    assert found is not None
    told_of = snapshot(world.session, case, 0)
    without = replace(told_of, classification=None)
    assert content_sha256(told_of, "dossier", "agency") == content_sha256(without, "dossier", "agency")
    assert content_sha256(told_of, "dossier", "hospital") != content_sha256(without, "dossier", "hospital")


def test_a_denied_case_is_rebuilt_with_its_appeal(world, elsewhere):
    case = world.case_in("submitted")
    denial = {"channel": "mse", "decided_on": str(world.today), "notified_on": str(world.today), "grounds": ["risk"]}
    world.act(case, "pharmacist", "record_denial", **denial, appeal_named="reposicion")
    assert case.state == "denied"
    rebuilt(world, case, elsewhere())


def test_a_case_that_goes_on_is_rebuilt_from_the_dossier_of_either_request(world, elsewhere):
    case = world.case_in("in_treatment", world.add_product("DOS", lines=2))
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    assert len(case.requests) == 2
    rebuilt(world, case, elsewhere(), 0)
    answers.save(world.session, world.people["physician"], case, "progress-report", PROGRESS, world.tick(), subject="1")
    world.add_paper(case)
    world.sign_report(case, 1)
    world.act(case, "pharmacist", "request_endorsement@continuation-1")
    world.act(case, "director", "endorse@continuation-1")
    rebuilt(world, case, elsewhere(), 1)


@pytest.mark.parametrize("ended", [False, True])
def test_a_consent_comes_with_its_witness_paper_and_who_was_heard(world, elsewhere, ended):
    case, day = world.case_in("authorised"), str(world.today)
    world.act(case, "nurse", "record_consent_refusal@use", on=day, form="oral")
    for language in ("rumano", ""):
        world.act(case, "physician", "inform_patient@use", on=day, sheet_version="1", language=language)
        paper = world.add_paper(case, "signed_consent").id
        given = {"signed_by": "both_parents", "representative": "Madre y padre", "hearing_of_minor": "Asiente"}
        world.act(case, "physician", "record_consent@use", on=day, copy_given="1", paper=paper, **given)
        if language or ended:
            paper = world.add_paper(case, "signed_consent").id
            world.act(case, "nurse", "record_consent_revocation@use", on=day, form="written", paper=paper)
    target = elsewhere()
    made = rebuilt(world, case, target)
    (told,) = snapshot(target, made, 0).consents
    assert told.witness is not None
    assert told.witness.name == "Physician de HGA"
    assert is_witness_void(made.code, told) == ended


def test_cases_of_one_hospital_share_what_they_stand_on_and_never_overrule_it(world, elsewhere):
    target = elsewhere()
    first, second = world.case_in("ready_to_submit"), world.case_in("in_treatment")
    second.patient = first.patient
    world.session.flush()
    made = [rebuilt(world, case, target) for case in (first, second)]
    assert made[0].centre_id == made[1].centre_id
    assert made[0].product_id == made[1].product_id
    assert made[0].patient_id == made[1].patient_id
    assert made[0].physician_id == made[1].physician_id
    centre, taken = target.scalars(select(Centre)).one(), {first.code, second.code}
    assert target.scalars(select(CaseCounter.last)).all() == [2]
    assert next_code(target, centre, world.now) not in taken
    centre.telephone = "910 000 000"
    target.commit()
    third = world.case_in("ready_to_submit")
    assert refusal(target, dossier(world, third)) == "importing.not_the_same"
    assert refusal(target, dossier(world, first)) == "importing.code_here"


WRONGS = {
    "UPDATE case_events SET by_name = 'Otra' WHERE case_id = :case AND name = 'endorse'": "imported",
    "UPDATE signatures SET content_sha256 = '0' WHERE case_id = :case": "imported",
    "UPDATE case_imports SET file_sha256 = '0' WHERE case_id = :case": "imported",
    "UPDATE case_imports SET events = events + 1 WHERE case_id = :case": "imported",
    "DELETE FROM case_imports WHERE case_id = :case": "has not its one audit row",
    "UPDATE cases SET state = 'closed' WHERE id = :case": "its history ends in in_treatment",
}


def test_what_came_is_marked_proved_by_one_row_and_goes_on(world, elsewhere):
    target, case = elsewhere(), world.case_in("in_treatment")
    data = dossier(world, case)
    made = import_dossier(target, None, "operador", data, world.now).case
    target.commit()
    assert_marked(target, made, data)
    assert_uninvited(target, made)
    for wrong, words in WRONGS.items():
        target.execute(text(wrong), {"case": made.id})
        assert any(words in each for each in disagreements(target)), wrong
        target.rollback()
    assert made.physician is not None
    physician = actor_of(made.physician, world.today)
    advance(target, physician, made, "end_treatment", {"ending": "completed", "on": str(world.today)}, world.tick())
    assert made.state == "in_follow_up"
    assert list(disagreements(target)) == []


def assert_marked(target: Session, made: Case, data: bytes) -> None:
    """One row of proof with the file's SHA-256; signatures as they were given elsewhere, and marked so."""
    rows = [json.loads(row) for row in target.scalars(select(AuditEntry.row).where(AuditEntry.case_id == made.id))]
    assert [row["action"] for row in rows] == ["import_case"]
    assert rows[0]["detail"]["file_sha256"] == hashlib.sha256(data).hexdigest()
    told = case_json.parse(contained(data)[case_json.NAME]).snapshot
    came = import_of(target, made)
    assert came is not None
    assert came.events == len(told.events)
    signed = {row.content_sha256 for row in target.scalars(select(Signature).where(Signature.is_imported.is_(True)))}
    seen = {each.witness.content_sha256 for each in told.consents if each.witness}
    assert signed == {each.content_sha256 for each in told.request.signatures} | seen


def assert_uninvited(target: Session, made: Case) -> None:
    """Nobody who came can log in before an administrator invites them."""
    people = list(target.scalars(select(Account).where(Account.imported_at.is_not(None))))
    assert {"Physician de HGA", "Pharmacist de HGA", "Director de HGA"} <= {each.name for each in people}
    assert [each.password for each in people] == [None] * len(people)
    assert made.physician is not None
    assert made.physician.collegiate_number == "282800000"
    assert [row.role for row in made.physician.memberships] == ["physician"]


def test_what_is_no_dossier_of_ours_is_refused(world, elsewhere):
    target, case = elsewhere(), world.case_in("ready_to_submit")
    for data in (b"", b"%PDF-1.7 nothing", b"PK\x03\x04", dossier(world, case)[:5000]):
        assert refusal(target, data) == "importing.not_pdf"
    assert refusal(target, a_pdf()) == "importing.no_case"
    assert refusal(target, dossier(world, case, copy="agency")) == "importing.no_case"
    locked = BytesIO()
    with pikepdf.open(BytesIO(a_pdf())) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert refusal(target, locked.getvalue()) == "importing.protected"


def test_a_file_that_unpacks_without_end_is_refused():
    bomb = Attachment(case_json.NAME, "x", "Source", "application/json", b" " * (70 * 1024 * 1024), START)
    data = finish(a_pdf(), Finish("t", "es", START, (bomb,)))
    assert len(data) < 1_000_000
    for look in (contained, in_this_process):
        with pytest.raises(Refused) as refused:
            look(data)
        assert refused.value.reasons[0].code == "importing.too_large"
    with pytest.raises(Refused) as refused:
        contained(data, megabytes=1)
    # Where memory ends within the library, it says that the file is broken: refused either way.
    assert refused.value.reasons[0].code in ("importing.too_demanding", "importing.not_pdf")


def _unknown_form(told: dict[str, Any]) -> None:
    told["snapshot"]["eligibility"]["form_version"] = "1999-01"


def _unknown_pathway(told: dict[str, Any]) -> None:
    told["snapshot"]["pathway_version"] = "1999-01"


def _unknown_state(told: dict[str, Any]) -> None:
    told["snapshot"]["state"] = "nowhere"


def _other_code(told: dict[str, Any]) -> None:
    told["snapshot"]["code"] = "HGA-2026-00009A"


def _other_copy(told: dict[str, Any]) -> None:
    told["issue"]["copy"] = "agency"


def _other_annex(told: dict[str, Any]) -> None:
    told["annexes"][0]["paper"] = "0" * 36


def _changed_annex(told: dict[str, Any]) -> None:
    told["annexes"][0]["size"] += 1


def _other_paper_id(told: dict[str, Any]) -> None:
    for paper in told["snapshot"]["papers"]:
        paper["id"] = "../../papers/1"
    told["annexes"] = []


def _no_events(told: dict[str, Any]) -> None:
    told["snapshot"]["events"] = []


REFUSED = {
    _unknown_form: "form_unknown",
    _unknown_pathway: "pathway_unknown",
    _unknown_state: "state_unknown",
    _other_code: "code_wrong",
    _other_copy: "not_the_hospitals",
    _other_annex: "annexes_differ",
    _changed_annex: "annex_changed",
    _other_paper_id: "paper_id_wrong",
    _no_events: "no_history",
}


def test_a_case_that_this_installation_cannot_keep_as_it_is_is_refused(world, elsewhere):
    target, case = elsewhere(), world.case_in("ready_to_submit")
    data = unsealed(world, case)
    for change, why in REFUSED.items():
        assert refusal(target, retold(data, change, honest=True)) == f"importing.{why}", why
    annex = case_json.parse(contained(data)[case_json.NAME]).annexes[0].name
    changed = with_inside(data, annex, lambda held: held + b" ")
    assert refusal(target, changed) == "importing.annex_changed"
    assert refusal(target, with_inside(data, annex, lambda held: None)) == "importing.annex_changed"


def test_a_case_told_otherwise_than_it_was_issued_is_refused(world, elsewhere):
    target, case = elsewhere(), world.case_in("in_treatment")
    data = unsealed(world, case)

    def more_doses(told: dict[str, Any]) -> None:
        told["snapshot"]["doses"] *= 2

    def another_hash(told: dict[str, Any]) -> None:
        told["content_sha256"] = "0" * 64

    assert refusal(target, retold(data, more_doses)) == "embedded.changed"
    assert refusal(target, retold(data, another_hash)) == "importing.content_differs"


def test_a_file_that_was_changed_after_its_seal_or_lost_it_is_refused(world, elsewhere):
    target, case = elsewhere(), world.case_in("ready_to_submit")
    data = dossier(world, case)
    assert refusal(target, unsealed(world, case)) == "importing.no_seal"
    assert refusal(target, data + b"% more\n") == "importing.seal_broken"
    with pikepdf.open(BytesIO(data)) as pdf:
        pdf.pages.append(pdf.pages[0])
        out = BytesIO()
        pdf.save(out)
    assert refusal(target, out.getvalue()) == "importing.seal_broken"


def test_the_chain_of_cells_comes_with_its_containers_and_results(world, elsewhere):
    case = world.case_in("authorised", world.cell_product())
    for kind in ("use", "donation", "implantation"):
        world.consent(case, kind)
    world.fill_cells(case, "released")
    target = elsewhere()
    made = rebuilt(world, case, target)
    here, there = (
        (each.donation_number, each.batch, each.expires_at, [row.code for row in rows.containers(session, each)],
         [(row.kind, row.at, row.verdict) for row in rows.chain(session, each)],
         [(row.test, row.verdict, row.value) for row in rows.results(session, each)])
        for session, held in ((world.session, case), (target, made))
        for each in rows.attempts(session, held)
    )  # fmt: skip
    assert here == there
