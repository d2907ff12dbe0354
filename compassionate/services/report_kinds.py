"""The reports that are issued as documents though they are of no case: who may have each, and who makes it.

One line a report is all that it takes to be printed, sealed, kept, verified, compared and backed up like a document of
a case (services/reports.py); its words are `document_kind.<id>` and `print.kicker.<id>`, and its page shows
`issued_reports.shown` (web/issued_reports.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Centre
from compassionate.services.actors import Actor
from compassionate.services.committee import issued as committee
from compassionate.services.outcomes import issued as outcomes
from compassionate.services.recalls import issued as recalls
from compassionate.statistics.tables import Report
from compassionate.workflow.roles import Role


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report to be made: `subject` names what of (a period, a programme, a batch), `least` the smallest group told.

    `actor` holds the roles that have the report and is nobody: it says the same whoever asks for it.
    """

    session: Session
    actor: Actor
    centre: Centre
    subject: str
    now: datetime
    least: int
    language: str


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of report. `make` raises NotFound for a subject that there is not; `file` begins its file names.

    `page` is where a report of a centre (its code) and a subject is looked at.
    """

    id: str
    file: str
    read_by: tuple[Role, ...]
    make: Callable[[Wanted], Report]
    page: Callable[[str, str], str]
    template_version: str


KINDS: dict[str, ReportKind] = {
    each.id: each
    for each in (
        ReportKind("committee_report", "comision", committee.READ_BY, committee.made, committee.page, "2026-11-24"),
        ReportKind(recalls.KIND, "retirada", recalls.READ_BY, recalls.made, recalls.page, recalls.VERSION),
        ReportKind("cohort_report", "resultados", outcomes.READ_BY, outcomes.made, outcomes.page, "2026-12-01"),
    )
}
READ_BY = tuple(sorted({role for kind in KINDS.values() for role in kind.read_by}))


def report_kind(kind_id: str) -> ReportKind:
    """The kind of that id; raises NotFound."""
    held = KINDS.get(kind_id)
    if held is None:
        raise NotFound
    return held
