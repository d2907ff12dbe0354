"""What a step asks for, written once: inputs that several rows of several tables share."""

from __future__ import annotations

from compassionate.workflow.table import Input

CHANNELS = ("mse", "electronic_notice", "email", "paper", "telephone")

REASON = Input("reason", "long_text")
NOTE = Input("note", "long_text", required=False)
PAPER = Input("paper", "paper", required=False)
CHANNEL = Input("channel", "choice", choices=CHANNELS)
NOTIFIED_ON = Input("notified_on", "date")
GROUNDS = Input(
    "grounds",
    "choices",
    choices=(
        "alternatives_not_exhausted",
        "weak_evidence",
        "trial_available",
        "incomplete",
        "product_not_eligible",
        "risk",
        "other",
    ),
)
GROUNDS_TEXT = Input("grounds_text", "long_text", required=False)

SENDER = Input("sender", "text", required=False)

DECISION = (
    CHANNEL,
    SENDER,
    Input("decided_on", "date"),
    Input("seen_on", "date"),
    Input("reference", "text", required=False),
    Input("packs_granted", "packs"),
    Input("conditions", "long_text", required=False),
    Input("valid_until", "date", required=False),
    Input("follow_up_forms", "flag", required=False),
    PAPER,
)

DOSE = (
    Input("act", "choice", choices=("dispensing", "administration")),
    Input("line", "line"),
    Input("batch", "batch"),
    Input("units", "integer"),
    Input("given_on", "date"),
    Input("from_dispensed", "flag", required=False),
    Input("identity_checked", "flag"),
    Input("collected_by", "text", required=False),
    Input("next_on", "date", required=False),
    NOTE,
)
