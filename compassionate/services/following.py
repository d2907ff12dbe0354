"""What an urgent request of a hospital may complete after its filing, and what it still owes (workflow/urgent.py)."""

from __future__ import annotations

from compassionate.models import Case, Request
from compassionate.workflow.urgent import AGREEMENT, COMMITTEE, REPORT, may_follow

ENDED = ("withdrawn", "deemed_withdrawn", "denied", "closed", "deceased")
SETTLED = {AGREEMENT: ("not_needed", "given"), COMMITTEE: ("not_needed", "favourable")}
REGIONS = {AGREEMENT: "sponsor_agreement", COMMITTEE: "committee"}


def follows(case: Case, request: Request) -> frozenset[str]:
    """The parts that an urgent request may complete after its filing; a later one's short report never does."""
    if not request.urgent:
        return frozenset()
    return may_follow(case.centre.settings) - (frozenset((REPORT,)) if request.number else frozenset())


def owed_parts(case: Case, request: Request) -> tuple[str, ...]:
    """The parts that an urgent request still owes since it was filed; none where it is not, or its case ended."""
    if not request.urgent or request.submitted_at is None or case.state in ENDED:
        return ()
    stands = {row.kind: row.state for row in case.regions}
    owed = [part for part, kind in REGIONS.items() if stands.get(kind, "not_needed") not in SETTLED[part]]
    return tuple(([REPORT] if request.report_owed else []) + owed)


def owed_of_first(case: Case) -> tuple[str, ...]:
    """What the request that the treatment rests on still owes."""
    return next((owed_parts(case, row) for row in case.requests if row.number == 0), ())
