"""Whose turn it is: static in most states, computed while a request is being prepared."""

from __future__ import annotations

from compassionate.workflow.facts import Facts
from compassionate.workflow.table import Region

PHYSICIAN, PHARMACIST = "physician", "pharmacist"
COMPUTED = frozenset({"preparing"})


def _in_preparation(facts: Facts) -> tuple[str, ...]:
    request = facts.request
    waiting = {
        PHYSICIAN: not request.report_signed or not request.posology_stated,
        PHARMACIST: not (request.packs_calculated and request.import_stated and facts.sponsor_willing)
        or facts.sponsor_agreement in ("not_asked", "refused")
        or facts.committee in ("not_asked", "unfavourable"),
        "sponsor": facts.sponsor_agreement == "asked",
        "committee": facts.committee == "asked",
    }
    return tuple(who for who, owes in waiting.items() if owes) or (PHARMACIST,)


def turn(region: Region, state: str, facts: Facts) -> tuple[str, ...]:
    """Role ids (and `agency`, `sponsor`, `committee`, `opener`) that a case in `state` waits for; empty: nobody."""
    return _in_preparation(facts) if state in COMPUTED else region.state(state).turn
