"""Who was shown what: written down before the answer is sent, page by page, and every refusal with it.

A page says what it shows where it finds it: `shows` (a case; the frame of every page of one does), `lists` (cases in a
list), `hands_out` (an export). The pages on which a case is opened show somebody who has none yet. The rest follows
from the answer: a file is a download, 403 and 404 are refusals (Ley 41/2002 art. 16; ENS op.exp.8; ASVS 16.3.2).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from compassionate import clock
from compassionate.errors import Reason
from compassionate.extensions import Foundation, db, foundation
from compassionate.models import Case
from compassionate.services import heads
from compassionate.services.audit import AUDIT, READS, REFUSED, act
from compassionate.services.reads import Note, ReadLog, Unrecorded
from compassionate.web.access import actor

log = logging.getLogger(__name__)
CODE = re.compile(r"[A-Z0-9]{2,8}-\d{4}-\d{5}[A-Z0-9]")
REFUSALS = {403: "refused", 404: "not_found", 409: "lost_race"}
MOST_LISTED = 500
READER_PATIENCE = 2  # seconds that a page waits for a writer before its read is put on record late (CON-06)
OPENING = "opening"


def shows(case: Case) -> None:
    """This page shows a case."""
    g.shown_case = Shown(case)


def lists(*codes: str) -> None:
    """This page names these cases in a list."""
    g.setdefault("listed_cases", {}).update(dict.fromkeys(codes, True))


def hands_out(what: str, **detail: Any) -> None:
    """This answer is an export: what of, and which."""
    g.handed_out = {"export": what, **detail}


def refused(reasons: Iterable[Reason], action: str = "refused") -> None:
    """This request was refused, whatever page it is answered with."""
    g.refusal = (action, sorted({reason.code for reason in reasons}))


class Shown:
    """What a row says of a case, taken while its session is open."""

    def __init__(self, case: Case) -> None:
        self.id, self.code, self.centre_id = case.id, case.code, case.centre_id


def _where() -> dict[str, Any]:
    parts = {name: str(value) for name, value in (request.view_args or {}).items() if name != "code"}
    return {"page": request.endpoint or "", "method": request.method} | {f"of_{name}": parts[name] for name in parts}


def _asked() -> str:
    """The code that was asked for, where it is one: whatever else was typed is nobody's business."""
    asked = str((request.view_args or {}).get("code", "")).upper()
    return asked if CODE.fullmatch(asked) else ""


def _refusal(status: int) -> Note | None:
    action, codes = g.get("refusal") or (REFUSALS.get(status, ""), [])
    if not action or request.endpoint is None or not current_user.is_authenticated:
        return None
    detail = _where() | {"asked": _asked(), "reasons": codes, "status": status}
    who, case = actor(), g.get("shown_case")
    return Note(AUDIT, act(who, action, clock.now(), case, request=g.request_id, result=REFUSED, detail=detail))


def _kind(response: Response) -> str:
    if "handed_out" in g:
        return "export"
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        return "download"
    return "view" if "shown_case" in g or request.blueprint == OPENING else "list"


def _read(response: Response) -> Note | None:
    held = {"shown_case", "listed_cases", "handed_out"} & set(g)
    if not (held or request.blueprint == OPENING) or _shows_nothing(response.status_code):
        return None
    if not current_user.is_authenticated:
        return None  # the log-in page in the place of a form that grew old
    listed = sorted(g.get("listed_cases", ()))
    detail = _where() | g.get("handed_out", {})
    if listed:
        detail |= {"cases": listed[:MOST_LISTED], "count": len(listed)}
    if "emergency" in g:
        detail["emergency"] = True
    kind = _kind(response)
    return Note(READS, act(actor(), kind, clock.now(), g.get("shown_case"), request=g.request_id, detail=detail))


def _shows_nothing(status: int) -> bool:
    """Whether an answer is only the way to another page, or says no more than that there is none."""
    return 300 <= status < 400 or status in (401, 404, 500, 503)


def write_down(response: Response) -> Response:
    """Put on record what this answer shows or refuses; what cannot be put on record is not handed out as a file."""
    notes = [note for note in (_refusal(response.status_code), _read(response)) if note is not None]
    if not notes:
        return response
    if "session" in g:
        db().rollback()  # what was done is committed by now; one writer at a time, and here it is the log
    is_file = any(note.act.action in ("download", "export") for note in notes)
    try:
        reads().record(notes, keep=not is_file)
    except Unrecorded:
        # A physician at a bedside sees the page, and the read is written down later; nobody takes a file away.
        return _not_now() if is_file else response
    return response


def _not_now() -> Response:
    from compassionate.web.errors import out_of_service

    return cast(Response, out_of_service("database", "the chain of reads"))


def keep_head(response: Response) -> Response:
    """Bring the day's head out of the house with the first answer of a day; a folder that is not there stops nobody."""
    held: heads.Daily = current_app.extensions["compassionate.heads"]
    if held.is_due(clock.now()):
        try:
            with foundation().session() as session:
                held.keep(session, clock.now())
        except (OSError, SQLAlchemyError) as error:
            log.error("the head of the audit chain was not kept: %s", type(error).__name__)
    return response


def reads() -> ReadLog:
    """The log of the running application."""
    held: ReadLog = current_app.extensions["compassionate.reads"]
    return held


def init_app(app: Flask) -> None:
    """Make the log; write into it before any answer leaves."""
    start(app)
    app.after_request(keep_head)
    app.after_request(write_down)  # before the head is kept: the last to be registered comes first


def start(app: Flask) -> None:
    """The log and the daily head of the installation that the application stands on."""
    held: Foundation = app.extensions["compassionate"]
    app.extensions["compassionate.reads"] = ReadLog(lambda: held.session(write=True, patience=READER_PATIENCE))
    app.extensions["compassionate.heads"] = heads.Daily(app.extensions["compassionate.settings"].audit_heads)
