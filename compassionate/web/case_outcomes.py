"""What became of one patient: relief at each visit, an operation since, and the figures for the agency's forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import operations
from compassionate.services.outcomes import agency
from compassionate.services.outcomes.cohort import course
from compassionate.services.outcomes.measures import Measure, measures
from compassionate.services.outcomes.rows import PatientCourse
from compassionate.services.outcomes.wording import Wording
from compassionate.statistics.cohorts import BASELINE
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import day, language, say

blueprint = Blueprint("case_outcomes", __name__)
ADDRESS = "/expedientes/<code>/resultados"


@blueprint.get(ADDRESS)
@readers
def show(code: str) -> Any:
    """Relief, operation, and what the agency's forms ask for."""
    return _page(load_case(code))


@blueprint.post(f"{ADDRESS}/operacion")
@readers
def operated(code: str) -> Any:
    """The patient was operated on for the same complaint; or was not, after all."""
    case = load_case(code)
    failure = attempt(lambda: operations.record_operation(db(), actor(), case, request.form, clock.now()))
    if failure:
        return _page(case, failure), failure.status
    flash(gettext("Guardado: cuenta en los resultados del programa desde ese día."), "success")
    return redirect(url_for("case_outcomes.show", code=case.code), 303)


def _page(case: Case, failure: Failure | None = None) -> str:
    held = agency.course_of(db(), case, clock.now())
    operation = operations.operation_of(db(), case)
    return render_template(
        "visits/outcomes.html",
        **frame(case),
        relief=_relief(held) if held else [],
        fields=_fields(held) if held else [],
        operation={"on": day(operation.operated_on), "what": say(f"choice.procedure.{operation.procedure}")}
        if operation
        else None,
        procedures=[(each, say(f"choice.procedure.{each}")) for each in operations.PROCEDURES],
        treated=held is not None,
        may_record=may(case, operations.SECTION),
        who=who_may(case, operations.SECTION),
        filled=fill({"operated_on": "", "procedure": ""}, case=case, failure=failure),
        programme=case.programme or case.product.programme,
    )


def _relief(held: PatientCourse) -> list[list[str]]:
    """Each measure at each later visit: before, then, relief, and the share of what could be relieved."""
    present = frozenset(name for each in held.visits for name in each.scores)
    return [row for each in measures(present) for row in _of_measure(Wording(language()), held, each)]


def _of_measure(words: Wording, held: PatientCourse, each: Measure) -> list[list[str]]:
    seen, scale = course(held, each.id), each.scale
    before, rows = seen.at(BASELINE), list[list[str]]()
    for visit in held.visits:
        then = seen.at(visit.name)
        if before is None or then is None or visit.name == BASELINE:
            continue
        start, now = scale.distance(before), scale.distance(then)
        share = f"{words.number(100 * (start - now) / start)} %" if start else "–"
        gain = words.score(scale.gain(before, then))
        limits = [words.limit(limit, each) for limit in scale.limits if scale.reaches(limit, before, then)]
        name, reached = words.visit(visit.name), "; ".join(limits) or "–"
        rows.append([words.measure(each.id), name, words.score(before), words.score(then), gain, share, reached])
    return rows


def _fields(held: PatientCourse) -> list[tuple[str, str]]:
    """What is copied into a form, label and value."""
    told = agency.copied([held])
    return [
        (gettext("Fecha de la primera administración"), day(held.treated_on)),
        (gettext("Visitas previstas hasta hoy"), str(told.visits_due)),
        (gettext("Visitas realizadas"), str(told.visits_done)),
        (gettext("Visitas realizadas fuera de fechas"), str(told.visits_off)),
        (gettext("Visitas sin realizar"), str(told.visits_missing)),
        (gettext("Sospechas de reacción adversa"), str(told.reactions)),
        (gettext("Sospechas por valorar"), str(told.reactions_open)),
        (gettext("Operado después por la misma dolencia"), day(held.operated_on) or gettext("No consta")),
    ]
