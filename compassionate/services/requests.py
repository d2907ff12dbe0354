"""What a request asks for: posology, duration, packs with their calculation, import, urgency."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, Posology, Request, RequestPacks, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services.actors import Actor
from compassionate.services.changes import differing
from compassionate.services.edits import begin_edit
from compassionate.services.facts import request_of, request_state
from compassionate.services.recording import record
from compassionate.text import clean
from compassionate.workflow.permissions import EARLY, SECTIONS
from compassionate.workflow.values import read_date

POSOLOGY_TEXTS = {"dose": 200, "schedule": 400, "route": 100, "cycles": 200, "instructions": 2000}
NOTE_LIMIT = 400
MOST_WEEKS, MOST_DAYS, MOST_PACKS, MOST_UNITS_A_DAY = 520, 3650, 10_000, 10_000
DECIMAL = re.compile(r"\d{1,5}(?:[.,]\d{1,4})?", re.ASCII)
WHOLE = re.compile(r"\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PackCalculation:
    """Packs on one line: units a day x days, rounded up to whole packs, or a number stated with its note."""

    line_number: int
    packs: int
    units_a_day: str = ""
    days: int | None = None
    total_units: int | None = None
    note: str = ""


def packs_for(units_a_day: Decimal, days: int, units_per_pack: int) -> tuple[int, int]:
    """(units in all, whole packs) for a daily use over days; both rounded up (RD 1015/2009 art. 8.1.c)."""
    total = math.ceil(units_a_day * days)
    return total, -(-total // units_per_pack)


def the_request(case: Case, number: int) -> Request:
    """The request of that number; raises NotFound."""
    request = request_of(case, number)
    if request is None:
        raise NotFound
    return request


def role_for(section: str, case: Case, actor: Actor) -> str:
    """The role under which an actor edits a section."""
    return next((role.value for role in SECTIONS[section].roles if role in actor.roles_at(case.centre_id)), "")


def _number(
    given: Mapping[str, Any], name: str, most: int, errors: list[FieldError], required: bool = True
) -> int | None:
    text = str(given.get(name) or "").strip()
    if not text and not required:
        return None
    if WHOLE.fullmatch(text) and 1 <= int(text) <= most:
        return int(text)
    errors.append(FieldError(name, "value.whole_number" if text else "value.missing", {"most": most}))
    return None


def _date(given: Mapping[str, Any], name: str, errors: list[FieldError]) -> date | None:
    text = str(given.get(name) or "").strip()
    if not text:
        return None
    try:
        return read_date(text)
    except ValueError:
        errors.append(FieldError(name, "value.date_format"))
        return None


def _texts(given: Mapping[str, Any], limits: Mapping[str, int], errors: list[FieldError]) -> dict[str, str]:
    texts = {name: clean(str(given.get(name) or "")).strip() for name in limits}
    errors += [
        FieldError(name, "value.too_long", {"limit": limit, "length": len(texts[name])})
        for name, limit in limits.items()
        if len(texts[name]) > limit
    ]
    return texts


def save_posology(
    session: Session,
    actor: Actor,
    case: Case,
    number: int,
    given: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> Posology:
    """A new dated version of the posology, with duration and wished start; raises Invalid, Refused, Conflict.

    Fields: dose, schedule, route, cycles, instructions, from_on, duration_weeks, start_wished_on. What says the
    same as the version before makes no new one. `seen`: see services/edits.py.
    """
    request = the_request(case, number)
    begin_edit(session, actor, case, "posology", number, "edit_posology", seen)
    errors: list[FieldError] = []
    texts = _texts(given, POSOLOGY_TEXTS, errors)
    errors += [FieldError(name, "value.missing") for name in ("dose", "schedule") if not texts[name]]
    weeks = _number(given, "duration_weeks", MOST_WEEKS, errors)
    wished, from_on = _date(given, "start_wished_on", errors), _date(given, "from_on", errors)
    if errors:
        raise Invalid(tuple(errors))
    versions = posologies(session, case)
    held = versions[-1] if versions else None
    if held is not None and _says_the_same(session, case, held, request, texts, (from_on, weeks, wished)):
        return held
    before = _posology(session, case, held, request) if held else {}
    asked_in = number if request_state(case, number) in EARLY else None
    row = add_posology(session, actor, case, asked_in, from_on, texts, now)
    request.duration_weeks, request.start_wished_on = weeks, wished
    role, inputs = role_for("posology", case, actor), {"version": row.version}
    changes = differing(before, _posology(session, case, row, request))
    instance = str(number)
    record(session, case, actor, now, "edit_posology", role=role, instance=instance, inputs=inputs, changes=changes)
    return row


def add_posology(
    session: Session,
    actor: Actor,
    case: Case,
    number: int | None,
    from_on: date | None,
    details: Mapping[str, Any],
    now: datetime,
) -> Posology:
    """The next version of a case's posology, stated by that request (None: in the course of the treatment)."""
    versions = posologies(session, case)
    row = Posology(
        id=new_id(),
        case_id=case.id,
        version=versions[-1].version + 1 if versions else 1,
        request_number=number,
        from_on=from_on,
        by_id=actor.account_id,
        at=now,
    )
    seal(session, row, "details", case.key_id, dict(details))
    session.add(row)
    return row


