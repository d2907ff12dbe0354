"""The fields of a filed request that may be rectified: what they say, how a new value is read, where it is written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Case, Posology, Request, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.requests import (
    MOST_DAYS,
    MOST_PACKS,
    MOST_WEEKS,
    WHOLE,
    packs_for,
    posologies,
    units_a_day,
)
from compassionate.workflow.rectifying import Rule, rules
from compassionate.workflow.values import read_date

MOST = {"weeks": MOST_WEEKS, "days": MOST_DAYS, "packs": MOST_PACKS}


def values(session: Session, case: Case, request: Request) -> dict[str, str]:
    """Every field that may be rectified in this request, with what it says: `dose`, `packs.1`…"""
    held = stated(session, case, request.number)
    details: dict[str, str] = unseal(session, held, "details", case.key_id) if held else {}
    found: dict[str, str] = {}
    for rule in rules().values():
        if rule.part == "posology" and held is not None:
            found[rule.field] = details.get(rule.field) or ""
        elif rule.part == "request":
            found[rule.field] = _text(getattr(request, rule.field))
    return found | {
        f"{name}.{row.line_number}": _text(getattr(row, name))
        for row in request.packs
        for name in (("units_a_day", "days", "note") if row.units_a_day else ("packs", "note"))
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def stated(session: Session, case: Case, number: int) -> Posology | None:
    """The posology that a request stands on."""
    rows = reversed(posologies(session, case))
    return next((row for row in rows if row.request_number is not None and row.request_number <= number), None)


def read(rule: Rule, given: Given) -> str:
    """The new value as it will be kept; errors are noted in `given`."""
    text = given.text("value", rule.limit, required=rule.field in ("dose", "schedule", "reference"))
    if rule.kind == "text":
        return text
    if rule.kind == "decimal":
        daily = units_a_day(text)
        if daily is None:
            given.wrong("value", "value.number" if text else "value.missing")
        return format(daily.normalize(), "f") if daily is not None else ""
    if rule.kind == "date":
        return _date(text, given)
    if not WHOLE.fullmatch(text) or not 1 <= int(text) <= MOST[rule.kind]:
        given.wrong("value", "value.whole_number" if text else "value.missing", most=MOST[rule.kind])
        return ""
    return str(int(text))


def _date(text: str, given: Given) -> str:
    try:
        return read_date(text).isoformat() if text else ""
    except ValueError:
        given.wrong("value", "value.date_format")
        return ""


def apply(
    session: Session, actor: Actor, case: Case, request: Request, rule: Rule, line: int, new: str, now: datetime
) -> None:
    """Write a new value where the request keeps it; a posology gets a new version, packs are calculated again."""
    if rule.part == "posology":
        _restate(session, actor, case, request, rule.field, new, now)
    elif rule.part == "packs":
        _recalculate(case, request, line, rule.field, new)
    elif rule.kind == "weeks":
        setattr(request, rule.field, int(new))
    else:
        setattr(request, rule.field, (read_date(new) if new else None) if rule.kind == "date" else new)
    session.flush()


def _restate(session: Session, actor: Actor, case: Case, request: Request, name: str, new: str, now: datetime) -> None:
    held = stated(session, case, request.number)
    assert held is not None, "a filed request states a posology"
    row = Posology(
        id=new_id(),
        case_id=case.id,
        version=posologies(session, case)[-1].version + 1,
        request_number=request.number,
        from_on=held.from_on,
        by_id=actor.account_id,
        at=now,
    )
    seal(session, row, "details", case.key_id, unseal(session, held, "details", case.key_id) | {name: new})
    session.add(row)


def _recalculate(case: Case, request: Request, line: int, name: str, new: str) -> None:
    row = next(each for each in request.packs if each.line_number == line)
    setattr(row, name, int(new) if name in ("days", "packs") else new)
    if row.units_a_day and row.days:
        size = next(each for each in case.lines if each.number == line).product_line.units_per_pack
        row.total_units, row.packs = packs_for(Decimal(row.units_a_day), row.days, size)
