"""What is out of order, said on the first screens of those who can do something about it (AVA-03).

`/readyz` tells a machine; here people read what is kept, what goes on and what to do. The parts are asked once a
minute and process, whoever looks, and only for these pages: no other page costs more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from compassionate import clock
from compassionate.extensions import db
from compassionate.services import outbox, releasing, schedule
from compassionate.services.instance import is_demo
from compassionate.services.readiness import LATE, NEEDED, OK, UNKNOWN, readiness
from compassionate.web.access import actor
from compassionate.web.templating import exact, say
from compassionate.workflow.roles import Role

ASKED_EACH = timedelta(minutes=1)
TOLD = frozenset({Role.ADMINISTRATOR, Role.PHARMACIST})
PARTS = ("store", "space", *schedule.LATE_AFTER, "mail")  # without the others no page is drawn at all
UNSET, REFUSED, FOUND = "mail_unset", "mail_refused", "paper_found"
OF_WHO_RUNS_IT = (UNSET, REFUSED, FOUND)


@dataclass(slots=True)
class Known:
    """What was found when the parts were asked last."""

    at: datetime | None = None
    out: tuple[str, ...] = field(default=())
    runs: dict[str, datetime | None] = field(default_factory=dict)


def outages() -> list[dict[str, str]]:
    """A notice for each part that is out of order: what is kept, and what this person can do about it."""
    held = actor().roles() & TOLD
    if not held:
        return []
    runs_it = Role.ADMINISTRATOR in held
    known = _known()
    return [_notice(code, runs_it, known.runs) for code in known.out if runs_it or code not in OF_WHO_RUNS_IT]


def _notice(code: str, runs_it: bool, runs: dict[str, datetime | None]) -> dict[str, str]:
    what = say(f"outage.{code}.do") if runs_it else say("outage_call")
    kind = "stop" if code in NEEDED else "warning"
    said = f"{say(f'outage.{code}.kept')} {what}"
    if code in runs:
        at = runs[code]
        said = f"{say('outage_last', when=exact(at)) if at else say('outage_never')} {said}"
    return {"title": say(f"outage.{code}.title"), "text": said, "kind": kind}


def _known() -> Known:
    known: Known = current_app.extensions.setdefault("compassionate.outages", Known())
    now = clock.now()
    if known.at is None or not timedelta() <= now - known.at < ASKED_EACH:
        known.at, known.out = now, tuple(_ask(now))
        known.runs = {run.name: run.at for run in schedule.last_runs(db(), now)}
    return known


def _ask(now: datetime) -> list[str]:
    settings = current_app.extensions["compassionate.settings"]
    parts = readiness(db(), settings.instance, now).parts
    out = [name for name in PARTS if parts[name] not in (OK, UNKNOWN)]
    if parts["mail"] == LATE and not settings.smtp_url:  # nobody named a server, as in every demonstration
        out = [name for name in out if name != "mail"] + ([] if is_demo(db()) else [UNSET])
    return out + ([REFUSED] if outbox.refused(db()) else []) + ([FOUND] if releasing.found(db()) else [])
