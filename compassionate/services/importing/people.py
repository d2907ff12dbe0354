"""The people of a case that came: accounts that nobody can log in to until an administrator invites them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Account, Centre
from compassionate.services import accounts, operators
from compassionate.services.actors import Actor
from compassionate.services.snapshots.parties import director_on
from compassionate.snapshot import Person
from compassionate.workflow.roles import Role

LONGEST = 50
DETAILS = ("collegiate_number", "specialty", "service", "telephone")


class People:
    """Accounts by name: those who came before are the same people, those who log in here never are."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session, self._actor, self._now = session, actor, now
        self._by_name: dict[str, Account] = {}

    def of(self, person: Person) -> Account:
        """The account of somebody of whom all is said; one of that name and those details that came before."""
        wanted = select(Account).where(Account.imported_at.is_not(None), Account.name == person.name)
        wanted = wanted.where(*(getattr(Account, name) == getattr(person, name) for name in DETAILS))
        known = [row for row in self._session.scalars(wanted.order_by(Account.id)) if (row.email or "") == person.email]
        account = known[0] if known else self._make(person)
        return self._by_name.setdefault(person.name, account) if not person.role else self._keep(account)

    def _keep(self, account: Account) -> Account:
        self._by_name.setdefault(account.name, account)
        return account

    def named(self, name: str) -> Account:
        """The account of somebody of whom no more than the name is said."""
        if name not in self._by_name:
            self._by_name[name] = self._find(name) or self._make(Person(name))
        return self._by_name[name]

    def _find(self, name: str) -> Account | None:
        if name == operators.NAME:
            return operators.own_account(self._session, self._actor.operator, self._now)
        wanted = select(Account).where(Account.imported_at.is_not(None), Account.name == name)
        return self._session.scalar(wanted.order_by(Account.id).limit(1))

    def _make(self, person: Person) -> Account:
        username = self._username(person.name)
        details = (person.email, person.collegiate_number, person.specialty, person.service, person.telephone)
        given = accounts.Person(username, person.name or username, *details)
        account = accounts.create(self._session, self._actor, given, None, self._now)
        account.name, account.imported_at = person.name, self._now
        self._session.flush()
        return account

    def _username(self, name: str) -> str:
        """A user name that nobody has or had; an administrator gives the person a link, not this name a meaning."""
        folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        base = ".".join(re.findall(r"[a-z0-9]+", folded))[:LONGEST].strip(".") or "persona"
        number = 1
        while True:
            username = f"{base}.{number}" if number > 1 or len(base) < 2 else base
            if not accounts.username_errors(self._session, username):
                return username
            number += 1

    def hold(self, account: Account, centre: Centre, role: Role, since: date, until: date | None = None) -> None:
        """Give a role that the case says somebody holds, where they do not hold it already."""
        try:
            accounts.grant(self._session, self._actor, account, centre, role, self._now, since, until)
        except Invalid:
            return

    def direct(self, centre: Centre, name: str, day: date, since: date, until: date | None) -> None:
        """Let somebody have directed a centre on a day, where the centre does not know that already.

        For as long as is told; for that day alone where they do so at another time already.
        """
        for first, last in ((since, until), (day, day)):
            if name and director_on(self._session, centre.id, day) != name:
                self.hold(self.named(name), centre, Role.DIRECTOR, first, last)
