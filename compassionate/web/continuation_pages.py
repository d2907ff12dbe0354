"""What the page of a later request shows: what was copied, what changed since, and the report as proposed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, Posology, Request
from compassionate.models.vault import unseal
from compassionate.services import annexing, continuation_report, continuing, requests
from compassionate.services.binding import REPORT, content_of
from compassionate.services.continuation_report import Compared, Course
from compassionate.services.edits import seen_now
from compassionate.services.facts import request_state
from compassionate.services.papers import titles_of
from compassionate.services.proofs import SigningAct
from compassionate.services.snapshots import papers_of, snapshot
from compassionate.web import signing
from compassionate.web.editing import may, who_may
from compassionate.web.offers import offers, steps_of
from compassionate.web.request_pages import heading
from compassionate.web.sheets import Sheet
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, say
from compassionate.workflow.roles import Role

Row = dict[str, Any]
POSOLOGY_FIELDS = ("dose", "schedule", "route", "cycles")
STEPS = ("request_endorsement",)


def confirm(case: Case, number: int, sheet: Sheet, course: Course, base: str) -> dict[str, Any]:
    """Everything on the page on which a later request is confirmed."""
    state, parent = request_state(case, number), continuing.parent_of(case, number)
    said = continuation_report.compared(db(), case, number, course)
    seen = snapshot(db(), case, number)
    signature = seen.signature(REPORT)
    is_signed = signature is not None and signature.content_sha256 == content_of(seen, REPORT)
    return heading(case, number) | {
        "sheet": sheet,
        "base": base,
        "parent": _parent(case, parent),
        "asked": _asked(case, number, parent),
        "records": [_compared(case, each) for each in said],
        "papers": _papers(case, number, parent),
        "annexes": annexing.earlier(db(), case, number, clock.now()),
        "annexes_seen": seen_now(db(), case, annexing.EDIT, str(number)),
        "may_annex": may(case, annexing.SECTION, state),
        "who_annexes": who_may(case, annexing.SECTION, state),
        "may_save": may(case, "report", state),
        "may_sign": may(case, "sign_report", state),
        "signed": signature.name if signature is not None and is_signed else "",
        "may_posology": may(case, "posology", state),
        "may_packs": may(case, "packs", state),
        "who": who_may(case, "report", state),
        "steps": offers(case, steps_of(case), STEPS, f"continuation-{number}"),
        "signing": signing.offer(case, signing_act(case, number, base), Role.PHYSICIAN),
        "signing_errors": {each["href"].removeprefix("#"): each["text"] for each in sheet.errors if each.get("href")},
    }


def signing_act(case: Case, number: int, base: str) -> SigningAct:
    """Signing the report that is saved in the same act, on top of what it binds to beside."""
    return SigningAct(REPORT, case.id, number, content=base)


def _parent(case: Case, parent: Request) -> Row:
    sent = clock.civil_date(parent.submitted_at, case.centre.zone) if parent.submitted_at else None
    return {
        "name": say(f"request_name.{parent.kind}", number=parent.number),
        "href": f"/expedientes/{case.code}/solicitudes/{parent.number}",
        "reference": parent.reference,
        "sent": day(sent),
    }


def _asked(case: Case, number: int, parent: Request) -> list[Row]:
    """What this request asks for beside what the last one asked for."""
    request = requests.the_request(case, number)
    old, new = _stated(case, parent.number), _stated(case, number)
    rows = [_pair(gettext(label), old.get(name), new.get(name)) for name, label in _labels() if new.get(name)]
    rows.append(_pair(gettext("Duración prevista"), _weeks(parent), _weeks(request)))
    before = {row.line_number: row for row in parent.packs}
    names = {line.number: line_words(line) for line in case.lines}
    for row in request.packs:
        label = gettext("Envases") if len(names) == 1 else f"{gettext('Envases')}: {names[row.line_number]}"
        rows.append(_pair(label, _packs(before.get(row.line_number)), _packs(row)))
    rows.append(_pair(gettext("Inicio previsto"), day(parent.start_wished_on), day(request.start_wished_on)))
    return rows


def _labels() -> list[tuple[str, str]]:
    words = (gettext("Dosis"), gettext("Pauta"), gettext("Vía"), gettext("Ciclos"))
    return list(zip(POSOLOGY_FIELDS, words, strict=True))


def _stated(case: Case, number: int) -> dict[str, str]:
    """The posology that a request stands on."""
    rows: Iterable[Posology] = reversed(requests.posologies(db(), case))
    held = next((row for row in rows if row.request_number is not None and row.request_number <= number), None)
    found: dict[str, str] = unseal(db(), held, "details", case.key_id) if held else {}
    return found


def _weeks(request: Request) -> str:
    return gettext("%(weeks)s semanas", weeks=request.duration_weeks) if request.duration_weeks else ""


def _packs(row: Any) -> str:
    if row is None:
        return ""
    if not row.units_a_day:
        return str(row.packs)
    daily = row.units_a_day.replace(".", ",")
    return str(gettext("%(packs)s (%(daily)s al día × %(days)s días)", packs=row.packs, daily=daily, days=row.days))


def _pair(label: str, before: Any, now: Any) -> Row:
    was, is_now = str(before or "–"), str(now or "–")
    return {"label": label, "before": was, "now": is_now, "changed": was != is_now}


def _compared(case: Case, each: Compared) -> Row:
    name = next((line_words(line) for line in case.lines if line.number == each.line), "")
    label = say(f"continuing.{each.name}")
    row = _pair(f"{label}: {name}" if name and len(case.lines) > 1 else label, _said(each.before), _said(each.now))
    return row | {"changed": each.changed}


def _said(value: Any) -> str:
    return day(value) if isinstance(value, date | datetime) else "" if value is None else str(value)


def _papers(case: Case, number: int, parent: Request) -> list[Row]:
    """The papers that stay valid: those of this request's dossier, and those that the agency has already."""
    here = {paper.id for paper in papers_of(db(), case, number)}
    listed = [paper for paper in papers_of(db(), case) if paper.id in here or paper.request_number == parent.number]
    kinds = ("evidence", "sponsor_agreement", "agency_decision", "other")
    return [
        {
            "text": titles_of(db(), paper)[0],
            "href": f"/expedientes/{case.code}/papeles/{paper.id}",
            "kind": say(f"paper_kind.{paper.kind}"),
            "goes": paper.id in here,
        }
        for paper in listed
        if paper.kind in kinds
    ]
