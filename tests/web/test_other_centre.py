"""Nothing of another hospital is told: not by an address, a form, a list, a count, or the work that an answer costs.

Two hospitals with the same patient number, each with a case under treatment; the people of the first one ask for
everything of the second by every address that the application has (ACL-03, ACL-07).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from compassionate.models import (
    Account,
    Case,
    CaseEvent,
    CellContainer,
    Clock,
    Decision,
    IssuedDocument,
    Membership,
    Paper,
    PatientLink,
    PhysicianChange,
    Procurement,
    Question,
    ReactionTriage,
    Rectification,
    SignedDocument,
    SupplyEntry,
    Transfer,
    new_id,
)
from compassionate.services import accounts
from compassionate.services.patient_links import make
from compassionate.services.recalls.entering import enter
from compassionate.services.visits import visit_of
from compassionate.workflow.roles import Role
from tests.web.census import picture, rules
from tests.web.conftest import TOKEN, Browser
from tests.world import World

pytestmark = pytest.mark.one_database  # which rows are asked for is the same on both

LogIn = Callable[[str], Browser]
PART = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
# What has codes of its own; sponsors, medicines and published figures belong to the installation, not to a centre.
CENTRES, MEDICINES = ("/administracion/centros", "/administracion/delegaciones"), "/administracion/medicamentos"
OF_ALL = ("/administracion/promotores", "/verificar", "/cuenta/clave", "/static", "/resultados")
PROOF = ("audit", "read_", "attempts")  # that somebody asked is on record, whatever the answer was
DISCARD = "opening.discard"  # throwing away what is not there (any more) is no mistake and leads to the first page
ASKED_BY = {
    "/administracion/cuentas": "admin",
    "/administracion/centros": "admin",
    "/administracion/accesos-urgentes": "admin",
    "/administracion/delegaciones": "director",
}
LISTS = (
    "/",
    "/cuenta",
    "/administracion",
    "/administracion/centros",
    "/administracion/cuentas",
    "/administracion/cuentas?text=hgb",
    "/administracion/delegaciones",
    "/administracion/medicamentos",
    "/administracion/accesos-urgentes",
    "/administracion/relevos",
    "/cuenta/suplencias",
    "/traslados",
    "/retiradas",
    "/avisos?who=all",
    "/continuaciones",
    "/expedientes?who=all",
    "/expedientes?centre=HGB&who=all",
    "/expedientes?q=HGB&who=all",
)


@dataclass
class Ids:
    """What stands in the addresses of one hospital."""

    code: str
    centre: str
    parts: dict[str, str]
    unknown: str = field(default_factory=new_id)  # of what this test knows nothing of


def container(world: World, case: Case) -> None:
    """A container of cells of a case, as far as an address asks for it."""
    event = world.session.scalars(select(CaseEvent.id).where(CaseEvent.case_id == case.id)).first()
    taking = Procurement(
        id=new_id(), case_id=case.id, number=1, donation_number=case.code[-13:], planned_on=world.today, event_id=event
    )
    world.session.add(taking)
    world.session.flush()
    world.session.add(
        CellContainer(id=new_id(), case_id=case.id, procurement_id=taking.id, kind="primary", code=f"{case.code}-A1")
    )


def ids_of(world: World) -> Ids:
    session = world.session
    case = world.case_in("in_treatment")
    world.add_paper(case)
    make(session, "x" * 32, world.people["nurse"], case, visit_of(session, case, "m3"), "7", "es", world.tick())
    container(world, case)
    session.flush()
    of_case = {
        name: str(session.scalars(select(model.id).where(model.case_id == case.id)).first() or new_id())
        for name, model in (
            ("paper_id", Paper),
            ("document_id", IssuedDocument),
            ("signed_id", SignedDocument),
            ("clock_id", Clock),
            ("question_id", Question),
            ("rectification_id", Rectification),
            ("change_id", PhysicianChange),
            ("transfer_id", Transfer),
            ("decision_id", Decision),
            ("entry_id", SupplyEntry),
            ("triage_id", ReactionTriage),
            ("link_id", PatientLink),
            ("container_id", CellContainer),
        )
    }
    nurse = world.accounts["nurse"]
    order = {"product": world.product.code, "batch": "L1", "ordered_by": "hospital", "reason": "Color anómalo"}
    recall = enter(session, world.people["pharmacist"], order | {"ordered_at": world.now.isoformat()}, world.tick())
    rest = {
        "recall": recall.code,
        "username": nurse.username,
        "membership_id": session.scalars(select(Membership.id).where(Membership.account_id == nurse.id)).one(),
        "action": "record_dose",
        "number": "0",
        "name": "baseline",
        "kind": "use",
        "part": "diagnosis_section",
        "place": "1",
        "position": "1",
        "access_id": new_id(),
        "opening_id": new_id(),
    }
    return Ids(case.code, world.centre.code, of_case | rest)


@pytest.fixture
def ours_and_theirs(world: World) -> tuple[Ids, Ids]:
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    both = ids_of(world), ids_of(other)
    world.session.commit()
    return both


def nobodys(theirs: Ids) -> Ids:
    """Ids like theirs of what does not exist."""
    parts = {name: new_id() if name.endswith("_id") else value for name, value in theirs.parts.items()}
    return Ids("HGB-2026-99999X", "HZZ", parts | {"username": "nobody.hgb", "recall": "R-HGB-2026-999"})


def filled(rule: str, ids: Ids) -> str:
    code = ids.centre if rule.startswith(CENTRES) else ids.code
    return PART.sub(lambda part: {"code": code, **ids.parts}.get(part[1]) or ids.unknown, rule)


def foreign_addresses(app: Flask, ours: Ids, theirs: Ids) -> Iterator[tuple[Any, str, str]]:
    """Each rule with something of theirs in it, beside the same address of nothing: whole, and part by part in ours."""
    missing = nobodys(theirs)
    for rule in rules(app):
        parts = PART.findall(rule.rule)
        if not parts or rule.rule.startswith((*OF_ALL, MEDICINES)) or rule.endpoint == DISCARD:
            continue
        yield rule, filled(rule.rule, theirs), filled(rule.rule, missing)
        for part in parts:
            if part.endswith("_id") and len(parts) > 1:
                mixed, none = (
                    Ids(ours.code, ours.centre, ours.parts | {part: ids.parts[part]}) for ids in (theirs, missing)
                )
                yield rule, filled(rule.rule, mixed), filled(rule.rule, none)


def without_chance(page: str, *asked: str) -> str:
    """A page without what differs by chance: tokens, the number of the request, and what was asked for."""
    page = re.sub(r'name="(csrf_token|idempotency_key)" (?:type="hidden" )?value="[^"]*"', "", page)
    page = re.sub(r"<code>[0-9a-f]{16}</code>", "", page)
    for each in sorted((each for each in asked if len(each) > 8), key=len, reverse=True):
        page = page.replace(each, "")
    return page


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile."""
    said: list[str] = []
    engine = app.extensions["compassionate"].engine

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        if not re.search(r"(INTO|UPDATE|FROM) (read_entries|audit_chains|audit_entries)", statement):  # proof costs
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def answer(app: Flask, browser: Browser, method: str, path: str, token: str) -> tuple[int, str, list[str]]:
    with counted(app) as said:
        sent = browser.client.open(
            path, method=method, data={"csrf_token": token, "version": ""} if method == "POST" else None
        )
    return sent.status_code, sent.text if sent.mimetype == "text/html" else sent.data.hex(), said


