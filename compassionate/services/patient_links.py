"""A link with which a patient answers the questions of one visit: signed, told once, dead after one answer.

Its secret is 192 random bits, of which the database keeps a hash; the signature around them refuses a guess before any
table is looked at. Unknown, expired, revoked and used links, those of a blocked or closed case and of a visit that is
settled answer alike (NotFound): an address tells a stranger nothing. RET-03, ACL-07, ASVS 6.4.2.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, PatientLink, Visit, new_id
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.workflow.permissions import VISITED

SALT, PATH, SECTION = "patient-link", "/responder/{token}", "patient_links"
TOKEN_BYTES, LONGEST_TOKEN = 24, 200
DAYS, LANGUAGES = ("1", "3", "7", "14"), ("es", "en")
MOST_TRIES = 20  # forms that were sent and could not be taken: a person mistypes a few times, a machine goes on


def make(session: Session, secret_key: str, actor: Actor, case: Case, visit: Visit, days: str, language: str,
         now: datetime) -> str:  # fmt: skip
    """Make the link of a visit; the one before leads nowhere from now on. Returns its token, told this once.

    Raises Refused for another role or state, Invalid for a visit that is settled.
    """
    hold(session, case)
    require_edit(case, actor, SECTION)
    errors = [FieldError("days", "value.not_a_choice")] if days not in DAYS else []
    errors += [FieldError("language", "value.not_a_choice")] if language not in LANGUAGES else []
    errors += [FieldError("days", "visit.settled")] if visit.status != "planned" else []
    if errors:
        raise Invalid(tuple(errors))
    _end(session, case, visit, now)
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    row = PatientLink(
        id=new_id(),
        case_id=case.id,
        visit_id=visit.id,
        digest=digest_of(secret),
        language=language,
        made_by_id=actor.account_id,
        made_at=now,
        expires_at=now + timedelta(days=int(days)),
        tries=0,
        verdict="",
    )
    session.add(row)
    _tell(session, actor, case, visit, "make_patient_link", now)
    return str(URLSafeSerializer(secret_key, salt=SALT).dumps(secret))


def revoke(session: Session, actor: Actor, case: Case, visit: Visit, now: datetime) -> None:
    """Take the link of a visit away; raises Refused, NotFound where there is none that works."""
    hold(session, case)
    require_edit(case, actor, SECTION)
    if not _end(session, case, visit, now):
        raise NotFound
    _tell(session, actor, case, visit, "revoke_patient_link", now)


def _tell(session: Session, actor: Actor, case: Case, visit: Visit, what: str, now: datetime) -> None:
    role = role_for(SECTION, case, actor)
    record(session, case, actor, now, what, role=role, region="visit", instance=visit.name)


def _end(session: Session, case: Case, visit: Visit, now: datetime) -> bool:
    working = [row for row in links(session, case, visit) if is_working(row, now)]
    for row in working:
        row.revoked_at = now
    return bool(working)


def links(session: Session, case: Case, visit: Visit) -> list[PatientLink]:
    """Every link of a visit, the newest first."""
    wanted = select(PatientLink).where(PatientLink.case_id == case.id, PatientLink.visit_id == visit.id)
    return list(session.scalars(wanted.order_by(PatientLink.id.desc())))


def working(session: Session, case: Case, visit: Visit, now: datetime) -> PatientLink | None:
    """The link of a visit that can be answered with now, if any."""
    return next((row for row in links(session, case, visit) if is_working(row, now)), None)


def is_working(row: PatientLink, now: datetime) -> bool:
    """Whether a link by itself is still good; what became of its case and visit is asked by `opened`."""
    ended = row.revoked_at or row.answered_at or row.digest is None
    return not ended and now < row.expires_at and row.tries < MOST_TRIES


def digest_of(secret: str) -> str:
    """What the database keeps of a link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def opened(
    session: Session, secret_key: str, token: str, now: datetime, lock: bool = False
) -> tuple[PatientLink, Case, Visit]:
    """The link of a token with its case and visit; raises NotFound for all that cannot be answered, alike.

    `lock` keeps whoever else sends the same form waiting until this one is done.
    """
    secret = _secret(secret_key, token)
    wanted = select(PatientLink).where(PatientLink.digest == digest_of(secret))
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None or not is_working(row, now):
        raise NotFound
    case, visit = session.get_one(Case, row.case_id), session.get_one(Visit, row.visit_id)
    if case.blocked_at is not None or case.state not in VISITED or visit.status != "planned":
        raise NotFound
    return row, case, visit


def _secret(secret_key: str, token: str) -> str:
    if len(token) > LONGEST_TOKEN:
        raise NotFound
    try:
        secret = URLSafeSerializer(secret_key, salt=SALT).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    if not isinstance(secret, str):
        raise NotFound
    return secret


def failed(session: Session, row: PatientLink, case: Case, now: datetime) -> None:
    """Count a form that could not be taken; the last one ends the link. Commit before answering."""
    row.tries += 1
    if row.tries >= MOST_TRIES:
        audit.append(session, None, "end_patient_link", now, case, link=row.id)
