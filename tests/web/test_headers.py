"""What every response tells the browser, whatever the response is (SES-06)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from compassionate.web.access import public
from compassionate.web.headers import POLICY
from tests.house.source import ROOT
from tests.web.census import address, rules, values
from tests.web.conftest import Browser
from tests.world import World

pytestmark = pytest.mark.one_database  # headers know none

LogIn = Callable[[str], Browser]
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
BANNERS = ("Server", "X-Powered-By", "X-AspNet-Version", "X-Runtime")
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)


# The address of a patient's own page opens it: nobody else is told where a reader came from.
OF_PATIENTS = {"Referrer-Policy": "no-referrer"}


def lacking(answer: Any, rule: str = "") -> list[str]:
    """What an answer does not say that every answer says, or says too much."""
    wanted = ALWAYS | (OF_PATIENTS if rule.startswith("/responder") else {})
    wrong = [name for name, value in wanted.items() if answer.headers.getlist(name) != [value]]
    return wrong + [name for name in BANNERS if name in answer.headers]


def test_the_policy_lets_nothing_run_that_stands_in_a_page():
    parts = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == parts["style-src"] == "'self'"
    assert parts["frame-ancestors"] == parts["base-uri"] == "'none'"
    assert "unsafe" not in POLICY


def test_every_page_says_it_and_is_kept_by_nobody(app: Flask, world: World, log_in: LogIn):
    case = world.case_in("in_treatment")
    world.add_paper(case)
    world.session.commit()
    known, seen = values(world.session, world), set()
    for who in ("pharmacist", "admin"):
        browser = log_in(who)
        for rule in rules(app):
            if "GET" in (rule.methods or ()):
                answer = browser.client.get(address(rule, known))
                assert lacking(answer, rule.rule) == [], rule.rule
                assert answer.headers["Cache-Control"] == "no-store", rule.rule
                assert "Cookie" in answer.headers["Vary"], rule.rule
                seen |= {(answer.status_code, answer.mimetype)}
                if answer.mimetype == "text/html":
                    assert INLINE.findall(answer.text) == [], rule.rule
    assert {(200, "text/html"), (403, "text/html"), (404, "text/html"), (200, "application/pdf")} <= seen


def errors(app: Flask, browser: Browser) -> dict[int, Any]:
    """An answer of each kind of failure."""
    client = browser.client
    app.config["MAX_CONTENT_LENGTH"] = 5000
    big = {"file": (io.BytesIO(b"x" * 9000), "x.pdf")}
    app.view_functions["accessibility.statement"] = public(lambda: {}[""])
    return {
        302: app.test_client().get("/expedientes"),
        400: client.get("/", headers={"Host": "otro.example"}),
        404: client.get("/no-such-page"),
        405: client.put("/expedientes", data={"csrf_token": "x"}),
        413: browser.post("/cuenta/idioma", big),
        500: client.get("/accesibilidad"),
    }


def test_errors_and_redirects_say_it_too(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    found = errors(app, browser)
    found[405] = browser.client.get("/logout")
    assert {status: answer.status_code for status, answer in found.items()} == {status: status for status in found}
    assert {status: lacking(answer) for status, answer in found.items()} == {status: [] for status in found}
    assert {answer.headers["Cache-Control"] for answer in found.values()} == {"no-store"}
    assert "Allow" in found[405].headers


def test_our_own_style_and_script_may_be_kept_and_folders_are_not_listed(app: Flask, world: World):
    client = app.test_client()
    answer = client.get("/static/css/app.css", buffered=True)
    assert lacking(answer) == []
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert {
        client.get(path).status_code for path in ("/static/", "/static/css/", "/static/css", "/static/../config.py")
    } == {404}


@pytest.mark.parametrize("tls", [False, True])
def test_only_behind_tls_a_browser_is_told_to_come_by_it_for_ever(app: Flask, world: World, tls: bool):
    app.config["SESSION_COOKIE_SECURE"] = tls
    assert ("Strict-Transport-Security" in app.test_client().get("/login").headers) is tls


def test_no_template_holds_script_or_style_of_its_own():
    """But those of documents, which become PDFs and never come to a browser."""
    pages = [
        path for path in (ROOT / "templates").rglob("*.html") if "documents" not in path.relative_to(ROOT).parts[:2]
    ]
    assert len(pages) > 50
    assert [path.name for path in pages if INLINE.search(path.read_text("utf-8"))] == []
