"""Nothing that is kept changes without a row of proof: every writing address is sent its own form as it is drawn."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from compassionate.web.access import PUBLIC, SIGNED_IN, declared_access
from tests.transactions import PROOF, Transactions
from tests.web.census import CHAINS, address, rules, values
from tests.web.conftest import Browser, logged_in
from tests.web.forms import forms
from tests.world import PEOPLE, World, a_pdf, today

# What may change with nobody's act on record: what somebody is still typing, what is sent or told afterwards, how
# often a password was tried (a wrong one and a lockout have rows of their own).
NOT_KEPT = {"drafts", "typed_ticks", "outbox", "notices", "idempotency_keys", "attempts", *CHAINS}
ENDS_THE_SESSION = {
    "security.logout", "security.login", "account.set_password", "account.password", "log_in.code", "log_in.passkey",
    "log_in.passkey_options",
}  # fmt: skip
DECLARED = {
    "second_factor.prepare": "an authenticator that is being set up opens nothing until its first code, which is a row",
}
FEWEST_DONE = 14
# Addresses without a page of their own, and what a person would send there: each of them must change something.
SENT: dict[str, dict[str, str]] = {
    "account.language": {"language": "en"},
    "case_outcomes.operated": {"operated_on": str(today()), "procedure": "fusion"},
    "admin_accounts.new_link": {},
    "notices.make_calendar": {},
    "notices.revoke_calendar": {},
    "conversation.ask": {"to": "role:pharmacist", "text": "¿Cuándo llega?"},
    "conversation.answer": {"text": "El lunes."},
    "conversation.close": {},
    "deliveries.record": {"terms": "charged", "price": "10,50"},
    "patient_links.make": {"days": "7", "language": "es"},
    "papers.upload": {"kind": "evidence", "title": "Papel", "request_number": "0"},
    "papers.withdraw": {"reason": "Otro papel"},
    "publications.add": {
        "series": "Serie",
        "arm": "Brazo",
        "design": "Serie de casos",
        "source": "Revista 1:1",
        "page": "1",
        "kind": "cells",
        "side": "neutral",
        "statistic": "finding",
        "finding": "Mejoran todos",
        "n": "5",
    },
    "retention_case.do": {"reason": "Reclamación"},
    "second_factor.prepare": {},
    "steps.take": {"reason": "Motivo"},
    "team.change": {"pharmacist": ""},
    "views.save": {"name": "Borradores", "state": "draft"},
    "visits.skip": {"status": "waived", "reason": "Motivo"},
}
# Those at which a hospital with one case under treatment finds nothing to change.
NOTHING_THERE = {
    "access_reports.make": "writes its row and nothing else",
    "cases.find": "looks",
    "cell_labels.count": "no label was ordered",
    "covers.end": "nobody is away",
    "continuing.annexes": "no request went before the first one",
    "continuing.start": "a continuation is open already: it leads there",
    "consents.write": "nobody refused by word of mouth",
    "decisions.complete": "no decision lacks anything",
    "documents.issue": "prints, which is shown where documents are kept (tests/services/test_documents.py)",
    "emergency.ask": "everybody here has a role",
    "emergency.end": "no emergency access",
    "emergency.review": "no emergency access",
    "notices.read_all": "nobody was told anything yet",
    "notices.read_one": "nobody was told anything yet",
    "opening.discard": "no opening under way",
    "issued_reports.ask": "prints a report that is named in a form of its page (tests/web/test_issued_reports.py)",
    "patient_links.decide": "no patient answered anything",
    "patient_links.revoke": "no link was made",
    "passkeys.options": "nothing is kept until an authenticator answers",
    "physician_changes.do": "no hand-over waits for an answer",
    "physician_changes.offer": "the hospital has one physician",
    "physician_changes.tell": "nobody took the case over",
    "publications.confirm": "nobody typed in what a paper says",
    "questionnaires.sign": "the report is signed already",
    "recalls.attach": "no batch was recalled",
    "recalls.close": "no batch was recalled",
    "recalls.lift": "no batch was recalled",
    "rectifications.endorse": "nothing rectified waits for management",
    "rectifications.rectify": "the agency has decided on what it had",
    "rectifications.tell": "nothing was rectified",
    "retention.block_due": "no case is due",
    "retention.find": "looks",
    "scans.tell": "says what a label is and keeps nothing (tests/web/test_cell_labels.py)",
    "scales.calculate": "scores what was typed and keeps nothing (tests/web/test_scales.py)",
    "signed_copies.upload": "no document is sealed here: its row is looked at in tests/services/test_signed_copies.py",
    "signing.passkey_options": "nothing is kept until an authenticator answers",
    "verification.compare_file": "looks",
    "views.delete": "nobody saved a view yet",
    "transcriptions.tick": "keeps notes of what somebody is still typing",
    "transfers.answer": "no hospital offers a patient",
    "transfers.withdraw": "nobody was transferred",
    "visits.add_attempt": "the patient is under treatment",
    "visits.send_forms": "no decision asks for forms",
    "visits.settle": "no suspected reaction",
}
INSTEAD = {
    "publications.add": ("baseline", "disc-msc"),
    "admin_accounts.new_link": ("nurse", "technician"),
    "steps.take": ("record_dose", "interrupt_treatment"),
    "visits.skip": ("baseline", "m3"),
}


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


def writing(app: Flask) -> list[Rule]:
    """Every address that takes a form, but those that end the session of whoever sends it."""
    return [rule for rule in rules(app) if "POST" in (rule.methods or ()) and rule.endpoint not in ENDS_THE_SESSION]


def sent_to(browser: Browser, path: str, rule: Rule) -> dict[str, Any]:
    """What goes to an address: its own form as it is drawn, or what is written above."""
    if rule.endpoint not in SENT:
        return drawn(browser, path, rule)
    browser.page = None  # its token is that of a page that was opened after the log-in
    file = {"file": (io.BytesIO(a_pdf()), "papel.pdf")} if rule.endpoint == "papers.upload" else {}
    return SENT[rule.endpoint] | file


def test_every_address_without_a_page_is_sent_something_or_has_nothing_to_change(app: Flask):
    without = {rule.endpoint for rule in writing(app) if "GET" not in (rule.methods or ())}
    assert without == SENT.keys() | NOTHING_THERE.keys()
    assert not SENT.keys() & NOTHING_THERE.keys()


@pytest.mark.one_database
def test_whatever_a_form_changes_leaves_a_row_of_proof(app: Flask, world: World):
    """In the same transaction: never one without the other (AUD-01, AUD-05)."""
    known, people, done, silent = values(world.session, world), {}, set(), []
    transactions = Transactions(app.extensions["compassionate"].engine)
    for rule in writing(app):
        for who in writers(app, rule):
            if who not in people:
                people[who] = logged_in(app, world, who)
            path = address(rule, known).replace(*INSTEAD.get(rule.endpoint, ("", "")))
            sent = sent_to(people[who], path, rule)
            transactions.taken()
            assert people[who].post(path, sent).status_code < 500, path
            kept = [tables for tables in transactions.taken() if tables - NOT_KEPT]
            done |= {rule.endpoint} if kept else set()
            if rule.endpoint not in DECLARED:
                silent += [(path, who, sorted(tables)) for tables in kept if PROOF not in tables]
    assert silent == []
    assert SENT.keys() - done == set()
    assert len(done) >= FEWEST_DONE, sorted(done)
