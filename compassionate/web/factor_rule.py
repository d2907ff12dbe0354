"""Whether a second factor is asked for (COMPASSIONATE_SECOND_FACTOR = required, optional, off), and who lacks one."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user

from compassionate.services.second_factor import OFF, REQUIRED
from compassionate.web.access import PUBLIC, declared_access
from compassionate.web.sessions import HOSPITAL_FACTORS


def rule() -> str:
    """What this installation asks for."""
    return str(current_app.extensions["compassionate.settings"].second_factor)


def is_off() -> bool:
    """Whether second factors are neither asked for nor offered."""
    return rule() == OFF


def lead_to_enrol() -> Any:
    """Where a second factor is required, whoever has none can get one and do nothing else (AUT-04)."""
    if rule() != REQUIRED or request.endpoint is None or not current_user.is_authenticated:
        return None
    has_factors = current_user.account.second_factor_at is not None or session.get(HOSPITAL_FACTORS)
    if has_factors or _is_open_without(request.endpoint):
        return None
    flash(gettext("Aquí se entra con un segundo factor. Active uno para seguir."), "warning")
    return redirect(url_for("second_factor.overview"), 303)


def _is_open_without(endpoint: str) -> bool:
    own = endpoint.startswith(("second_factor.", "passkeys."))
    return own or declared_access(current_app, endpoint) == PUBLIC
