"""Which steps lead on, which stand aside and which ask for a second thought: how pages order what a table allows.

Names that no table knows yet simply lead on: a new pathway is drawn without a change here.
"""

from __future__ import annotations

# Folded away under "Otros pasos": they end a way, or undo what others did.
EXCEPTIONAL = frozenset(
    {
        "refer",
        "reject_eligibility",
        "withdraw_request",
        "record_death",
        "abandon_before_treatment",
        "record_suspension",
        "record_revocation",
        "record_deemed_withdrawn",
        "record_lost_to_follow_up",
        "record_sponsor_refusal",
        "record_committee_unfavourable",
        "record_consent_refusal",
        "record_consent_revocation",
        "reject_supply",
        "forgo_appeal",
        "waive_appeal",
        "accept_resolution",
    }
)
# Ordinary, never the first thing to do: answers that may come, pauses, corrections.
ASIDE = frozenset(
    {
        "return_for_changes",
        "reopen_preparation",
        "record_correction_request",
        "record_refusal_notice",
        "record_denial",
        "record_appeal_upheld",
        "file_appeal",
        "file_higher_appeal",
        "file_court",
        "record_appeal_granted",
        "record_appeal_partly_upheld",
        "record_appeal_dismissed",
        "record_appeal_silence",
        "record_judgment",
        "record_notification",
        "record_notification_rejected",
        "interrupt_treatment",
        "supersede_consent",
        "promise_supply",
        "return_supply",
        "destroy_supply",
        "close_supply",
        "open_continuation",
    }
)
# On the main way, but never proposed while something else may come first.
LAST = frozenset({"end_treatment"})


def leads_on(step: str) -> bool:
    """Whether a step belongs to the way that a case usually takes."""
    return step not in EXCEPTIONAL | ASIDE
