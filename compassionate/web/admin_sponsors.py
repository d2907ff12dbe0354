"""Sponsors: how to reach them, to be read by everybody, kept by pharmacists and administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Sponsor
from compassionate.services import medicines
from compassionate.services import sponsor_directory as directory
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import drawn, posted, staff
from compassionate.web.filling import Failure, attempt, recovered_at, seen
from compassionate.web.templating import say

blueprint = Blueprint("admin_sponsors", __name__)
editors = roles(*medicines.EDITORS)


@blueprint.get("/administracion/promotores")
@staff
def index() -> Any:
    """Every sponsor and how to reach it."""
    rows = [
        {"cells": [_link(sponsor), sponsor.contact or "–", sponsor.email or "–", sponsor.telephone or "–"]}
        for sponsor in directory.listed(db())
    ]
    return render_template("admin/sponsors.html", rows=rows, may_edit=medicines.may_edit(actor()))


def _link(sponsor: Sponsor) -> dict[str, str]:
    return {"text": sponsor.name, "href": url_for("admin_sponsors.show", sponsor_id=sponsor.id)}


@blueprint.route("/administracion/promotores/nuevo", methods=["GET", "POST"])
@editors
def new() -> Any:
    """A new sponsor."""
    return _save(None)


@blueprint.route("/administracion/promotores/<sponsor_id>", methods=["GET", "POST"])
@staff
def show(sponsor_id: str) -> Any:
    """One sponsor: a form for who keeps medicines, to be read by everybody else."""
    row = directory.find(db(), sponsor_id)
    if request.method == "POST" or medicines.may_edit(actor()):
        return _save(row)
    who = ", ".join(say(f"role.{role}") for role in medicines.EDITORS)
    held = directory.products_of(db(), row)
    return render_template("admin/sponsor_read.html", sponsor=row, products=held, who=who)


def _save(row: Sponsor | None) -> Any:
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: directory.save(db(), actor(), row, given, clock.now(), seen() if row else None))
        if failure is None:
            flash(gettext("Promotor guardado."), "success")
            return redirect(url_for("admin_sponsors.index"), 303)
    stored = directory.values_of(row) if row else dict.fromkeys(("name", "contact", "email", "telephone"), "")
    form = drawn(stored, failure)
    held = directory.products_of(db(), row) if row else []
    page = render_template("admin/sponsor.html", sponsor=row, products=held, form=form, recovered=recovered_at())
    return page, form.status
