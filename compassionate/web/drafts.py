"""Nothing typed is lost when the log-in ran out: the form goes with the log-in page and comes back after it.

What was typed stays in the person's own browser until they have logged in again; then it is sealed in
their draft of that page, shown there once and deleted when it is saved.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from compassionate import clock
from compassionate.extensions import WRITING, db
from compassionate.models import Account, Draft, new_id
from compassionate.models.vault import seal, unseal

NEVER_KEPT = frozenset({"csrf_token", "password", "new_password", "new_password_confirm", "kept", "next", "version"})
LARGEST = 200_000


def is_idle(seen_at: str) -> bool:
    """Whether the last request was longer ago than the idle time."""
    limit = timedelta(minutes=current_app.extensions["compassionate.settings"].idle_minutes)
    return clock.now() - datetime.fromisoformat(seen_at) > limit


def _typed() -> str:
    fields = {name: values for name, values in request.form.lists() if name not in NEVER_KEPT}
    text = json.dumps({"path": request.path, "fields": fields}, ensure_ascii=False)
    return text if fields and len(text) <= LARGEST else ""


def ask_to_log_in_again(status: int) -> Any:
    """The log-in page in place of the one asked for, carrying what was typed; a plain GET is sent to it."""
    if request.method not in WRITING:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    at_log_in = request.path == url_for("security.login")
    kept = request.form.get("kept", "") if at_log_in else _typed()
    next_url = request.form.get("next", "") if at_log_in else request.path
    return render_template("account/login.html", ran_out=True, kept=kept, next_url=next_url), status


def keep_after_log_in(account: Account, kept: str) -> None:
    """Seal what the log-in page carried into the person's draft of that page."""
    try:
        given = json.loads(kept) if kept and len(kept) <= LARGEST else None
    except ValueError:
        return
    if not isinstance(given, dict) or not account.memberships:
        return
    path, fields = str(given.get("path", ""))[:200], given.get("fields")
    if path.startswith("/") and isinstance(fields, dict):
        keep(
            account,
            path,
            {str(name): [str(each) for each in values] for name, values in fields.items() if isinstance(values, list)},
        )


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
