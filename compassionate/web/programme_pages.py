"""A programme as its page shows it: tables of what its version says, each row with its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from compassionate.errors import FieldError
from compassionate.programmes import Programme
from compassionate.programmes.comparing import Change
from compassionate.programmes.model import CellSpecification, Comparator, Criterion, PlannedVisit, ReleaseTest
from compassionate.services.wording import error_words
from compassionate.web.programme_words import (
    coded,
    limits_words,
    measure_words,
    number_words,
    result_words,
    status_words,
    thresholds_words,
    window_words,
)
from compassionate.web.templating import language, say
from compassionate.words import has_words

Row = list[Any]


def shown(held: Programme) -> dict[str, Any]:
    """Everything that the page of a version shows."""
    clinical = [each for each in held.criteria if each.ground == "clinical"]
    limits = thresholds_words(held)
    around = held.schedule_note.said(language()) if held.schedule_note else ""
    return {
        "name": held.name.said(language()),
        "schedule": f"{status_words(held.schedule_status, held.schedule_source)}. {around}",
        "facts": _facts(held),
        "criteria": [_criterion(each, limits) for each in clinical if each.active],
        "waiting": [_criterion(each, limits) for each in clinical if not each.active],
        "legal": [_legal(each) for each in held.criteria if each.ground == "legal"],
        "visits": [_visit(each) for each in held.visits],
        "alternatives": [
            {
                "title": each.label.said(language()),
                "rows": [_visit(visit) for visit in each.visits],
                "source": status_words(each.status, each.source),
                "note": each.note.said(language()) if each.note else "",
            }
            for each in held.alternatives
        ],
        "thresholds": [
            [measure_words(each.measure), coded("threshold", each.kind), each.label.said(language()),
             status_words(each.status, each.source)]
            for each in held.thresholds
        ],
        "tests": [_test(each) for each in held.release_tests],
        "comparators": [_comparator(each) for each in held.comparators],
        "cells": _cells(held.cells) if held.cells else [],
        "phrases": _phrases(held.cells) if held.cells else [],
    }  # fmt: skip


def _facts(held: Programme) -> list[dict[str, Any]]:
    visit = held.visit(held.primary.visit)
    primary = f"{measure_words(held.primary.measure)}, {visit.label.said(language()) if visit else ''}"
    rows = [
        (gettext("Enfermedad"), held.condition.said(language())),
        (gettext("Medida principal"), primary),
        (gettext("Vía"), held.route_note.said(language())),
        (gettext("Advertencia"), held.caution.said(language()) if held.caution else ""),
        (gettext("Sello (SHA-256)"), held.sha256),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _criterion(each: Criterion, limits: dict[str, str]) -> Row:
    notes = each.notes.said(language()) if each.notes else ""
    source = status_words(each.status, each.source)
    effect = f"{coded('kind', each.kind)}: {coded('effect', each.effect)}"
    return [each.id, each.text.said(language()), limits.get(each.id, ""), effect, {"text": source, "sub": notes}]


def _legal(each: Criterion) -> Row:
    kind, _, name = each.held.partition(":")
    where = f"{coded('held', kind)} {name}"
    return [
        each.id,
        each.text.said(language()),
        coded("stage", each.stage),
        where,
        status_words(each.status, each.source),
    ]


def _visit(each: PlannedVisit) -> Row:
    scores = ", ".join(say(f"instrument.title.{name}") for name in each.instruments)
    images = ", ".join(
        coded("imaging", name) if has_words(f"programme_word.imaging.{name}") else name for name in each.imaging
    )
    return [each.label.said(language()), str(each.day), window_words(each), scores or "–", images or "–"]


def _test(each: ReleaseTest) -> Row:
    effect = coded("effect_of_test", each.effect)
    if each.may_follow:
        later = gettext(
            "El resultado puede llegar después: se reclama a los %(days)s días.", days=each.chase_after_days
        )
        effect = f"{effect}. {later}"
    limit = limits_words(each) or gettext("La fija el hospital")
    notes = each.notes.said(language()) if each.notes else ""
    named = {"text": each.text.said(language()), "sub": each.method}
    return [each.id, named, coded("stage_of_test", each.stage), limit, effect,
            {"text": status_words(each.status, each.source), "sub": notes}]  # fmt: skip


def _comparator(each: Comparator) -> Row:
    n = str(each.n) if each.n else "–"
    arm = {"text": each.arm.said(language()), "sub": each.design.said(language())}
    months = number_words(each.months) or "–"
    note = each.note.said(language()) if each.note else ""
    by = gettext("Anotado por %(who)s", who=each.entered_by) if each.entered_by else ""
    source = {"text": status_words(each.status, each.source), "sub": " ".join(filter(None, (note, by)))}
    result = {
        "text": result_words(each),
        "sub": " · ".join(filter(None, (measure_words(each.measure), coded("statistic", each.statistic)))),
    }
    return [each.series, arm, n, months, result, coded("side", each.side), source]


def _cells(cells: CellSpecification) -> list[dict[str, Any]]:
    open_ = gettext("Sin fijar")
    low, high = number_words(cells.temperature_low), number_words(cells.temperature_high)
    dose = [number_words(each) for each in (cells.dose_low, cells.dose_high) if each is not None]
    per = cells.dose_per.said(language()) if cells.dose_per else ""
    hours = f"{cells.shelf_life_hours} h" if cells.shelf_life_hours else open_
    warmth = f"{low} a {high} °C" if low and high else open_
    given = f"{' – '.join(dose)} × {cells.dose_unit} / {per}" if dose else open_
    rows = [
        (gettext("Material"), cells.material.said(language()), None),
        (gettext("Consentimientos"), ", ".join(say(f"consent_kind.{kind}") for kind in cells.consents), None),
        (gettext("Serología del donante"), ", ".join(each.text.said(language()) for each in cells.serology), None),
        (gettext("Caducidad tras la liberación"), hours, cells.shelf_life_note),
        (gettext("Temperatura del transporte"), warmth, cells.temperature_note),
        (gettext("Dosis"), given, cells.dose_note),
        (gettext("Trazabilidad"), gettext("%(years)s años", years=cells.retention_years), None),
        (gettext("Fuente"), cells.source, None),
    ]
    return [
        {"key": key, "value": {"text": value, "sub": note.said(language()) if note else ""}}
        for key, value, note in rows
    ]


def _phrases(cells: CellSpecification) -> list[Row]:
    return [
        [coded("container", each.container), f"«{each.text}»", coded("when", each.when), each.source]
        for each in cells.phrases
    ]


def mistakes(errors: Iterable[FieldError]) -> list[Row]:
    """Every mistake of a file: where it stands, and what is wrong."""
    return [[each.field or "–", error_words(each, language())] for each in errors]


def change_row(change: Change) -> Row:
    """One difference: where, what it said, what it says."""
    where = say(f"programme_part.{change.part}") + (f" · {change.row}" if change.row else "")
    return [where + (f" · {change.field}" if change.field else ""), change.before or "–", change.after or "–"]


def setting_words(name: str) -> str:
    """What a hospital must still set."""
    return say(f"programme_setting.{name}")
