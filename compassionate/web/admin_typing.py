"""The orders of typing as administrators keep them: what each centre types by, every version, and a new one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.documents.phrases import Phrases
from compassionate.extensions import alone, db
from compassionate.models import Centre
from compassionate.services import written_orders
from compassionate.services.administration import administered
from compassionate.services.typed_fields import KNOWN, LINE_FIELDS
from compassionate.services.typed_order import FORMS, Order, parse
from compassionate.services.written_orders import EVERY, Written
from compassionate.web.access import actor, administrators
from compassionate.web.admin import today
from compassionate.web.admin_forms import drawn, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.templating import ago, day, exact, language, say
from compassionate.web.uploads import upload_sent
from compassionate.workflow.engine import pathways

blueprint = Blueprint("admin_typing", __name__)
BASE = "/administracion/ordenes-de-tecleo"


@blueprint.get(BASE)
@administrators
def index() -> Any:
    """What each centre types by today, and every version that was written here."""
    return render_template(
        "admin/typing_orders.html",
        now=[_followed(row) for row in administered(db(), actor())],
        rows=[_row(each) for each in written_orders.versions(db(), actor())],
    )


def _followed(centre: Centre) -> list[Any]:
    order = written_orders.in_force(db(), pathways()[0].id, centre, clock.now(), today())
    href = url_for("admin_typing.new", centro=centre.code)
    act = {"text": gettext("Cambiar"), "href": href, "hidden": centre.name}
    return [f"{centre.code} · {centre.name}", order.version, _origin(order), act]


def _origin(order: Order) -> str:
    """Whether a version was written here, stands in a file of the installation, or is the application's own."""
    if order.own:
        return str(gettext("fichero %(name)s", name=order.own))
    ours = written_orders.is_ours(order)
    return str(gettext("de la aplicación") if ours else gettext("escrito en esta página"))


def _row(each: Written) -> list[Any]:
    href = url_for("admin_typing.show", order_id=each.row.id)
    named: Any = {"text": each.row.version, "href": href} if each.row.text else gettext("Se deja de usar")
    at = {"text": ago(each.row.at), "exact": exact(each.row.at), "sub": each.by}
    return [named, _place(each.centre), day(each.row.from_on), at]


def _place(code: str) -> str:
    return code if code not in ("", EVERY) else str(gettext("Todos los centros"))


@blueprint.get(f"{BASE}/<order_id>")
@administrators
def show(order_id: str) -> Any:
    """One version: its parts in order, and the text that gives it."""
    held = written_orders.version_named(db(), actor(), order_id)
    return render_template(
        "admin/typing_order.html",
        held=held.row,
        place=_place(held.centre),
        by=held.by,
        at={"text": ago(held.row.at), "exact": exact(held.row.at)},
        parts=_parts(held.row.text),
        again=url_for("admin_typing.new", centro=held.centre or EVERY),
    )


def _parts(text: str) -> list[list[str]]:
    """The parts with the words of their fields; none of a text that this release does not understand."""
    try:
        order = parse(text)
    except ValueError:
        return []
    words = Phrases(language())
    names = ("fields", "continuation_fields", "line_fields", "continuation_line_fields")
    return [
        [
            part["letter"],
            words.say(part["title"]) if words.knows(part["title"]) else part["title"],
            " · ".join(_field(order, words, name) for each in names for name in part.get(each, ())),
        ]
        for part in order.parts
    ]


def _field(order: Order, words: Phrases, name: str) -> str:
    if name in order.labels:
        return order.labels[name]
    known = KNOWN.get(name) or LINE_FIELDS.get(name)
    if known is not None:
        return words.first(f"transcription.{known.label}", f"print.label.{known.label}")
    form, _, link_id = name.partition(".")
    latest = db().info["forms"].latest(FORMS[form])
    return str(latest.item(link_id).text.said(language())) if latest.has(link_id) else name


@blueprint.route(f"{BASE}/nuevo", methods=["GET", "POST"])
@administrators
@alone
def new() -> Any:
    """Write a version down, from a day on; or go back to the order of the application."""
    failure: Failure | None = None
    places = written_orders.places(db(), actor())
    if request.method == "POST":
        given = posted() | _sent()
        failure = attempt(lambda: written_orders.write(db(), actor(), given, today(), clock.now()))
        if failure is None:
            flash(say("done.end_typing_order" if given.get("act") == "end" else "done.write_typing_order"), "success")
            return redirect(url_for("admin_typing.index"), 303)
    form = drawn(_begun_from(places), failure)
    choices = [(code, f"{code} · {name}" if name else _place(code)) for code, name in places]
    return render_template(
        "admin/typing_order_new.html", form=form, places=choices, recovered=recovered_at()
    ), status_of(failure)


def _sent() -> dict[str, str]:
    """The text of the file, where one was chosen: it goes before what stands in the box."""
    sent = upload_sent()
    return {"text": sent.data[: 4 * written_orders.LONGEST].decode("utf-8", "replace")} if sent else {}


def _begun_from(places: list[tuple[str, str]]) -> dict[str, str]:
    """What the form shows at first: the last version of the place that was asked for."""
    codes = [code for code, _ in places]
    asked = request.args.get("centro", "")
    centre = asked if asked in codes else codes[0] if len(codes) == 1 else ""
    text = written_orders.newest_text(db(), pathways()[0].id, centre)
    return {"centre": centre, "from_on": today().isoformat(), "text": text, "act": ""}