def test_what_is_theirs_answers_like_what_is_not_there_and_costs_the_same(
    app: Flask, log_in: LogIn, ours_and_theirs: tuple[Ids, Ids]
):
    ours, theirs = ours_and_theirs
    missing, people = nobodys(theirs), {}
    for who in ("pharmacist", "admin", "director"):
        browser = log_in(who)
        people[who] = browser, TOKEN.search(browser.get("/cuenta").text)[1]  # type: ignore[index]
    names = [theirs.code, missing.code, *theirs.parts.values(), *missing.parts.values(), theirs.centre, missing.centre]
    tried, before = 0, picture(app)
    for rule, their_path, no_path in foreign_addresses(app, ours, theirs):
        who = next((who for start, who in ASKED_BY.items() if rule.rule.startswith(start)), "pharmacist")
        browser, token = people[who]
        for method in {"GET", "POST"} & set(rule.methods or ()):
            found, none = (answer(app, browser, method, path, token) for path in (their_path, no_path))
            asked = (rule.rule, method, their_path)
            assert found[0] == none[0], asked
            assert found[0] in (404, 403), asked
            assert without_chance(found[1], *names) == without_chance(none[1], *names), asked
            assert found[2] == none[2], asked
            tried += 1
    assert tried > 80
    after = picture(app)
    assert [name for name in before if before[name] != after[name] and not name.startswith(PROOF)] == []


