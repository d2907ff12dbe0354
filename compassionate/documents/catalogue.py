"""The documents that a case can give: templates, copies, annexes, and what must be there before one is issued.

What goes to the agency carries no consent status, because consent is no part of the request (RD 1015/2009 art. 8.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from compassionate.documents.completeness import missing
from compassionate.documents.content import CONTENTS
from compassionate.documents.contexts.source import AGENCY, HOSPITAL
from compassionate.errors import UnknownCode
from compassionate.snapshot import SENT_PAPERS, CaseSnapshot, PaperSnapshot, sha256

__all__ = ["AGENCY", "HOSPITAL", "KINDS", "Kind", "annex_papers", "content_sha256", "kind", "missing"]

TEMPLATE_VERSION = "2026-11-23"
ANNEXED = SENT_PAPERS
"""Paper kinds of a dossier, in their order. Consent, the agency's own letters and the committee's minutes never are."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A document kind: its template, the version that is hashed with its content, and the copies there are."""

    id: str
    template: str
    copies: tuple[str, ...]
    template_version: str = TEMPLATE_VERSION
    with_annexes: bool = False


KINDS: dict[str, Kind] = {
    each.id: each
    for each in (
        Kind("dossier", "dossier/document.html", (HOSPITAL, AGENCY), with_annexes=True),
        Kind("request_data", "request_data/document.html", (HOSPITAL,)),
        Kind("consent_form", "consent_form/document.html", (HOSPITAL,)),
        Kind("treatment_record", "treatment_record/document.html", (HOSPITAL,)),
        Kind("transfer_summary", "transfer_summary/document.html", (HOSPITAL,)),
        Kind("follow_up_report", "follow_up_report/document.html", (HOSPITAL, AGENCY)),
        Kind("closing_report", "closing_report/document.html", (HOSPITAL, AGENCY)),
        Kind("labels", "labels/document.html", (HOSPITAL,)),
    )
}


def kind(kind_id: str, copy: str = HOSPITAL) -> Kind:
    """The kind of that id; raises UnknownCode for another one, and for a copy that it does not have."""
    held = KINDS.get(kind_id)
    if held is None or copy not in held.copies:
        raise UnknownCode(f"{kind_id}, {copy}")
    return held


def annex_papers(case: CaseSnapshot, kind_id: str, copy: str = HOSPITAL) -> tuple[PaperSnapshot, ...]:
    """The uploaded papers that go into a document as pages, in the order in which they are numbered."""
    if not kind(kind_id, copy).with_annexes:
        return ()
    return tuple(paper for wanted in ANNEXED for paper in case.papers if paper.kind == wanted)


def content_sha256(case: CaseSnapshot, kind_id: str, copy: str = HOSPITAL, template_version: str = "") -> str:
    """SHA-256 of what a document says: content, annex hashes, template version, copy; never number or time of issue.

    `template_version` is that of a document issued elsewhere; ours where none is said.
    """
    held = kind(kind_id, copy)
    content = CONTENTS[kind_id](case, copy, annex_papers(case, kind_id, copy))
    return sha256(
        {
            "kind": kind_id,
            "copy": copy,
            "template_version": template_version or held.template_version,
            "content": content,
        }
    )
