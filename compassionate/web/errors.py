"""Errors for people: what happened, what was kept, what to do. Bad input is never a 500."""

from __future__ import annotations

import errno
import logging
import secrets
from typing import Any

from flask import Flask, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from compassionate.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from compassionate.extensions import close_session, db, outcome
from compassionate.models.database import SchemaMoved
from compassionate.models.vault import MasterChanged
from compassionate.web import reading
from compassionate.web.presenters import present_errors, present_reasons
from compassionate.web.resending import resending

log = logging.getLogger(__name__)
PAGES = frozenset({400, 403, 404, 405, 409, 413, 429, 500, 503})
RETRY_SECONDS = 30
# What the machine says when it has no room, no right or no disk: none of it is a fault of ours.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
SAID_BY_DATABASE = {"SQLITE_FULL": "space", "53100": "space", "SQLITE_IOERR": "disk", "SQLITE_READONLY": "disk"}
NO_DISK = NO_ROOM | {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}

# Said when not even the page of an error can be drawn: no database, no template, no words are needed for it.
# In both languages, because nothing may be asked for that of the reader either.
LAST_RESORT = """<!DOCTYPE html>
<html lang="es"><head><meta charset="utf-8"><title>Error – Compassionate</title></head>
<body><h1>Algo ha fallado</h1><p>Lo guardado antes sigue guardado. Mire su último cambio dentro de unos minutos.</p>
<p>Si vuelve a ocurrir, avise y diga este número: <code>{request_id}</code></p>
<div lang="en"><h2>Something has failed</h2><p>What was saved before is still saved. Look at your last change in a few
minutes. If it happens again, report it with the number above.</p></div></body></html>"""


def page(status: int, **context: Any) -> tuple[str, int]:
    """The page of an error, with the number under which the log tells the rest (ASVS 16.5.1, 16.5.4)."""
    name, request_id = (404 if status == 405 else status), _request_id()
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
    if not isinstance(error, Conflict):
        db().rollback()  # the database ended the transaction: the page that says so reads in one of its own
    code = error.case_code if isinstance(error, Conflict) else ""
    return page(409, case_code=code, case_url=f"/expedientes/{code}" if code else "", state=getattr(error, "state", ""))


def _refused(error: Refused) -> Any:
    reading.refused(error.reasons)
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

    reading.refused((), "csrf_refused")
    return ask_to_log_in_again(400)


def _busy(error: OperationalError | InterfaceError | NoConnection) -> Any:
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or ""
    part = next((part for prefix, part in SAID_BY_DATABASE.items() if name.startswith(prefix)), "database")
    return out_of_service(part, f"{type(cause).__name__} {name}")


def _part_missing(error: Unavailable | StoreError) -> Any:
    cause = type(error.__cause__ or error).__name__
    return out_of_service(error.part if isinstance(error, Unavailable) else "store", cause)


def _machine(error: OSError) -> Any:
    if error.errno not in NO_DISK:
        return _fault(error)
    return out_of_service("space" if error.errno in NO_ROOM else "disk", errno.errorcode[error.errno])


def out_of_service(part: str, cause: str) -> Any:
    """A clear 503 (ASVS 16.5.2): which part, what became of what was sent, and what was typed offered again."""
    log.warning("request %s: %s does not answer: %s", _request_id(), part, cause)
    became = outcome()
    _without_person()
    body, status = page(503, part=part, outcome=became, sent=resending())
    answer = make_response(body, status)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _moved(error: SchemaMoved | MasterChanged) -> Any:
    """Another version, or other keys, took over while this process was running: it writes no more (BAK-04)."""
    return out_of_service("version", type(error).__name__)


def _fault(error: Exception) -> Any:
    log.error("request %s failed: %s", _request_id(), type(error).__name__, exc_info=error)
    _without_person()
    return page(500)


def _without_person() -> None:
    """Draw the page without an account: what the rest of the request stood on may be gone."""
    close_session()
    g.pop("actor", None)
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)


def _request_id() -> str:
    if "request_id" not in g:
        _number_request()
    return str(g.request_id)


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
        (SchemaMoved, _moved),
        (MasterChanged, _moved),
        (OperationalError, _busy),
        (InterfaceError, _busy),
        (NoConnection, _busy),
        (Unavailable, _part_missing),
        (StoreError, _part_missing),
        (OSError, _machine),
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
