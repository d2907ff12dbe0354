"""Facts and askers for the tests of rules: a case in which every condition of the law holds, and what breaks each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from compassionate.workflow.cell_facts import CellFacts, Sample
from compassionate.workflow.cells import SEROLOGY
from compassionate.workflow.engine import latest
from compassionate.workflow.facts import (
    Asker,
    AuthorisationFacts,
    BatchFacts,
    ConsentFacts,
    Facts,
    LineFacts,
    RequestFacts,
)
from compassionate.workflow.roles import Role

PATHWAY = latest("es-individual")
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EARLIER, LATER = date(2026, 11, 2), date(2027, 3, 1)

ELIGIBILITY = {
    "disease_class": "chronic",
    "alternatives": [{"alternative": "Otro medicamento", "reason": "Intolerancia"}],
    "satisfactory_alternative_exists": False,
    "trial_status": "trial_ongoing",
    "trial_exclusion_reasons": "La cohorte está completa",
    "purpose_is_care": True,
}
CELLS = CellFacts(
    state="identity_verified",
    attempt=1,
    now=NOW,
    serology=dict.fromkeys(SEROLOGY, "negative"),
    sample=Sample(EARLIER, EARLIER),
    batch="L1",
    line=1,
    expires_at=NOW + timedelta(hours=4),
    verified_at=NOW - timedelta(hours=1),
    first_checker="one of the ward",
    accepted_by="the responsible person",
    testers=frozenset({"somebody of the unit"}),
    dose_recorded=True,
)
EVERYTHING_HOLDS = Facts(
    today=TODAY,
    patient_identified=True,
    product_chosen=True,
    eligibility=ELIGIBILITY,
    sponsor_willing=True,
    sponsor_agreement="given",
    committee="favourable",
    request=RequestFacts(0, True, True, True, True, True, True),
    contributors=frozenset({"somebody else"}),
    case_state="in_treatment",
    authorisation=AuthorisationFacts(EARLIER, written=True, valid_until=LATER),
    consents_required=("use",),
    consents=(ConsentFacts("use", "signed", EARLIER, EARLIER),),
    lines=(LineFacts(1, packs_granted=2, units_per_pack=10, units_used=5),),
    batches=(BatchFacts(1, "L1", LATER, "released", 15),),
    contact_attempts=3,
    contact_channels=2,
    request_filed=True,
)
WITH_CELLS = replace(
    EVERYTHING_HOLDS,
    consents=(*EVERYTHING_HOLDS.consents, ConsentFacts("donation", "signed", EARLIER, EARLIER)),
    cells=CELLS,
)
DOSE: dict[str, Any] = {
    "act": "administration",
    "line": 1,
    "batch": "L1",
    "units": 2,
    "given_on": TODAY,
    "given_at": NOW,
    "from_dispensed": False,
    "identity_checked": True,
}
BATCHES: dict[str, tuple[BatchFacts, ...]] = {
    "close_supply": (),
    "release_supply": (BatchFacts(1, "L1", LATER, "in_quarantine", 15),),
}


def holding(**changed: Any) -> Facts:
    """A case in which everything holds but what is named."""
    return replace(EVERYTHING_HOLDS, **changed)


def facts_for(step: str, state: str = "in_treatment") -> Facts:
    """Facts under which nothing of the law stands against a step of the table."""
    doses = 1 if step in ("end_treatment", "record_dose") else 0
    state = state if state in ("authorised", "interrupted") else "in_treatment"
    batches = BATCHES.get(step, EVERYTHING_HOLDS.batches)
    named = "alzada" if step == "file_higher_appeal" else "reposicion"
    cells = cells_for(step)
    return replace(WITH_CELLS, doses_given=doses, case_state=state, batches=batches, appeal_named=named, cells=cells)


def cells_for(step: str) -> CellFacts:
    """Cells under which nothing stands against a step of the table."""
    if step == "close":
        return replace(CELLS, state="destination_reported")
    if step == "lift_identity_hold":
        return replace(CELLS, hold=("A", "B"))
    return replace(CELLS, temperature="open") if step == "judge_temperature" else CELLS


def asker(*roles: str) -> Asker:
    """Somebody with these roles who took no part in the request."""
    return Asker("a stranger to the request", frozenset(Role(role) for role in roles))
