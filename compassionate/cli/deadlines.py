"""`flask deadlines`: count one term and say why; count every open clock again."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.deadlines import explaining
from compassionate.deadlines.calendars import Calendar, known
from compassionate.deadlines.counting import Due, Stop, compute
from compassionate.deadlines.rules import UNITS, Rule, bare, rules
from compassionate.errors import Reason, Refused
from compassionate.extensions import foundation
from compassionate.models import Centre
from compassionate.services import escalation, recounting, schedule, visit_reminders
from compassionate.services.calendars import Calendars
from compassionate.words import say

group = AppGroup("deadlines", help="Los plazos legales.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong(f"«{text}» no es una fecha: se escribe AAAA-MM-DD.")


def _stop(text: str) -> Stop:
    since, dots, until = text.partition("..")
    if not dots:
        wrong("Una suspensión se escribe DESDE..HASTA; DESDE.. si sigue en pie.")
    stop = Stop(_day(since), _day(until) if until else None)
    if stop.until is not None and stop.until < stop.since:
        wrong("Una suspensión no termina antes de empezar.")
    return stop


def _rule(clock: str | None, variant: str, amount: int | None, unit: str | None) -> Rule:
    if (clock is None) == (amount is None and unit is None) or (amount is None) != (unit is None):
        wrong("Indique --clock, o bien --amount y --unit.")
    if clock is None:
        assert amount is not None
        return bare(amount, unit)  # type: ignore[arg-type]  # click has checked the choice
    if clock not in rules():
        wrong(f"No hay ningún plazo «{clock}». Los que hay: {', '.join(rules())}.")
    try:
        return rules()[clock].variant(variant)
    except KeyError:
        wrong(f"El plazo «{clock}» no tiene la variante «{variant}».")


def _calendar(calendars: Calendars, rule: Rule, centre: Centre | None, territories: tuple[str, ...]) -> Calendar:
    if centre is not None:
        return calendars.of(rule, centre)
    if unknown := [each for each in territories if not known(each)]:
        wrong(f"No hay calendario de «{unknown[0]}»: se escribe ES, o ES- y la comunidad (ES-MD, ES-CT…).")
    return calendars.joined(territories)


def _length(rule: Rule, extension: int) -> None:
    """Refuse what the law does not grant: an extension that it does not know, or one that is too long (art. 32.1)."""
    if rule.amount is None:
        raise Refused((Reason("deadline.no_length", rule.legal_basis, params={"clock": rule.id}),))
    if rule.id and extension > rule.extension:
        code = "deadline.extension_too_long" if rule.extension else "deadline.not_extendable"
        basis = rule.extension_basis or rule.legal_basis
        raise Refused((Reason(code, basis, params={"clock": rule.id, "most": rule.extension}),))


@group.command("compute")
@click.option("--start", required=True, metavar="DÍA", help="El día del hecho: notificación, presentación, aviso…")
@click.option("--clock", metavar="PLAZO", help="Por ejemplo, K-SUB.")
@click.option("--variant", default="", metavar="VARIANTE", help="Por ejemplo, silence en K-CON.")
@click.option("--amount", type=click.IntRange(0, 5000))
@click.option("--unit", type=click.Choice(UNITS))
@click.option(
    "--centre", "centre_code", metavar="CÓDIGO", help="Con el calendario del centro, y el de la AEMPS si le toca."
)
@click.option(
    "--territory", "territories", multiple=True, metavar="ES-XX", help="Varias: se juntan (Ley 39/2015 art. 30.6)."
)
@click.option(
    "--extend", "extension", type=click.IntRange(0, 5000), default=0, help="Ampliación concedida, en su unidad."
)
@click.option(
    "--suspend", "suspensions", multiple=True, metavar="DESDE..HASTA", help="De la notificación a la respuesta."
)
@as_json
@answers_errors
def compute_one(
    start: str,
    clock: str | None,
    variant: str,
    amount: int | None,
    unit: str | None,
    centre_code: str | None,
    territories: tuple[str, ...],
    extension: int,
    suspensions: tuple[str, ...],
    as_json: bool,
) -> None:
    """Cuenta un plazo y explica día a día por qué vence cuando vence."""
    rule, stops, first = _rule(clock, variant, amount, unit), [_stop(each) for each in suspensions], _day(start)
    if (centre_code is None) == (not territories):
        wrong("Indique --centre o --territory.")
    with foundation().session() as session:
        centre = acting.centre_for(session, centre_code) if centre_code else None
        calendars = Calendars(session)
        calendar, registry = _calendar(calendars, rule, centre, territories), calendars.registry()
    _length(rule, extension)
    due = compute(rule, first, calendar, registry, extension, stops)
    answer(_document(rule, calendar, due), _lines(rule, due), as_json)


def _document(rule: Rule, calendar: Calendar, due: Due) -> dict[str, Any]:
    return {
        "due_on": due.due_on,
        "rule": explaining.rule_words(rule),
        "calendars": list(calendar.names) if rule.calendar != "none" else [],
        "steps": [{"on": step.on, "counted": step.counted, "why": explaining.step_words(step)} for step in due.steps],
        "provisional": bool(due.provisional),
        "unknown_local": [f"{where} {year}" for where, year in due.unknown_local],
    }


def _lines(rule: Rule, due: Due) -> list[str]:
    ends = say("deadline.ends", on=f"{due.due_on:%d/%m/%Y}") if due.due_on else say("deadline.stands_still")
    days = [
        f"  {step.on:%d/%m/%Y}  {'+' if step.counted else ' '}  {explaining.step_words(step)}" for step in due.steps
    ]
    return [ends, explaining.rule_words(rule), *days, *explaining.warnings(due)]


@group.command("run")
@as_json
@answers_errors
def run(as_json: bool) -> None:
    """Vuelve a contar los plazos abiertos y avisa de los que se acercan. Se puede repetir sin miedo."""
    held = foundation()
    found = recounting.run(lambda: held.session(write=True), acting.now())
    told = escalation.escalate(held.session, lambda: held.session(write=True), acting.now())
    told += visit_reminders.remind(held.session, lambda: held.session(write=True), acting.now())
    with acting.writing() as session:
        schedule.note(session, schedule.DEADLINES, acting.now())
    moved: list[dict[str, Any]] = [
        {"code": code, "clock": clock, "before": before, "after": after} for code, clock, before, after in found.moved
    ]
    lines = [say("deadline.run", looked_at=found.looked_at, moved=len(moved))]
    lines += [say("deadline.moved", case=code, clock=name, before=a, after=b) for code, name, a, b in found.moved]
    lines.append(say("deadline.told", told=told))
    answer({"looked_at": found.looked_at, "moved": moved, "told": told}, lines, as_json)
