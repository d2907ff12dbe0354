"""What each case of a list still needs, asked for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import Reason
from compassionate.models import CaseLine, Contribution, Region, Request, RequestPacks, Visit
from compassionate.services.worklists import WorkRow
from compassionate.workflow.facts import Facts, RequestFacts
from compassionate.workflow.guards import GUARDS

PAPERWORK = ("packs_calculated", "import_stated", "sponsor_willing", "sponsor_agreement_given", "committee_favourable")


def contributed(session: Session, account_id: str, rows: Iterable[WorkRow]) -> frozenset[str]:
    """Which of these cases somebody opened, edited or signed: those they may not endorse (RD 1015/2009 art. 8.1)."""
    wanted = select(Contribution.case_id).where(
        Contribution.account_id == account_id, Contribution.case_id.in_([row.id for row in rows])
    )
    return frozenset(session.scalars(wanted))


def region_states(session: Session, rows: Iterable[WorkRow]) -> dict[str, dict[tuple[str, str], str]]:
    """What runs beside each of these cases: (kind, instance) -> state."""
    found: dict[str, dict[tuple[str, str], str]] = {row.id: {} for row in rows}
    wanted = select(Region.case_id, Region.kind, Region.instance, Region.state).where(Region.case_id.in_(found))
    for case_id, kind, instance, state in session.execute(wanted):
        found[case_id][kind, instance] = state
    return found


def next_visits(session: Session, rows: Iterable[WorkRow]) -> dict[str, tuple[str, date | None]]:
    """The first visit still planned of each of these cases, and its day."""
    ids = [row.id for row in rows]
    wanted = (
        select(Visit.case_id, Visit.name, Visit.planned_on)
        .where(Visit.case_id.in_(ids), Visit.status == "planned")
        .order_by(Visit.months.desc())
    )
    return {case_id: (name, on) for case_id, name, on in session.execute(wanted)}


def missing_papers(session: Session, rows: Sequence[WorkRow], today: date) -> dict[str, tuple[Reason, ...]]:
    """What pharmacy still owes to each of these requests: the guards of the endorsement, asked from few facts."""
    regions, packs = region_states(session, rows), _requests(session, rows)
    found: dict[str, tuple[Reason, ...]] = {}
    for row in rows:
        calculated, stated = packs.get(row.id, (False, False))
        facts = Facts(
            today,
            sponsor_willing=row.willing,
            sponsor_agreement=regions[row.id].get(("sponsor_agreement", "sponsor"), "not_needed"),
            committee=_any(regions[row.id], "committee"),
            request=RequestFacts(packs_calculated=calculated, import_stated=stated),
        )
        found[row.id] = tuple(reason for name in PAPERWORK for reason in GUARDS[name](facts, None, None))
    return found


def _any(states: dict[tuple[str, str], str], kind: str) -> str:
    return next((state for (held, _), state in states.items() if held == kind), "not_needed")


def _requests(session: Session, rows: Iterable[WorkRow]) -> dict[str, tuple[bool, bool]]:
    """Of each case's first request: whether every line has its packs, and whether import is stated."""
    lines = select(func.count()).select_from(CaseLine).where(CaseLine.case_id == Request.case_id).scalar_subquery()
    packs = (
        select(func.count()).select_from(RequestPacks).where(RequestPacks.request_id == Request.id).scalar_subquery()
    )
    wanted = select(Request.case_id, packs, lines, Request.needs_import).where(
        Request.number == 0, Request.case_id.in_([row.id for row in rows])
    )
    return {
        case_id: (done >= asked > 0, stated is not None) for case_id, done, asked, stated in session.execute(wanted)
    }
