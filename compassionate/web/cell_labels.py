"""Labels of the cells of a case: which containers there are, ordering labels of one, counting what became of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from compassionate import clock
from compassionate.cells.labels import KINDS
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, CellContainer
from compassionate.services.cells import labelling
from compassionate.services.snapshots.labels import Order, orders
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import basis_words, exact, say

blueprint = Blueprint("cell_labels", __name__)
BASE = "/expedientes/<code>/celulas/etiquetas"
SHEET = "labels-0"  # where the page of documents has the labels
TICKED = ("stays_in_centre", "must_not_freeze", "not_viable")


@blueprint.get(BASE)
@readers
def index(code: str) -> Any:
    """The containers of the case and every order of labels."""
    return _page(load_case(code), None, 0)


@blueprint.route(f"{BASE}/<container_id>", methods=["GET", "POST"])
@readers
def order(code: str, container_id: str) -> Any:
    """What the label of one container says, what is missing, and how many are wanted."""
    case, failure = load_case(code), None
    row = labelling.container_of(db(), case, container_id)
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: labelling.order(db(), actor(), case, container_id, given, clock.now()))
        if failure is None:
            flash(say("done.print_labels"), "success")
            return redirect(url_for("documents.index", code=code, _anchor=SHEET), 303)
    return _form(load_case(code), row, failure), status_of(failure)


@blueprint.post(f"{BASE}/pedidos/<int:number>")
@readers
def count(code: str, number: int) -> Any:
    """How many labels of an order were used and how many destroyed."""
    case, given = load_case(code), request.form.to_dict()
    failure = attempt(lambda: labelling.count(db(), actor(), case, number, given, clock.now()))
    if failure is None:
        flash(say("done.count_labels"), "success")
        return redirect(url_for("cell_labels.index", code=code), 303)
    return _page(load_case(code), failure, number), failure.status


def _page(case: Case, failure: Failure | None, number: int) -> str:
    listed = orders(db(), case)
    return render_template(
        "cells/labels.html",
        containers=[_container(row) for row in labelling.containers(db(), case) if row.kind in KINDS],
        orders=[_order(each) for each in listed],
        filled=fill({"used": "", "destroyed": ""}, failure=failure, labels=_labels(("used", "destroyed"))),
        wrong_number=number,
        may_print=may(case, "print_labels"),
        who=who_may(case, "print_labels"),
        **frame(case),
    )


def _container(row: CellContainer) -> dict[str, Any]:
    return {"id": row.id, "code": row.code, "kind": say(f"label_kind.{row.kind}"), "printed": row.printed}


def _order(each: Order) -> dict[str, Any]:
    row = each.row
    return {
        "number": row.number,
        "code": each.container.code,
        "kind": say(f"label_kind.{each.label.kind}"),
        "copies": row.copies,
        "used": row.used,
        "destroyed": row.destroyed,
        "reason": row.reason,
        "by": each.label.by,
        "at": exact(row.printed_at),
    }


def _labels(names: tuple[str, ...]) -> dict[str, str]:
    return {name: say(f"label_field.{name}") for name in names}


def _form(case: Case, row: CellContainer, failure: Failure | None) -> str:
    if not may(case, "print_labels"):
        raise NotFound
    kind = KINDS[row.kind]
    known, typed = labelling.known(db(), case, row), labelling.typed_fields(kind)
    stored = labelling.suggested(db(), case, row)
    names = (*typed, *TICKED, "copies", "reason", *sorted(labelling.ON_RECORD))
    values = {name: stored.get(name, "") for name in typed} | dict.fromkeys(TICKED, "") | {"copies": "1", "reason": ""}
    recorded = [name for name in (*kind.required, *kind.wished) if name in labelling.ON_RECORD]
    return render_template(
        "cells/label.html",
        kind={"id": kind.id, "text": say(f"label_kind.{kind.id}"), "phrase": kind.phrase, "longest": kind.longest},
        size=f"{kind.width} × {kind.height} mm",
        basis=basis_words(kind.basis),
        facts=[{"key": say(f"label_field.{name}"), "value": known[name]} for name in recorded],
        typed=[{"name": name, "required": name in kind.required} for name in typed],
        serology=say(f"label_serology.{labelling.serology(db(), case, clock.now())}"),
        has_code=bool(row.european_code) or "sec" not in kind.required,
        is_outer=kind.id in ("transport", "shipping"),
        again=row.printed,
        label_of=lambda name: say(f"label_field.{name}"),
        filled=fill(values, failure=failure, labels=_labels(names)),
        **frame(case),
    )
