"""Every page of the application: one blueprint a noun, registered here."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

# One module a noun; each has a `blueprint`.
NOUNS = (
    "home",
    "account",
    "notices",
    "covers",
    "calendar_feed",
    "log_in",
    "second_factor",
    "passkeys",
    "hospital_log_in",
    "hospital_link",
    "signing",
    "health",
    "cases",
    "views",
    "delays",
    "committee",
    "outcomes",
    "publications",
    "issued_reports",
    "history",
    "emergency",
    "pending",
    "team",
    "physician_changes",
    "transfers",
    "deadlines",
    "conversation",
    "decisions",
    "verification",
    "opening",
    "steps",
    "questionnaires",
    "requests",
    "rectifications",
    "urgent_filings",
    "transcriptions",
    "preparation",
    "papers",
    "documents",
    "document_versions",
    "print_jobs",
    "signed_copies",
    "consents",
    "cells",
    "cell_board",
    "cell_labels",
    "scans",
    "supply",
    "deliveries",
    "recalls",
    "treatment",
    "visits",
    "scales",
    "visit_changes",
    "patient_links",
    "patient_pages",
    "case_outcomes",
    "continuations",
    "continuing",
    "admin",
    "admin_accounts",
    "admin_access",
    "admin_delegations",
    "open_work",
    "admin_products",
    "admin_sponsors",
    "admin_calendars",
    "admin_typing",
    "admin_programmes",
    "admin_seal",
    "retention",
    "retention_case",
    "access_reports",
    "audit",
    "accessibility",
)


def init_app(app: Flask) -> None:
    """Register every blueprint."""
    for noun in NOUNS:
        try:
            module = import_module(f"compassionate.web.{noun}")
        except ModuleNotFoundError as error:
            if error.name != f"compassionate.web.{noun}":
                raise
            continue
        app.register_blueprint(module.blueprint)
