"""The facts of a case's cells, gathered for the guards from what was recorded of the newest attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case, CustodyEvent, Dose, Procurement
from compassionate.models.vault import unseal
from compassionate.services.cells import rows
from compassionate.services.cells.results import Owed, owed
from compassionate.services.cells.starting import BEGINNING, works_with_cells
from compassionate.services.programmes import programme_of
from compassionate.workflow.cell_facts import NEEDED_NOT, NO_CELLS, CellFacts, Sample
from compassionate.workflow.cells import REGION, SEROLOGY

CHECK = "check_cells_identity"


def cell_facts(session: Session, case: Case, now: datetime) -> CellFacts:
    """Where the cells of a case stand; `NO_CELLS` for a case that works without them."""
    region = next((row for row in case.regions if row.kind == REGION), None)
    state = region.state if region else BEGINNING if works_with_cells(session, case) else NEEDED_NOT
    if state == NEEDED_NOT:
        return NO_CELLS
    held = rows.current(session, case)
    serology, sample = _donor(session, case, held)
    if held is None:
        return CellFacts(state=state, now=now, serology=serology, sample=sample)
    events = rows.chain(session, held)
    first, verified_at = _checks(events)
    stands = _owed(session, case, held)
    return CellFacts(
        state=state,
        attempt=held.number,
        now=now,
        serology=serology,
        sample=sample,
        hold=hold_of(session, case, events),
        temperature=_temperature(events),
        batch=held.batch,
        line=held.line_number or 0,
        expires_at=held.expires_at,
        verified_at=verified_at,
        first_checker=first,
        accepted_by=held.accepted_by_id or "",
        testers=frozenset(row.by_id for row in rows.results(session, held)),
        tests_missing=stands.missing,
        tests_failed=stands.failed,
        tests_chased=_chased(session, case),
        dose_recorded=_dose_recorded(session, case, held),
        dispatched=held.dispatched_at is not None,
    )


def _owed(session: Session, case: Case, held: Procurement) -> Owed:
    return owed(programme_of(session, case), rows.results(session, held))


def _chased(session: Session, case: Case) -> tuple[str, ...]:
    """Results that may follow, of every batch that was released: those of an earlier attempt are owed as well."""
    released = [each for each in rows.attempts(session, case) if each.released_at is not None]
    return tuple(dict.fromkeys(test for each in released for test in _owed(session, case, each).chased))


def _donor(session: Session, case: Case, held: Procurement | None) -> tuple[dict[str, str], Sample]:
    row = rows.evaluation(session, case)
    details = (unseal(session, row, "details", case.key_id) or {}) if row else {}
    taken = civil_date(held.procured_at, case.centre.zone) if held and held.procured_at else None
    repeated = details.get("repeated_on")
    sample = Sample(
        row.drawn_on if row else None,
        taken,
        nat=bool(details.get("nat")),
        repeated_on=date.fromisoformat(repeated) if repeated else None,
        exception=bool(details.get("sample_exception")),
    )
    return {test: details["serology"][test] for test in SEROLOGY if test in details.get("serology", {})}, sample


def hold_of(session: Session, case: Case, events: Iterable[CustodyEvent]) -> tuple[str, str] | None:
    """Both sides of the mismatch that stands; None where there is none, or where the last one was lifted."""
    last = next((row for row in reversed(list(events)) if row.verdict in ("mismatch", "lifted")), None)
    if last is None or last.verdict == "lifted":
        return None
    details = unseal(session, last, "details", case.key_id) or {}
    return str(details.get("expected", "")), str(details.get("found", ""))


def _temperature(events: list[CustodyEvent]) -> str:
    """Empty where the last that was said of it is good; `open` while nobody has judged an excursion."""
    verdicts = [row.verdict for row in events if row.verdict in ("excursion", "fit", "unfit")]
    if "unfit" in verdicts:
        return "unfit"
    return "open" if verdicts and verdicts[-1] == "excursion" else ""


@dataclass(frozen=True, slots=True)
class _Check:
    by: str
    at: datetime


def _checks(events: list[CustodyEvent]) -> tuple[str, datetime | None]:
    """Who compared patient and product first, and when the second did; a hold in between makes both begin again."""
    found: list[_Check] = []
    for row in events:
        if row.kind == CHECK:
            found.append(_Check(row.by_id, row.at))
        elif row.verdict == "mismatch" and len(found) < 2:
            found = []
    return found[0].by if found else "", found[1].at if len(found) > 1 else None


def _dose_recorded(session: Session, case: Case, held: Procurement) -> bool:
    """Whether an administration of this attempt's batch is in the record of the treatment."""
    wanted = select(Dose.id).where(
        Dose.case_id == case.id,
        Dose.act == "administration",
        Dose.batch == held.batch,
        Dose.line_number == held.line_number,
    )
    return bool(held.batch) and session.scalar(wanted.limit(1)) is not None
