"""A report of tables as a tagged PDF: a summary page, the sections with their pictures, the definitions last.

The print is made from the frozen report alone, which goes along inside it as data (`informe.json`).
"""

from __future__ import annotations

from typing import Any

from compassionate.documents.attachments import Attachment
from compassionate.documents.contexts.source import Issue
from compassionate.documents.phrases import Phrases, shortened
from compassionate.documents.progress import Progress, silently
from compassionate.documents.render import LONGEST_IN_HEAD, Rendered, issue_head, printed
from compassionate.documents.tabled_content import Tabled

TEMPLATE = "report/document.html"
NAME = "informe.json"


def render(held: Tabled, issue: Issue, on_progress: Progress = silently) -> Rendered:
    """One issue of a report as PDF/A-3a and PDF/UA-1; the same report and issue give the same bytes."""
    words = Phrases(held.language, held.zone)
    context = {
        "head": _head(held, words, issue),
        "about": [{"label": label, "value": value} for label, value in held.about],
        "sections": held.content["sections"],
    }
    inside = Attachment(NAME, words.say("print.report_data"), "Source", "application/json", held.frozen(), issue.at)
    return printed(TEMPLATE, held.language, context, issue.at, (inside,), on_progress)


def _head(held: Tabled, words: Phrases, issue: Issue) -> dict[str, Any]:
    title, subtitle = held.content["title"], held.content["subtitle"]
    version = words.say("print.version", version=issue.version)
    return issue_head(words, issue) | {
        "title": f"{title} · {subtitle} · {version}",
        "heading": title,
        "subtitle": subtitle,
        "kind": held.kind,
        "body": "report",
        "copy_kind": "",
        "copies": 1,
        "running": words.first(f"print.running.{held.kind}", f"document_kind.{held.kind}"),
        "lead": words.first(f"print.lead.{held.kind}", "print.report_lead"),
        "case": held.centre,
        "centre": shortened(subtitle, LONGEST_IN_HEAD),
        "template_version": held.template_version,
        "is_demo": held.is_demo,
    }
