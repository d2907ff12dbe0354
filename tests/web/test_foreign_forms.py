"""Every route that writes refuses a form that is not its own: the list is the application's, not ours (SES-05)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from compassionate.extensions import WRITING
from tests.web.census import address, picture, rules
from tests.web.conftest import TOKEN, Browser

pytestmark = pytest.mark.one_database  # these requests never come to it

LogIn = Callable[[str], Browser]
# Refusals may be put on record, and what a person typed into a page that grew old is theirs to send again.
MAY_CHANGE = ("audit", "read_", "attempts", "drafts")
FOREIGN = {
    "another origin": {"Origin": "https://otro.example"},
    "a name that begins like ours": {"Origin": "http://localhost.otro.example"},
    "our name at another port": {"Origin": "http://localhost:8443"},
    "an origin that says nothing": {"Origin": "null"},
    "an origin that is no address": {"Origin": "http://[otro"},
    "another page": {"Referer": "https://otro.example/expedientes"},
    "what the browser calls another site": {"Sec-Fetch-Site": "cross-site"},
}

# A patient has no session that another site could use: the address is the proof (tests/web/test_patient_pages.py).
OF_PATIENTS = "/responder/1"


def written_to(app: Flask, known: dict[str, str]) -> list[str]:
    """Every address that takes a form, with something real in each of its parts."""
    return [address(rule, known) for rule in rules(app) if WRITING & set(rule.methods or ())]


def untouched(app: Flask, before: dict[str, str]) -> list[str]:
    after = picture(app)
    return [name for name in before if before[name] != after[name] and not name.startswith(MAY_CHANGE)]


@pytest.mark.parametrize("who", ["pharmacist", "admin"])
def test_no_route_takes_a_form_that_another_site_sent(app: Flask, known: dict[str, str], log_in: LogIn, who: str):
    browser, paths = log_in(who), written_to(app, known)
    token, before = TOKEN.search(browser.get("/cuenta").text), picture(app)
    assert token
    assert len(paths) > 40
    for headers in FOREIGN.values() if who == "pharmacist" else [FOREIGN["another origin"]]:
        taken = [
            path
            for path in paths
            if browser.client.post(path, data={"csrf_token": token[1]}, headers=headers).status_code != 400
        ]
        assert taken == ([OF_PATIENTS] if headers == {"Origin": "null"} else []), headers
    assert untouched(app, before) == []


def test_no_route_takes_a_form_without_its_token_or_with_somebody_elses(
    app: Flask, known: dict[str, str], log_in: LogIn
):
    browser, other = log_in("pharmacist"), log_in("physician")
    stolen, before = TOKEN.search(other.get("/cuenta").text), picture(app)
    assert stolen
    for path in (each for each in written_to(app, known) if each != OF_PATIENTS):
        for fields in ({}, {"csrf_token": "x"}, {"csrf_token": stolen[1]}):
            answer = browser.client.post(path, data=fields)
            asked_again = answer.status_code == 303 and not answer.location.startswith("http")
            assert asked_again or answer.status_code in (400, 401), (path, fields, answer.status_code)
            with browser.client.session_transaction() as held:
                said = " ".join(text for _, text in held.pop("_flashes", []))
            assert not asked_again or "antigua" in said, path
    assert untouched(app, before) == []


def test_a_form_of_our_own_is_taken(log_in: LogIn):
    browser = log_in("pharmacist")
    for headers in (
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80"},
        {"Referer": "http://localhost/cuenta"},
    ):
        browser.get("/cuenta")
        assert browser.post("/cuenta/idioma", {"language": "es"}, headers=headers).status_code == 303, headers


def test_a_method_in_disguise_is_no_method(app: Flask, known: dict[str, str], log_in: LogIn):
    browser, before = log_in("pharmacist"), picture(app)
    path = f"/expedientes/{known['code']}"
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "POST"}):
        assert browser.get(path + "?_method=DELETE", headers=headers).status_code == 200
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert browser.client.open(path, method=method).status_code in (400, 404, 405)
    assert untouched(app, before) == []