def _posology(session: Session, case: Case, row: Posology, request: Request) -> dict[str, Any]:
    dates = {"from_on": row.from_on, "start_wished_on": request.start_wished_on}
    texts: dict[str, Any] = unseal(session, row, "details", case.key_id)
    return texts | dates | {"duration_weeks": request.duration_weeks}


def posologies(session: Session, case: Case) -> list[Posology]:
    """Every version of the posology, oldest first."""
    return list(session.scalars(select(Posology).where(Posology.case_id == case.id).order_by(Posology.version)))


def _says_the_same(
    session: Session,
    case: Case,
    held: Posology,
    request: Request,
    texts: Mapping[str, str],
    dates: tuple[date | None, int | None, date | None],
) -> bool:
    same = (held.from_on, request.duration_weeks, request.start_wished_on) == dates
    asked_in = held.request_number == request.number
    return same and asked_in and unseal(session, held, "details", case.key_id) == dict(texts)


def units_a_day(text: str) -> Decimal | None:
    """A daily use as typed; None for what is no number in range."""
    if not DECIMAL.fullmatch(text):
        return None
    value = Decimal(text.replace(",", "."))
    return value if 0 < value <= MOST_UNITS_A_DAY else None


def _line_packs(
    given: Mapping[str, Any], number: int, units_per_pack: int, errors: list[FieldError]
) -> PackCalculation | None:
    names = {name: f"{name}.{number}" for name in ("units_a_day", "days", "packs", "note")}
    daily = str(given.get(names["units_a_day"]) or "").strip()
    note = _texts(given, {names["note"]: NOTE_LIMIT}, errors)[names["note"]]
    if not daily:
        packs = _number(given, names["packs"], MOST_PACKS, errors)
        if packs is not None and not note:
            errors.append(FieldError(names["note"], "packs.note_missing"))
        return PackCalculation(number, packs or 0, note=note)
    units = units_a_day(daily)
    if units is None:
        errors.append(FieldError(names["units_a_day"], "value.number"))
    days = _number(given, names["days"], MOST_DAYS, errors)
    if units is None or days is None:
        return None
    total, packs = packs_for(units, days, units_per_pack)
    if packs > MOST_PACKS:
        errors.append(FieldError(names["units_a_day"], "packs.too_many", {"packs": packs, "most": MOST_PACKS}))
    return PackCalculation(number, packs, format(units.normalize(), "f"), days, total, note)


def save_packs(
    session: Session,
    actor: Actor,
    case: Case,
    number: int,
    given: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> None:
    """The packs of each line with their calculation, import and urgency; raises Invalid, Refused, Conflict.

    Fields a line n: units_a_day.n and days.n (packs follow), or packs.n with note.n; needs_import (yes/no),
    origin_country, urgent, urgent_reason. In a continuation a line left empty is not asked for; one must be.
    RD 1015/2009 art. 5 (import), 8.1.c (packs). `seen`: see services/edits.py.
    """
    request = the_request(case, number)
    begin_edit(session, actor, case, "packs", number, "edit_packs", seen)
    errors: list[FieldError] = []
    wanted = [
        line
        for line in case.lines
        if number == 0 or any(given.get(f"{name}.{line.number}") for name in ("units_a_day", "packs"))
    ]
    rows = [_line_packs(given, line.number, line.product_line.units_per_pack, errors) for line in wanted]
    if not rows:
        errors.append(FieldError(f"units_a_day.{case.lines[0].number}", "value.packs_none"))
    needs_import = {"yes": True, "no": False}.get(str(given.get("needs_import") or ""))
    texts = _texts(given, {"origin_country": 60, "urgent_reason": 1000}, errors)
    urgent = str(given.get("urgent") or "") in ("1", "yes", "true", "on")
    errors += [FieldError("needs_import", "value.missing")] if needs_import is None else []
    errors += [FieldError("origin_country", "value.missing")] if needs_import and not texts["origin_country"] else []
    errors += [FieldError("urgent_reason", "value.missing")] if urgent and not texts["urgent_reason"] else []
    if errors:
        raise Invalid(tuple(errors))
    before = _packs(session, case, request)
    _write_packs(session, request, [row for row in rows if row is not None])
    request.needs_import, request.origin_country, request.urgent = (
        needs_import,
        texts["origin_country"] if needs_import else "",
        urgent,
    )
    seal(session, request, "urgent_reason", case.key_id, texts["urgent_reason"] if urgent else "")
    role, changes = role_for("packs", case, actor), differing(before, _packs(session, case, request))
    record(session, case, actor, now, "edit_packs", role=role, instance=str(number), changes=changes)


def _packs(session: Session, case: Case, request: Request) -> dict[str, Any]:
    named = ("packs", "units_a_day", "days", "note")
    held = {f"{name}.{row.line_number}": getattr(row, name) for row in request.packs for name in named}
    said = {name: getattr(request, name) for name in ("needs_import", "origin_country", "urgent")}
    return held | said | {"urgent_reason": unseal(session, request, "urgent_reason", case.key_id)}


def _write_packs(session: Session, request: Request, rows: list[PackCalculation]) -> None:
    for old in list(request.packs):
        session.delete(old)
    request.packs.clear()
    session.flush()
    for row in rows:
        request.packs.append(
            RequestPacks(
                request_id=request.id,
                line_number=row.line_number,
                packs=row.packs,
                units_a_day=row.units_a_day,
                days=row.days,
                total_units=row.total_units,
                note=row.note,
            )
        )
    session.flush()
