"""Who is told of which step, as data: the first row that names a step says of what kind it is and whom it concerns.

`to` names roles; the case's own physician and pharmacist come before everybody else of their role. Whose turn it became
is told beside: it follows from the state and needs no row. Nobody is told of what they did themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from compassionate.workflow.roles import Role

PHY, PHA, NUR, REG, DIR = Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE, Role.REGULATORY_OFFICER, Role.DIRECTOR
TURN, DECISION, AGENCY, SAFETY, VISIT, PROGRESS, NEAR, PAST = (
    "turn", "decision", "agency", "safety", "visit", "progress", "near", "past",
)  # fmt: skip
NOW, DAILY, NONE = "now", "daily", "none"
INSTEAD_OF = "instead_of"  # the parameter that names a colleague for whom somebody stands in
HOW = (NOW, DAILY, NONE)
# Every kind, with how it goes by mail where a person chose nothing.
KINDS = {TURN: DAILY, DECISION: NOW, AGENCY: NOW, SAFETY: NOW, VISIT: DAILY, PROGRESS: NONE, NEAR: DAILY, PAST: NOW}


@dataclass(frozen=True, slots=True)
class Rule:
    """Steps of one kind, and the roles that they concern."""

    kind: str
    steps: frozenset[str]
    to: tuple[Role, ...]


def _rule(kind: str, steps: str, *to: Role) -> Rule:
    return Rule(kind, frozenset(steps.split()), to)


RULES = (
    _rule(DECISION, "record_authorisation record_denial record_appeal_upheld record_deemed_withdrawn", PHY, PHA, REG),
    _rule(DECISION, "record_appeal_granted record_appeal_partly_upheld record_appeal_dismissed", PHY, PHA, REG),
    _rule(DECISION, "record_appeal_silence record_judgment", PHY, PHA, REG),
    _rule(DECISION, "endorse return_for_changes", PHY, PHA),
    _rule(AGENCY, "record_correction_request record_refusal_notice", PHY, PHA, REG),
    _rule(SAFETY, "record_suspension record_suspension_lifted record_revocation", PHY, PHA, NUR, REG),
    _rule(SAFETY, "record_consent_revocation supersede_consent", PHY, PHA, NUR),
    _rule(SAFETY, "record_death", PHY, PHA, REG, Role.PHARMACOVIGILANCE_OFFICER),
    _rule(SAFETY, "reject_supply", PHY, PHA),
    _rule(SAFETY, "recall_batch lift_recall", PHY, PHA, NUR),
    _rule(PROGRESS, "withdraw_request", PHY, PHA, REG, DIR),
    _rule(PROGRESS, "submit answer_correction file_representations", PHY, PHA),
    _rule(PROGRESS, "release_supply open_continuation edit_team hand_over_case", PHY, PHA),
    _rule(PROGRESS, "record_sponsor_agreement record_sponsor_refusal", PHY, PHA),
    _rule(PROGRESS, "record_committee_favourable record_committee_unfavourable", PHY, PHA),
)


def rule_of(step: str) -> Rule | None:
    """The first row that names a step."""
    return next((rule for rule in RULES if step in rule.steps), None)
