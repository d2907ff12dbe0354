"""Under which names the annexes lie inside a dossier: place, kind and case, nothing of a person.

They are named as they are when they are sent to the agency one by one.
"""

from __future__ import annotations

from compassionate.documents.pictures import JPEG, PDF, PNG
from compassionate.snapshot import CaseSnapshot, PaperSnapshot

NAMES = {
    "evidence": "documentacion_apoyo",
    "sponsor_agreement": "conformidad_promotor",
    "sponsor_willingness": "disposicion_promotor",
    "endorsement_delegation": "delegacion_firma",
    "other": "otro_documento",
}
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg"}


def annex_name(case: CaseSnapshot, number: int, paper: PaperSnapshot) -> str:
    """The name of the copy of an annex: `01_documentacion_apoyo_HGA-2026-00001X.pdf`."""
    asked = case.request.number
    code = f"{case.code}-c{asked}" if asked else case.code
    return f"{number:02d}_{NAMES.get(paper.kind, NAMES['other'])}_{code}.{ENDINGS.get(paper.media_type, 'bin')}"
