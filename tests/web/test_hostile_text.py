"""Text that wants to be more than text: put into every field by the pages, then drawn by every page, paper and list.

Printed as typed, never run: no element, attribute or expression of it comes to life (INJ-01 to INJ-03, INJ-06, INJ-07).
"""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from compassionate import clock
from compassionate.documents.render import _environment as document_templates
from compassionate.models import Case
from compassionate.services import documents, outbox
from compassionate.services.snapshots import snapshot
from tests import world as worlds
from tests.documents.printed import pages_of
from tests.web.census import address, busy_case, rules, values
from tests.web.conftest import TOKEN, Browser
from tests.web.test_rights import forms_of
from tests.world import World

pytestmark = pytest.mark.one_database  # the strings are drawn, and every query is made by the same builder

LogIn = Callable[[str], Browser]
MARK = "x-pwned"
HOSTILE = (
    f"""</textarea></title>'"><{MARK} onclick=f()><script>{MARK}</script>{{{{9**9}}}}{{%x%}}${{9**9}}%(a)s"""
    "'; DROP TABLE cases;--"
)
SHORT = f"""'"><{MARK}>{{{{9**9}}}}"""
NUMBERS = ("9" * 400, "1e309", "NaN", "-1", "0x10", "٣", "1\x00", "١٢", "' OR '1'='1", SHORT)
LONG = ("physician", "pharmacist")
NAMES = "q state centre product turn who after text role next kind form from to page"


class Alive(HTMLParser):
    """What of the hostile text became markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if MARK in tag or any(name.startswith("on") or MARK in name for name in names):
            self.found.append(tag)
        if tag == "script" and "src" not in names:
            self.found.append("script")

    def handle_data(self, data: str) -> None:
        if "387420489" in data:
            self.found.append("expression")


def alive(answer: Any) -> list[str]:
    return Alive(answer.text).found if answer.mimetype == "text/html" else []


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile answers in everything that the world's people write."""

    def poisoned(value: Any) -> Any:
        if isinstance(value, list):
            return [poisoned(each) for each in value]
        if isinstance(value, dict):
            return {name: poisoned(each) if name != "considered_how" else each for name, each in value.items()}
        return SHORT + value if isinstance(value, str) and " " in value else value

    for name in ("ELIGIBILITY", "REPORT", "POSOLOGY"):
        monkeypatch.setattr(worlds, name, poisoned(getattr(worlds, name)))


@pytest.fixture
def poisoned(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    poison(monkeypatch)
    world.centre.name = world.product.name = world.product.sponsor.name = HOSTILE[:190]
    for account in world.accounts.values():
        account.name = SHORT + account.name
    busy_case(world, surnames=SHORT)
    world.session.commit()
    known = values(world.session, world)
    return known | {"draft": world.open_case(nhc="3").code}


def draw_everything(app: Flask, browser: Browser, known: dict[str, str]) -> int:
    """Open every page and see that nothing of the text lives; how many held it as text."""
    held = 0
    for rule in rules(app):
        if "GET" in (rule.methods or ()):
            answer = browser.client.get(address(rule, known))
            assert answer.status_code < 500, rule.rule
            assert alive(answer) == [], rule.rule
            held += f"&lt;{MARK}" in answer.text if answer.mimetype == "text/html" else 0
    return held


@pytest.mark.parametrize(("who", "at_least"), [("pharmacist", 25), ("admin", 5)])
def test_what_is_stored_is_printed_by_every_page_and_never_run(
    app: Flask, world: World, poisoned: dict[str, str], log_in: LogIn, who: str, at_least: int
):
    world.session.commit()
    assert draw_everything(app, log_in(who), poisoned) >= at_least


@pytest.mark.parametrize(
    "who",
    [pytest.param("physician", marks=pytest.mark.long), pytest.param("pharmacist", marks=pytest.mark.long), "admin"],
)
def test_every_field_of_every_form_takes_or_refuses_it_and_gives_it_back_as_text(
    app: Flask, world: World, poisoned: dict[str, str], log_in: LogIn, who: str
):
    world.session.commit()
    browser, sent = log_in(who), 0
    for rule in rules(app):
        if not {"GET", "POST"} <= set(rule.methods or ()) or rule.endpoint.startswith(("security.", "account.")):
            continue
        for code in {poisoned["draft"], poisoned["code"]} if "<code>" in rule.rule else {""}:
            path = address(rule, poisoned | ({"code": code} if code else {}))
            page = browser.client.get(path)
            for form in forms_of(page.text) if page.status_code == 200 else ():
                for text in (HOSTILE, NUMBERS[sent % len(NUMBERS)]):
                    typed = dict.fromkeys(form.names - {"csrf_token", "version", ""}, text)
                    answer = browser.client.post(path, data=form.values | typed)
                    assert answer.status_code < 500, (path, text)
                    assert alive(answer) == [], (path, text)
                    sent += 1
    assert sent > 6
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(Case)) == 2
    draw_everything(app, browser, poisoned)


