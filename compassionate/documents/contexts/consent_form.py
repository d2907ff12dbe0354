"""The paper on which the hospital informs a patient and takes written consent, one form a kind.

Ley 41/2002 art. 4, 8-10 and RD 1015/2009 art. 8.2, 11.1.b. Only what is known is filled in; what has to be said
about the medicine is for the hospital to write. It never goes to the agency.
"""

from __future__ import annotations

from typing import Any

from compassionate.documents.blocks import rows
from compassionate.documents.contexts.source import Source, patient_name

INFORMATION: tuple[tuple[str, int], ...] = (
    ("nature", 3), ("importance", 2), ("implications", 3), ("consequences", 3), ("personal_risks", 3),
    ("likely_risks", 4),
    ("contraindications", 2), ("alternatives", 3),
)  # fmt: skip
"""What has to be said (art. 10.1; art. 11.1.b), and how many ruled lines it gets."""

SIGNERS = ("patient", "minor_16", "representative", "family", "both_parents")
DECLARATIONS = ("understood", "asked", "not_authorised", "free", "copy")
DEFAULT_KINDS = ("use",)


def kinds(held: Source) -> tuple[str, ...]:
    """The written consents that this programme asks for: one for each procedure (Ley 41/2002 art. 8.3)."""
    return held.case.product.consent_kinds or DEFAULT_KINDS


def _identity(held: Source) -> Any:
    case, words = held.case, held.words
    return rows(
        ("patient_name", patient_name(case)), ("nhc", case.patient.nhc),
        ("birth_on", words.day(case.patient.birth_on)),
        ("centre", case.centre.name), ("physician", case.physician.name if case.physician else ""),
        ("physician_service", case.physician.service if case.physician else ""), ("product", case.product.name),
        ("active_substance", case.product.active_substance), ("sponsor", case.product.sponsor),
        ("sheet_version", case.product.consent_sheet_version),
    )["rows"]  # fmt: skip


def context(held: Source) -> dict[str, Any]:
    """One form a kind of consent: information, consent, refusal, revocation."""
    information = [{"code": code, "lines": lines} for code, lines in INFORMATION]
    forms = [{"kind": kind, "id": f"consentimiento-{kind}"} for kind in kinds(held)]
    patient = held.case.patient
    about = {"patient": patient_name(held.case), "nhc": patient.nhc, "sheet": held.case.product.consent_sheet_version}
    return {
        "forms": forms, "about": about, "identity": _identity(held), "information": information,
        "signers": list(SIGNERS),
        "declarations": list(DECLARATIONS), "sections": [], "contents": False,
    }  # fmt: skip
