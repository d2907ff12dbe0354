"""Notices by mail: at once, or in one digest a civil day of the centre; code, step, state and a link, never a patient.

RET-03, TIM-04, TIM-06. Whether a notice was handed to the outbox is written in the transaction that hands it over, and
a digest has a key of its person, centre and day: in the days of 23 and 25 hours, after a week without power and in two
runs at once there is one. Only where there is a mail server: nothing piles up that nobody will send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from compassionate.models import Account, Case, Centre, Notice, OutboxMessage
from compassionate.services.actors import actor_of
from compassionate.services.notice_words import sentence, state_words
from compassionate.services.notices import mail
from compassionate.services.outbox import MAIL
from compassionate.workflow.notices import DAILY, NOW

OpenSession = Callable[[], Session]
BATCH, MOST_LISTED = 50, 50
MAIL_FOR = timedelta(days=14)  # what waited longer is read in the application
HOUR_SETTING, USUAL_HOUR = "digest_hour", 7


def hand_over(read: OpenSession, write: OpenSession, now: datetime, base_url: str = "") -> int:
    """Hand to the outbox what goes by mail now; returns how many mails. Idempotent, safe twice at once."""
    made = 0
    while batch := _hand_over_some(write, now, base_url) if _any(read, NOW, now) else 0:
        made += batch
    for account_id, centre_id in _digests_due(read, now):
        with write() as session:
            made += _digest(session, account_id, centre_id, now, base_url)
            session.commit()
    return made


def _waiting(how: str, now: datetime) -> Select[Notice]:
    """What waits to go so: unread, not too old, of a case that is not blocked."""
    return (
        select(Notice)
        .join(Case, Case.id == Notice.case_id)
        .where(Notice.mail == how, Notice.mailed_at.is_(None), Notice.read_at.is_(None))
        .where(Notice.at > now - MAIL_FOR, Case.blocked_at.is_(None))
    )


def _any(read: OpenSession, how: str, now: datetime) -> bool:
    with read() as session:
        return session.scalar(_waiting(how, now).limit(1)) is not None


def _hand_over_some(write: OpenSession, now: datetime, base_url: str) -> int:
    with write() as session:
        waiting = _waiting(NOW, now).order_by(Notice.id).limit(BATCH)
        rows = list(session.scalars(waiting.with_for_update(of=Notice, skip_locked=True)))
        for row in rows:
            row.mailed_at = now
            _one(session, row, now, base_url)
        session.commit()
        return len(rows)


def _one(session: Session, row: Notice, now: datetime, base_url: str) -> None:
    """One notice as a mail; none for who lost the role or the address meanwhile."""
    account, case = session.get_one(Account, row.account_id), session.get_one(Case, row.case_id)
    if not account.email or not _may_know(account, case.centre, now):
        return
    words = {"case": case.code, "what": sentence(row, account.language), "state": state_words(case, account.language)}
    page = f"{base_url}/expedientes/{case.code}"
    payload = mail(account.language, "notice", account.email, page=page, **words)
    session.add(OutboxMessage(at=now, kind=MAIL, key=f"notice-{row.id}", case_id=case.id, payload=payload))


def _may_know(account: Account, centre: Centre, now: datetime) -> bool:
    return centre.id in actor_of(account, now.astimezone(ZoneInfo(centre.zone)).date()).centres()


def _digests_due(read: OpenSession, now: datetime) -> list[tuple[str, str]]:
    with read() as session:
        wanted = _waiting(DAILY, now).with_only_columns(Notice.account_id, Case.centre_id).distinct()
        found = [(account, centre) for account, centre in session.execute(wanted)]
        centres = {each: session.get_one(Centre, each) for _, each in found}
        return sorted(each for each in found if is_time(centres[each[1]], now))


def is_time(centre: Centre, now: datetime) -> bool:
    """Whether the hour of the digest has come at the centre today; an hour that a day skips has come with the next."""
    hour = int(centre.settings.get(HOUR_SETTING, USUAL_HOUR))
    return now.astimezone(ZoneInfo(centre.zone)).hour >= hour


def _digest(session: Session, account_id: str, centre_id: str, now: datetime, base_url: str) -> int:
    account = session.get_one(Account, account_id, with_for_update=True)  # of two runs at once the second waits here
    centre = session.get_one(Centre, centre_id)
    day = now.astimezone(ZoneInfo(centre.zone)).date()
    key = f"digest-{account_id}-{centre.code}-{day.isoformat()}"
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key)) is not None:
        return 0
    wanted = _waiting(DAILY, now).where(Notice.account_id == account_id, Case.centre_id == centre_id)
    rows = list(session.scalars(wanted.order_by(Notice.case_id, Notice.id)))
    for row in rows:
        row.mailed_at = now
    if not rows or not account.email or not _may_know(account, centre, now):
        return 0
    params: dict[str, Any] = {"day": f"{day:%d/%m/%Y}", "count": len(rows), "centre": centre.code}
    params |= {"list": "\n".join(_listed(session, rows, account.language)), "page": f"{base_url}/avisos"}
    payload = mail(account.language, "digest", account.email, **params) | {"forget": True}
    session.add(OutboxMessage(at=now, kind=MAIL, key=key, payload=payload))
    return 1


def _listed(session: Session, rows: Sequence[Notice], language: str) -> Iterable[str]:
    """One line a notice, case by case."""
    for case_id, some in groupby(rows[:MOST_LISTED], key=lambda row: row.case_id):
        case = session.get_one(Case, case_id)
        yield f"{case.code} – {state_words(case, language)}"
        yield from (f"  · {sentence(row, language)}" for row in some)
    if len(rows) > MOST_LISTED:
        yield "…"
