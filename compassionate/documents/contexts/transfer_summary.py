"""The transfer summary: what another hospital needs to go on treating somebody (Ley 41/2002 art. 14-16)."""

from __future__ import annotations

from typing import Any

from compassionate.documents.blocks import note, section
from compassionate.documents.contexts import treatment_record
from compassionate.documents.contexts.follow_up_report import results
from compassionate.documents.contexts.source import Source


def context(held: Source) -> dict[str, Any]:
    """The treatment record, with the results of the visits and the words that the other hospital asks anew."""
    *sections, signatures = treatment_record.context(held)["sections"]
    visits = [section("resultados", "print.section.results", *results(held))] if held.case.visits else []
    notice = section("destino", "print.section.transfer", note("print.note.transfer"))
    return {"sections": [notice, *sections, *visits, signatures], "contents": False}
