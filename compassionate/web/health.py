"""Is it alive, is it ready: for the machine that watches, without a log-in and without a word about people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from compassionate import clock
from compassionate.extensions import foundation
from compassionate.services.readiness import readiness
from compassionate.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Any:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@public
def ready() -> Any:
    """Each part in a word (AVA-03): 200 while cases can be worked on, 503 where a part that they need is missing."""
    settings = current_app.extensions["compassionate.settings"]
    with foundation().session() as session:
        found = readiness(session, settings.instance, clock.now())
    return {"status": found.status, "parts": found.parts}, 200 if found.ready else 503
