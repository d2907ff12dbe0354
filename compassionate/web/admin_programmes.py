"""Programmes as administrators keep them: every version readably, what the hospital must set, and a new version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import Invalid
from compassionate.extensions import db
from compassionate.programmes import Programme
from compassionate.programmes.comparing import differences
from compassionate.services import programmes
from compassionate.services.programmes import Listed
from compassionate.web import programme_pages
from compassionate.web.access import actor, administrators
from compassionate.web.admin_forms import drawn, posted, staff
from compassionate.web.filling import WRONG, Failure, attempt, recovered_at, status_of
from compassionate.web.programme_words import number_words
from compassionate.web.templating import ago, exact, language
from compassionate.web.uploads import upload_sent
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin_programmes", __name__)
BASE = "/administracion/programas"


@blueprint.get(BASE)
@staff
def index() -> Any:
    """Every version of every programme, and what its hospital must still set."""
    rows = [_row(each) for each in programmes.listed(db())]
    return render_template("admin/programmes.html", rows=rows, may_edit=_may())


def _may() -> bool:
    return Role.ADMINISTRATOR in actor().roles()


def _row(each: Listed) -> list[Any]:
    held = each.programme
    href = url_for("admin_programmes.show", code=held.id, version=held.version)
    state = gettext("En vigor") if each.is_latest else gettext("Anterior: la siguen los expedientes que la abrieron")
    at = {"text": ago(each.at), "exact": exact(each.at), "sub": each.by} if each.at else gettext("Con la aplicación")
    wanting = programmes.open_settings(db(), held) if each.is_latest else ()
    todo = gettext("Fijar temperatura y caducidad") if wanting else ""
    settings = {"text": todo, "href": url_for("admin_programmes.settings", code=held.id)} if todo else "–"
    return [{"text": held.name.said(language()), "href": href, "sub": held.id}, held.version, state, at, settings]


@blueprint.get(f"{BASE}/<code>/<version>")
@staff
def show(code: str, version: str) -> Any:
    """One version: who may be treated, what is measured, what the cells must pass, what was published."""
    held = programmes.with_settings(db(), programmes.at_version(db(), code, version))
    return render_template(
        "admin/programme.html",
        programme=held,
        may_edit=_may(),
        wanting=[programme_pages.setting_words(name) for name in programmes.open_settings(db(), held)],
        **programme_pages.shown(held),
    )


@blueprint.get(f"{BASE}/<code>/<version>/fichero")
@staff
def file(code: str, version: str) -> Any:
    """The text of a version, to begin another from."""
    text = programmes.text_of(db(), code, version)
    name = f"{code}-{version}.toml"
    return Response(text, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.route(f"{BASE}/<code>/ajustes", methods=["GET", "POST"])
@administrators
def settings(code: str) -> Any:
    """What a programme leaves to the hospital: how warm the cells travel, how long they keep."""
    held = programmes.in_force(db(), code)
    failure: Failure | None = None
    if request.method == "POST":
        failure = attempt(lambda: programmes.set_values(db(), actor(), held, posted(), clock.now()))
        if failure is None:
            flash(gettext("Ajustes guardados."), "success")
            return redirect(url_for("admin_programmes.show", code=code, version=held.version), 303)
    row = programmes.settings_of(db(), code)
    stored = {name: number_words(row.values.get(name) if row else None) for name in programmes.SETTINGS}
    form = drawn(stored | {"source": row.source if row else ""}, failure)
    page = render_template("admin/programme_settings.html", programme=held, form=form, recovered=recovered_at())
    return page, status_of(failure)


@blueprint.route(f"{BASE}/nuevo", methods=["GET", "POST"])
@administrators
def new() -> Any:
    """Check the text of a version, see what it changes, and publish it."""
    failure: Failure | None = None
    checked: Programme | None = None
    text = _text()
    if request.method == "POST" and request.form.get("act") == "publish":
        failure = attempt(lambda: programmes.publish(db(), actor(), text, clock.now()))
        if failure is None:
            flash(gettext("Versión publicada."), "success")
            return redirect(url_for("admin_programmes.index"), 303)
    elif request.method == "POST":
        checked, failure = _checked(text)
    form = drawn({"text": ""}, failure)
    page = render_template(
        "admin/programme_new.html",
        form=form,
        text=text or form.values["text"],
        mistakes=programme_pages.mistakes(failure.errors if failure else ()),
        checked=checked,
        changes=_changes(checked) if checked else [],
        recovered=recovered_at(),
    )
    return page, status_of(failure)


def _text() -> str:
    """What was typed or sent; a file goes before what stands in the box."""
    sent = upload_sent() if request.method == "POST" else None
    return sent.data.decode("utf-8", "replace") if sent else request.form.get("text", "").replace("\r\n", "\n")


def _checked(text: str) -> tuple[Programme | None, Failure | None]:
    try:
        return programmes.checked(db(), text), None
    except Invalid as error:
        return None, Failure(WRONG, errors=error.errors)


def _changes(new_one: Programme) -> list[list[str]]:
    changes = differences(programmes.latest(db(), new_one.id), new_one, language())
    return [programme_pages.change_row(each) for each in changes]
