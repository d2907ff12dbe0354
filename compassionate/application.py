"""The application factory: settings, foundation, log-in, pages, command line, in that order."""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from compassionate import __version__, config
from compassionate.cli import register_commands
from compassionate.errors import StartRefused
from compassionate.extensions import Foundation, babel, close_session, csrf
from compassionate.jobs.bell import Bell
from compassionate.models.database import NotDurable, guard_schema, make_engine
from compassionate.models.vault import Vault
from compassionate.programmes.questionnaire import with_published
from compassionate.questionnaires import Catalogue, load_forms
from compassionate.services import database_roles, instance, keys, printing, seals, typed_order
from compassionate.services.store import open_store
from compassionate.web import errors, headers, hosts, pages, reading, security, templating
from compassionate.web.uploads import RequestInMemory

log = logging.getLogger(__name__)
UPLOAD_LIMIT = 25 * 1024 * 1024


def create_app(settings: config.Settings | None = None) -> Flask:
    """A ready application; raises StartRefused, FormsRefused, UnknownCode where it may not start."""
    settings = settings or _load_settings()
    app = Flask(
        "compassionate",
        root_path=str(config.ROOT / "compassionate"),
        template_folder=str(config.ROOT / "templates"),
        instance_path=str(settings.instance),
    )
    app.request_class = RequestInMemory
    _configure(app, settings)
    app.extensions["compassionate"] = _foundation(settings)
    app.extensions["compassionate.settings"] = settings
    app.extensions["compassionate.bell"] = Bell(settings.jobs_address, partial(_print, app))
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


def _print(app: Flask, job_id: str) -> None:
    """Print a job in this process, where its bell is answered by whoever rings it."""
    held: Foundation = app.extensions["compassionate"]
    printing.work(printing.Sessions(held.session, lambda: held.session(write=True)), job_id)


def _foundation(settings: config.Settings) -> Foundation:
    engine = make_engine(settings.database_url)
    guard_schema(engine, instance.newest_revision())
    held = foundation_of(settings, engine, with_published(load_forms(config.ROOT / "forms")))
    try:
        with held.session() as session:
            keys.expect_master(session, held.vault)
    except (StartRefused, NotDurable):
        engine.dispose()
        raise
    except SQLAlchemyError:  # not there yet: pages answer 503 until it is, and a wrong key opens and seals nothing
        log.warning("the database does not answer at start: its master key was not compared")
    return held


def foundation_of(settings: config.Settings, engine: Engine, forms: Catalogue) -> Foundation:
    """Keys, document store and typing orders of an installation, over a database and forms; raises UnknownCode."""
    others = [settings.next_master_key] if settings.next_master_key else []
    return Foundation(
        engine,
        Vault(settings.master_key, others),
        forms,
        open_store(settings.document_store),
        typed_order.load(settings.instance / "typing_orders", forms),
        _seal(settings),
        settings.address,
        settings.scanner,
        settings.small_cell,
    )


def _seal(settings: config.Settings) -> seals.SealSettings:
    return seals.settings(
        settings.seal_file,
        settings.seal_password_file,
        settings.tsa_url,
        settings.tsa_roots,
        settings.signer_roots,
        settings.asks_revocation,
    )


def refuse_another_schema(app: Flask) -> None:
    """Before serving: the schema must be this version's; raises SchemaMoved."""
    try:
        engine = app.extensions["compassionate"].engine
        instance.expect_schema(engine)
        if engine.dialect.name == "postgresql" and database_roles.may_change_proof(engine):
            log.warning("triggers are the only bar before the audit rows: the database role owns them (docs/audit.md)")
    except SQLAlchemyError:
        log.warning("the database does not answer at start: its schema was not compared")


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
