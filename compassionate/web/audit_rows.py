"""Rows of the chains as people read them: words for codes, names for accounts, and everything else as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext

from compassionate.exports import csv_files
from compassionate.services.audit import AUDIT, Chain
from compassionate.services.auditing import Entry
from compassionate.web.step_words import state_words
from compassionate.web.templating import exact, language, say
from compassionate.words import has_words
from compassionate.workflow import engine
from compassionate.workflow.table import NONE

People = Mapping[str, tuple[str, str]]
COLUMNS = ("seq", "at", "who", "username", "operator", "roles", "action", "case", "result", "request", "detail", "hash")
READ_KINDS = ("view", "list", "download", "export", "command")
ACT_KINDS = (
    *("log_in", "log_in_refused", "log_out", "refused", "not_found", "csrf_refused", "lost_race", "reveal_identity"),
    *("open_case", "edit_patient", "upload_paper", "withdraw_paper", "issue_document", "create_account"),
    *("edit_account", "grant_role", "end_role", "set_password", "disable_account", "enable_account", "edit_centre"),
    *("export_audit", "open_emergency_access", "block_case", "destroy_case"),
    *("extend_clock", "add_calendar_days", "remove_calendar_day", "confirm_calendar", "withdraw_calendar"),
    *("write_typing_order", "end_typing_order"),
)
LONGEST = 80


def action_words(code: str) -> str:
    """The words of an act; its code where it has none."""
    for table in ("audit_action", "done"):
        if has_words(f"{table}.{code}", language()):
            return say(f"{table}.{code}")
    return code


def kinds(chain: Chain) -> list[tuple[str, str]]:
    """What may be filtered by: the steps of the pathways and what else leaves a row."""
    if chain is not AUDIT:
        return [(kind, action_words(kind)) for kind in READ_KINDS]
    steps = (row.name for pathway in engine.pathways() for region in pathway.regions for row in region.transitions)
    words = {kind: action_words(kind) for kind in (*ACT_KINDS, *steps)}
    return sorted(((kind, said) for kind, said in words.items() if said != kind), key=lambda each: each[1].lower())


def cases(entries: Iterable[Entry]) -> set[str]:
    """The cases that these rows name."""
    return {entry.row["case"] for entry in entries if entry.row["case"]}


def who(row: Mapping[str, Any], people: People) -> str:
    """Who acted: a person by name, an account of elsewhere by its id, a command line by who typed."""
    name = people[row["actor"]][1] if row["actor"] in people else row["actor"]
    typed = gettext("línea de órdenes: %(who)s", who=row["operator"]) if row.get("operator") else ""
    return " · ".join(part for part in (name, typed) if part) or gettext("Nadie identificado")


def drawn(entry: Entry, people: People, changes: Sequence[str] = ()) -> list[Any]:
    """A row of the page, with the lines that say what it changed."""
    row = entry.row
    refused = row.get("result", "ok") != "ok"
    behind = gettext("El reloj se había atrasado: %(at)s", at=row["clock_behind"]) if row.get("clock_behind") else ""
    return [
        entry.seq,
        {"text": exact(datetime.fromisoformat(row["at"])), "sub": behind},
        {"text": who(row, people), "sub": ", ".join(_role(each) for each in row.get("as", ()))},
        {"text": action_words(row["action"]), "sub": gettext("Denegado") if refused else ""},
        {"text": row["case"], "href": f"/expedientes/{row['case']}"} if row["case"] else "",
        _detail(row, entry.hash, changes),
    ]


def _detail(row: Mapping[str, Any], digest: str, changes: Sequence[str]) -> dict[str, Any]:
    """What changed in words; ids and hashes folded, the long ones whole only in the files that are taken away."""
    held = row.get("detail", {})
    pairs = [*sorted(held.items()), ("request", row.get("request", "")), ("sha256", digest[:16])]
    plain = [f"{name}: {_plain(value)[:LONGEST]}" for name, value in pairs if value not in ("", None)]
    folds = [{"title": say("changed.title"), "lines": changes}] if changes else []
    return {
        "text": _moved(held) or _how_many(held),
        "more": [*folds, {"title": gettext("Datos técnicos"), "lines": [" · ".join(plain)]}],
    }


def _how_many(held: Mapping[str, Any]) -> str:
    """How many cases a list showed."""
    count = held.get("count")
    return ngettext("%(num)d expediente", "%(num)d expedientes", count) if isinstance(count, int) else ""


def _moved(held: Mapping[str, Any]) -> str:
    """From which state to which, where the act moved something."""
    before, after, region = (str(held.get(name, "")) for name in ("before", "after", "region"))
    if not after:
        return ""
    return " → ".join(state_words(region, state) for state in (before, after) if state not in ("", NONE))


def _role(given: str) -> str:
    role, _, centre = given.partition("@")
    return f"{say(f'role.{role}')} · {centre}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_csv(entries: Sequence[Entry], people: People) -> bytes:
    """The rows as a spreadsheet of this country opens them."""
    return csv_files.write(COLUMNS, (_cells(entry, people) for entry in entries), for_people=True)


def _cells(entry: Entry, people: People) -> tuple[str | int, ...]:
    row = entry.row
    return (
        entry.seq,
        row["at"],
        who(row, people),
        people[row["actor"]][0] if row["actor"] in people else "",
        row.get("operator", ""),
        " ".join(row.get("as", ())),
        row["action"],
        row["case"],
        row.get("result", "ok"),
        row.get("request", ""),
        json.dumps(row.get("detail", {}), ensure_ascii=False, sort_keys=True),
        entry.hash,
    )


def as_json(entries: Sequence[Entry]) -> bytes:
    """The rows with their hashes."""
    rows = [{**entry.row, "hash": entry.hash} for entry in entries]
    return (json.dumps({"rows": rows}, ensure_ascii=False, indent=1) + "\n").encode()
