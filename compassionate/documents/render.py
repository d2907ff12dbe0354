"""A frozen case in, a PDF out: the same snapshot and issue give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from compassionate import words
from compassionate.documents.assembly.pieces import Bundle
from compassionate.documents.attachments import Attachment, Finish
from compassionate.documents.blocks import tidy
from compassionate.documents.catalogue import annex_papers, kind
from compassionate.documents.contexts import (
    closing_report,
    consent_form,
    dossier,
    follow_up_report,
    labels,
    request_data,
    transfer_summary,
    treatment_record,
)
from compassionate.documents.contexts.source import Annex, Issue, Source, source
from compassionate.documents.embedded import carried
from compassionate.documents.leaves import in_leaves
from compassionate.documents.phrases import Phrases, shortened
from compassionate.documents.pictures import PagePicture
from compassionate.documents.progress import Progress, silently
from compassionate.documents.verification_marks import grouped, qr_code
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot

__all__ = ["Annex", "AnnexMismatch", "Issue", "Rendered", "document_html", "printed", "render"]

LONGEST_IN_HEAD = 64
NOTHING: Mapping[str, bytes] = MappingProxyType({})
PARTS = 5  # pictures of the annexes, text, the two of the press (setting and drawing), and the finish
BEGIN_PAGES = {"dossier": frozenset({"informe", "requisitos", "apoyo"})}
TEMPLATES = Path(__file__).parents[2] / "templates" / "documents"
CONTEXTS: dict[str, Callable[[Source], dict[str, Any]]] = {
    "dossier": dossier.context,
    "request_data": request_data.context,
    "consent_form": consent_form.context,
    "treatment_record": treatment_record.context,
    "transfer_summary": transfer_summary.context,
    "follow_up_report": follow_up_report.context,
    "closing_report": closing_report.context,
    "labels": labels.context,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished PDF and how many pages it has."""

    pdf: bytes
    pages: int
    pieces: Mapping[str, bytes] = field(default_factory=dict)
    """What of it need not be printed again while it says the same."""


class AnnexMismatch(ValueError):
    """The annexes handed in are not the papers that the document lists, or their bytes are not what was uploaded."""


@cache
def _environment(language: str) -> ImmutableSandboxedEnvironment:
    """Templates that see plain data alone: sandboxed, escaped, and a misspelt name is an error."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda code, **params: words.say(code, language, **params)
    return environment


@cache
def css() -> str:
    """The style sheet of every document."""
    return (TEMPLATES / "document.css").read_text(encoding="utf-8")


def _checked(case: CaseSnapshot, kind_id: str, copy: str, annexes: tuple[Annex, ...]) -> None:
    listed = [(paper.id, paper.sha256) for paper in annex_papers(case, kind_id, copy)]
    given = [(annex.paper.id, annex.paper.sha256) for annex in annexes]
    if listed != given or not all(map(_is_whole, annexes)):
        raise AnnexMismatch(f"{kind_id} of {case.code}: listed {listed}, given {given}")


def _is_whole(annex: Annex) -> bool:
    """Whether bytes and copy are those of the hashes; where the original is elsewhere there is the copy alone."""
    paper = annex.paper
    has_original = sha256(annex.data).hexdigest() == paper.sha256 or annex.data == annex.copy
    return has_original and paper.copy_sha256 == (sha256(annex.copy).hexdigest() if annex.copy else "")


def _annexes(held: Source, annexes: tuple[Annex, ...]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Annex pages as the template names them, and the pictures behind those names."""
    listed, pictures = [], {}
    for number, annex in enumerate(annexes, 1):
        pages = []
        for page, picture in enumerate(_every_page(annex), 1):
            name = f"{number}-{page}" if picture.jpeg else ""
            pages.append({"number": page, "picture": name, "is_wide": picture.is_wide})
            if name:
                pictures[name] = picture.jpeg
        kind_words = held.words.choice("paper_kind", annex.paper.kind)
        listed.append(
            {
                "number": number,
                "title": annex.paper.title,
                "kind": kind_words,
                "total": annex.paper.pages,
                "pages": pages,
            }
        )
    return listed, pictures


def _every_page(annex: Annex) -> tuple[PagePicture, ...]:
    """As many pictures as the paper has pages: one that there is none of is empty, and said to be missing."""
    missing = annex.paper.pages - len(annex.pictures)
    return (*annex.pictures[: annex.paper.pages], *[PagePicture()] * missing)


def issue_head(words: Phrases, issue: Issue) -> dict[str, Any]:
    """What every page says of the issue that it belongs to, and how anybody verifies it."""
    qr = qr_code(issue.address)
    return {
        "language": words.language, "version": issue.version, "issued_at": words.moment(issue.at),
        "created": issue.at.isoformat(timespec="seconds"), "verification": grouped(issue.verification),
        "verify_at": f"{issue.base}/verificar", "qr": {"size": qr.size, "outline": qr.outline},
    }  # fmt: skip


