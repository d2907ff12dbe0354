"""The fields of a filed request that may be rectified: what they say, how a new value is read, where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Case, Posology, Request
from compassionate.models.vault import unseal
from compassionate.services import rectified_parts
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.requests import (
    MOST_DAYS,
    MOST_PACKS,
    MOST_WEEKS,
    WHOLE,
    add_posology,
    packs_for,
    posologies,
    units_a_day,
)
from compassionate.workflow.rectifying import Rule, rules
from compassionate.workflow.values import read_date


@dataclass(frozen=True, slots=True)
class Target:
    """One field that may be rectified: its rule, and after the point its line, its question or its part."""

    name: str
    rule: Rule

    @property
    def detail(self) -> str:
        """What stands after the point."""
        return self.name.partition(".")[2]

    @property
    def line(self) -> int:
        """The line of the case that it belongs to; 0 for none."""
        return int(self.detail) if self.rule.part == "packs" else 0

    @property
    def field(self) -> str:
        """The name without the line."""
        return self.rule.field if self.rule.part == "packs" else self.name


def target(name: str) -> Target | None:
    """The field of that name; None where no rule knows it."""
    rule = rules().get(name.partition(".")[0])
    return Target(name, rule) if rule else None


MOST = {"weeks": MOST_WEEKS, "days": MOST_DAYS, "packs": MOST_PACKS}


def values(session: Session, case: Case, request: Request) -> dict[str, str]:
    """Every field that may be rectified in this request, with what it says: `dose`, `packs.1`…"""
    held = stated(session, case, request.number)
    details: dict[str, str] = unseal(session, held, "details", case.key_id) if held else {}
    found: dict[str, str] = {"submitted_at": rectified_parts.filing_text(case, request)}
    for rule in rules().values():
        if rule.part == "posology" and held is not None:
            found[rule.field] = details.get(rule.field) or ""
        elif rule.part == "request":
            found[rule.field] = _text(getattr(request, rule.field))
    return (found | _answers(session, case, request.number) | _identity(session, case)) | {
        f"{name}.{row.line_number}": _text(getattr(row, name))
        for row in request.packs
        for name in (("units_a_day", "days", "note") if row.units_a_day else ("packs", "note"))
    }


def _answers(session: Session, case: Case, number: int) -> dict[str, str]:
    parts = (rectified_parts.REPORT,) if number else (rectified_parts.REPORT, rectified_parts.REQUIREMENTS)
    return {
        f"{part}.{path}": rectified_parts.in_words(field)
        for part in parts
        for path, field in rectified_parts.answered(session, case, part, number).items()
    }


def _identity(session: Session, case: Case) -> dict[str, str]:
    return {f"patient.{name}": text for name, text in rectified_parts.identity_texts(session, case).items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def stated(session: Session, case: Case, number: int) -> Posology | None:
    """The posology that a request stands on."""
    rows = reversed(posologies(session, case))
    return next((row for row in rows if row.request_number is not None and row.request_number <= number), None)


def read(session: Session, case: Case, number: int, field: Target, given: Given, now: datetime) -> str:
    """The new value as it will be kept; errors are noted in `given`."""
    if field.rule.part == "answers":
        return rectified_parts.read_answer(session, case, field.rule.field, number, field.detail, given)
    if field.rule.part == "patient":
        return rectified_parts.read_identity(session, case, field.detail, given, now)
    if field.rule.part == "filing":
        return rectified_parts.read_filing(session, case, number, given, now)
    return _read(field.rule, given)


def _read(rule: Rule, given: Given) -> str:
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
    session: Session, actor: Actor, case: Case, request: Request, field: Target, given: Given, new: str, now: datetime
) -> None:
    """Write a new value where the request keeps it; a posology gets a new version, packs are calculated again."""
    rule = field.rule
    if rule.part == "answers":
        rectified_parts.write_answer(session, actor, case, rule.field, request.number, field.detail, given, now)
    elif rule.part == "patient":
        role = next(each for each in rule.roles if each in actor.roles_at(case.centre_id))
        rectified_parts.write_identity(session, actor, case, field.detail, new, role, now)
    elif rule.part == "filing":
        rectified_parts.write_filing(session, case, request, new, now)
    elif rule.part == "posology":
        _restate(session, actor, case, request, rule.field, new, now)
    elif rule.part == "packs":
        _recalculate(case, request, field.line, rule.field, new)
    elif rule.kind == "weeks":
        setattr(request, rule.field, int(new))
    else:
        setattr(request, rule.field, (read_date(new) if new else None) if rule.kind == "date" else new)
    session.flush()


def _restate(session: Session, actor: Actor, case: Case, request: Request, name: str, new: str, now: datetime) -> None:
    held = stated(session, case, request.number)
    assert held is not None, "a filed request states a posology"
    details = unseal(session, held, "details", case.key_id) | {name: new}
    add_posology(session, actor, case, request.number, held.from_on, details, now)


def _recalculate(case: Case, request: Request, line: int, name: str, new: str) -> None:
    row = next(each for each in request.packs if each.line_number == line)
    setattr(row, name, int(new) if name in ("days", "packs") else new)
    if row.units_a_day and row.days:
        size = next(each for each in case.lines if each.number == line).product_line.units_per_pack
        row.total_units, row.packs = packs_for(Decimal(row.units_a_day), row.days, size)
