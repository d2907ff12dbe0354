"""Is it alive, is it ready: for the machine that watches, without a log-in and without a word about people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import text

from compassionate.extensions import db, foundation
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
    """Database and document store answer."""
    db().execute(text("SELECT count(*) FROM accounts"))
    foundation().store.list(prefix="none")
    return {"status": "ready"}