def _head(held: Source, kind_id: str, issue: Issue) -> dict[str, Any]:
    case, language = held.case, held.words.language
    version = words.say("print.version", language, version=issue.version)
    return issue_head(held.words, issue) | {
        "title": f"{words.say(f'document_kind.{kind_id}', language)} · {case.code} · {version}",
        "kind": kind_id, "copy_kind": held.copy, "copies": len(kind(kind_id, held.copy).copies),
        "case": case.code, "centre": shortened(case.centre.name, LONGEST_IN_HEAD),
        "template_version": kind(kind_id, held.copy).template_version,
        "is_demo": case.is_demo,
    }  # fmt: skip


def _page(held: Source, kind_id: str, issue: Issue, annexes: list[dict[str, Any]]) -> str:
    context = {"head": _head(held, kind_id, issue), "annexes": annexes, **CONTEXTS[kind_id](held)}
    if "sections" in context:
        context["sections"] = in_leaves(context["sections"], BEGIN_PAGES.get(kind_id, frozenset()))
    return _environment(held.words.language).get_template(kind(kind_id, held.copy).template).render(**tidy(context))


def document_html(case: CaseSnapshot, kind_id: str, copy: str, issue: Issue, forms: Catalogue) -> str:
    """The HTML of a document without its annex pages: what tests read, and what the pages of a print look like."""
    return _page(source(case, copy, forms, annex_papers(case, kind_id, copy)), kind_id, issue, [])


def render(
    case: CaseSnapshot,
    kind_id: str,
    copy: str,
    annexes: tuple[Annex, ...],
    issue: Issue,
    forms: Catalogue,
    attachments: tuple[Attachment, ...] = (),
    on_progress: Progress = silently,
    kept: Mapping[str, bytes] = NOTHING,
) -> Rendered:
    """One copy of one document as PDF/A-3a and PDF/UA-1, with files inside; `on_progress` is told of each part done.

    Pieces `kept` of an earlier print are not printed again.

    `annexes` are the papers of `annex_papers` in that order, with their bytes. Raises UnknownCode for a kind or
    copy that there is not, AnnexMismatch for other annexes, KeyError for a form that is not published.
    """
    held = source(case, copy, forms, annex_papers(case, kind_id, copy))
    _checked(case, kind_id, copy, annexes)
    on_progress(0, PARTS)
    pages, pictures = _annexes(held, annexes)
    on_progress(1, PARTS)
    head = _head(held, kind_id, issue)
    html = _page(held, kind_id, issue, pages)
    on_progress(2, PARTS)
    inside = (*attachments, *carried(case, kind_id, copy, annexes, issue, forms))
    return _print(html, pictures, _finish(head, issue.at, inside), on_progress, kept)


def _finish(head: Mapping[str, str], at: datetime, attachments: tuple[Attachment, ...] = ()) -> Finish:
    language = head["language"]
    return Finish(head["title"], language, at, attachments, words.say("print.go_to", language, page="{page}"))


def _print(
    html: str,
    pictures: Mapping[str, bytes],
    wanted: Finish,
    on_progress: Progress = silently,
    kept: Mapping[str, bytes] = NOTHING,
) -> Rendered:
    """Piece by piece where a document has leaves enough, else (and where that fails) in one go."""
    from compassionate.documents.assembly.assemble import Press, in_pieces
    from compassionate.documents.assembly.workers import workers
    from compassionate.documents.finishing import finished

    bundle = Bundle(kept)
    file = in_pieces(html, Press(css(), pictures, workers(), bundle, on_progress))
    if file is None:
        return _in_one(html, pictures, wanted, on_progress)
    return Rendered(finished(file, wanted), len(file.pages), bundle.used)


def _in_one(html: str, pictures: Mapping[str, bytes], wanted: Finish, on_progress: Progress) -> Rendered:
    from compassionate.documents.assembly.warm import collection_waits
    from compassionate.documents.finishing import finish
    from compassionate.documents.press import press

    with collection_waits():
        pdf, count = press(html, css(), pictures, lambda done, total: on_progress(2 + done, 3 + total))
        return Rendered(finish(pdf, wanted), count)


def printed(
    template: str,
    language: str,
    context: dict[str, Any],
    at: datetime,
    attachments: tuple[Attachment, ...] = (),
    on_progress: Progress = silently,
) -> Rendered:
    """A document that is of no case, from plain data alone; its `head` has a title and a language."""
    html = _environment(language).get_template(template).render(**tidy(context))
    return _print(html, {}, _finish(context["head"], at, attachments), on_progress)
