"""Whoever stands at the machine: reads codes at every centre, acts only in somebody's name or as the command line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Account, Case, Centre
from compassionate.services import accounts
from compassionate.services.actors import Actor, Held
from compassionate.workflow.roles import Role

COMMAND_LINE, NAME = "linea-de-ordenes", "Línea de órdenes"


def at_the_machine(operator: str) -> Actor:
    """Nobody's account: the audit row says who typed, and no case can be seen or written."""
    return Actor("", "", operator, (), operator=operator)


def reader(session: Session, operator: str) -> Actor:
    """An actor who reads every centre's cases as an auditor does, and may write nothing."""
    held = tuple(Held(Role.AUDITOR, centre.id, centre.code) for centre in session.scalars(select(Centre)))
    return Actor("", "", operator, held, operator=operator)


def own_account(session: Session, operator: str, now: datetime) -> Account:
    """The account of the command line itself, made when it is first needed."""
    account = session.scalar(select(Account).where(Account.username == COMMAND_LINE))
    if account is None:
        author, person = at_the_machine(operator), accounts.Person(COMMAND_LINE, NAME)
        account = accounts.create(session, author, person, None, now)
        accounts.set_active(session, author, account, False, now)
    return account


def command_line(session: Session, case: Case, operator: str, now: datetime) -> Actor:
    """The command line itself, for acts that are nobody's signature (printing a document).

    Its account cannot log in and holds no role; it acts on this case as the regulatory office would.
    """
    account = own_account(session, operator, now)
    held = (Held(Role.REGULATORY_OFFICER, case.centre_id, case.centre.code),)
    return Actor(account.id, account.username, account.name, held, operator=operator)
