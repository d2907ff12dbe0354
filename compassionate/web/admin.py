"""Administration: what there is to keep in order, and the centres."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from compassionate import clock
from compassionate.extensions import alone, db
from compassionate.models import Centre
from compassionate.services import (
    administration,
    calendar_entries,
    centres,
    delegations,
    emergencies,
    medicines,
    orphans,
    programmes,
    retention,
    seals,
)
from compassionate.services.administration import AccountFilters, administrators_of
from compassionate.services.instance import TERRITORIES
from compassionate.web import reading
from compassionate.web.access import actor
from compassionate.web.admin_forms import drawn, options, posted, staff
from compassionate.web.filling import OK, Failure, attempt, recovered_at, seen
from compassionate.web.outages import outages
from compassionate.web.templating import day, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin", __name__)


def today() -> date:
    """The civil date of the administration (each centre's own where it matters)."""
    return clock.civil_date(clock.now(), "Europe/Madrid")


@blueprint.get("/administracion")
@staff
def index() -> Any:
    """What is kept here, and what is missing in it."""
    return render_template("admin/index.html", tasks=_tasks(), outages=outages())


def _tasks() -> list[dict[str, str]]:
    tasks = [_people(), _centres(), _medicines(), _sponsors(), _delegations()]
    tasks += [_open_work()] if actor().roles() & set(orphans.HEADS) else []
    tasks += [_programmes()]
    tasks += [_calendars(), _typing()] if Role.ADMINISTRATOR in actor().roles() else []
    if actor().roles() & {Role.ADMINISTRATOR, Role.AUDITOR}:
        hint = gettext("Quién leyó o cambió qué de un paciente: por el código de un expediente suyo.")
        tasks += [_emergencies(), _task(gettext("Informe de accesos"), "access_reports.show", hint, "")]
    tasks += [_seal()]
    return [*tasks, _retention()] if actor().roles() & set(retention.SEEN_BY) else tasks


def _open_work() -> dict[str, str]:
    codes = sorted({each.code for each in orphans.of_heads(db(), actor(), clock.now())})
    reading.lists(*codes[:3])
    status = ngettext("%(num)d sin responsable", "%(num)d sin responsable", len(codes))
    hint = gettext("Expedientes cuyo médico o farmacéutico ya no puede actuar, y el trabajo de quien se va.")
    named = f"{hint} {', '.join(codes[:3])}{' …' if codes[3:] else ''}" if codes else hint
    status, tone = (status, "wait") if codes else (gettext("Ninguno sin responsable"), "")
    return _task(gettext("Relevo del trabajo abierto"), "open_work.index", named, status, tone)


def _calendars() -> dict[str, str]:
    lacks = calendar_entries.lacking(db(), actor(), [today().year]) or calendar_entries.towns_unsaid(db(), actor())
    status = gettext("Faltan días") if lacks else gettext("Al día")
    hint = gettext("Los días que no cuentan en los plazos: fiestas locales y años comprobados.")
    return _task(gettext("Calendarios"), "admin_calendars.index", hint, status, "wait" if lacks else "")


def _programmes() -> dict[str, str]:
    wanting = [held for held in programmes.in_use(db()) if programmes.open_settings(db(), held)]
    status = gettext("Falta fijar datos") if wanting else ""
    hint = gettext("A quién se trata, qué se mide y qué ensayos pasan las células: criterios, visitas y fuentes.")
    return _task(gettext("Programas"), "admin_programmes.index", hint, status, "wait" if wanting else "")


def _typing() -> dict[str, str]:
    hint = gettext("Qué campos se teclean en la aplicación de la AEMPS, en qué orden y cuántos caracteres caben.")
    return _task(gettext("Órdenes de tecleo"), "admin_typing.index", hint, "")


def _seal() -> dict[str, str]:
    hint = gettext("Con qué certificado se sellan los documentos que se emiten, y qué prueba.")
    ends = bool(seals.warning(db(), clock.now()))
    return _task(gettext("Sello"), "admin_seal.index", hint, gettext("Caduca") if ends else "", "wait" if ends else "")


def _retention() -> dict[str, str]:
    hint = gettext("Cuánto se guarda cada expediente, cuándo se bloquea y quién lo destruye.")
    return _task(gettext("Conservación"), "retention.index", hint, "")


def _emergencies() -> dict[str, str]:
    waiting = emergencies.unseen(db(), actor())
    status = gettext("%(count)d sin ver", count=waiting) if waiting else gettext("Nada por ver")
    hint = gettext("Quién leyó un expediente sin tener función en el centro, y por qué.")
    return _task(gettext("Accesos urgentes"), "emergency.index", hint, status, "wait" if waiting else "")


def _task(title: str, endpoint: str, hint: str, status: str, tone: str = "") -> dict[str, str]:
    return {"title": title, "href": url_for(endpoint), "hint": hint, "status": status, "tone": tone}


def _people() -> dict[str, str]:
    rows = administration.list_accounts(db(), actor(), AccountFilters(), today())
    waiting = sum(row.state == "no_password" for row in rows) if Role.ADMINISTRATOR in actor().roles() else 0
    locked = sum(row.state == "locked" for row in rows) if Role.ADMINISTRATOR in actor().roles() else 0
    status = ngettext("%(num)d persona", "%(num)d personas", len(rows))
    if locked:
        status = ngettext("%(num)d bloqueada", "%(num)d bloqueadas", locked)
    elif waiting:
        status = ngettext("%(num)d sin contraseña", "%(num)d sin contraseña", waiting)
    hint = gettext("Quién entra, con qué función y en qué centro.")
    tone = "wait" if waiting or locked else ""
    return _task(gettext("Personas y funciones"), "admin_accounts.index", hint, status, tone)


def _centres() -> dict[str, str]:
    held = centres.visible(db(), actor())
    lacking = [centre.code for centre in held if centres.missing(centre, today())]
    total = ngettext("%(num)d centro", "%(num)d centros", len(held))
    hint = gettext("Lo que va en cada solicitud y lo que cada hospital decide por su cuenta.")
    return _task(gettext("Centros"), "admin.centre_list", _lacking(hint, lacking), *_status(total, lacking))


def _lacking(hint: str, codes: list[str]) -> str:
    more = " …" if codes[3:] else ""
    return (
        gettext("%(hint)s Faltan datos en %(codes)s.", hint=hint, codes=", ".join(codes[:3]) + more) if codes else hint
    )


def _status(total: str, lacking: list[str]) -> tuple[str, str]:
    return (gettext("Faltan datos"), "wait") if lacking else (total, "")


def _medicines() -> dict[str, str]:
    held = [product for product in medicines.listed(db()) if product.active]
    lacking = [product.code for product in held if medicines.missing(product)]
    total = ngettext("%(num)d medicamento", "%(num)d medicamentos", len(held))
    hint = gettext("Presentaciones, ensayo, importación y disposición del promotor.")
    return _task(gettext("Medicamentos"), "admin_products.index", _lacking(hint, lacking), *_status(total, lacking))


def _sponsors() -> dict[str, str]:
    hint = gettext("A quién se escribe para pedir la conformidad o hacer un pedido.")
    return _task(gettext("Promotores"), "admin_sponsors.index", hint, "")


def _delegations() -> dict[str, str]:
    held = [each for centre in delegations.centres_of(db(), actor()) for each in _in_force(centre)]
    status = ngettext("%(num)d en vigor", "%(num)d en vigor", len(held)) if held else gettext("Ninguna en vigor")
    hint = gettext("Quién actúa hoy en lugar de la Dirección, y con qué acto.")
    return _task(gettext("Delegaciones de la Dirección"), "admin_delegations.index", hint, status)


def _in_force(centre: Centre) -> list[delegations.Delegation]:
    listed = delegations.delegations(db(), centre, centres.today_at(centre, clock.now()))
    return [each for each in listed if each.status == "in_force"]


@blueprint.get("/administracion/centros")
@staff
def centre_list() -> Any:
    """The centres of whoever looks."""
    rows = [_centre_row(centre) for centre in centres.visible(db(), actor())]
    return render_template("admin/centres.html", rows=rows)


def _centre_row(centre: Centre) -> dict[str, Any]:
    lacks = centres.missing(centre, today())
    missing = ", ".join(say(f"centre_field.{name}").lower() for name in lacks)
    state = {"text": gettext("Falta"), "tone": "wait", "sub": missing} if lacks else gettext("Completo")
    name = {"text": centre.name, "href": url_for("admin.centre", code=centre.code)}
    territory = say(f"territory.{centre.territory}")
    return {"cells": [centre.code, name, territory, say(f"centre_kind.{centre.kind}"), state]}


@blueprint.route("/administracion/centros/<code>", methods=["GET", "POST"])
@staff
@alone
def centre(code: str) -> Any:
    """One centre: a form for who administers it, to be read by everybody else who works there."""
    row = centres.find(db(), actor(), code)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: centres.edit(db(), actor(), row, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Centro guardado."), "success")
            return redirect(url_for("admin.centre", code=row.code), 303)
    return _draw_centre(row, failure), failure.status if failure else OK


def _draw_centre(row: Centre, failure: Failure | None) -> Any:
    if not centres.may_edit(actor(), row):
        who = administrators_of(db(), row, today())
        return render_template("admin/centre_read.html", centre=row, rows=_reading(row), who=who)
    missing = [say(f"centre_field.{name}") for name in centres.missing(row, today())]
    choices = {
        "territory": options("territory", TERRITORIES),
        "zone": [(zone, _zone_words(zone)) for zone in centres.CENTRE_ZONES],
        "kind": options("centre_kind", centres.KINDS),
        "committee": options("committee_rule", centres.COMMITTEE_RULES),
    }
    stored = centres.values_of(row)
    form = drawn(stored, failure, {name: dict(pairs).get(stored[name], "") for name, pairs in choices.items()})
    return render_template(
        "admin/centre.html", centre=row, form=form, choices=choices, missing=missing, recovered=recovered_at()
    )


def _zone_words(zone: str) -> str:
    return say(f"zone.{zone.rpartition('/')[2].lower()}")


def _reading(row: Centre) -> list[dict[str, Any]]:
    values = centres.values_of(row)
    values |= {
        "territory": say(f"territory.{row.territory}"),
        "zone": _zone_words(row.zone),
        "kind": say(f"centre_kind.{row.kind}"),
        "committee": say(f"committee_rule.{row.committee}"),
        "is_hospital": gettext("Sí") if row.is_hospital else gettext("No"),
        "insurance_until": day(row.insurance_until),
        **{name: gettext("Sí") if values[name] else gettext("No") for name in centres.FLAGS},
    }
    wanted = centres.missing(row, today())
    return [
        {"key": say(f"centre_field.{name}"), "value": value if value != "" or name in wanted else "–"}
        for name, value in values.items()
    ]
