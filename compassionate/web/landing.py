"""Where a step leads the person who took it: the tab on which what they did is seen."""

from __future__ import annotations

from compassionate.models import Case
from compassionate.paths import continuation_url, cure_url
from compassionate.services.advance import Place

OF_REGIONS = {
    "sponsor_agreement": "sponsor",
    "committee": "committee",
    "consent": "consent",
    "supply": "supply",
    "continuation": "request",
    "appeal": "deadlines",
    "notification": "deadlines",
    "cells": "cells",
}
OF_STEPS = {
    "accept_eligibility": "request",
    "prepare_again": "request",
    "reopen_preparation": "request",
    "record_authorisation": "decision",
    "record_appeal_upheld": "decision",
    "record_denial": "decision",
    "start_treatment": "treatment",
    "record_dose": "treatment",
    "end_treatment": "follow_up",
}


def landing(case: Case, where: Place, step: str) -> str:
    """The page that shows what a step of this place did; the case itself where no tab does."""
    if step == "open_continuation":
        return continuation_url(case.code, where.request_number)
    region = OF_REGIONS.get(where.region.name)
    return cure_url(region or OF_STEPS.get(step, "case"), case.code, where.request_number, case.centre.code)
