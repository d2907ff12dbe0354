"""A person's calendar at its secret address: read by a calendar program, which cannot log in.

Each read is on record before it goes out, as whoever owns the calendar; an address that was never made, one taken away
and that of a disabled account answer alike, and each source and each calendar is read so often a minute.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, request
from flask_babel import gettext

from compassionate import clock
from compassionate.exports.calendar_files import written
from compassionate.extensions import db
from compassionate.services import calendar_feeds
from compassionate.services.actors import Actor
from compassionate.services.audit import READS, act
from compassionate.services.reads import Note, Unrecorded
from compassionate.web import reading
from compassionate.web.access import public
from compassionate.web.credentials import source
from compassionate.web.limits import meter

blueprint = Blueprint("calendar_feed", __name__)
A_MINUTE, OF_A_SOURCE = 10, 120
MOST_LISTED = 500


@blueprint.get("/calendario/<token>.ics")
@public
def show(token: str) -> Any:
    """The calendar."""
    with meter().turn(source(), "calendars", 8, OF_A_SOURCE) as wait:
        if wait:
            return _too_many(wait)
        account, person = calendar_feeds.owner(db(), token, clock.now())
        with meter().turn(account.id, "calendar", 2, A_MINUTE) as own_wait:
            return _too_many(own_wait) if own_wait else _answer(person, account.language)


def _too_many(wait: float) -> Response:
    return Response(gettext("Demasiadas lecturas seguidas."), 429, {"Retry-After": str(round(wait))}, "text/plain")


def _answer(person: Actor, language: str) -> Response:
    found = calendar_feeds.entries(db(), person, language, clock.now(), request.host_url.rstrip("/"))
    body = written(f"Compassionate – {person.name}", [entry for _, entry in found])
    _put_on_record(person, sorted({code for code, _ in found}))
    return Response(body, 200, {"Content-Disposition": 'inline; filename="compassionate.ics"'}, "text/calendar")


def _put_on_record(person: Actor, codes: list[str]) -> None:
    """Nothing goes out that is not on record: here nobody stands at a bedside."""
    db().rollback()
    detail: dict[str, Any] = {
        "page": request.endpoint,
        "method": request.method,
        "export": "calendar",
        "count": len(codes),
    }
    detail |= {"cases": codes[:MOST_LISTED]} if codes else {}
    note = Note(READS, act(person, "export", clock.now(), request=g.request_id, detail=detail))
    try:
        reading.reads().record([note], keep=False)
    except Unrecorded:
        abort(503)
