"""Nothing typed is lost when the log-in ran out: the form goes with the log-in page and comes back after it.

What was typed stays in the person's own browser until they have logged in again; then it is sealed in
their draft of that page, shown there once and deleted when it is saved. A form of ours with the token of an
earlier session (two tabs, one of which logged in anew) becomes a draft at once.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from compassionate import clock
from compassionate.extensions import WRITING, begin_writing, commit, db
from compassionate.models import Account, Draft, new_id
from compassionate.models.vault import seal, unseal
from compassionate.web.addresses import after_log_in, form_page

NEVER_KEPT = frozenset({"csrf_token", "password", "present_password", "code", "credential", "kept", "next", "version"})
LARGEST = 400_000
LONGEST_PATH = 200
LOG_IN = "security.login"


def is_idle(seen_at: str) -> bool:
    """Whether the last request was longer ago than the idle time."""
    limit = timedelta(minutes=current_app.extensions["compassionate.settings"].idle_minutes)
    return clock.now() - datetime.fromisoformat(seen_at) > limit


def _typed(path: str) -> str:
    fields = {name: values for name, values in request.form.lists() if name not in NEVER_KEPT}
    text = json.dumps({"path": path, "fields": fields}, ensure_ascii=False)
    return text if fields and len(text) <= LARGEST else ""


def ask_to_log_in_again(status: int) -> Any:
    """The log-in page in place of the one asked for, carrying what was typed; a plain GET is sent to it."""
    if request.method not in WRITING:
        return redirect(url_for(LOG_IN, next=request.full_path.rstrip("?")))
    if request.endpoint == LOG_IN:
        kept, next_url = request.form.get("kept", ""), after_log_in(request.form.get("next"))
    else:
        next_url = form_page()
        kept = "" if _needs_no_log_in() else _typed(next_url)
    if current_user.is_authenticated or _needs_no_log_in():
        return _send_back(kept, next_url)
    return render_template("account/login.html", ran_out=True, kept=kept, next_url=next_url), status


def _needs_no_log_in() -> bool:
    from compassionate.web.access import PUBLIC, declared_access

    return request.endpoint != LOG_IN and declared_access(current_app, request.endpoint or "static") == PUBLIC


def _send_back(kept: str, path: str) -> Any:
    if current_user.is_authenticated:
        begin_writing()
        keep_after_log_in(current_user.account, kept)
        commit()
    if kept:
        flash(
            gettext("La página se había quedado antigua. Lo que escribió sigue aquí: revíselo y guárdelo."), "warning"
        )
    else:
        flash(gettext("La página se había quedado antigua y no se ha hecho nada. Inténtelo otra vez."), "warning")
    return redirect(path, 303)


def keep_after_log_in(account: Account, kept: str) -> None:
    """Seal what the log-in page carried into the person's draft of that page."""
    try:
        given = json.loads(kept) if kept and len(kept) <= LARGEST else None
    except (ValueError, RecursionError):
        return
    if not isinstance(given, dict) or not account.memberships:
        return
    path, fields = str(given.get("path", "")), given.get("fields")
    if path.startswith("/") and len(path) <= LONGEST_PATH and isinstance(fields, dict):
        lists = {str(name): values for name, values in fields.items() if isinstance(values, list)}
        keep(account, path, {name: [str(each) for each in values] for name, values in lists.items()})


def keep(account: Account, path: str, fields: dict[str, list[str]]) -> None:
    """Write a person's draft of a page."""
    row = db().scalar(select(Draft).where(Draft.account_id == account.id, Draft.path == path))
    row = row or Draft(id=new_id(), account_id=account.id, path=path, key_id=account.memberships[0].centre.key_id)
    row.at = clock.now()
    seal(db(), row, "fields", row.key_id, fields)
    db().add(row)


def draft_fields(account: Account) -> MultiDict[str, str] | None:
    """What this person had typed into this page, or None; once asked for, the page says that it was recovered."""
    row = db().scalar(select(Draft).where(Draft.account_id == account.id, Draft.path == request.path))
    if row is None:
        return None
    g.recovered_at = row.at
    return MultiDict(unseal(db(), row, "fields", row.key_id))


def drop(account: Account, path: str) -> None:
    """Forget a draft: its page was saved."""
    row = db().scalar(select(Draft).where(Draft.account_id == account.id, Draft.path == path))
    if row is not None:
        db().delete(row)
