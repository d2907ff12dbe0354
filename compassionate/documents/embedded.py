"""The files inside a dossier: copies of its annexes in both copies; the case itself in the hospital's alone.

The agency's copy carries neither the case nor any consent status (RD 1015/2009 art. 8.2).
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from compassionate import words
from compassionate.documents.annex_copies import annex_name
from compassionate.documents.attachments import Attachment
from compassionate.documents.catalogue import HOSPITAL, content_sha256, kind
from compassionate.documents.contexts.source import Annex, Issue
from compassionate.exports import case_json, fhir
from compassionate.exports.case_json import AnnexCopy, IssueOf
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot


def carried(
    case: CaseSnapshot, kind_id: str, copy: str, annexes: tuple[Annex, ...], issue: Issue, forms: Catalogue
) -> tuple[Attachment, ...]:
    """What one copy of one document carries inside; raises KeyError for a form that is not published."""
    if not kind(kind_id, copy).with_annexes:
        return ()
    copies = tuple(_copy(case, number, annex, issue) for number, annex in enumerate(annexes, 1) if annex.copy)
    return copies if copy != HOSPITAL else (*copies, *_case(case, kind_id, copy, annexes, issue, forms))


def _copy(case: CaseSnapshot, number: int, annex: Annex, issue: Issue) -> Attachment:
    said = words.say("carried.annex", case.language, number=number, title=annex.paper.title)
    return Attachment(
        annex_name(case, number, annex.paper), said, "Supplement", annex.paper.media_type, annex.copy, issue.at
    )


def _case(
    case: CaseSnapshot, kind_id: str, copy: str, annexes: tuple[Annex, ...], issue: Issue, forms: Catalogue
) -> tuple[Attachment, Attachment]:
    version = kind(kind_id, copy).template_version
    told = IssueOf(kind_id, copy, case.request.number, issue.version, version, issue.at, issue.verification)
    listed = tuple(
        AnnexCopy(
            annex.paper.id, annex_name(case, number, annex.paper), sha256(annex.copy).hexdigest(), len(annex.copy)
        )
        for number, annex in enumerate(annexes, 1)
        if annex.copy
    )
    case = replace(case, labels=())  # a sheet of labels says nothing that the case does not
    held = case_json.embedded(case, content_sha256(case, kind_id, copy), told, listed)
    written = (
        (case_json.NAME, "carried.case", case_json.MEDIA_TYPE, case_json.write(held)),
        (fhir.NAME, "carried.fhir", fhir.MEDIA_TYPE, fhir.write(case, forms, issue.at)),
    )
    first, second = (
        Attachment(name, words.say(said, case.language), "Source", media_type, data, issue.at)
        for name, said, media_type, data in written
    )
    return first, second
