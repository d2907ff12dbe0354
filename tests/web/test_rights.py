"""What a role does not give it gives in no way: an auditor writes nothing, no form sets what it does not ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData, select

from compassionate.extensions import WRITING
from compassionate.models.base import Base
from compassionate.web.access import PUBLIC, SIGNED_IN, declared_access
from tests.applications import settings_of
from tests.web.census import address, picture, rules
from tests.web.conftest import TOKEN, Browser, logged_in, running
from tests.web.forms import _Reader
from tests.world import World

pytestmark = pytest.mark.one_database  # who may is asked before any of them

LogIn = Callable[[str], Browser]
# What is everybody's own: their account and the search, which is sent so that no identifier stands in an address.
# A legal hold and the opening of a blocked case are acts of whoever audits, and have tests of their own.
OWN = ("cases.find", "access_reports.", "retention.", "retention_case.", "notices.", "views.")
PROOF = ("audit", "read_", "attempts")  # that somebody asked is on record, whatever the answer was
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
# Names of columns that no page asks for: who, where, when, in which state, under which key.
NAMES = (
    "id state turn code centre_id account_id by_id opened_by_id physician_id key_id password session_key username "
    "membership_id pathway_version signed_by_id sha256 __class__ _sa_instance_state"
)
SMUGGLED = dict.fromkeys(NAMES.split(), "x") | {
    "is_demo": "1",
    "is_admin": "1",
    "active": "0",
    "opened_at": "2020-01-01",
}
# Asks for the password first: 422 to whoever has no business there and sends none.
PASSWORD_FIRST = {
    "/expedientes/<code>/solicitudes/<int:number>/informe/firma",
    "/expedientes/<code>/solicitudes/<int:number>/rectificaciones/visto-bueno",
}
LOOKS = {"/celulas/leer"}  # says what a label is and keeps nothing
BUTTON = re.compile(r'<a class="[^"]*govuk-button[^"]*" href="([^"]*)"')


def test_a_page_that_declares_nothing_is_open_to_nobody(world: World, fresh_url: str, tmp_path: Path):
    with running(settings_of(tmp_path, fresh_url)) as app:
        app.add_url_rule("/expedientes/sin-declarar", "undeclared", lambda: "secret")
        for who in ("physician", "pharmacist", "admin", "auditor", "director"):
            assert logged_in(app, world, who).get("/expedientes/sin-declarar").status_code == 403
        assert app.test_client().get("/expedientes/sin-declarar").status_code == 302


def test_an_auditor_opens_every_page_of_a_case_and_finds_nothing_to_press(
    app: Flask, known: dict[str, str], log_in: LogIn
):
    browser, seen = log_in("auditor"), 0
    for rule in rules(app):
        if rule.rule.startswith("/expedientes/<code>") and "GET" in (rule.methods or ()):
            page = browser.get(address(rule, known))
            assert page.status_code in (200, 303, 404), rule.rule
            if page.status_code == 200 and page.mimetype == "text/html":
                main = MAIN.search(page.text)
                assert main
                assert 'method="post"' not in main[0], rule.rule
                assert [href for href in BUTTON.findall(main[0]) if "/pasos/" in href or "nuev" in href] == [], (
                    rule.rule
                )
                seen += 1
    assert seen > 20


def test_an_auditor_writes_by_no_route(app: Flask, known: dict[str, str], log_in: LogIn):
    browser = log_in("auditor")
    token, before = TOKEN.search(browser.get("/cuenta").text), picture(app)
    assert token
    written = [
        rule
        for rule in rules(app)
        if WRITING & set(rule.methods or ())
        and declared_access(app, rule.endpoint) not in (PUBLIC, SIGNED_IN)
        and not rule.endpoint.startswith(OWN)
    ]
    assert len(written) > 40
    form = {"csrf_token": token[1], "version": ""}
    answers = {rule.rule: browser.client.post(address(rule, known), data=form).status_code for rule in written}
    taken = {path: status for path, status in answers.items() if status not in (403, 404)}
    assert taken.keys() <= PASSWORD_FIRST | LOOKS, taken
    assert set(taken.values()) <= {422}
    after = picture(app)
    assert [name for name in before if before[name] != after[name] and not name.startswith(PROOF)] == []


def forms_of(page: str) -> list[Any]:
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if "csrf_token" in form.names and "buscar" not in form.action]


def changed_columns(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """`table.column` of everything that is otherwise than before, new rows left out."""
    return {
        f"{table}.{column}"
        for table, rows in before.items()
        for key, row in rows.items()
        for column, value in row.items()
        if after[table].get(key, {}).get(column) != value
    }


def rows_of(app: Flask) -> dict[str, dict[Any, dict[str, Any]]]:
    """Every row of every table by its key."""
    tables: MetaData = Base.metadata
    with app.extensions["compassionate"].session() as session:
        return {
            table.name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in session.execute(select(table)).mappings()
            }
            for table in tables.sorted_tables
        }


GUARDED = re.compile(
    r"accounts\.(id|username|password|active|created_at)|memberships\.|centres\.(id|code|key_id|is_demo)"
    r"|cases\.(id|code|centre_id|patient_id|product_id|key_id|pathway|pathway_version|state|opened_by_id|opened_at|is_demo)"
    r"|signatures\.|decisions\.(id|outcome|case_id)|case_events\.|audit_entries\.|data_keys\.|issued_documents\."
    r"|papers\.(id|sha256|uploaded_by_id|uploaded_at|key_id)|patients\.(id|centre_id|key_id)"
)


@pytest.mark.parametrize("who", ["physician", "pharmacist", "admin", "regulatory"])
def test_no_form_sets_what_it_does_not_ask_for(
    app: Flask, world: World, known: dict[str, str], log_in: LogIn, who: str
):
    draft = world.open_case(nhc="200002").code
    world.session.commit()
    browser, sent = log_in(who), 0
    before = rows_of(app)
    for code in (draft, known["code"]):
        for rule in rules(app):
            if not {"GET", "POST"} <= set(rule.methods or ()) or rule.endpoint.startswith(("security.", "account.")):
                continue
            path = address(rule, known | {"code": code})
            page = browser.client.get(path)
            for form in forms_of(page.text) if page.status_code == 200 else ():
                if form.action in ("", path):
                    smuggled = {name: value for name, value in SMUGGLED.items() if name not in form.names}
                    answer = browser.client.post(path, data=form.values | smuggled)
                    assert answer.status_code < 500, path
                    sent += 1
    assert sent > 3
    after = rows_of(app)
    assert {each for each in changed_columns(before, after) if GUARDED.match(each)} == set()
    assert "x" not in {row["session_key"] for row in after["accounts"].values()}
