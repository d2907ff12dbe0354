"""The patient's own cells of a case: where they stand, the one next thing, their chain, their tests, the attempts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, CellTest
from compassionate.paths import step_url
from compassionate.programmes.model import ReleaseTest
from compassionate.services.cells.results import FAILED
from compassionate.services.cells.standing import Asked, Attempt, Happened, standing
from compassionate.services.facts import region_of
from compassionate.web.access import actor, readers
from compassionate.web.cell_fields import limit_words
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import state_tone, state_words
from compassionate.web.templating import day, exact, language, say
from compassionate.workflow.cell_facts import CellFacts
from compassionate.workflow.cells import CELLS, MADE, REGION, SEROLOGY
from compassionate.workflow.roles import Role

blueprint = Blueprint("cells", __name__)
ALWAYS = ("record_serology", "record_cell_test", "hold_cells")
CURES = ("lift_identity_hold", "judge_temperature")
ALIVE = ("released", "dispatched", "received", "identity_verified")
BESIDE = ("fail_batch", "postpone_procurement", "reject_cells", "record_cells_not_applied")
OWN = tuple(dict.fromkeys(row.name for row in CELLS.transitions))
FORWARD = tuple(name for name in OWN if name not in (*ALWAYS, *CURES, *BESIDE, "record_cells_applied"))
SEE_SEROLOGY = {Role.PHYSICIAN, Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON}
TONES = {"mismatch": "stop", "excursion": "wait", "unfit": "stop"}


@blueprint.get("/expedientes/<code>/celulas")
@readers
def index(code: str) -> Any:
    """The cells of the case."""
    case = load_case(code)
    region, steps = region_of(case, REGION), steps_of(case)
    state = region.state if region else "not_needed"
    held = standing(db(), case, clock.now())
    drawn = [_attempt(case, each) for each in held.attempts]
    return render_template(
        "cells/index.html",
        **frame(case),
        state=state,
        state_text=state_words(REGION, state),
        tone=state_tone(case, REGION, state) if region else "neutral",
        facts=held.facts,
        is_biological_risk=held.is_biological_risk,
        serology=_serology(case, held.facts),
        expires=exact(held.facts.expires_at) if state in ALIVE else "",
        latest=drawn[0] if drawn else None,
        earlier=drawn[1:],
        cures=offers(case, steps, _cures(held.facts), REGION),
        types_results=any(step.name == "record_cell_test" and step.answer.allowed for step in steps),
        forward=offers(case, steps, FORWARD, REGION),
        beside=offers(case, steps, (*ALWAYS, *BESIDE), REGION),
        tests=_tests(case, held.attempts[0]) if held.attempts and state in MADE else [],
    )


def _cures(facts: CellFacts) -> tuple[str, ...]:
    """What lifts what stands in the way, if something does."""
    stands = {"lift_identity_hold": facts.hold is not None, "judge_temperature": facts.temperature == "open"}
    return tuple(name for name in CURES if stands[name])


def _serology(case: Case, facts: CellFacts) -> list[dict[str, str]]:
    """The donor's results one by one for who works with them; others are told the risk alone (RGPD art. 5.1.c)."""
    if not facts.serology or not actor().roles_at(case.centre_id) & SEE_SEROLOGY:
        return []
    results = ((test, facts.serology.get(test) or "pending") for test in SEROLOGY)
    rows = [{"key": say(f"input.{test}"), "value": say(f"choice.hiv.{result}")} for test, result in results]
    drawn = facts.sample.drawn_on
    return [*([{"key": say("input.drawn_on"), "value": day(drawn)}] if drawn else []), *rows]


def _attempt(case: Case, held: Attempt) -> dict[str, Any]:
    row = held.row
    return {
        "number": row.number,
        "donation": row.donation_number,
        "batch": row.batch,
        "rows": [
            {"key": gettext("Número de donación"), "value": row.donation_number},
            {"key": gettext("Extracción"), "value": exact(row.procured_at) or day(row.planned_on), "source": row.site},
            {"key": gettext("Establecimiento de tejidos"), "value": row.establishment},
            *([{"key": gettext("Lote"), "value": row.batch}] if row.batch else []),
            *([{"key": gettext("Caduca"), "value": exact(row.expires_at)}] if row.expires_at else []),
        ],
        "ended": say(f"cells.ended.{row.ended_as}") if row.ended_as else "",
        "why": held.said.get("failed_because", ""),
        "chain": [_link(each) for each in reversed(held.chain)],
        "incidents": [_incident(case, each) for each in held.incidents],
    }


def _incident(case: Case, row: Any) -> dict[str, str]:
    return {"text": say(f"cells.incident.{row.kind}"), "cause": row.cause, "at": exact(row.at)}


def _link(held: Happened) -> dict[str, Any]:
    row = held.row
    return {
        "title": say(f"done.{row.kind}"),
        "when": exact(row.at),
        "iso": row.at.isoformat(),
        "who": held.by,
        "text": " · ".join(_said(held)),
        "tone": TONES.get(row.verdict, ""),
    }


def _said(held: Happened) -> list[str]:
    row, said = held.row, held.said
    told = [f"{row.origin} → {row.destination}" if row.origin and row.destination else row.origin or row.destination]
    if row.temperature_low:
        told.append(gettext("de %(low)s a %(high)s °C", low=row.temperature_low, high=row.temperature_high))
    if row.seal_intact is False:
        told.append(gettext("precinto no intacto"))
    if row.verdict == "mismatch":
        wanted, found = said.get("expected", ""), said.get("found", "")
        told.append(gettext("se esperaba «%(expected)s» y se leyó «%(found)s»", expected=wanted, found=found))
    if row.verdict in ("fit", "unfit"):
        told.append(say(f"choice.judgement.{row.verdict}"))
    told += [str(said[name]) for name in ("container_code", "note", "by", "to") if said.get(name)]
    return [each for each in told if each]


def _tests(case: Case, held: Attempt) -> list[dict[str, Any]]:
    """Every test with its limit beside it, its newest result, and where another one is typed."""
    return [_test(case, each) for each in held.tests]


def _test(case: Case, held: Asked) -> dict[str, Any]:
    test, row = held.test, held.result
    return {
        "id": test.id,
        "text": test.text.said(language()),
        "limit": limit_words(test),
        "effect": say(f"cells.effect.{'follows' if test.may_follow else test.effect}"),
        "value": _value(test, row) if row else "",
        "verdict": say(f"cells.verdict.{row.verdict}") if row else "",
        "tone": {"passed": "good", FAILED: "stop", "pending": "wait"}.get(row.verdict, "neutral") if row else "wait",
        "on": day(row.on) if row else "",
        "corrected": held.corrected,
        "href": f"{step_url(case.code, f'record_cell_test@{REGION}')}?test={test.id}",
    }


def _value(test: ReleaseTest, row: CellTest) -> str:
    said = {each.code: each.text.said(language()) for each in test.choices}
    number = row.value.replace(".", ",") if language() == "es" else row.value
    return said.get(row.value, f"{number} {row.unit}".strip())
