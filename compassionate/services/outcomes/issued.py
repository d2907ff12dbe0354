"""The report of a cohort as an issued document of one centre: its subject is the programme.

It leaves the hospital: patients have numbers and no codes, and groups too small to hide anybody are not told (RET-04).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from compassionate.errors import NotFound
from compassionate.services.outcomes import comparators
from compassionate.services.outcomes.cohort import Filters, cohort
from compassionate.services.outcomes.known import known, programme
from compassionate.services.outcomes.sections import Asked, report
from compassionate.statistics.tables import Report
from compassionate.workflow.roles import Role

if TYPE_CHECKING:
    from compassionate.services.report_kinds import Wanted

READ_BY = (Role.PHYSICIAN, Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER)


def made(wanted: Wanted) -> Report:
    """The report of a programme at a centre; raises NotFound for a programme that there is not."""
    session, code = wanted.session, wanted.subject
    held = programme(session, code) if code in known(session) else None
    if held is None:
        raise NotFound
    counted = cohort(session, wanted.actor, code, wanted.now, Filters((wanted.centre.id,)))
    asked = Asked(
        counted,
        comparators.arms(session, held, wanted.language),
        held.name.said(wanted.language),
        wanted.centre.name,
        held.primary.measure.instrument,
    )
    return report(asked, wanted.now, wanted.least, wanted.language)


def page(centre: str, subject: str) -> str:
    """The address of its page."""
    return f"/resultados/{quote(subject)}?{urlencode({'centre': centre})}"
