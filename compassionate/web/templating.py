"""What every template may say: words of codes, dates as people say them, who is logged in."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request
from flask_babel import format_date, format_datetime, gettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from compassionate import clock, words
from compassionate.extensions import db
from compassionate.services.duration_rows import READ_BY as DURATIONS_READ_BY
from compassionate.services.emergencies import may_ask
from compassionate.services.instance import is_demo
from compassionate.services.noticeboard import unread
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

LANGUAGES = ("es", "en")
MADRID = "Europe/Madrid"
NOTICES = "/avisos"
ADMINISTRATION = frozenset({Role.ADMINISTRATOR, Role.PHARMACIST, Role.DIRECTOR, Role.AUDITOR})


def language() -> str:
    """The language of this request: the account's, or the browser's where nobody is logged in."""
    if "tongue" in g:  # a page that is for somebody else than who is logged in
        return str(g.tongue)
    if current_user and current_user.is_authenticated:
        return str(current_user.account.language)
    return request.accept_languages.best_match(LANGUAGES, "es") or "es"


def zone() -> str:
    """The zone in which instants are shown: that of the case's centre, once a page knows it."""
    return str(g.get("zone", MADRID))


def say(code: str, **params: Any) -> str:
    """The words of a code in this request's language."""
    return words.say(code, language(), **{name: shown(value) for name, value in params.items()})


def shown(value: Any) -> Any:
    """A parameter as a sentence shows it."""
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, date):
        return day(value)
    return value


def basis_words(basis: str) -> str:
    """A legal basis as it is cited; rules that are no law are said in the reader's language."""
    ours = {
        "Norma interna": gettext("Norma interna"),
        "Norma interna del centro": gettext("Norma interna del centro"),
        "Ajuste del centro": gettext("Ajuste del centro"),
        "Protocolo del programa": gettext("Protocolo del programa"),
        "RD 1015/2009 preámbulo": gettext("RD 1015/2009 preámbulo"),
    }
    return str(ours.get(basis, basis))


def day(value: date | None) -> str:
    """A civil date as dd/mm/aaaa; empty for none."""
    return str(format_date(value, "dd/MM/yyyy")) if value else ""


def exact(value: datetime | None) -> str:
    """An instant with its zone, for hover and print."""
    return str(format_datetime(value, "dd/MM/yyyy HH:mm zzz")) if value else ""


def ago(value: datetime | date | None) -> str:
    """How long ago, as people say it: hoy, ayer, hace 5 días, dentro de 3 días."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone())).date() if isinstance(value, datetime) else value
    days = (clock.civil_date(clock.now(), zone()) - local).days
    if days in (0, 1, -1):
        return str({0: gettext("hoy"), 1: gettext("ayer"), -1: gettext("mañana")}[days])
    return str(gettext("hace %(days)d días", days=days) if days > 0 else gettext("dentro de %(days)d días", days=-days))


def _navigation(roles: frozenset[Role]) -> list[dict[str, Any]]:
    items = [("/", gettext("Mi trabajo"), roles), ("/expedientes", gettext("Expedientes"), roles & set(READERS))]
    items += [(NOTICES, gettext("Avisos"), roles & set(READERS))]
    items += [("/demoras", gettext("Demoras"), roles & set(DURATIONS_READ_BY))]
    items += [("/auditoria", gettext("Auditoría"), roles & {Role.AUDITOR})]
    items += [("/administracion", gettext("Administración"), roles & ADMINISTRATION)]
    return [
        {
            "href": href,
            "text": text,
            "current": request.path == href or (href != "/" and request.path.startswith(href)),
            "total": _unread() if href == NOTICES else 0,
        }
        for href, text, allowed in items
        if allowed
    ]


def _unread() -> int:
    """How many notices wait for whoever looks: one small query a page, and never the reason that none is drawn."""
    from compassionate.web.access import actor

    with suppress(SQLAlchemyError), db().no_autoflush:
        return unread(db(), actor())
    return 0


def _is_demo() -> bool:
    """Whether this is a demonstration; once it is one it stays one, so it is asked of the database only until then."""
    if not current_app.config["IS_DEMO"]:
        with suppress(SQLAlchemyError):  # the page that says that the database is gone needs no database
            current_app.config["IS_DEMO"] = is_demo(db())
    return bool(current_app.config["IS_DEMO"])


def _frame() -> dict[str, Any]:
    frame: dict[str, Any] = {
        "lang": language(),
        "version": current_app.config["VERSION"],
        "demo": _is_demo(),
    }
    if not (current_user and current_user.is_authenticated):
        return frame | {"version": ""}  # which version it is, is nobody's business who has not logged in
    from compassionate.web.access import actor

    held = actor()
    labels = [f"{say(f'role.{each.role}')} · {each.centre_code}" for each in held.held]
    links = [{"text": gettext("Mi cuenta"), "href": "/cuenta"}, {"text": gettext("Escalas"), "href": "/escalas"}]
    if may_ask(held):
        links.append({"text": gettext("Acceso urgente"), "href": "/acceso-urgente"})
    return frame | {
        "account": {"name": held.name, "roles": labels, "links": links},
        "navigation": _navigation(held.roles()),
    }


def init_app(app: Flask) -> None:
    """Register globals, filters and the frame of every page."""
    app.jinja_env.globals.update(say=say)
    app.jinja_env.filters.update(day=day, exact=exact, ago=ago, basis=basis_words)
    app.jinja_env.autoescape = True  # whatever a template is called: a mail or a feed escapes too
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_frame)
