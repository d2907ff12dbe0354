"""A person's calendar: when clocks end, visits are planned and medicine is due; case code and kind, never a patient.

Read at a secret address without a log-in, so it holds what such an address may lose: RET-03. Of its 256 random bits the
database keeps a hash. Whoever is disabled or lost their roles has no calendar; a blocked case is in none (ACL-07).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE
from compassionate.deadlines.rules import rules
from compassionate.errors import NotFound
from compassionate.exports.calendar_files import Entry
from compassionate.models import Account, CalendarFeed, Case, Clock, ClockMove, Dose, Visit
from compassionate.services import audit
from compassionate.services.actors import Actor, actor_of
from compassionate.words import say
from compassionate.workflow.roles import Role

TOKEN_BYTES, LONGEST_TOKEN = 32, 64
PAST, AHEAD, MOST = timedelta(days=31), timedelta(days=400), 500
SOURCE = "compassionate.invalid"
SEES_ALL = (Role.PHARMACIST, Role.NURSE, Role.REGULATORY_OFFICER, Role.TECHNICIAN)


def digest_of(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def made_at(session: Session, actor: Actor) -> datetime | None:
    """Since when this person's calendar has its address; None without one."""
    held = session.get(CalendarFeed, actor.account_id)
    return held.made_at if held else None


def make(session: Session, actor: Actor, now: datetime) -> str:
    """A new address, told once; the one before leads nowhere from now on. Returns the token."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.merge(CalendarFeed(account_id=actor.account_id, digest=digest_of(token), made_at=now))
    audit.append(session, actor, "make_calendar", now)
    return token


def revoke(session: Session, actor: Actor, now: datetime) -> None:
    """Take the address away; nothing where there is none."""
    held = session.get(CalendarFeed, actor.account_id)
    if held is not None:
        session.delete(held)
        audit.append(session, actor, "revoke_calendar", now)


def owner(session: Session, token: str, now: datetime) -> tuple[Account, Actor]:
    """Whose calendar it is; raises NotFound alike for a token never made, one taken away and a disabled account."""
    if len(token) > LONGEST_TOKEN:
        raise NotFound
    held = select(Account).join(CalendarFeed, CalendarFeed.account_id == Account.id)
    account = session.scalar(held.where(CalendarFeed.digest == digest_of(token)))
    if account is None or not account.active or account.locked_at is not None:
        raise NotFound
    return account, actor_of(account, now.astimezone(AGENCY_ZONE).date())


def entries(
    session: Session, actor: Actor, language: str, now: datetime, base_url: str = ""
) -> list[tuple[str, Entry]]:
    """What this person's calendar says, each with its case's code, the nearest first."""
    today = now.astimezone(AGENCY_ZONE).date()
    span = today - PAST, today + AHEAD
    found = [*_clocks(session, actor, span, language), *_visits(session, actor, span, language)]
    found += _doses(session, actor, span, language)
    dated = sorted(((case, entry) for case, entry in found), key=lambda each: (each[1].on, each[1].uid))[:MOST]
    return [
        (case.code, Entry(e.uid, e.on, f"{case.code} · {e.summary}", e.sequence, e.changed_at, _page(base_url, case)))
        for case, e in dated
    ]


def _page(base_url: str, case: Case) -> str:
    return f"{base_url}/expedientes/{case.code}" if base_url else ""


def _known(actor: Actor, *columns: Any) -> Select[Any]:
    """Cases that are this person's own, or of a centre where a role of theirs looks after all of them; none blocked."""
    own = or_(Case.physician_id == actor.account_id, Case.pharmacist_id == actor.account_id)
    mine = and_(own, Case.centre_id.in_(actor.centres()))
    wanted = or_(mine, Case.centre_id.in_(actor.centres(*SEES_ALL)))
    return select(Case, *columns).where(wanted, Case.blocked_at.is_(None))


def _clocks(session: Session, actor: Actor, span: tuple[date, date], language: str) -> Iterator[tuple[Case, Entry]]:
    moves = select(func.count()).where(ClockMove.clock_id == Clock.id).correlate(Clock).scalar_subquery()
    moved = select(func.max(ClockMove.at)).where(ClockMove.clock_id == Clock.id).correlate(Clock).scalar_subquery()
    wanted = _known(actor, Clock, moves, moved).join(Clock, Clock.case_id == Case.id)
    wanted = wanted.where(Clock.closed_at.is_(None), Clock.suspended_at.is_(None), Clock.due_on.between(*span))
    for case, clock, times, last in session.execute(wanted.order_by(Clock.due_on).limit(MOST)):
        if rules()[clock.clock].shown == "display":
            continue
        changed = max(filter(None, (clock.opened_at, last)))
        words = say("calendar.clock", language, clock=say(f"clock.{clock.clock}", language))
        yield case, Entry(f"clock-{clock.id}@{SOURCE}", clock.due_on, words, times, changed)


def _visits(session: Session, actor: Actor, span: tuple[date, date], language: str) -> Iterator[tuple[Case, Entry]]:
    wanted = _known(actor, Visit).join(Visit, Visit.case_id == Case.id)
    wanted = wanted.where(Visit.status == "planned", Visit.planned_on.between(*span))
    for case, visit in session.execute(wanted.order_by(Visit.planned_on).limit(MOST)):
        words = say("calendar.visit", language, months=visit.months)
        yield case, Entry(f"visit-{visit.id}@{SOURCE}", visit.planned_on, words, case.version, case.changed_at)


def _doses(session: Session, actor: Actor, span: tuple[date, date], language: str) -> Iterator[tuple[Case, Entry]]:
    """The next dispensing: the one that the last of each line announced."""
    newest = select(func.max(Dose.id)).group_by(Dose.case_id, Dose.line_number)
    wanted = _known(actor, Dose).join(Dose, Dose.case_id == Case.id).where(Dose.id.in_(newest))
    wanted = wanted.where(Case.state.in_(("in_treatment", "interrupted")), Dose.next_on.between(*span))
    for case, dose in session.execute(wanted.order_by(Dose.next_on).limit(MOST)):
        words = say("calendar.dose", language)
        uid = f"dose-{case.id}-{dose.line_number}@{SOURCE}"
        yield case, Entry(uid, dose.next_on, words, case.version, case.changed_at)
