"""`flask outcomes`: what became of the patients of a programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.services.outcomes import comparators
from compassionate.services.outcomes.cohort import Filters, cohort
from compassionate.services.outcomes.document import document
from compassionate.services.outcomes.known import known, programme
from compassionate.words import say

group = AppGroup("outcomes", help="Los resultados de un programa.")


@group.command("cohort")
@click.argument("name", metavar="PROGRAMA")
@click.option("--centre", "codes", multiple=True, metavar="CENTRO", help="Solo los pacientes de este centro.")
@acting.perhaps_in_name_of
@as_json
@answers_errors
def show(name: str, codes: tuple[str, ...], username: str | None, as_json: bool) -> None:
    """La cohorte de un programa: visita a visita, con lo publicado al lado."""
    with acting.reading() as session:
        actor = acting.actor_for(session, username) if username else None
        if name not in known(session):
            wrong(f"No hay ningún programa «{name}». Los que hay: {', '.join(known(session)) or 'ninguno'}.")
        centre_ids = tuple(acting.centre_for(session, code).id for code in codes)
        held = cohort(session, actor, name, acting.now(), Filters(centre_ids))
        told = document(held, comparators.arms(session, programme(session, name)))
    answer(told, _lines(told), as_json)


def _lines(told: dict[str, Any]) -> Iterator[str]:
    """The same for people: each measure, each visit on a line."""
    yield say("outcomes.cli.head", programme=told["programme"], n=told["n"])
    for measure in told["measures"]:
        yield say(f"instrument.{measure['instrument']}.name")
        for each in measure["visits"]:
            yield say("outcomes.cli.visit", visit=say(f"visit.{each['visit']}"), **_rounded(each))
    yield say("outcomes.cli.arms", count=len(told["comparators"]))


def _rounded(each: dict[str, Any]) -> dict[str, Any]:
    figures = {name: "–" if each[name] is None else f"{each[name]:.1f}" for name in ("mean", "change")}
    return {"n": each["n"], "missing": each["missing"], "operated": each["operated"], **figures}
