"""What the pages of recalls show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request, url_for
from sqlalchemy import select

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, Centre, Product, Recall
from compassionate.models.recalls import STANDING
from compassionate.models.vault import WrongKey
from compassionate.services import patients
from compassionate.services.papers import LARGEST
from compassionate.services.recalls import calling, closing, entering, finding, issued
from compassionate.services.recalls import report as reports
from compassionate.services.recalls.calling import AGAIN, CHECK, Line
from compassionate.services.recalls.closing import COLUMNS
from compassionate.services.recalls.holdings import batches_of
from compassionate.web import issued_reports, reading
from compassionate.web.access import actor
from compassionate.web.documents import printing_fault
from compassionate.web.downloads import size_words
from compassionate.web.filling import Failure, Filled, fill, recovered_at
from compassionate.web.presenters import present_reasons
from compassionate.web.templating import ago, day, exact, language, say

TONES = {"standing": "stop", "closed": "done", "lifted": "good"}
CALL_TONES = {"to_call": "stop", CHECK: "stop", "no_call": "done", **dict.fromkeys(AGAIN, "wait")}
ENTERING = ("product", "batch", "ordered_by", "alert_number", "alert_class", "ordered_at", "reason")
CALLING = ("outcome", "at", "used", "back", "lost", "next_at", "note")
Row = dict[str, Any]


def labels(*names: str) -> dict[str, str]:
    """The words of fields."""
    return {name: say(f"recall.label.{name}") for name in names}


def options(table: str, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Codes with their words."""
    return [(code, say(f"recall.{table}.{code}")) for code in codes]


