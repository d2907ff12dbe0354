"""Every address of the application: who may open it is declared, and opening it changes nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_security import hash_password
from sqlalchemy import MetaData, func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.models import (
    AuditEntry,
    Case,
    Clock,
    Decision,
    IssuedDocument,
    Membership,
    Paper,
    ReadEntry,
    Sponsor,
)
from compassionate.models.base import Base
from compassionate.paths import CURES, cure_url
from compassionate.web.access import PUBLIC, SIGNED_IN, declared_access
from compassionate.workflow.roles import Role
from tests.conftest import MASTER_KEY
from tests.web.conftest import TOKEN, Browser
from tests.world import PASSWORD, World

OPEN_TO_ALL = {
    "account.set_password",
    "accessibility.statement",
    "health.alive",
    "health.ready",
    "log_in.code",
    "log_in.passkey",
    "log_in.passkey_options",
    "verification.show",
}
CHAINS = {"audit_chains", "audit_entries", "read_entries"}
# What looking leaves behind: who was shown what, and what was refused or not found. None of it is an act.
NO_ACTS = {("view", "ok"), ("list", "ok"), ("download", "ok"), ("export", "ok")} | {
    ("refused", "refused"),
    ("not_found", "refused"),
}
PATIENT = "Inventada Prueba"
WHO = ("physician", "pharmacist", "director", "admin")


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, on each database in turn."""
    made = create_app(Settings(tmp_path, fresh_url, "memory:", MASTER_KEY, "a secret", "a salt"))
    made.testing = True
    yield made
    made.extensions["compassionate"].engine.dispose()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A hospital with one case under treatment, that a call has authorised once more."""
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    with app.extensions["compassionate"].session() as session:
        world = World(session, password_hash=password_hash)
        case = world.case_in("in_treatment")
        world.add_paper(case)
        world.act(case, "physician", "open_continuation", request_kind="more_packs")
        session.commit()
        yield world


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def values(session: Session, world: World) -> dict[str, str]:
    """Something real for every part of an address, by its name."""
    session.rollback()
    first = {
        f"{name}_id": session.scalars(select(model.id)).first() or "none"
        for name, model in (
            ("paper", Paper),
            ("document", IssuedDocument),
            ("clock", Clock),
            ("decision", Decision),
            ("membership", Membership),
            ("sponsor", Sponsor),
        )
    }
    known = {
        "code": session.scalars(select(Case.code)).one(),
        "/administracion/medicamentos": world.product.code,
        "/administracion/conservacion/expedientes": session.scalars(select(Case.code)).one(),
        "/administracion": world.centre.code,
        "/verificar": session.scalars(select(IssuedDocument.verification)).first() or "",
        "act": "retener",
        "action": "record_dose",
        "number": "0",
        "name": "baseline",
        "kind": "use",
        "part": "diagnosis_section",
        "username": world.accounts["nurse"].username,
    }
    session.rollback()
    return known | first


def address(rule: Rule, known: dict[str, str]) -> str:
    """The rule's address with its parts filled in; 1 where nothing is known by that name.

    A code is a case's, but where the address begins with what has codes of its own.
    """
    code = next((value for start, value in known.items() if rule.rule.startswith(start)), known["code"])
    held = known | {"code": code}
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: held.get(found[1], "1"), rule.rule)


def log_in(app: Flask, world: World, name: str) -> Browser:
    browser = Browser(app.test_client())
    browser.get("/login")
    assert TOKEN.search(browser.page.text)
    answer = browser.post("/login", {"username": world.accounts[name].username, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def picture(app: Flask) -> dict[str, str]:
    """Every row of every table, as a hash a table."""
    tables: MetaData = Base.metadata
    with app.extensions["compassionate"].session() as session:
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in session.execute(select(table)))).encode()
            ).hexdigest()
            for table in tables.sorted_tables
        }


def proof(app: Flask) -> list[dict[str, Any]]:
    """Every row of both chains, the acts first."""
    with app.extensions["compassionate"].session() as session:
        return [
            json.loads(row)
            for model in (AuditEntry, ReadEntry)
            for row in session.scalars(select(model.row).order_by(model.seq))
        ]


def read_rows(app: Flask) -> int:
    with app.extensions["compassionate"].session() as session:
        return session.scalar(select(func.count()).select_from(ReadEntry)) or 0


def shows_a_patient(page: Any, path: str, known: dict[str, str]) -> bool:
    """Whether an answer is about a case: its address is one of a case's, or its text names the case or the patient."""
    if path.startswith("/verificar"):
        return False  # public, and says nothing about anybody
    if path.startswith(f"/expedientes/{known['code']}"):
        return True
    return page.mimetype == "text/html" and (known["code"] in page.text or PATIENT in page.text)


