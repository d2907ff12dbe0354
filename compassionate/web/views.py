"""A person's saved views of the list of cases: kept from the list, renamed and deleted on a page of their own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import SavedView
from compassionate.services import views
from compassionate.web import case_list
from compassionate.web.access import actor, readers
from compassionate.web.filling import Failure, attempt, fill, recovered_at
from compassionate.web.templating import say

blueprint = Blueprint("views", __name__)
PAGE = "/cuenta/vistas"


@blueprint.get(PAGE)
@readers
def index() -> Any:
    """My views, each with its filters in words."""
    return _index()


@blueprint.post(PAGE)
@readers
def save() -> Any:
    """Keep the filters of the list under a name."""
    given = request.form
    filters = {name: given.get(name, "").strip() for name in (*views.KEPT, *views.OFFERED)}
    failure = attempt(lambda: views.save(db(), actor(), given.get("name", ""), filters, _first(), clock.now()))
    if failure:
        return _index(failure, filters), failure.status
    flash(say("done.save_view"), "success")
    return redirect(case_list.address(filters), 303)


@blueprint.route(PAGE + "/<view_id>", methods=["GET", "POST"])
@readers
def show(view_id: str) -> Any:
    """One view: its name, and whether the list begins with it."""
    row, failure = views.find(db(), actor(), view_id), None
    if request.method == "POST":
        name = request.form.get("name", "")
        failure = attempt(lambda: views.change(db(), actor(), view_id, name, _first(), clock.now()))
        if failure is None:
            flash(say("done.change_view"), "success")
            return redirect(url_for("views.index"), 303)
        row = views.find(db(), actor(), view_id)
    filled = fill({"name": row.name, "first": "y" if row.is_default else ""}, failure=failure)
    page = render_template(
        "account/view.html", view=row, said=filter_words(row, _names()), filled=filled, recovered=recovered_at()
    )
    return page, filled.status


@blueprint.post(PAGE + "/<view_id>/borrar")
@readers
def delete(view_id: str) -> Any:
    """Delete a view; the cases stay what they are."""
    failure = attempt(lambda: views.delete(db(), actor(), view_id, clock.now()))
    if failure is None:
        flash(say("done.delete_view"), "success")
    return redirect(url_for("views.index"), 303)


def _first() -> bool:
    return bool(request.form.get("first"))


def _index(failure: Failure | None = None, filters: dict[str, str] | None = None) -> str:
    held, names = views.of_person(db(), actor().account_id), _names()
    rows = [
        {
            "cells": [
                {"text": row.name, "href": _href(row)},
                filter_words(row, names),
                say("view.first") if row.is_default else "",
                {"text": say("view.change"), "href": url_for("views.show", view_id=row.id), "hidden": row.name},
            ]
        }
        for row in held
    ]
    filled = fill({"name": "", "first": ""}, failure=failure)
    return render_template(
        "account/views.html", rows=rows, filled=filled, filters=filters, most=views.MOST, recovered=recovered_at()
    )


def _names() -> dict[str, dict[str, str]]:
    """The words of every value that a view may hold."""
    offered = {name: {value: say(f"view.{value}") for value in values} for name, values in views.OFFERED.items()}
    return {name: dict(values) for name, values in case_list.choices(db(), actor()).items()} | offered


def filter_words(row: SavedView, names: dict[str, dict[str, str]]) -> str:
    """What a view narrows the list to, in words."""
    said = [names[name].get(value, value) for name, value in sorted(row.filters.items()) if name in names]
    return " · ".join(said) or say("view.open")


def _href(row: SavedView) -> str:
    return case_list.Asked(row.filters).url()


def view_link(row: SavedView, wanted: case_list.Asked) -> dict[str, Any]:
    """A view as a link over the list."""
    return {"text": row.name, "href": _href(row), "current": _href(row) == wanted.url()}
