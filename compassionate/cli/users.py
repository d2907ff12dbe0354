"""`flask users`: accounts and their roles; nobody is given a password, everybody sets their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial

import click
from flask import current_app
from flask.cli import AppGroup
from flask_security import hash_password
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.cli.acting import SPAIN, centre_for, now, operator, writing
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.errors import Invalid, NotFound
from compassionate.models import Account, Centre
from compassionate.services import accounts, instance, links, second_factor, throttle
from compassionate.services.operators import at_the_machine
from compassionate.workflow.roles import Role

group = AppGroup("users", help="Las cuentas y sus funciones.")


@group.command("add")
@click.argument("name", metavar="USUARIO")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="Función (varias).",
)
@click.option("--centre", "codes", multiple=True, metavar="CÓDIGO", help="Centro (varios).")
@click.option("--full-name", default="", help="Nombre y apellidos; si falta, el de usuario.")
@click.option("--email", default="", help="Correo electrónico.")
@click.option("--collegiate-number", default="", help="Número de colegiado.")
@click.option("--password-stdin", is_flag=True, help="Lee la contraseña de la entrada en vez de dar un enlace.")
@click.option("--base-url", default="", help="Dirección con la que se llega a la aplicación, para el enlace.")
@as_json
@answers_errors
def add(
    name: str,
    roles: tuple[str, ...],
    codes: tuple[str, ...],
    full_name: str,
    email: str,
    collegiate_number: str,
    password_stdin: bool,
    base_url: str,
    as_json: bool,
) -> None:
    """Da de alta a una persona y escribe un enlace de un solo uso con el que pone su contraseña."""
    password = _password(name) if password_stdin else None
    with writing() as session:
        person = accounts.Person(name, full_name or name, email, collegiate_number)
        account = accounts.create(
            session, at_the_machine(operator()), person, password and hash_password(password), now()
        )
        for centre in _centres(session, codes):
            _grant(session, account, centre, roles)
        link = "" if password else _link(account, base_url)
        document = {"username": account.username, "roles": list(roles), "centres": _codes(account), "link": link}
    said = [f"Cuenta {document['username']} dada de alta."]
    said += [f"Enlace de un solo uso para poner la contraseña (vale siete días y una vez):\n{link}"] if link else []
    answer(document, said, as_json)


def _password(username: str) -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    errors = accounts.password_errors(password, username)
    if errors:
        raise Invalid(errors)
    return password


def _centres(session: Session, codes: tuple[str, ...]) -> list[Centre]:
    """The centres named; with none named, the only one there is, or a first one that the person is asked for."""
    if codes:
        return [centre_for(session, code) for code in codes]
    held = instance.all_centres(session)
    if len(held) == 1:
        return held
    if held:
        wrong("Diga en qué centro con --centre: " + ", ".join(centre.code for centre in held))
    return [_first_centre(session)]


def is_asked() -> bool:
    """Whether somebody sits at a terminal and can be asked."""
    return sys.stdin.isatty()


def _first_centre(session: Session) -> Centre:
    if not is_asked():
        wrong(
            "Aún no hay ningún centro. Dé de alta el primero con «flask centres add CÓDIGO --name … --territory ES-…»."
        )
    click.echo("Aún no hay ningún centro: el primero es el de esta persona.")
    code = click.prompt("Código del centro (de 2 a 8 letras mayúsculas o cifras, por ejemplo HGA)").strip().upper()
    name = click.prompt("Nombre del hospital").strip()
    territories = click.Choice(list(instance.TERRITORIES), case_sensitive=False)
    territory = click.prompt("Comunidad autónoma (ES-MD, ES-CT…)", type=territories, show_choices=False)
    return instance.add_centre(session, at_the_machine(operator()), code, name, territory.upper(), now())


def _grant(session: Session, account: Account, centre: Centre, roles: tuple[str, ...]) -> None:
    today = clock.civil_date(now(), SPAIN)
    for role in roles:
        accounts.grant(session, at_the_machine(operator()), account, centre, Role(role), now(), today)


def _codes(account: Account) -> list[str]:
    return sorted({membership.centre.code for membership in account.memberships})


def _link(account: Account, base_url: str) -> str:
    address = base_url or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    return links.password_link(current_app.config["SECRET_KEY"], account, now(), address)


@group.command("disable")
@click.argument("name", metavar="USUARIO")
@as_json
@answers_errors
def disable(name: str, as_json: bool) -> None:
    """Desactiva una cuenta: sus sesiones terminan; lo que firmó sigue siendo suyo."""
    _change(name, partial(accounts.set_active, active=False), {"active": False}, "Cuenta {} desactivada.", as_json)


@group.command("unlock")
@click.argument("name", metavar="USUARIO")
@as_json
@answers_errors
def unlock(name: str, as_json: bool) -> None:
    """Desbloquea una cuenta tras demasiados intentos fallidos; para cuando ninguna administración puede entrar."""
    _change(name, throttle.unlock, {"locked": False}, "Cuenta {} desbloqueada.", as_json)


@group.command("remove-second-factor")
@click.argument("name", metavar="USUARIO")
@as_json
@answers_errors
def remove_second_factor(name: str, as_json: bool) -> None:
    """Quita el segundo factor perdido de una cuenta; para cuando ninguna administración puede entrar."""
    _change(name, second_factor.take_away, {"second_factor": False}, "Segundo factor de {} quitado.", as_json)


def _change(name: str, act: Callable[..., object], becomes: dict[str, bool], said: str, as_json: bool) -> None:
    """Do something to an account in the name of whoever sits at the machine, and say what has become of it."""
    with writing() as session:
        account = _found(session, name)
        act(session, at_the_machine(operator()), account, now=now())
        document = {"username": account.username} | becomes
    answer(document, [said.format(document["username"])], as_json)


def _found(session: Session, name: str) -> Account:
    try:
        return accounts.find(session, name)
    except NotFound:
        wrong(f"No hay ninguna cuenta «{name}».")
