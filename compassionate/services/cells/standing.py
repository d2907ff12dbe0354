"""Where a case's cells stand, for those who look: the attempt, its chain, its results against the specification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Account, Case, CellContainer, CellIncident, CellTest, CustodyEvent, Procurement
from compassionate.models.vault import unseal
from compassionate.programmes.model import ReleaseTest
from compassionate.services.cells import rows
from compassionate.services.cells.facts import cell_facts
from compassionate.services.programmes import programme_of
from compassionate.workflow.cell_facts import CellFacts


@dataclass(frozen=True, slots=True)
class Happened:
    """One link of the chain, with what was sealed of it opened."""

    row: CustodyEvent
    by: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A test of the specification with its newest result, if there is one."""

    test: ReleaseTest
    result: CellTest | None
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt with all that is known of it."""

    row: Procurement
    said: dict[str, Any]
    chain: tuple[Happened, ...]
    containers: tuple[CellContainer, ...]
    tests: tuple[Asked, ...]
    incidents: tuple[CellIncident, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The cells of a case: what the guards know, and every attempt, the newest first."""

    facts: CellFacts
    attempts: tuple[Attempt, ...]
    is_biological_risk: bool


def standing(session: Session, case: Case, now: datetime) -> Standing:
    """Everything that is known of the cells of a case (RDL 9/2014 art. 33: traceable both ways)."""
    facts = cell_facts(session, case, now)
    held = tuple(_attempt(session, case, row) for row in reversed(rows.attempts(session, case)))
    return Standing(facts, held, "positive" in facts.serology.values())


def _attempt(session: Session, case: Case, row: Procurement) -> Attempt:
    said = (unseal(session, row, "details", case.key_id) or {}) if row.details else {}
    results = rows.results(session, row)
    newest, times = rows.standing_results(results), [each.test for each in results]
    programme = programme_of(session, case)
    tests = tuple(
        Asked(test, newest.get(test.id), max(times.count(test.id) - 1, 0))
        for test in (programme.release_tests if programme else ())
    )
    chain = tuple(_happened(session, case, each) for each in rows.chain(session, row))
    return Attempt(row, said, chain, tuple(rows.containers(session, row)), tests, rows.incidents(session, row))


def _happened(session: Session, case: Case, row: CustodyEvent) -> Happened:
    account = session.get(Account, row.by_id)
    return Happened(row, account.name if account else "", unseal(session, row, "details", case.key_id) or {})
