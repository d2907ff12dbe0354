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
from compassionate.services.instance import is_demo
from compassionate.services.readiness import LATE, NEEDED, OK, UNKNOWN, readiness
from compassionate.web.access import actor
from compassionate.web.templating import say
from compassionate.workflow.roles import Role

ASKED_EACH = timedelta(minutes=1)
TOLD = frozenset({Role.ADMINISTRATOR, Role.PHARMACIST})
PARTS = ("store", "space", "mail")  # without the others no page is drawn at all
UNSET = "mail_unset"


@dataclass(slots=True)
class Known:
    """What was found when the parts were asked last."""

    at: datetime | None = None
    out: tuple[str, ...] = field(default=())


def outages() -> list[dict[str, str]]:
    """A notice for each part that is out of order: what is kept, and what this person can do about it."""
    held = actor().roles() & TOLD
    if not held:
        return []
    runs_it = Role.ADMINISTRATOR in held
    return [_notice(code, runs_it) for code in _known() if runs_it or code != UNSET]


def _notice(code: str, runs_it: bool) -> dict[str, str]:
    what = say(f"outage.{code}.do") if runs_it else say("outage_call")
    kind = "stop" if code in NEEDED else "warning"
    return {"title": say(f"outage.{code}.title"), "text": f"{say(f'outage.{code}.kept')} {what}", "kind": kind}


def _known() -> tuple[str, ...]:
    known: Known = current_app.extensions.setdefault("compassionate.outages", Known())
    now = clock.now()
    if known.at is None or not timedelta() <= now - known.at < ASKED_EACH:
        known.at, known.out = now, tuple(_ask(now))
    return known.out


def _ask(now: datetime) -> list[str]:
    settings = current_app.extensions["compassionate.settings"]
    parts = readiness(db(), settings.instance, now).parts
    out = [name for name in PARTS if parts[name] not in (OK, UNKNOWN)]
    if parts["mail"] == LATE and not settings.smtp_url:  # nobody named a server, as in every demonstration
        out = [name for name in out if name != "mail"] + ([] if is_demo(db()) else [UNSET])
    return out
