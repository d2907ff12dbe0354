"""What auditors read: every act, refusal and read of their centres; taken away as CSV, JSON or an evidence pack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, send_file

from compassionate import clock
from compassionate.extensions import db
from compassionate.services import auditing, evidence, heads
from compassionate.services.audit import AUDIT, CHAINS, Chain
from compassionate.services.auditing import Wanted
from compassionate.web import audit_rows, changed_values, reading
from compassionate.web.access import actor, roles
from compassionate.web.limits import EXPORTS, costly
from compassionate.workflow.roles import Role

blueprint = Blueprint("audit", __name__, url_prefix="/auditoria")
auditors = roles(Role.AUDITOR)
SHOWN_SETTINGS = ("behind_tls", "hosts", "idle_minutes", "absolute_hours", "second_factor", "emergency_minutes")
FIELDS = ("chain", "case", "person", "kind", "day")


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:64] for name in FIELDS}


def _chain(asked: Mapping[str, str]) -> Chain:
    return CHAINS.get(asked["chain"], AUDIT)


def _wanted(asked: Mapping[str, str], people: Mapping[str, tuple[str, str]]) -> Wanted:
    """The filters; a person who is nobody here finds nothing."""
    by_name = {username: account for account, (username, _) in people.items()}
    before = request.args.get("before", "")
    return Wanted(
        case=asked["case"].upper(),
        person=by_name.get(asked["person"].lower(), "nobody") if asked["person"] else "",
        kind=asked["kind"],
        day=_day(asked["day"]),
        before=int(before) if before.isdigit() and len(before) < 16 else 0,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@blueprint.get("")
@auditors
def index() -> Any:
    """The rows, newest first; filters and place are in the address."""
    asked, people = _asked(), auditing.people(db(), actor())
    chain, wanted = _chain(asked), _wanted(asked, people)
    found = auditing.find(db(), actor(), chain, wanted, auditing.PAGE + 1)
    shown = found[: auditing.PAGE]
    reading.lists(*audit_rows.cases(shown))
    changes = changed_values.of_entries(db(), actor(), shown)
    return render_template(
        "audit/index.html",
        asked=asked,
        is_reads=chain is not AUDIT,
        rows=[audit_rows.drawn(entry, people, changes.get(entry.seq, [])) for entry in shown],
        people=[(username, f"{name} ({username})") for username, name in people.values()],
        kinds=audit_rows.kinds(chain),
        wrong_day=bool(asked["day"]) and wanted.day is None,
        next_url=_url(asked, before=str(shown[-1].seq)) if len(found) > auditing.PAGE else "",
        first_url=_url(asked) if wanted.before else "",
        narrowed=any(asked[name] for name in FIELDS if name != "chain"),
        query=urlencode({name: value for name, value in asked.items() if value}),
    )


def _url(asked: Mapping[str, str], **more: str) -> str:
    return "/auditoria?" + urlencode({name: value for name, value in {**asked, **more}.items() if value})


@blueprint.get("/registro.csv")
@auditors
@costly(**EXPORTS)
def as_csv() -> Any:
    """The rows that the filters leave, for a spreadsheet; no cell of it runs (INJ-04)."""
    found, people = _taken("audit_csv")
    return _file(audit_rows.as_csv(found, people), "text/csv", "registro.csv")


@blueprint.get("/registro.json")
@auditors
@costly(**EXPORTS)
def as_json() -> Any:
    """The rows that the filters leave, as they were hashed."""
    found, _ = _taken("audit_json")
    return _file(audit_rows.as_json(found), "application/json", "registro.json")


def _taken(what: str) -> tuple[list[auditing.Entry], dict[str, tuple[str, str]]]:
    asked, people = _asked(), auditing.people(db(), actor())
    found = auditing.find(db(), actor(), _chain(asked), _wanted(asked, people), auditing.MOST)
    reading.hands_out(what, rows=len(found), chain=_chain(asked).name, filter=_url(asked))
    return found, people


@blueprint.get("/expediente-de-evidencias")
@auditors
@costly(**EXPORTS)
def pack() -> Any:
    """Everything that an inspector needs to verify the chains without this installation, in one file."""
    settings = current_app.extensions["compassionate.settings"]
    shown = {name: getattr(settings, name) for name in SHOWN_SETTINGS} | {"heads_kept": bool(settings.audit_heads)}
    held = evidence.Installation(current_app.config["VERSION"], shown, heads.kept(settings.audit_heads))
    file = evidence.pack(db(), actor(), held, clock.now())
    reading.hands_out("evidence_pack")
    name = f"evidencias-{clock.civil_date(clock.now(), 'Europe/Madrid'):%Y-%m-%d}.zip"
    return send_file(file, "application/zip", as_attachment=True, download_name=name, max_age=0)


def _file(data: bytes, media_type: str, name: str) -> Response:
    answer = Response(data, mimetype=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
