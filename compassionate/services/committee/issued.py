"""The committee's report as an issued document: its subject is the days that it counts, as ISO dates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from compassionate.errors import NotFound
from compassionate.services.committee.periods import DAY, LONGEST, Period
from compassionate.services.committee.report import READ_BY, report
from compassionate.statistics.tables import Report

if TYPE_CHECKING:
    from compassionate.services.report_kinds import Wanted

__all__ = ["READ_BY", "made", "page", "period_of", "subject_of"]


def subject_of(period: Period) -> str:
    """What names the report of a period."""
    return f"{period.from_on.isoformat()}/{period.last_on.isoformat()}"


def period_of(subject: str) -> Period:
    """The period that a subject names; raises NotFound."""
    try:
        first, last = (date.fromisoformat(each) for each in subject.split("/"))
        period = Period(first, last + DAY)
    except (ValueError, OverflowError) as error:
        raise NotFound from error
    if not 0 < (period.until_on - period.from_on).days <= LONGEST or subject != subject_of(period):
        raise NotFound
    return period


def made(wanted: Wanted) -> Report:
    """The report, as the page shows it."""
    period = period_of(wanted.subject)
    return report(wanted.session, wanted.actor, wanted.centre, period, wanted.now, wanted.least, wanted.language)


def page(centre: str, subject: str) -> str:
    """The address of its page."""
    period = period_of(subject)
    days = {"from": period.from_on.isoformat(), "until": period.last_on.isoformat()}
    if period.quarter is not None:
        days = {"quarter": "{}-{}".format(*period.quarter)}
    return f"/informes/comision?{urlencode({'centre': centre} | days)}"