@pytest.mark.parametrize(
    ("who", "path", "fields"),
    [
        ("pharmacist", "/expedientes/{code}/equipo", {"physician": "{account}", "pharmacist": ""}),
        ("physician", "/expedientes/{code}/relevo", {"to": "{account}", "reason": "Motivo"}),
        (
            "director",
            "/administracion/relevos/physician.hga",
            {"kind": "physician", "to": "{account}", "item": "{code}", "reason": "Motivo"},
        ),
        (
            "physician",
            "/cuenta/suplencias",
            {
                "place": "{centre}.physician",
                "by.{centre}.physician": "{account}",
                "from_on": "2026-12-01",
                "until_on": "2026-12-02",
            },
        ),
        ("pharmacist", "/expedientes/{code}/pasos/record_sponsor_agreement", {"paper": "{paper_id}"}),
        ("pharmacist", "/expedientes/{code}/pasos/record_revocation", {"paper": "{paper_id}", "reference": "R"}),
        ("admin", "/administracion/cuentas/nurse.hga/funciones", {"centre": "{centre}", "role": "physician"}),
        ("director", "/administracion/delegaciones/HGA/nueva", {"account": "{username}", "act": "Acto"}),
    ],
)
def test_what_is_theirs_is_not_taken_in_a_form_either(
    app: Flask,
    world: World,
    log_in: LogIn,
    ours_and_theirs: tuple[Ids, Ids],
    who: str,
    path: str,
    fields: dict[str, str],
):
    ours, theirs = ours_and_theirs
    missing, browser = nobodys(theirs), log_in(who)
    stranger = world.session.scalars(select(Account.id).where(Account.username == "physician.hgb")).one()
    world.session.rollback()
    before, answers = picture(app), []
    for ids, account in ((theirs, stranger), (missing, new_id())):
        known = {"code": ids.code, "centre": ids.centre, "account": account, **ids.parts}
        sent = {name: value.format(**known) for name, value in fields.items()}
        browser.page = None
        given = browser.post(path.format(code=ours.code), sent)
        answers.append((given.status_code, without_chance(given.text, *sent.values())))
    assert answers[0] == answers[1]
    assert answers[0][0] in (403, 404, 409, 422)
    after = picture(app)
    assert [name for name in before if before[name] != after[name] and not name.startswith((*PROOF, "drafts"))] == []


@pytest.mark.parametrize("who", ["pharmacist", "physician", "director", "regulatory", "auditor", "nurse", "admin"])
def test_no_list_search_count_or_feed_tells_of_the_other_hospital(
    log_in: LogIn, ours_and_theirs: tuple[Ids, Ids], who: str
):
    _, theirs = ours_and_theirs
    browser = log_in(who)
    told = {page: browser.get(page) for page in LISTS}
    assert 200 in {page.status_code for page in told.values()}
    for path, page in told.items():
        assert theirs.code not in page.text, path
        assert "Hospital HGB" not in page.text, path
        assert ".hgb" not in page.text.lower(), path
    for text in ("100001", theirs.code, "HGB", "Células"):
        found = browser.post("/expedientes/buscar", {"q": text})
        assert theirs.code not in (found.text + str(found.location)).replace(f'value="{theirs.code}"', ""), text


def test_who_has_left_a_hospital_is_told_nothing_more_of_it(app: Flask, world: World, log_in: LogIn):
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    account = other.accounts["physician"]
    code = other.case_in("preparing").code
    accounts.grant(world.session, None, account, world.centre, Role.PHYSICIAN, world.now, date(2020, 1, 1))
    theirs = next(row for row in account.memberships if row.centre_id == other.centre.id)
    accounts.end_membership(world.session, None, theirs, date(2020, 12, 31), world.now)
    world.accounts["left"] = account
    world.session.commit()
    browser = log_in("left")
    for page in ("/", "/expedientes?who=all", "/expedientes?who=mine", "/continuaciones"):
        answered = browser.get(page)
        assert (answered.status_code, code in answered.text) == (200, False), page
    assert browser.get(f"/expedientes/{code}").status_code == 404
    assert world.session.scalars(select(Case.code)).all() == [code]
