"""Nothing that is kept changes without a row of proof: every writing address is sent its own form as it is drawn."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from compassionate.web.access import PUBLIC, SIGNED_IN, declared_access
from tests.web.census import CHAINS, address, picture, proof, rules, values
from tests.web.conftest import Browser, logged_in
from tests.web.forms import forms
from tests.world import PEOPLE, World

# What may change with nobody's act on record: what somebody is still typing, and what is sent afterwards.
NOT_KEPT = {"drafts", "outbox", "idempotency_keys", *CHAINS}
ENDS_THE_SESSION = {"security.logout", "security.login", "account.set_password", "account.password"}
DECLARED = {
    "second_factor.prepare": "an authenticator that is being set up opens nothing until its first code, which is a row",
}
FEWEST_DONE = 8


def writers(app: Flask, rule: Rule) -> list[str]:
    """Who may send this form."""
    declared: Any = declared_access(app, rule.endpoint)
    if declared in (PUBLIC, SIGNED_IN):
        return ["pharmacist"]
    return [name for name, role in PEOPLE.items() if role in declared][:3]


def drawn(browser: Browser, path: str, rule: Rule) -> dict[str, Any]:
    """The form of that address as its page draws it; nothing where there is no such page."""
    if "GET" not in (rule.methods or ()):
        return {}
    page = browser.get(path)
    held = [form for form in forms(page.text) if form.action in ("", path)] if page.status_code == 200 else []
    return {name: each for name, each in held[-1].values.items() if name != "csrf_token"} if held else {}


@pytest.mark.one_database
def test_whatever_a_form_changes_leaves_a_row_of_proof(app: Flask, world: World):
    known, people, done, silent = values(world.session, world), {}, [], []
    for rule in rules(app):
        if "POST" not in (rule.methods or ()) or rule.endpoint in ENDS_THE_SESSION:
            continue
        for who in writers(app, rule):
            if who not in people:
                people[who] = logged_in(app, world, who)
            path = address(rule, known)
            sent = drawn(people[who], path, rule)
            before, proven = picture(app), len(proof(app))
            answer = people[who].post(path, sent)
            assert answer.status_code < 500, path
            changed = {name for name, each in picture(app).items() if each != before[name]} - NOT_KEPT
            if changed:
                done.append(rule.endpoint)
                if len(proof(app)) == proven and rule.endpoint not in DECLARED:
                    silent.append((path, who, sorted(changed)))
    assert silent == []
    assert len(set(done)) >= FEWEST_DONE, done
