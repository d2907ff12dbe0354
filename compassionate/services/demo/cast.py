"""The people of the demonstration: every role at the first hospital, two at the second. Nobody is real."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from compassionate.models import Account, Centre
from compassionate.services import accounts
from compassionate.services.actors import Actor, actor_of
from compassionate.services.operators import at_the_machine
from compassionate.workflow.roles import Role

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else
HASH = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays what: a user name, an invented name, roles and what a doctor signs with."""

    username: str
    name: str
    role: Role
    collegiate_number: str = ""
    specialty: str = ""
    service: str = ""


FIRST = (
    Part("medico.hga", "Elena Vega Demostración", Role.PHYSICIAN, "282800101", "Traumatología", "Unidad del Dolor"),
    Part("farmacia.hga", "Andrés Soto Demostración", Role.PHARMACIST, "281900202", "Farmacia Hospitalaria", "Farmacia"),
    Part("direccion.hga", "Carmen Robles Demostración", Role.DIRECTOR, service="Dirección Médica"),
    Part("tramitacion.hga", "Luis Prado Demostración", Role.REGULATORY_OFFICER, service="Asuntos regulatorios"),
    Part("enfermeria.hga", "Nuria Casas Demostración", Role.NURSE, service="Hospital de día"),
    Part("residente.hga", "Pablo Merino Demostración", Role.RESIDENT, service="Unidad del Dolor"),
    Part("tecnico.hga", "Rosa Lago Demostración", Role.TECHNICIAN, service="Farmacia"),
    Part("celulas.hga", "Irene Salas Demostración", Role.CELL_UNIT, service="Unidad de terapia celular"),
    Part("tejidos.hga", "Marta Ibáñez Demostración", Role.RESPONSIBLE_PERSON, service="Establecimiento de tejidos"),
    Part("fabricante.hga", "Jorge Pinto Demostración", Role.QUALIFIED_PERSON, service="Unidad de terapia celular"),
    Part("farmacovigilancia.hga", "Sara Ferrer Demostración", Role.PHARMACOVIGILANCE_OFFICER, service="Farmacia"),
    Part("auditoria.hga", "Tomás Rey Demostración", Role.AUDITOR, service="Calidad"),
    Part("administracion.hga", "Lucía Mora Demostración", Role.ADMINISTRATOR, service="Sistemas de información"),
)
SECOND = (
    Part("medico.hgb", "Jordi Puig Demostración", Role.PHYSICIAN, "081700303", "Traumatología", "Cirugía ortopédica"),
    Part("farmacia.hgb", "Laia Serra Demostración", Role.PHARMACIST, "080900404", "Farmacia Hospitalaria", "Farmacia"),
)


@dataclass(frozen=True, slots=True)
class Player:
    """A part that is played: the account, and the password that the demonstration gives away."""

    part: Part
    centre: str
    account: Account
    password: str


def new_password() -> str:
    """Four groups of four letters and figures: easy to type, hard to guess."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def hire(
    session: Session, centre: Centre, parts: tuple[Part, ...], hash_password: HASH, since: date, now: datetime
) -> dict[str, Player]:
    """An account for each part at a centre, by role id."""
    return {part.role.value: _hire(session, centre, part, hash_password, since, now) for part in parts}


def _hire(session: Session, centre: Centre, part: Part, hash_password: HASH, since: date, now: datetime) -> Player:
    password, author = new_password(), at_the_machine("demo")
    person = accounts.Person(
        part.username,
        part.name,
        f"{part.username}@hospital-demo.example",
        part.collegiate_number,
        part.specialty,
        part.service,
        "900 000 000",
    )
    account = accounts.create(session, author, person, hash_password(password), now)
    accounts.grant(session, author, account, centre, part.role, now, since)
    return Player(part, centre.code, account, password)


def actors(players: dict[str, Player], today: date) -> dict[str, Actor]:
    """The players as actors, by role id."""
    return {role: actor_of(player.account, today) for role, player in players.items()}
