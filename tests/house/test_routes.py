"""Every address of the application: who may open it is declared, and opening it changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from compassionate.models import Case, ReadEntry
from compassionate.paths import CURES, cure_url
from compassionate.web.access import PUBLIC, SIGNED_IN, declared_access
from compassionate.workflow.roles import Role
from tests.web.census import CHAINS, address, picture, proof, rules, values
from tests.web.conftest import logged_in
from tests.world import World

OPEN_TO_ALL = {
    "account.set_password",
    "accessibility.statement",
    "calendar_feed.show",
    "health.alive",
    "health.ready",
    "hospital_link.first",
    "hospital_log_in.back",
    "hospital_log_in.start",
    "log_in.code",
    "log_in.passkey",
    "log_in.passkey_options",
    "patient_pages.show",
    "patient_pages.thanks",
    "verification.compare_file",
    "verification.index",
    "verification.show",
}
# What looking leaves behind: who was shown what, and what was refused or not found. None of it is an act.
NO_ACTS = {("view", "ok"), ("list", "ok"), ("download", "ok"), ("export", "ok")} | {
    ("refused", "refused"),
    ("not_found", "refused"),
}
PATIENT = "Inventada Prueba"
WHO = ("physician", "pharmacist", "director", "admin")


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
    browser = logged_in(app, world, who)
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
    browser = logged_in(app, world, "admin")
    asked = [rule for rule in rules(app) if rule.rule.startswith("/expedientes") and "GET" in (rule.methods or ())]
    answers = {address(rule, known): browser.get(address(rule, known)).status_code for rule in asked}
    assert {path: status for path, status in answers.items() if status != 403} == {}


def test_every_page_that_cures_a_reason_is_there_for_those_who_read(app: Flask, world: World):
    case = world.session.scalars(select(Case)).one()
    code, centre = case.code, world.centre.code
    world.session.rollback()
    reader, administrator = logged_in(app, world, "auditor"), logged_in(app, world, "admin")
    for cure in CURES:
        browser = administrator if cure in ("centre", "accounts") else reader
        path = cure_url(cure, code, 0, centre)
        assert (cure, browser.get(path).status_code) == (cure, 200)


@pytest.mark.parametrize("who", ["physician", "pharmacist"])
def test_a_link_on_the_page_of_a_case_never_leads_nowhere(app: Flask, world: World, who: str):
    code = world.session.scalars(select(Case)).one().code
    world.session.rollback()
    browser = logged_in(app, world, who)
    page = browser.get(f"/expedientes/{code}").text
    links = sorted(link for link in set(re.findall(r'href="(/[^"#]*)"', page)) if not link.startswith("/static"))
    assert {link: browser.get(link).status_code for link in links} == dict.fromkeys(links, 200)
