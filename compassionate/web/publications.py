"""What papers that a hospital holds say: typed in by one person, confirmed by another, replaced and never edited."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.instruments import SCALES
from compassionate.services.outcomes import entered
from compassionate.services.outcomes.measures import measure
from compassionate.web.access import actor, readers
from compassionate.web.filling import Failure, attempt, fill
from compassionate.web.outcomes import programme_or_404
from compassionate.web.presenters import present_reasons
from compassionate.web.templating import day, language, say
from compassionate.web.visit_pictures import figure

blueprint = Blueprint("publications", __name__)
ADDRESS = "/resultados/<name>/publicaciones"
FIELDS = ("series", "arm", "design", "kind", "side", "n", "instrument", "months", "statistic", "baseline", "follow_up",
          "change", "dispersion", "dispersion_kind", "finding", "source", "page", "replaces")  # fmt: skip


@blueprint.get(ADDRESS)
@readers
def index(name: str) -> Any:
    """Every row that was typed in, and the form for one more (or for one that replaces a row)."""
    return _page(name, None)


@blueprint.post(ADDRESS)
@readers
def add(name: str) -> Any:
    """Type in one measure of one arm."""
    programme_or_404(name)
    failure = attempt(lambda: entered.enter(db(), actor(), name, request.form, clock.now()))
    if failure:
        return _page(name, failure), failure.status
    flash(gettext("Guardado. No cuenta hasta que otra persona lo coteje con el artículo y lo confirme."), "success")
    return redirect(url_for("publications.index", name=name), 303)


@blueprint.post(f"{ADDRESS}/<outcome_id>/confirmar")
@readers
def confirm(name: str, outcome_id: str) -> Any:
    """Confirm a row after holding it against the paper."""
    programme_or_404(name)
    failure = attempt(lambda: entered.confirm(db(), actor(), name, outcome_id, clock.now()))
    if failure:
        return _page(name, failure), failure.status
    flash(gettext("Confirmado: ya aparece entre lo publicado."), "success")
    return redirect(url_for("publications.index", name=name), 303)


def _page(name: str, failure: Failure | None) -> str:
    held = programme_or_404(name)
    replaced = request.args.get("sustituye", "") or request.form.get("replaces", "")
    rows = entered.entered(db(), name)
    old = next((each.row for each in rows if each.row.id == replaced), None)
    stored = {field: getattr(old, field, None) for field in FIELDS if field != "replaces"}
    start = {field: _typed(value) for field, value in stored.items()} | {"replaces": old.id if old else ""}
    return render_template(
        "outcomes/publications.html",
        name=name,
        title=held.name.said(language()),
        rows=[_row(each) for each in rows],
        filled=fill(start, failure=failure),
        reasons=present_reasons(failure.reasons, "") if failure else [],
        replacing=old.series if old else "",
        may_enter=entered.may_enter(actor()),
        choices={
            "kind": [(each, say(f"choice.outcome_kind.{each}")) for each in entered.KINDS],
            "side": [(each, say(f"outcomes.side.{each}")) for each in entered.SIDES],
            "statistic": [(each, say(f"choice.outcome_statistic.{each}")) for each in entered.STATISTICS],
            "dispersion_kind": [(each, say(f"choice.outcome_dispersion.{each}")) for each in entered.DISPERSIONS],
            "instrument": [
                (each.key, say(f"instrument.{each.key}.name")) for each in SCALES.values() if measure(each) is not None
            ],
        },
    )


def _typed(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _row(held: entered.Held) -> dict[str, Any]:
    row = held.row
    values = " → ".join(figure(each) for each in (row.baseline, row.follow_up) if each is not None)
    told = values or (f"Δ {figure(row.change)}" if row.change is not None else row.finding)
    return {
        "id": row.id,
        "series": row.series,
        "arm": row.arm,
        "design": row.design,
        "n": row.n,
        "side": say(f"outcomes.side.{row.side}"),
        "measure": say(f"instrument.{row.instrument}.name") if row.instrument else "",
        "months": _typed(row.months),
        "told": f"{told} ({row.dispersion_kind} {figure(row.dispersion or 0)})" if row.dispersion_kind else told,
        "source": f"{row.source}, {row.page}",
        "entered": f"{held.entered_by} ({held.centre}), {day(row.entered_at.date())}",
        "confirmed": f"{held.confirmed_by}, {day(held.confirmed_at.date())}" if held.confirmed_at else "",
        "replaced": held.replaced,
        "is_mine": row.entered_by_id == actor().account_id,
    }
