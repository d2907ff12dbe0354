"""Whether a document is what it declares: PDF/A-3a and PDF/UA-1, and whole in its structure."""

from __future__ import annotations

from typing import Any

import page

from tests.documents.structure import faults_of_structure

PROFILES = (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1)


def faults(pdf: bytes) -> list[tuple[str, str]]:
    """What both validators find, as (rule, message)."""
    reports = [page.validate_pdf_bytes(pdf, profile=profile) for profile in PROFILES]
    assert all(report.is_compliant == (not report.failures) for report in reports)
    return sorted({(fault.rule_id, fault.message) for report in reports for fault in report.failures})


def all_faults(pdf: bytes) -> list[Any]:
    """The same, and what validators do not look at."""
    return faults(pdf) + faults_of_structure(pdf)
