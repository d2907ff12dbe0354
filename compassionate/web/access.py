"""Who may open which page: declared at every route, refused where nothing is declared.

Roles here open a page; whether a case may be changed is asked of the permission table and the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, request
from flask_login import current_user

from compassionate import clock
from compassionate.services.actors import Actor, actor_of
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, SIGNED_IN = "public", "signed_in"
SECURITY_ENDPOINTS = "security."


def _declare(view: View, declared: object) -> View:
    view.__dict__["access"] = declared
    return view


def public(view: View) -> View:
    """A page that anybody may open."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """A page for everybody who logged in."""
    return _declare(view, SIGNED_IN)


def roles(*wanted: Role) -> Callable[[View], View]:
    """A page for people who hold one of these roles at some centre."""

    def declare(view: View) -> View:
        return _declare(view, frozenset(wanted))

    return declare


readers = roles(*READERS)
administrators = roles(Role.ADMINISTRATOR)


def declared_access(app: Flask, endpoint: str) -> object:
    """What a route declares: `public`, `signed_in`, a set of roles, or None where nothing was declared."""
    if endpoint == "static" or endpoint.startswith(SECURITY_ENDPOINTS):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "access", None)


def actor() -> Actor:
    """The person who sent this request, with the roles held today."""
    if "actor" not in g:
        g.actor = actor_of(current_user.account, clock.civil_date(clock.now(), "Europe/Madrid"))
    held: Actor = g.actor
    return held


def check_access() -> Any:
    """Before every request: deny by default (ASVS 8.2.1)."""
    if request.endpoint is None:
        return None  # no such address: the 404 page answers
    declared = declared_access(current_app, request.endpoint)
    if declared == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if declared == SIGNED_IN:
        return None
    if declared is None or not actor().roles() & cast("frozenset[Role]", declared):
        abort(403)
    return None
