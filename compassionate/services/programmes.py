"""Programmes in use: those that come with the application, and those that a hospital published (RD 1015/2009 art. 8).

A case keeps the version that it was opened under. What the hospital must set of the cells (how warm, how long) is
laid over that version as it was last set: it is a fact of the product in this hospital, and not of the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, ProgrammeSetting, PublishedProgramme, new_id
from compassionate.programmes import Programme, ProgrammeRefused, published, read_programme
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.administration import require_administrator

LONGEST = 1_000_000
SETTINGS = ("shelf_life_hours", "temperature_low", "temperature_high")


@dataclass(frozen=True, slots=True)
class Listed:
    """A version of a programme, who published it (nobody: it comes with the application) and whether it is in force."""

    programme: Programme
    by: str = ""
    at: datetime | None = None
    is_latest: bool = False


def programme_of(session: Session, case: Case) -> Programme | None:
    """The programme of a case as it was opened under it; None without one, or from before programmes were data."""
    if not case.programme or not case.programme_version:
        return None
    return with_settings(session, at_version(session, case.programme, case.programme_version))


def at_version(session: Session, code: str, version: str) -> Programme:
    """A programme in a version, as it was published; raises NotFound."""
    ours = next((each for each in published() if (each.id, each.version) == (code, version)), None)
    if ours is not None:
        return ours
    wanted = select(PublishedProgramme.content).where(
        PublishedProgramme.code == code, PublishedProgramme.version == version
    )
    content = session.scalar(wanted)
    if content is None:
        raise NotFound
    return _understood(content)


def latest(session: Session, code: str) -> Programme | None:
    """The version that new cases open under; None where there is no such programme."""
    return next((each.programme for each in listed(session) if each.programme.id == code and each.is_latest), None)


def listed(session: Session) -> list[Listed]:
    """Every version of every programme, by name, the newest first; what a later release cannot read is left out."""
    rows = session.execute(
        select(PublishedProgramme, Account.name).join(Account, Account.id == PublishedProgramme.by_id)
    )
    held = [Listed(each) for each in published()]
    held += [Listed(_understood(row.content), name, row.at) for row, name in rows]
    newest = {each.programme.id: each.programme.version for each in sorted(held, key=_age)}
    marked = [replace(each, is_latest=newest[each.programme.id] == each.programme.version) for each in held]
    return sorted(sorted(marked, key=_age, reverse=True), key=lambda each: each.programme.id)


def codes(session: Session) -> tuple[str, ...]:
    """The programmes that a product may be of."""
    return tuple(dict.fromkeys(each.programme.id for each in listed(session)))


def publish(session: Session, actor: Actor, text: str, now: datetime) -> Programme:
    """Publish a version of a programme, sealed by its hash and audited; raises Refused, Invalid (every mistake).

    Never a version that is there, nor one older than what is in force: cases open under the newest.
    """
    require_administrator(actor)
    programme = checked(session, text)
    row = PublishedProgramme(
        id=new_id(),
        code=programme.id,
        version=programme.version,
        content=text,
        sha256=programme.sha256,
        by_id=actor.account_id,
        at=now,
    )
    session.add(row)
    told = {"programme": programme.id, "version": programme.version, "sha256": programme.sha256}
    audit.append(session, actor, "publish_programme", now, **told)
    return programme


def checked(session: Session, text: str) -> Programme:
    """The programme that a text says, fit to be published; raises Invalid with every mistake and its path."""
    if len(text) > LONGEST:
        raise Invalid((FieldError("", "programme.too_long", {"limit": LONGEST}),))
    try:
        programme = read_programme(text)
    except ProgrammeRefused as refused:
        raise Invalid(refused.errors) from None
    held = latest(session, programme.id)
    if held and programme.version <= held.version:
        params = {"given": programme.version, "version": held.version}
        raise Invalid((FieldError("version", "programme.version_not_later", params),))
    return programme


def settings_of(session: Session, code: str) -> ProgrammeSetting | None:
    """What the hospital last set of a programme."""
    newest = select(ProgrammeSetting).where(ProgrammeSetting.code == code)
    return session.scalar(newest.order_by(ProgrammeSetting.at.desc(), ProgrammeSetting.id.desc()).limit(1))


def with_settings(session: Session, programme: Programme) -> Programme:
    """The programme with what the hospital set laid over what its version leaves open."""
    row = settings_of(session, programme.id) if programme.cells else None
    if row is None or programme.cells is None:
        return programme
    given: Mapping[str, Any] = {name: row.values[name] for name in SETTINGS if row.values.get(name) is not None}
    return replace(programme, cells=replace(programme.cells, **given))


def _age(each: Listed) -> tuple[str, str]:
    return each.programme.id, each.programme.version


@cache
def _understood(text: str) -> Programme:
    return read_programme(text)
