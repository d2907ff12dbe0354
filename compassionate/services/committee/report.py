"""The report as a whole: who may have it, what is read, what is counted, in words.

RD 1015/2009 art. 11.2 puts the use under the centre's management, whose committee is told here what came of it; no
patient is named, and figures about few are not told (GDPR art. 25, recital 26; RET-04).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.committee import costs, rows, sections
from compassionate.services.committee.costs import Delivered
from compassionate.services.committee.figures import Figures, Read, figures
from compassionate.services.committee.periods import Period
from compassionate.services.committee.rows import Scope
from compassionate.services.durations import Durations, Filters, durations
from compassionate.services.visibility import not_blocked
from compassionate.services.visit_window import room
from compassionate.statistics.tables import Report
from compassionate.workflow.roles import Role

READ_BY = (Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER)


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that the report says, before it is put into words."""

    centre: Centre
    period: Period
    now: Figures
    before: Figures
    products: dict[str, str]
    indications: list[str]
    delivered: list[Delivered]
    time: Durations
    time_before: Durations


def centres(session: Session, actor: Actor) -> list[Centre]:
    """The centres whose report this person may have."""
    mine = actor.centres(*READ_BY)
    return list(session.scalars(select(Centre).where(Centre.id.in_(mine)).order_by(Centre.code)))


def centre_of(session: Session, actor: Actor, code: str) -> Centre:
    """The centre of that code, or the first where none is named; raises NotFound for one that is not theirs."""
    found = [each for each in centres(session, actor) if code in ("", each.code)]
    if not found:
        raise NotFound
    return found[0]


def counted(session: Session, actor: Actor, centre: Centre, period: Period, now: datetime) -> Counted:
    """Count the period and the one before, of the cases of one centre that this person may know of."""
    if centre.id not in actor.centres(*READ_BY):
        raise NotFound
    before = period.before()
    scope = Scope((Case.centre_id == centre.id, not_blocked(actor)), before.begins_at)
    read = _read(session, scope, centre, rows.day_of(now))
    filed = [each for each in read.filings if period.holds(each.filed_on)]
    known = rows.indications(session, scope, {each.case_id for each in filed})
    return Counted(
        centre,
        period,
        figures(read, period),
        figures(read, before),
        {row.id: row.name for row in session.scalars(select(Product))},
        [known.get(each.case_id, "") for each in filed],
        costs.delivered(session, scope),
        _time(session, actor, centre, period, now),
        _time(session, actor, centre, before, now),
    )


def _read(session: Session, scope: Scope, centre: Centre, today: date) -> Read:
    filed = rows.filings(session, scope)
    return Read(
        filed,
        rows.decisions(session, scope, filed),
        rows.asked(session, scope),
        rows.begun(session, scope),
        list(rows.ended(session, scope)),
        list(rows.visits(session, scope)),
        rows.reactions(session, scope),
        room(centre),
        today,
    )


def _time(session: Session, actor: Actor, centre: Centre, period: Period, now: datetime) -> Durations:
    return durations(session, actor, Filters(period.from_on, period.until_on, (centre.id,)), now)


def report(
    session: Session, actor: Actor, centre: Centre, period: Period, now: datetime, least: int, language: str = "es"
) -> Report:
    """The report in words and tables; raises NotFound for a centre whose report is not this person's."""
    return sections.report(counted(session, actor, centre, period, now), now, least, language)