@pytest.mark.long
def test_what_an_address_carries_is_given_back_as_text(
    app: Flask, world: World, poisoned: dict[str, str], log_in: LogIn
):
    world.session.commit()
    browser = log_in("pharmacist")
    for rule in rules(app):
        if "GET" in (rule.methods or ()):
            for text in (HOSTILE, "' OR '1'='1' --", "\x00\r\nSet-Cookie: a=b"):
                answer = browser.client.get(
                    address(rule, poisoned) + "?" + urlencode(dict.fromkeys(NAMES.split(), text))
                )
                assert answer.status_code < 500, (rule.rule, text)
                assert alive(answer) == [], (rule.rule, text)
                assert "a=b" not in answer.headers.get("Set-Cookie", "")
                assert not answer.location or answer.location.startswith("/"), rule.rule
    for path in (f"/cuenta/clave/{SHORT}", f"/{SHORT}", f"/expedientes/{SHORT}", "/%2e%2e/%2e%2e/etc"):
        answer = browser.client.get(path)
        assert (answer.status_code, alive(answer)) == (404, []), path
    assert alive(browser.client.get(f"/verificar/{SHORT}")) == []


def test_a_filter_is_a_value_and_never_a_part_of_the_question(world: World, poisoned: dict[str, str], log_in: LogIn):
    world.session.commit()
    browser = log_in("pharmacist")
    assert poisoned["code"] in browser.get("/expedientes?who=all").text
    for name in ("state", "centre", "product", "turn"):
        for text in ("' OR '1'='1", "x' UNION SELECT password FROM accounts --", "%", "_", "1;DROP TABLE cases", "\\"):
            page = browser.get("/expedientes?" + urlencode({"who": "all", name: text}))
            assert (page.status_code, poisoned["code"] in page.text) == (200, False), (name, text)
    for cursor in ("x", "WyJ4Il0", "W10", "bnVsbA", "' OR 1=1", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgMV0"):
        assert browser.get("/expedientes?" + urlencode({"after": cursor})).status_code == 400
    for text in ("' OR '1'='1", "x' UNION SELECT 1 --", "1000__", "10000%", "HGA_", "HGA-%", "') --"):
        assert poisoned["code"] not in browser.post("/expedientes/buscar", {"q": text}).text


@pytest.mark.long
def test_a_paper_prints_it_letter_by_letter(app: Flask, world: World, poisoned: dict[str, str]):
    case = world.session.scalars(select(Case).where(Case.code == poisoned["code"])).one()
    with app.app_context():
        prepared = documents.prepare(world.session, world.people["pharmacist"], case, "dossier", "hospital", world.now)
    text = " ".join("".join(pages_of(prepared.pdf)).split())
    assert "{{9**9}}" in text
    assert f"<{MARK}>" in text
    assert "387420489" not in text
    assert snapshot(world.session, case, 0).code == case.code


def test_no_template_is_made_of_data_and_every_one_escapes(app: Flask):
    for name in ("a.html", "a.txt", "a.xml", "a.svg", "mail/a.txt", None):
        escape = app.jinja_env.autoescape
        assert escape is True or escape(name), name  # type: ignore[operator]
    assert document_templates("es").autoescape is True


@pytest.mark.parametrize("field", ["to", "subject"])
def test_a_mail_takes_no_second_header(field: str):
    usual = {"to": "a@b.example", "subject": "Aviso", "text": "Texto"}
    payload = usual | {field: "x@b.example\r\nBcc: todos@otro.example"}
    message = outbox.OutboxMessage(id="1", payload=payload)
    with pytest.raises(ValueError, match="linefeed"):
        outbox._mail(message, "de@b.example", clock.now())


BODIES: dict[str, tuple[str, bytes]] = {
    "json cut off": ("application/json", b'{"a": '),
    "json twice the same": ("application/json", b'{"version": 1, "version": 2}'),
    "json a thousand deep": ("application/json", b"[" * 20_000 + b"]" * 20_000),
    "a number of many digits": ("application/json", b'{"version": ' + b"9" * 5000 + b"}"),
    "bytes that are no text": ("application/x-www-form-urlencoded", b"version=\xff\xfe%ff%00&kind=%c3%28&x=%u0041"),
    "a charset of its own": ("application/x-www-form-urlencoded; charset=utf-7", b"version=+ADw-script+AD4-"),
    "parts without an end": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"'),
    "parts without a boundary": ("multipart/form-data", b"--b\r\n\r\n"),
    "markup": ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "many fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(3000))),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_no_form_is_a_mistake_of_its_sender(app: Flask, world: World, log_in: LogIn, kind: str):
    known = {"code": world.case_in("preparing").code, "number": "0", "part": "diagnosis_section", "action": "reopen"}
    world.session.commit()
    browser = log_in("physician")
    token = TOKEN.search(browser.get("/cuenta").text)
    assert token
    media, body = BODIES[kind]
    for rule in rules(app):
        if "POST" in (rule.methods or ()) and rule.endpoint != "security.logout":
            headers = {"X-CSRFToken": token[1], "Content-Type": media}
            answer = browser.client.post(address(rule, known), data=body, headers=headers)
            assert answer.status_code < 500, (kind, rule.rule)
