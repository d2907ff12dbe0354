"""Whatever is to be printed in, a PDF out: a document of a case, or a report."""

from __future__ import annotations

from collections.abc import Mapping

from compassionate.documents import render as of_cases
from compassionate.documents import tabled
from compassionate.documents.contexts.source import Annex, Issue
from compassionate.documents.progress import Progress, silently
from compassionate.documents.render import NOTHING, Rendered
from compassionate.documents.tabled_content import Tabled
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot


def render(
    what: CaseSnapshot | Tabled,
    kind_id: str,
    copy: str,
    annexes: tuple[Annex, ...],
    issue: Issue,
    forms: Catalogue,
    on_progress: Progress = silently,
    kept: Mapping[str, bytes] = NOTHING,
) -> Rendered:
    """One issue of a document as PDF/A-3a and PDF/UA-1."""
    if isinstance(what, Tabled):
        return tabled.render(what, issue, on_progress)
    return of_cases.render(what, kind_id, copy, annexes, issue, forms, on_progress=on_progress, kept=kept)
