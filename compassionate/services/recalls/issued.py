"""The report of a recall as an issued document: of one centre, its subject is the code of the recall."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from compassionate.services.recalls.finding import recall_of
from compassionate.services.recalls.report import report, told
from compassionate.statistics.tables import Report
from compassionate.workflow.permissions import READERS

if TYPE_CHECKING:
    from compassionate.services.report_kinds import Wanted

KIND, VERSION = "recall_report", "2026-11-24"
READ_BY = READERS


def made(wanted: Wanted) -> Report:
    """The report as far as the centre's own cases go; raises NotFound for a recall that does not hold there."""
    recall = recall_of(wanted.session, wanted.actor, wanted.subject)
    return report(told(wanted.session, wanted.actor, recall, wanted.language))


def page(centre: str, subject: str) -> str:
    """The address of its page."""
    return f"/retiradas/{subject}?{urlencode({'centre': centre})}"
