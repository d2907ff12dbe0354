"""A person's own notices: how many wait, a page of them, read one by one or together, and how they go by mail.

ACL-07: only of cases that this person may know of today; who lost the role, or whose case was blocked, sees none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, Notice, NoticeChoice
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.workflow.notices import HOW, KINDS, NONE

PAGE, MOST_COUNTED = 30, 100


@dataclass(frozen=True, slots=True)
class Told:
    """One notice with the case that it is about."""

    notice: Notice
    code: str
    state: str


def _mine(actor: Actor) -> Select[Notice]:
    return (
        select(Notice)
        .join(Case, Case.id == Notice.case_id)
        .where(Notice.account_id == actor.account_id, Case.centre_id.in_(actor.centres()), Case.blocked_at.is_(None))
    )


def unread(session: Session, actor: Actor) -> int:
    """How many are unread, counted up to a hundred: this is asked with every page."""
    some = _mine(actor).where(Notice.read_at.is_(None)).with_only_columns(Notice.id).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def page(session: Session, actor: Actor, after: str = "", only_unread: bool = True) -> tuple[list[Told], str]:
    """A page of notices, the newest first, and the place of the next one (empty: no more)."""
    wanted = _mine(actor).where(Notice.read_at.is_(None)) if only_unread else _mine(actor)
    if after:
        wanted = wanted.where(Notice.id < after)
    listed = wanted.with_only_columns(Notice, Case.code, Case.state).order_by(Notice.id.desc()).limit(PAGE + 1)
    rows = [Told(notice, code, state) for notice, code, state in session.execute(listed)]
    return rows[:PAGE], rows[PAGE - 1].notice.id if len(rows) > PAGE else ""


def read_one(session: Session, actor: Actor, notice_id: str, now: datetime) -> Told:
    """Mark one as read; raises NotFound alike for another person's and for none."""
    found = session.execute(_mine(actor).where(Notice.id == notice_id).with_only_columns(Notice, Case.code, Case.state))
    row = found.one_or_none()
    if row is None:
        raise NotFound
    told = Told(*row)
    told.notice.read_at = told.notice.read_at or now
    return told


def read_until(session: Session, actor: Actor, newest: str, now: datetime) -> int:
    """Mark as read everything up to the newest that was shown; what came meanwhile stays unread."""
    shown = _mine(actor).where(Notice.read_at.is_(None), Notice.id <= newest).with_only_columns(Notice.id)
    ids = list(session.scalars(shown))
    session.execute(update(Notice).where(Notice.id.in_(ids)).values(read_at=now))
    return len(ids)


def choices(session: Session, actor: Actor) -> dict[str, str]:
    """How each kind goes by mail."""
    chosen = select(NoticeChoice.kind, NoticeChoice.mail).where(NoticeChoice.account_id == actor.account_id)
    return KINDS | {row.kind: row.mail for row in session.execute(chosen) if row.kind in KINDS}


def choose(session: Session, actor: Actor, given: Mapping[str, str], now: datetime) -> None:
    """Say how each kind goes by mail, from now on and for what still waits; raises Invalid. Fields: the kinds."""
    wrong = [kind for kind in KINDS if given.get(kind) not in HOW]
    if wrong:
        raise Invalid(tuple(FieldError(kind, "value.not_a_choice") for kind in wrong))
    before = choices(session, actor)
    for kind in KINDS:
        session.merge(NoticeChoice(account_id=actor.account_id, kind=kind, mail=given[kind]))
        waiting = (Notice.account_id == actor.account_id, Notice.kind == kind, Notice.mail != "")
        how = "" if given[kind] == NONE else given[kind]
        session.execute(update(Notice).where(*waiting, Notice.mailed_at.is_(None)).values(mail=how))
    changed = {kind: given[kind] for kind in KINDS if before[kind] != given[kind]}
    audit.append(session, actor, "choose_notices", now, **changed)
