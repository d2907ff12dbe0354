"""The page of the seal: what it proves and what not, before there is one, with its own and with the hospital's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from compassionate import clock
from compassionate.documents import certificates
from compassionate.documents.certificates import Identity, describe
from compassionate.services import seals
from tests.world import World, own_identity

BASE = "/administracion/sello"


@pytest.fixture
def kept(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> Identity:
    """The installation's own certificate, once it sealed something."""
    monkeypatch.setattr(app.extensions["compassionate"].seal, "made", own_identity())
    seals.remember(world.session, own_identity().certificate, world.tick())
    world.session.commit()
    return own_identity()


def given(app: Flask, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["compassionate"].seal, "given", identity)


def test_before_the_first_document_the_page_says_that_one_will_be_made(log_in: Any):
    text = log_in("admin").get(BASE).text
    assert "Todavía no hay certificado" in text
    assert "De qué hospital es esta instalación" in text


def test_its_own_certificate_is_shown_with_what_it_proves_and_can_be_taken_along(log_in: Any, kept: Identity):
    browser = log_in("admin")
    assert 'href="/administracion/sello"' in browser.get("/administracion").text
    text = browser.get(BASE).text
    assert kept.fingerprint[:4].upper() + " " in text
    assert "nadie de fuera responde de este certificado" in text
    file = browser.get(f"{BASE}/{kept.fingerprint}.pem")
    assert file.data == certificates.pem(kept.certificate)
    assert browser.get(f"{BASE}/{'0' * 64}.pem").status_code == 404


def test_the_hospitals_own_takes_its_place_and_the_earlier_one_stays_listed(
    log_in: Any, app: Flask, kept: Identity, monkeypatch: pytest.MonkeyPatch
):
    hospital = certificates.make("hospital-own", clock.now())
    given(app, hospital, monkeypatch)
    text = log_in("admin").get(BASE).text
    assert "COMPASSIONATE_SEAL_FILE." in text
    assert kept.fingerprint[:12] in text


def test_a_certificate_near_its_end_is_said_on_the_page_and_in_the_list(
    log_in: Any, app: Flask, kept: Identity, monkeypatch: pytest.MonkeyPatch
):
    old = certificates.make("near-its-end", clock.now() - timedelta(days=365 * certificates.YEARS - 20))
    given(app, old, monkeypatch)
    browser = log_in("admin")
    assert "caduca el" in browser.get(BASE).text
    assert describe(old.certificate).ends_at.strftime("%Y") in browser.get(BASE).text
    assert "Caduca" in browser.get("/administracion").text
