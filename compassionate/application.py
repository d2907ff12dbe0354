"""The application factory: settings, foundation, log-in, pages, command line, in that order."""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from flask import Flask

from compassionate import __version__, config
from compassionate.cli import register_commands
from compassionate.extensions import Foundation, babel, close_session, csrf
from compassionate.models.database import make_engine
from compassionate.models.vault import Vault
from compassionate.questionnaires import load_forms
from compassionate.services.store import open_store
from compassionate.web import errors, headers, hosts, pages, reading, security, templating

UPLOAD_LIMIT = 25 * 1024 * 1024


def create_app(settings: config.Settings | None = None) -> Flask:
    """A ready application; raises SecretsMissing, UnknownSetting, FormsRefused, UnknownCode where it may not start."""
    settings = settings or _load_settings()
    app = Flask(
        "compassionate",
        root_path=str(config.ROOT / "compassionate"),
        template_folder=str(config.ROOT / "templates"),
        instance_path=str(settings.instance),
    )
    _configure(app, settings)
    app.extensions["compassionate"] = Foundation(
        make_engine(settings.database_url),
        Vault(settings.master_key),
        load_forms(config.ROOT / "forms"),
        open_store(settings.document_store),
    )
    app.extensions["compassionate.settings"] = settings
    errors.init_app(app)
    hosts.init_app(app)
    babel.init_app(app, locale_selector=templating.language, timezone_selector=templating.zone)
    csrf.init_app(app)
    app.teardown_appcontext(close_session)
    templating.init_app(app)
    security.init_app(app)
    headers.init_app(app)
    reading.init_app(app)
    pages.init_app(app)
    register_commands(app)
    return app


def _load_settings() -> config.Settings:
    # `flask instance prepare` is the one command that may find no secrets: it makes them.
    if os.environ.get("FLASK_RUN_FROM_CLI") and sys.argv[1:3] == ["instance", "prepare"]:
        config.make_secrets(config.instance_folder())
    return config.load()


def _configure(app: Flask, settings: config.Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECURITY_PASSWORD_SALT=settings.password_salt,
        MAX_CONTENT_LENGTH=UPLOAD_LIMIT,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        SESSION_COOKIE_NAME="__Host-session" if settings.behind_tls else "session",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.absolute_hours),
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session; the idle limit is ours
        BABEL_DEFAULT_LOCALE="es",
        BABEL_DEFAULT_TIMEZONE="Europe/Madrid",
        VERSION=__version__,
        IS_DEMO=False,
    )
