"""The facts that guards read: plain frozen data, gathered by a service, invented freely by a test.

Dates are civil dates of the centre; instants carry a zone. Numbers of packs are whole packs, units are
the smallest part of a pack that is given (a vial, a syringe, a tablet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from compassionate.workflow.cell_facts import NO_CELLS, CellFacts
from compassionate.workflow.roles import Role


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the account and the roles it holds at the case's centre today.

    `withheld`: roles held there, but not for a request like this one (on duty: for urgent ones alone).
    """

    account_id: str
    roles: frozenset[Role]
    withheld: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line (presentation) of the case: what was asked for, granted and used."""

    number: int
    packs_requested: int = 0
    packs_granted: int = 0
    units_per_pack: int = 1
    units_used: int = 0
    calculated: bool = False

    @property
    def units_left(self) -> int:
        """Units that the authorisations still allow, granted and additional together."""
        return self.packs_granted * self.units_per_pack - self.units_used


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch of a line in the pharmacy: where it stands, what is left of it in units, and the recall against it."""

    line: int
    batch: str
    expires_on: date
    status: str
    units_left: int
    dispensed_left: int = 0
    recall: str = ""


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One kind of written consent: its state, and the dates of information and signature."""

    kind: str
    state: str
    informed_on: date | None = None
    signed_on: date | None = None


@dataclass(frozen=True, slots=True)
class AuthorisationFacts:
    """The agency's authorisation as recorded: in writing or only by telephone, and until when."""

    decided_on: date
    written: bool
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is ready in one request (number 0: the first; 1 and up: its continuations).

    `follows`: the parts that it may complete after its filing, being urgent (workflow/urgent.py).
    """

    number: int = 0
    report_signed: bool = False
    posology_stated: bool = False
    packs_calculated: bool = False
    import_stated: bool = True
    endorsement_current: bool = False
    dossier_current: bool = False
    follows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the guards of any pathway may ask about one case, as of `today`."""

    today: date
    patient_identified: bool = False
    product_chosen: bool = False
    hospital_centre: bool = True
    eligibility: Mapping[str, Any] = field(default_factory=dict)
    unmet_criteria: tuple[str, ...] = ()
    route: str = ""  # where the classification of the product leads; empty while nobody classified it
    sponsor_willing: bool = False
    sponsor_agreement: str = "not_needed"
    committee: str = "not_needed"
    request: RequestFacts = RequestFacts()
    contributors: frozenset[str] = frozenset()
    case_state: str = ""
    authorisation: AuthorisationFacts | None = None
    consents_required: tuple[str, ...] = ()
    consents: tuple[ConsentFacts, ...] = ()
    lines: tuple[LineFacts, ...] = ()
    batches: tuple[BatchFacts, ...] = ()
    insurance_held: bool = True
    doses_given: int = 0
    contact_attempts: int = 0
    contact_channels: int = 0
    contact_attempts_wanted: int = 3
    contact_channels_wanted: int = 2
    open_clocks: tuple[str, ...] = ()
    appeal_settled: bool = True
    appeal_named: str = ""
    appeal_answer_due_on: date | None = None
    request_filed: bool = False
    notification_terms: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    reactions_open: int = 0
    units_unaccounted: Mapping[int, int] = field(default_factory=dict)
    visits_owed: tuple[str, ...] = ()
    follow_up_forms_owed: bool = False
    urgent_owed: tuple[str, ...] = ()
    cells: CellFacts = NO_CELLS

    def line(self, number: int) -> LineFacts | None:
        """The line of that number, or None."""
        return next((line for line in self.lines if line.number == number), None)
