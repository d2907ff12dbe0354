"""The accessibility statement (RD 1112/2018 art. 15, in the shape of Decision (EU) 2018/1523)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_login import current_user

from compassionate.extensions import db
from compassionate.models import Centre
from compassionate.services import centres, instance
from compassionate.web.access import actor, public

blueprint = Blueprint("accessibility", __name__)


@blueprint.get("/accesibilidad")
@public
def statement() -> Any:
    """How far the product is accessible, what was not looked at yet, and whom to tell."""
    return render_template("accessibility/statement.html", centres=_to_tell())


def _to_tell() -> list[Centre]:
    known = centres.visible(db(), actor()) if current_user.is_authenticated else instance.all_centres(db())
    return [centre for centre in known if centre.email or centre.telephone]
