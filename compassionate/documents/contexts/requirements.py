"""The conditions of the decree one by one, each with how this request meets it and where the dossier shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compassionate.documents.contexts.request_data import agreement
from compassionate.documents.contexts.signatures import said_in_line
from compassionate.documents.contexts.source import Source

Answer = tuple[str, bool | None]
"""How a condition is met, in words, and whether it is; None where it does not apply."""


def _eligibility(held: Source, link_id: str) -> Any:
    answers = held.case.eligibility
    return answers.answers.get(link_id) if answers else None


def _said(held: Source, link_id: str) -> str:
    form = held.shown(held.case.eligibility)
    return form.text(link_id) if form else ""


def _disease(held: Source) -> Answer:
    words = _said(held, "disease_class")
    return words, bool(words)


def _alternatives(held: Source) -> Answer:
    written = _eligibility(held, "alternatives")
    count = len(written) if isinstance(written, list) else 0
    excluded = _eligibility(held, "satisfactory_alternative_exists") is False
    return held.words.count(count, "alternative") if count else "", bool(count) and excluded


def _investigation(held: Source) -> Answer:
    return _said(held, "trial_status"), _eligibility(held, "trial_status") in ("trial_ongoing", "ma_applied")


def _trial_reasons(held: Source) -> Answer:
    given = bool(_eligibility(held, "trial_exclusion_reasons"))
    return held.words.say("print.met.reasons") if given else "", given


def _care(held: Source) -> Answer:
    return _said(held, "purpose_is_care"), _eligibility(held, "purpose_is_care") is True


def _report(held: Source) -> Answer:
    return said_in_line(held, "clinical_report")


def _duration(held: Source) -> Answer:
    weeks = held.case.request.duration_weeks
    return held.words.count(weeks, "week"), bool(weeks)


def _packs(held: Source) -> Answer:
    asked = [line.packs_requested for line in held.case.lines]
    total = sum(packs or 0 for packs in asked)
    return held.words.count(total, "pack") if total else "", bool(asked) and None not in asked


def _willing(held: Source) -> Answer:
    product = held.case.product
    return ", ".join(part for part in (product.willing_by, held.words.day(product.willing_on)) if part), bool(
        product.willing_on
    )


def _agreement(held: Source) -> Answer:
    region = held.region("sponsor_agreement")
    state = region.state if region else "not_needed"
    return agreement(held), None if state == "not_needed" else state == "given"


def _endorsement(held: Source) -> Answer:
    return said_in_line(held, "endorsement")


def _import(held: Source) -> Answer:
    stated = held.case.request.needs_import
    return held.words.yes_no(stated), stated is not None


CONDITIONS: tuple[tuple[str, str, str, Callable[[Source], Answer]], ...] = (
    ("disease_class", "2.1", "requisitos", _disease),
    ("alternatives", "2.1, 8.1.a", "requisitos", _alternatives),
    ("investigation", "2.1", "requisitos", _investigation),
    ("purpose", "1.2", "requisitos", _care),
    ("trial_reasons", "8.1.a", "requisitos", _trial_reasons),
    ("report", "8.1.a, 11.1.a", "informe", _report),
    ("duration", "8.1.a", "datos-g", _duration),
    ("willing", "7.1", "promotor", _willing),
    ("agreement", "8.1.b, 12.c", "promotor", _agreement),
    ("packs", "8.1.c", "envases", _packs),
    ("import", "5", "datos-c", _import),
    ("endorsement", "8.1, 11.2", "visto-bueno", _endorsement),
)
"""Code, articles of RD 1015/2009, anchor of the section that shows it, and how it is answered."""


def conditions(held: Source) -> list[dict[str, Any]]:
    """Every condition with its answer, for the first page of the dossier."""
    listed = []
    for code, article, anchor, answer in CONDITIONS:
        words, met = answer(held)
        state = "met" if met else "not_applicable" if met is None else "open"
        listed.append({"code": code, "article": article, "anchor": anchor, "words": words, "state": state})
    return listed
