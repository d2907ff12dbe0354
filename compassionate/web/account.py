"""A person's own account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate.web.access import actor, signed_in

blueprint = Blueprint("account", __name__)


@blueprint.get("/cuenta")
@signed_in
def mine() -> Any:
    """My roles, centre by centre."""
    return render_template("account/mine.html", actor=actor())
