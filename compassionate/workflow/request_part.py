"""The request part: from the endorsement to the decision, written once.

The case uses these rows for its first request and the region `continuation` for every later one
(more packs, a change of dose, going on). RD 1015/2009 art. 5-8, 10, 11; Ley 39/2015 art. 16-124.
"""

from __future__ import annotations

from compassionate.workflow.inputs import (
    CHANNEL,
    DECISION,
    GROUNDS,
    GROUNDS_TEXT,
    NOTE,
    NOTIFIED_ON,
    PAPER,
    REASON,
    SENDER,
)
from compassionate.workflow.roles import Role
from compassionate.workflow.table import Input, State, Transition

PHY, PHA, DIR, REG = Role.PHYSICIAN, Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER
REQUEST_CLOCKS = ("K-RES", "K-INF", "K-SUB", "K-ALE")
OPEN_STATES = (
    "preparing",
    "awaiting_endorsement",
    "ready_to_submit",
    "submitted",
    "correction_requested",
    "refusal_notified",
)

REQUEST_STATES = (
    State("preparing", ("physician", "pharmacist")),
    State("awaiting_endorsement", ("director",), tone="waiting"),
    State("ready_to_submit", ("pharmacist",), tone="waiting"),
    State("submitted", ("agency",), tone="waiting"),
    State("correction_requested", ("pharmacist", "physician"), tone="urgent"),
    State("refusal_notified", ("regulatory_officer", "physician"), tone="urgent"),
    State("authorised", ("pharmacist", "physician"), tone="good"),
    State("denied", ("regulatory_officer",), tone="bad"),
    State("deemed_withdrawn", (), tone="bad"),
    State("withdrawn", (), tone="bad"),
)

PREPARATION = (
    Transition(
        "request_endorsement", ("preparing",), "awaiting_endorsement", (PHA,),
        basis="RD 1015/2009 art. 5, 7.1, 8.1, 11.1.a",
        guards=("clinical_report_signed", "posology_and_duration_stated", "packs_calculated", "sponsor_willing",
                "sponsor_agreement_given", "committee_favourable", "import_stated"),
    ),
    Transition(
        "endorse", ("awaiting_endorsement",), "ready_to_submit", (DIR,),
        basis="RD 1015/2009 art. 8.1, 11.2", guards=("not_own_request",), inputs=(NOTE,), documents=("dossier",), signed=True,
    ),
    Transition("return_for_changes", ("awaiting_endorsement",), "preparing", (DIR,), basis="RD 1015/2009 art. 8.1", inputs=(REASON,)),
    Transition("reopen_preparation", ("ready_to_submit",), "preparing", (PHA, REG), basis="RD 1015/2009 art. 8.1", inputs=(REASON,)),
    Transition(
        "submit", ("ready_to_submit",), "submitted", (PHA, REG),
        basis="RD 1015/2009 art. 6, 8.1; Ley 39/2015 art. 16, 21", guards=("endorsement_current", "dossier_current"),
        inputs=(Input("submitted_at", "datetime"), Input("reference", "text"), Input("registry_number", "text", required=False),
                Input("typed_by", "text", required=False), Input("checked_by", "text", required=False),
                Input("differing_fields", "long_text", required=False)),
        opens=("K-RES", "K-INF"),
    ),
)  # fmt: skip

AGENCY = (
    Transition(
        "record_correction_request", ("submitted",), "correction_requested", (PHA, REG),
        basis="RD 1015/2009 art. 8.3; Ley 39/2015 art. 22.1.a, 68",
        inputs=(NOTIFIED_ON, Input("text", "long_text"), CHANNEL, PAPER), opens=("K-SUB",), suspends=("K-RES",),
    ),
    Transition(
        "answer_correction", ("correction_requested",), "submitted", (PHA, REG), basis="Ley 39/2015 art. 73.3",
        inputs=(Input("answered_at", "datetime"), Input("text", "long_text"), PAPER), closes=("K-SUB",), resumes=("K-RES",),
    ),
    Transition(
        "record_deemed_withdrawn", ("correction_requested",), "deemed_withdrawn", (REG, PHA),
        basis="Ley 39/2015 art. 68.1, 21.1",
        inputs=(NOTIFIED_ON, Input("resolution", "text"), PAPER), closes=("K-SUB", "K-RES", "K-INF"),
    ),
    Transition(
        "record_refusal_notice", ("submitted",), "refusal_notified", (PHA, REG), basis="RD 1015/2009 art. 8.4",
        inputs=(NOTIFIED_ON, GROUNDS, GROUNDS_TEXT, CHANNEL, PAPER), opens=("K-ALE",),
    ),
    Transition(
        "file_representations", ("refusal_notified",), "submitted", (REG, PHY), basis="RD 1015/2009 art. 8.4",
        inputs=(Input("filed_at", "datetime"), Input("text", "long_text"), PAPER), closes=("K-ALE",),
    ),
    Transition(
        "record_authorisation", ("submitted", "correction_requested", "refusal_notified"), "authorised", (PHA, REG),
        basis="RD 1015/2009 art. 10.a", inputs=DECISION, closes=REQUEST_CLOCKS,
    ),
    Transition(
        "record_denial", ("submitted", "refusal_notified"), "denied", (PHA, REG), basis="RD 1015/2009 art. 8.4, 10.a",
        inputs=(Input("decided_on", "date"), NOTIFIED_ON, CHANNEL, SENDER, Input("reference", "text", required=False), GROUNDS, GROUNDS_TEXT,
                Input("appeal_named", "choice", choices=("reposicion", "alzada", "none")), PAPER),
        closes=REQUEST_CLOCKS, opens=("K-REP", "K-CON"),
    ),
    Transition(
        "record_appeal_upheld", ("denied",), "authorised", (REG,), basis="Ley 39/2015 art. 119",
        inputs=DECISION, closes=("K-REP", "K-CON"),
    ),
)  # fmt: skip


def withdrawal_part(open_states: tuple[str, ...]) -> tuple[Transition, ...]:
    """Withdrawing from any open state and preparing again, as rows for a case or a continuation.

    After submission the letter and its date are asked for (Ley 39/2015 art. 94).
    """
    letter = (Input("letter_on", "date"), PAPER)
    filed = tuple(state for state in open_states if state in ("submitted", "correction_requested", "refusal_notified"))
    unfiled = tuple(state for state in open_states if state not in filed)
    roles, basis = (PHA, REG, DIR), "Ley 39/2015 art. 94"
    return (
        Transition("withdraw_request", unfiled, "withdrawn", roles, basis=basis, inputs=(REASON,)),
        Transition("withdraw_request", filed, "withdrawn", roles, basis=basis, inputs=(REASON, *letter), closes=REQUEST_CLOCKS),
        Transition(
            "prepare_again", ("denied", "deemed_withdrawn", "withdrawn"), "preparing", (PHY, PHA),
            basis="RD 1015/2009 art. 8.1", inputs=(NOTE,),
        ),
    )  # fmt: skip


def request_part(open_states: tuple[str, ...] = OPEN_STATES) -> tuple[Transition, ...]:
    """Every row from `request_endorsement` to `prepare_again`, for a region with these open states."""
    return PREPARATION + AGENCY + withdrawal_part(open_states)
