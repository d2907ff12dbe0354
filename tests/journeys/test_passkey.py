"""A passkey from the first click to the last, in a browser with a device that never forgets a finger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import Passkey
from tests.journeys.conftest import PATIENCE_MS, Person
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser
HERE = "/cuenta/segundo-factor"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """Chromium's own virtual authenticator, at one window."""

    def __init__(self, person: Person) -> None:
        self.session = person.page.context.new_cdp_session(person.page)
        self.session.send("WebAuthn.enable")
        self.id: Any = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    def knows_its_owner(self, known: bool) -> None:
        """Whether the finger is the right one."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": known})


@pytest.fixture
def nurse(browser: Browser, address: str, world: World) -> Iterator[Person]:
    """The nurse at a telephone's width; passkeys need a name, not a number, in the address."""
    page = browser.new_page(viewport={"width": 360, "height": 900}, locale="es-ES")
    page.set_default_timeout(PATIENCE_MS)
    yield Person(page, address.replace("127.0.0.1", "localhost"))
    page.close()


def comes_in(person: Person, name: str = "nurse.hga") -> None:
    person.goes("/login")
    person.fills(username=name, password=PASSWORD)
    person.presses("Entrar")


def goes_on(person: Person, words: str) -> None:
    with person.page.expect_navigation():
        person.page.get_by_role("button", name=words).click()
    person.looks()


def leaves(person: Person) -> None:
    person.page.locator("details.c-user summary").click()
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Cerrar sesión").click()


def stored(world: World) -> list[Passkey]:
    session: Session = world.session
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Passkey)))


def test_a_passkey_is_made_named_used_and_removed(nurse: Person, world: World):
    device = Device(nurse)
    comes_in(nurse)
    nurse.goes(HERE)
    goes_on(nurse, "Añadir una llave")
    nurse.fills(name="Portátil", password="no es esta")
    nurse.page.get_by_role("button", name="Añadir la llave").click()
    nurse.page.get_by_text("La contraseña no es correcta.").wait_for()
    nurse.fills(password=PASSWORD)
    nurse.presses("Añadir la llave")
    nurse.reads("Sus códigos de recuperación")
    recovery = nurse.page.locator("code").first.inner_text()
    nurse.goes(HERE)
    nurse.follows("Cambiar el nombre")
    nurse.fills(name="Portátil de la consulta")
    nurse.presses("Guardar el nombre")
    nurse.reads("Portátil de la consulta")
    assert [row.name for row in stored(world)] == ["Portátil de la consulta"]
    leaves(nurse)

    nurse.presses("Entrar con una llave de acceso")
    nurse.goes("/cuenta")
    nurse.reads("Nurse de HGA")
    leaves(nurse)

    comes_in(nurse)
    nurse.reads("Segundo paso")
    nurse.presses("Entrar con una llave de acceso")
    nurse.goes("/cuenta")
    leaves(nurse)

    device.knows_its_owner(False)
    nurse.page.get_by_role("button", name="Entrar con una llave de acceso").click()
    nurse.page.get_by_text("El aparato no ha dado ninguna llave").wait_for()
    device.knows_its_owner(True)

    answer = spied_answer(nurse)
    replayed = send(nurse, answer)
    assert "No se ha podido entrar con esa llave" in replayed

    comes_in(nurse)
    nurse.fills(code=recovery)
    nurse.presses("Entrar")
    nurse.goes(HERE)
    nurse.page.get_by_role("link", name=re.compile("^Quitar")).first.click()
    nurse.fills(password=PASSWORD)
    nurse.presses("Quitar la llave")
    nurse.reads("Llave de acceso quitada.")
    assert stored(world) == []


def spied_answer(person: Person) -> str:
    """Log in with the passkey, and keep what the browser sent: then leave."""
    person.goes("/login")
    with person.page.expect_request("**/login/llave") as sent:
        person.page.get_by_role("button", name="Entrar con una llave de acceso").click()
    body = sent.value.post_data or ""
    person.page.wait_for_url("**/")
    person.goes("/cuenta")
    leaves(person)
    return body


def send(person: Person, body: str) -> str:
    """Send the same answer again, with the token of today's page."""
    token = person.page.locator("input[name='csrf_token']").first.get_attribute("value") or ""
    return str(
        person.page.evaluate(
            """async ([body, token]) => {
                const form = new URLSearchParams(body);
                form.set("csrf_token", token);
                return (await fetch("/login/llave", {method: "POST", body: form})).text();
            }""",
            [body, token],
        )
    )


def test_an_app_is_set_up_and_asked_for(nurse: Person):
    comes_in(nurse, "resident.hga")
    nurse.goes("/cuenta")
    goes_on(nurse, "Activar el segundo factor")
    nurse.presses("Activar una aplicación")
    secret = nurse.page.locator("form strong").first.inner_text().replace(" ", "")
    assert nurse.page.locator("form img").evaluate("image => image.complete && image.naturalWidth > 100")
    nurse.fills(code=pyotp.TOTP(secret).at(clock.now()), password=PASSWORD)
    nurse.presses("Activar")
    nurse.reads("Sus códigos de recuperación")
    goes_on(nurse, "Los he guardado")
    leaves(nurse)
    comes_in(nurse, "resident.hga")
    nurse.reads("Segundo paso")
    nurse.fills(code=pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30)))
    nurse.presses("Entrar")
    nurse.goes("/cuenta")
    nurse.reads("Resident de HGA")
