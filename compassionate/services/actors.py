"""Who acts: an account with the roles that it holds today, centre by centre."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from compassionate.models import Account
from compassionate.services.memberships import ON_DUTY, in_force
from compassionate.services.proofs import Proof
from compassionate.workflow.facts import Asker
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role


@dataclass(frozen=True, slots=True)
class Held:
    """One role at one centre, with the delegation that it rests on, if any; `on_duty`: for urgent requests alone."""

    role: Role
    centre_id: str
    centre_code: str
    delegation: str = ""
    on_duty: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in action; `operator` is who typed on their behalf at the command line.

    `proof`: they showed who they are, for one signature (services/proofs.py).
    """

    account_id: str
    username: str
    name: str
    held: tuple[Held, ...]
    collegiate_number: str = ""
    operator: str = ""
    proof: Proof | None = None

    def with_proof(self, proof: Proof) -> Actor:
        """The same person, about to give one signature."""
        return replace(self, proof=proof)

    def roles_at(self, centre_id: str) -> frozenset[Role]:
        """The roles held at a centre today."""
        return frozenset(held.role for held in self.held if held.centre_id == centre_id)

    def roles(self) -> frozenset[Role]:
        """Every role held anywhere today."""
        return frozenset(held.role for held in self.held)

    def centres(self, *roles: Role) -> tuple[str, ...]:
        """Ids of the centres where one of these roles is held (none named: a role that reads cases)."""
        wanted = set(roles or READERS)
        return tuple(sorted({held.centre_id for held in self.held if held.role in wanted}))

    def asker_at(self, centre_id: str, urgent: bool = False) -> Asker:
        """The actor as the engine sees them at a centre, for an urgent request or (False) for any other."""
        withheld = frozenset() if urgent else self.on_duty_alone(centre_id)
        return Asker(self.account_id, self.roles_at(centre_id) - withheld, withheld)

    def on_duty_alone(self, centre_id: str) -> frozenset[Role]:
        """The roles held at a centre by nothing but being on duty: for its urgent requests, until completed."""
        here = [held for held in self.held if held.centre_id == centre_id]
        return frozenset(held.role for held in here) - frozenset(held.role for held in here if not held.on_duty)

    def delegation_at(self, centre_id: str, role: Role) -> str:
        """The delegation under which a role is held at a centre; empty for one of their own."""
        here = [held for held in self.held if held.centre_id == centre_id and held.role == role]
        return min(here, key=lambda held: held.on_duty).delegation if here else ""


def _delegation(wording: str, act: str) -> str:
    return ", ".join(part for part in (wording, act) if part)


def actor_of(account: Account, today: date, operator: str = "") -> Actor:
    """The account as an actor, with the memberships that are in force today; a disabled account holds none."""
    held = tuple(
        Held(
            Role(row.role),
            row.centre_id,
            row.centre.code,
            _delegation(row.delegation_wording, row.delegation_act),
            row.delegation_wording == ON_DUTY,
        )
        for row in account.memberships
        if account.active and in_force(row, today)
    )
    return Actor(account.id, account.username, account.name, held, account.collegiate_number, operator)
