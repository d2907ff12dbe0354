"""Errors for people: what happened, what was kept, what to do. Bad input is never a 500."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.web.presenters import present_errors, present_reasons

log = logging.getLogger(__name__)
PAGES = frozenset({400, 403, 404, 405, 409, 413, 429, 500, 503})


# Said when not even the page of an error can be drawn: no database, no template, no words are needed for it.
LAST_RESORT = """<!DOCTYPE html>
<html lang="es"><head><meta charset="utf-8"><title>Error – Compassionate</title></head>
<body><h1>Algo ha fallado</h1><p>No se ha guardado ningún cambio. Inténtelo de nuevo dentro de unos minutos.</p>
<p>Si vuelve a ocurrir, avise y diga este número: <code>{request_id}</code></p></body></html>"""


def page(status: int, **context: Any) -> tuple[str, int]:
    """The page of an error, with the number under which the log tells the rest (ASVS 16.5.1, 16.5.4)."""
    name, request_id = (404 if status == 405 else status), g.get("request_id", "")
    try:
        return render_template(f"errors/{name}.html", request_id=request_id, **context), status
    except Exception as error:
        log.error("request %s: its error page failed: %s", request_id, type(error).__name__, exc_info=error)
        return LAST_RESORT.format(request_id=request_id), max(status, 500)


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error
    said = page(error.code if error.code in PAGES else 400)
    return *said, [header for header in error.get_headers() if header[0] in ("Allow", "Retry-After")]


def _missing(error: NotFound) -> Any:
    return page(404)


def _conflict(error: Conflict | StaleDataError | IntegrityError) -> Any:
    code = error.case_code if isinstance(error, Conflict) else ""
    return page(409, case_code=code, case_url=f"/expedientes/{code}" if code else "", state=getattr(error, "state", ""))


def _refused(error: Refused) -> Any:
    return page(
        403,
        reasons=present_reasons(
            error.reasons, g.get("case_code", ""), g.get("request_number", 0), g.get("centre_code", "")
        ),
    )


def _invalid(error: Invalid) -> Any:
    return page(400, errors=present_errors(error.errors))


def _csrf(error: CSRFError) -> Any:
    from compassionate.web.drafts import ask_to_log_in_again

    return ask_to_log_in_again(400)


def _busy(error: OperationalError) -> Any:
    log.warning("database not available: %s", type(error.orig).__name__)
    return page(503)


def _fault(error: Exception) -> Any:
    log.error("request %s failed: %s", g.get("request_id", ""), type(error).__name__, exc_info=error)
    return page(500)


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)


def init_app(app: Flask) -> None:
    """Register a page for every way to fail."""
    app.before_request(_number_request)
    for kind, handler in (
        (HTTPException, _http),
        (NotFound, _missing),
        (Conflict, _conflict),
        (StaleDataError, _conflict),
        (Refused, _refused),
        (Invalid, _invalid),
        (CSRFError, _csrf),
        (IntegrityError, _conflict),
        (OperationalError, _busy),
        (DBAPIError, _fault),
    ):
        app.register_error_handler(kind, handler)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
    app.before_request(_refuse_bad_text)


def _refuse_bad_text() -> Any:
    if "\x00" in request.path:
        return page(400)
    return None