def local(at: datetime, zone: str) -> str:
    """An instant as the browser's box for date and time takes it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def listed() -> Row:
    """The list of recalls."""
    found = finding.listed(db(), actor())
    return {
        "rows": [
            [
                {"text": row.code, "href": url_for("recalls.show", recall=row.code)},
                row.product.name,
                row.batch,
                {"text": say(f"recall.state.{row.status}"), "tone": TONES[row.status]},
                say(f"recall.ordered_by.{row.ordered_by}"),
                {"text": ago(row.at), "exact": exact(row.at)},
                row.by.name,
            ]
            for row in found
        ],
        "may_enter": bool(actor().centres(*finding.MAY)),
    }


def entering_page(failure: Failure | None) -> Row:
    """First the batch; once it is named, what a recall would reach and the order."""
    held = {product.code: product for product in finding.products(db(), actor())}
    asked = {name: request.values.get(name, "").strip()[:80] for name in ("product", "batch")}
    product = held.get(asked["product"])
    zone = clock.AGENCY_ZONE.key
    stored = dict.fromkeys(ENTERING, "") | asked | {"ordered_at": local(clock.now(), zone)}
    effect = entering.effect_of(db(), actor(), product, asked["batch"]) if product and asked["batch"] else None
    return {
        "filled": _filled(stored, failure, ENTERING),
        "recovered": recovered_at(),
        "products": [(code, each.name) for code, each in held.items()],
        "batches": _batches(product),
        "label": labels(*ENTERING),
        "effect": _effect(effect) if effect else None,
        "product": product,
        "batch": asked["batch"],
        "ordered_by": options("ordered_by", entering.ORDERED_BY),
        "classes": options("class", entering.CLASSES),
    }


def _batches(product: Product | None) -> list[str]:
    return batches_of(db(), product, actor().centres(*finding.MAY))[:20] if product else []


def _effect(effect: entering.Effect) -> Row:
    facts = [("cases", len(effect.cases))]
    facts += [(name, effect.total(name)) for name in ("received", "given", "at_home", "in_pharmacy")]
    double = finding.standing(db(), effect.product.id, effect.batch, effect.centres)
    return {
        "facts": [{"text": say(f"recall.figure.{name}"), "figure": count} for name, count in facts],
        "spelled": ", ".join(effect.spelled),
        "known": bool(effect.cases),
        "blocked": effect.blocked,
        "centres": len(effect.centres),
        "double": double.code if double else "",
    }


def _filled(stored: Row, failure: Failure | None, names: tuple[str, ...]) -> Filled:
    filled = fill(stored, failure=failure, labels=labels(*names))
    reasons = tuple(present_reasons(failure.reasons, "")) if failure else ()
    return replace(filled, reasons=reasons)


def one(recall: Recall, failure: Failure | None, act: str) -> Row:
    """Everything on the page of a recall; `act` is the one that failed."""
    told = reports.told(db(), actor(), recall, language())
    reading.lists(*(line.case.code for line in told.listed))
    g.zone = recall.centre.zone
    may = not set(finding.centres_of(db(), recall)) - set(actor().centres(*finding.MAY))
    stands = recall.status == STANDING
    reasons = closing.against_closing(told.accounts) if stands else ()
    names = ("lifting", "fate", "certificate", "note")
    return {
        "recall": recall,
        "state": {"text": say(f"recall.state.{recall.status}"), "tone": TONES[recall.status]},
        "about": reports.about(told),
        "figures": [{"text": text, "figure": figure} for text, figure in reports.figures(told)],
        "calls": [call_row(recall, line, stands) for line in told.listed],
        "call_head": [say(f"recall.column.{name}") for name in CALL_HEAD],
        "account": _account(told),
        "stands": stands,
        "may": may,
        "is_mine": recall.by_id == actor().account_id,
        "reasons": present_reasons(reasons, ""),
        "back": closing.totals(told.accounts)["back"],
        "fates": options("fate", closing.FATES),
        "filled": _filled(dict.fromkeys(names, ""), failure, ()),
        "act": act,
        "label": labels("fate", "certificate", "note", "file"),
        "limit": size_words(LARGEST),
        "issued": issued_reports.shown(issued.KIND, centre_of(recall).code, recall.code),
        "fault": printing_fault(),
        "centres": [(each.code, each.name) for each in told.centres],
        "centre": centre_of(recall).code,
    }


def centre_of(recall: Recall) -> Centre:
    """The centre whose report is meant: the one that the address names, else the first that this person may see."""
    ids = set(finding.centres_of(db(), recall)) & set(actor().centres())
    held = db().scalars(select(Centre).where(Centre.id.in_(ids)).order_by(Centre.code)).all()
    return next((each for each in held if each.code == request.args.get("centre", "")), held[0])


CALL_HEAD = ("case", "outcome", "at_home", "in_pharmacy", "given", "attempts", "last", "next", "physician", "act")


def call_row(recall: Recall, line: Line, stands: bool) -> Row:
    """One line of the call list; the links to call are for who may."""
    row, case = line.row, line.case
    href = url_for("recalls.call", recall=recall.code, code=case.code) if calling.may_call(actor(), case) else ""
    said = {"text": say(f"recall.outcome.{line.state}"), "tone": CALL_TONES.get(line.state, "good")}
    last = line.calls[0] if line.calls else None
    cells = [
        {"text": case.code, "href": f"/expedientes/{case.code}"},
        said,
        {"text": str(line.still_at_home if stands else row.at_home)},
        str(row.in_pharmacy),
        str(row.given),
        str(len(line.calls)),
        {"text": ago(last.at), "exact": exact(last.at), "sub": last.by.name} if last else "",
        {"text": ago(row.next_at), "exact": exact(row.next_at)} if row.next_at else "",
        case.physician.name if case.physician else "",
        {"text": say("recall.call" if stands else "recall.look"), "href": href, "hidden": case.code} if href else "",
    ]
    return {"cells": cells, "tone": "" if row.settled else "stop" if line.state == "to_call" else "wait"}


def _account(told: reports.Told) -> Row:
    whole = closing.totals(told.accounts)
    return {
        "head": [say("recall.column.case"), *(say(f"recall.column.{name}") for name in COLUMNS)],
        "rows": [[each.line.case.code, *(str(each.units[name]) for name in COLUMNS)] for each in told.accounts],
        "foot": [say("recall.report.total"), *(str(whole[name]) for name in COLUMNS)],
        "numeric": list(range(1, len(COLUMNS) + 1)),
    }


def call_page(recall: Recall, line: Line, failure: Failure | None) -> Row:
    """Whom to call about what; the patient's name stands here and on no list."""
    case = line.case
    g.zone, g.centre_code = case.centre.zone, case.centre.code
    reading.shows(case)
    stored = dict.fromkeys(CALLING, "") | {"at": local(clock.now(), case.centre.zone)}
    return {
        "recall": recall,
        "case": case,
        "patient": _patient(case),
        "line": line,
        "given": line.row.given,
        "at_home": line.still_at_home,
        "history": [_call(case, each) for each in line.calls],
        "filled": _filled(stored, failure, CALLING),
        "recovered": recovered_at(),
        "label": labels(*CALLING),
        "outcomes": options("outcome", calling.OUTCOMES),
        "stands": recall.status == STANDING,
        "may": calling.may_call(actor(), case),
    }


def _patient(case: Case) -> list[Row]:
    try:
        who = patients.identity_of(db(), case.patient)
    except WrongKey:
        return []
    name, born = (say("recall.name"), f"{who.given_name} {who.surnames}"), (say("recall.born"), day(who.birth_on))
    return [{"key": key, "value": value} for key, value in (name, ("NHC", who.nhc), ("CIP", who.cip), born) if value]


def _call(case: Case, call: Any) -> Row:
    told = [(name, getattr(call, name)) for name in calling.UNITS]
    units = ", ".join(f"{say(f'recall.label.{name}')}: {count}" for name, count in told if count)
    parts = [units, calling.note_of(db(), case, call)]
    return {
        "title": say(f"recall.outcome.{call.outcome}"),
        "when": ago(call.at),
        "exact": exact(call.at),
        "who": call.by.name,
        "text": ". ".join(part for part in parts if part),
        "tone": CALL_TONES.get(call.outcome, "good"),
    }