def test_every_address_says_who_may_open_it(app: Flask):
    undeclared = [rule.endpoint for rule in rules(app) if declared_access(app, rule.endpoint) is None]
    assert undeclared == []


def test_what_is_open_to_everybody_is_listed_here(app: Flask):
    ours = [rule for rule in rules(app) if not rule.endpoint.startswith("security.")]
    public = {rule.endpoint for rule in ours if declared_access(app, rule.endpoint) == PUBLIC}
    assert public == OPEN_TO_ALL


def test_every_page_of_a_case_is_for_those_who_read_cases(app: Flask):
    of_cases = [rule for rule in rules(app) if rule.rule.startswith("/expedientes")]
    assert of_cases
    for rule in of_cases:
        declared: Any = declared_access(app, rule.endpoint)
        assert declared not in (PUBLIC, SIGNED_IN, None), rule.rule
        assert Role.ADMINISTRATOR not in declared, rule.rule


@pytest.mark.parametrize("who", WHO)
def test_opening_any_page_changes_nothing(app: Flask, world: World, who: str):
    known = values(world.session, world)
    browser = log_in(app, world, who)
    before, answers, proven = picture(app), {}, proof(app)
    unread = []
    for rule in rules(app):
        if "GET" in (rule.methods or ()) and rule.endpoint != "security.logout":
            path, reads = address(rule, known), read_rows(app)
            answers[path] = browser.get(path).status_code
            if answers[path] == 200 and shows_a_patient(browser.page, path, known) and read_rows(app) == reads:
                unread.append(path)
    assert unread == []
    after, written = picture(app), [row for row in proof(app) if row not in proven]
    assert {name for name in before if before[name] != after[name]} <= CHAINS
    assert {(row["action"], row["result"]) for row in written} <= NO_ACTS
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert 200 in answers.values()


def test_who_is_not_allowed_is_refused_by_every_page_of_a_case(app: Flask, world: World):
    known = values(world.session, world)
    browser = log_in(app, world, "admin")
    asked = [rule for rule in rules(app) if rule.rule.startswith("/expedientes") and "GET" in (rule.methods or ())]
    assert {browser.get(address(rule, known)).status_code for rule in asked} <= {403}


def test_every_page_that_cures_a_reason_is_there_for_those_who_read(app: Flask, world: World):
    case = world.session.scalars(select(Case)).one()
    code, centre = case.code, world.centre.code
    world.session.rollback()
    reader, administrator = log_in(app, world, "auditor"), log_in(app, world, "admin")
    for cure in CURES:
        browser = administrator if cure in ("centre", "accounts") else reader
        path = cure_url(cure, code, 0, centre)
        assert (cure, browser.get(path).status_code) == (cure, 200)


@pytest.mark.parametrize("who", ["physician", "pharmacist"])
def test_a_link_on_the_page_of_a_case_never_leads_nowhere(app: Flask, world: World, who: str):
    code = world.session.scalars(select(Case)).one().code
    world.session.rollback()
    browser = log_in(app, world, who)
    page = browser.get(f"/expedientes/{code}").text
    links = sorted(link for link in set(re.findall(r'href="(/[^"#]*)"', page)) if not link.startswith("/static"))
    assert {link: browser.get(link).status_code for link in links} == dict.fromkeys(links, 200)
