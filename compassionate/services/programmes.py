"""Programmes in use: those that come with the application, and those that a hospital published (RD 1015/2009 art. 8).

A case keeps the version that it was opened under. What the hospital must set of the cells (how warm, how long) is
laid over that version as it was last set: it is a fact of the product in this hospital, and not of the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Product, ProgrammeSetting, PublishedProgramme, new_id
from compassionate.programmes import Programme, ProgrammeRefused, published, read_programme
from compassionate.programmes.checking_cells import range_problems
from compassionate.programmes.questionnaire import catalogue, with_published
from compassionate.programmes.reading import published_text
from compassionate.questionnaires import Catalogue
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.administration import require_administrator
from compassionate.services.given import Given

LONGEST, SOURCE_LENGTH = 1_000_000, 400
PROGRAMMES = "programmes"  # in session.info: the seals of what the hospital published
_read: dict[str, Programme | None] = {}  # by seal: what was read once is never read again
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
    held = _understood(content) if content is not None else None
    if held is None:
        raise NotFound
    return held


def latest(session: Session, code: str) -> Programme | None:
    """The version that new cases open under; None where there is no such programme."""
    return next((each.programme for each in listed(session) if each.programme.id == code and each.is_latest), None)


def in_force(session: Session, code: str) -> Programme:
    """The version that new cases open under; raises NotFound."""
    held = latest(session, code)
    if held is None:
        raise NotFound
    return held


def in_use(session: Session) -> tuple[Programme, ...]:
    """The versions in force of the programmes that some medicine is of."""
    used = set(session.scalars(select(Product.programme).where(Product.active)))
    return tuple(each.programme for each in listed(session) if each.is_latest and each.programme.id in used)


def text_of(session: Session, code: str, version: str) -> str:
    """The text of a version as it was published; raises NotFound."""
    at_version(session, code, version)
    wanted = select(PublishedProgramme.content).where(
        PublishedProgramme.code == code, PublishedProgramme.version == version
    )
    return session.scalar(wanted) or published_text(code, version)


def listed(session: Session) -> list[Listed]:
    """Every version of every programme, by name, the newest first; what a later release cannot read is left out."""
    rows = session.execute(
        select(PublishedProgramme, Account.name).join(Account, Account.id == PublishedProgramme.by_id)
    )
    held = [Listed(each) for each in published()]
    read = ((_understood(row.content), name, row.at) for row, name in rows)
    held += [Listed(programme, name, at) for programme, name, at in read if programme]
    newest = {each.programme.id: each.programme.version for each in sorted(held, key=_age)}
    marked = [replace(each, is_latest=newest[each.programme.id] == each.programme.version) for each in held]
    return sorted(sorted(marked, key=_age, reverse=True), key=lambda each: each.programme.id)


def forms(session: Session, base: Catalogue) -> Catalogue:
    """The forms of files with those of every programme; asked of the database once a session."""
    if PROGRAMMES not in session.info:
        rows = session.execute(select(PublishedProgramme.sha256).order_by(PublishedProgramme.id))
        session.info[PROGRAMMES] = tuple(seal for (seal,) in rows)
    seals: tuple[str, ...] = session.info[PROGRAMMES]
    if any(seal not in _read for seal in seals):
        wanted = select(PublishedProgramme.sha256, PublishedProgramme.content)
        for seal, content in session.execute(wanted.where(PublishedProgramme.sha256.in_(seals))):
            _read[seal] = _understood(content)
    return _forms(base, seals)


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
    session.info.pop(PROGRAMMES, None)
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


def open_settings(session: Session, programme: Programme) -> tuple[str, ...]:
    """What the hospital must still set before cells of this programme can be treated with."""
    held = with_settings(session, programme)
    return held.cells.wanting() if held.cells else ()


def set_values(
    session: Session, actor: Actor, programme: Programme, given: Mapping[str, Any], now: datetime
) -> ProgrammeSetting:
    """Set what a programme leaves to the hospital, and where it stands written; raises Refused, Invalid."""
    require_administrator(actor)
    read = Given(given)
    values = {name: _number(read, name) for name in SETTINGS}
    source = read.text("source", SOURCE_LENGTH, required=True)
    read.settle()
    if programme.cells is None:
        raise NotFound
    wrong = tuple(range_problems(replace(programme.cells, **_typed(values))))
    if wrong:
        raise Invalid(wrong)
    row = ProgrammeSetting(
        id=new_id(), code=programme.id, values=_typed(values), source=source, by_id=actor.account_id, at=now
    )
    session.add(row)
    audit.append(session, actor, "set_programme", now, programme=programme.id, **_typed(values))
    return row


def _number(read: Given, name: str) -> float | None:
    """A number as it is written in Spain, with its comma; nothing where nothing was typed."""
    text = read.raw(name).replace(",", ".").replace("−", "-")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.inf
    if not math.isfinite(number) or (name == "shelf_life_hours" and number != int(number)):
        read.wrong(name, "value.whole_number" if name == "shelf_life_hours" else "programme.number_wrong")
        return None
    return number


def _typed(values: Mapping[str, float | None]) -> dict[str, Any]:
    whole = ("shelf_life_hours",)
    return {name: int(value) if name in whole else value for name, value in values.items() if value is not None}


def settings_of(session: Session, code: str) -> ProgrammeSetting | None:
    """What the hospital last set of a programme."""
    newest = select(ProgrammeSetting).where(ProgrammeSetting.code == code)
    return session.scalar(newest.order_by(ProgrammeSetting.at.desc(), ProgrammeSetting.id.desc()).limit(1))


def name_of(session: Session, code: str, language: str) -> str:
    """The name of a programme in words; its code where there is none of that name any more."""
    held = latest(session, code)
    return held.name.said(language) if held else code


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
def _forms(base: Catalogue, seals: tuple[str, ...]) -> Catalogue:
    return catalogue(with_published(base), [each for each in (_read[seal] for seal in seals) if each])


@cache
def _understood(text: str) -> Programme | None:
    """A programme as it was published; None where this release does not read its format any more."""
    try:
        return read_programme(text)
    except ProgrammeRefused:
        return None
