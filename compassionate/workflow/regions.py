"""What runs beside the case: sponsor, committee, consent, supply, continuation.

RD 1015/2009 art. 7.1, 8.1.b, 8.2, 11.2, 12; Ley 41/2002 art. 2.4, 4, 8-10; centre's own rules for the committee.
"""

from __future__ import annotations

from compassionate.workflow.inputs import NOTE, PAPER, REASON
from compassionate.workflow.request_part import REQUEST_STATES, request_part
from compassionate.workflow.roles import Role
from compassionate.workflow.table import NONE, SAME, Input, Region, State, Transition

PHY, PHA, NUR, REG = Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE, Role.REGULATORY_OFFICER
ON = Input("on", "date")

SPONSOR_AGREEMENT = Region(
    "sponsor_agreement",
    "not_asked",
    (
        State("not_needed"), State("not_asked", ("pharmacist",)), State("asked", ("sponsor",), tone="waiting"),
        State("given", tone="good"), State("refused", ("pharmacist",), tone="bad"),
    ),
    (
        Transition("ask_sponsor", ("not_asked", "refused"), "asked", (PHA,), basis="RD 1015/2009 art. 7.1, 12.c",
                   inputs=(ON, Input("contact", "text", required=False), NOTE, PAPER)),
        Transition("record_sponsor_agreement", ("asked", "not_asked"), "given", (PHA,), basis="RD 1015/2009 art. 8.1.b, 12.c",
                   inputs=(ON, Input("signed_by", "text"), Input("reference", "text", required=False), Input("paper", "paper"))),
        Transition("record_sponsor_refusal", ("asked", "given"), "refused", (PHA,), basis="RD 1015/2009 art. 12.c",
                   inputs=(ON, REASON, PAPER)),
    ),
)  # fmt: skip

COMMITTEE = Region(
    "committee",
    "not_asked",
    (
        State("not_needed"), State("not_asked", ("pharmacist",)), State("asked", ("committee",), tone="waiting"),
        State("favourable", tone="good"), State("unfavourable", ("physician",), tone="bad"),
    ),
    (
        Transition("ask_committee", ("not_asked", "unfavourable"), "asked", (PHA, PHY), basis="Norma interna del centro", inputs=(ON, NOTE)),
        Transition("record_committee_favourable", ("asked",), "favourable", (PHA, REG), basis="Norma interna del centro", inputs=(ON, NOTE)),
        Transition("record_committee_unfavourable", ("asked",), "unfavourable", (PHA, REG), basis="Norma interna del centro", inputs=(ON, REASON)),
    ),
)  # fmt: skip

SIGNERS = ("patient", "representative", "family", "minor_16", "both_parents")
CONSENT = Region(
    "consent",
    "not_started",
    (
        State("not_started", ("physician",)), State("informed", ("physician",), tone="waiting"), State("signed", tone="good"),
        State("refused", tone="bad"), State("revoked", tone="bad"), State("superseded", ("physician",), tone="urgent"),
    ),
    (
        Transition("inform_patient", ("not_started", "refused", "revoked", "superseded"), "informed", (PHY,),
                   basis="RD 1015/2009 art. 11.1.b; Ley 41/2002 art. 4, 10",
                   inputs=(ON, Input("sheet_version", "text"), Input("language", "text", required=False),
                           Input("interpreter", "text", required=False), NOTE)),
        Transition("record_consent", ("informed",), "signed", (PHY,), basis="RD 1015/2009 art. 8.2, 11.1.b, 11.2; Ley 41/2002 art. 8.2-8.3, 9",
                   inputs=(ON, Input("signed_by", "choice", choices=SIGNERS), Input("representative", "text", required=False),
                           Input("hearing_of_minor", "text", required=False), Input("copy_given", "flag"), PAPER), signed=True),
        Transition("record_consent_refusal", ("not_started", "informed", "superseded"), "refused", (PHY, PHA, NUR), basis="Ley 41/2002 art. 2.4",
                   inputs=(ON, Input("form", "choice", choices=("written", "oral")), NOTE, PAPER)),
        Transition("record_consent_revocation", ("signed", "informed", "superseded"), "revoked", (PHY, PHA, NUR), basis="Ley 41/2002 art. 8.5",
                   inputs=(ON, Input("form", "choice", choices=("written", "oral")), NOTE, PAPER)),
        Transition("supersede_consent", ("signed", "informed"), "superseded", (PHY, PHA), basis="Ley 41/2002 art. 4, 10",
                   inputs=(ON, Input("sheet_version", "text"), REASON)),
    ),
    "per_kind",
)  # fmt: skip

BATCH = (Input("batch", "text"), Input("expires_on", "date"), Input("packs", "integer"))
TAKEN = (Input("batch", "batch"), Input("units", "integer"), ON)
# Deliveries overlap: a batch may lie in the pharmacy while the next one is only ordered.
HELD = ("ordered", "promised", "in_quarantine", "released", "rejected")
SUPPLY = Region(
    "supply",
    NONE,
    (
        State("ordered", ("sponsor",), tone="waiting"), State("promised", ("sponsor",), tone="waiting"),
        State("in_quarantine", ("pharmacist",), tone="waiting"), State("released", tone="good"),
        State("rejected", ("pharmacist",), tone="bad"), State("exhausted"),
    ),
    (
        Transition("order_supply", (NONE, "released", "rejected", "exhausted"), "ordered", (PHA,), basis="RD 1015/2009 art. 12.d",
                   guards=("authorisation_held",), inputs=(ON, Input("packs", "integer"), Input("reference", "text", required=False))),
        Transition("promise_supply", ("ordered",), "promised", (PHA,), basis="RD 1015/2009 art. 12.d",
                   inputs=(ON, Input("packs", "integer"), Input("expected_on", "date", required=False), NOTE)),
        Transition("receive_supply", ("ordered", "promised", "in_quarantine", "released", "rejected"), "in_quarantine", (PHA,),
                   basis="RD 1015/2009 art. 11.2", inputs=(ON, *BATCH, Input("delivery_note", "text", required=False), PAPER)),
        Transition("release_supply", HELD, "released", (PHA,), basis="RD 1015/2009 art. 11.2",
                   guards=("batch_to_release",), inputs=(Input("batch", "batch"), ON, NOTE, PAPER)),
        Transition("reject_supply", HELD, "rejected", (PHA,), basis="RD 1015/2009 art. 11.2",
                   guards=("batch_to_reject",), inputs=(Input("batch", "batch"), ON, REASON)),
        Transition("return_supply", HELD, SAME, (PHA,), basis="RD 1015/2009 art. 12.d",
                   guards=("batch_to_take",), inputs=(*TAKEN, Input("reference", "text", required=False), PAPER)),
        Transition("destroy_supply", HELD, SAME, (PHA,), basis="RD 1015/2009 art. 12.d",
                   guards=("batch_to_take",), inputs=(*TAKEN, Input("certificate", "text"), PAPER)),
        Transition("close_supply", HELD, "exhausted", (PHA,), basis="RD 1015/2009 art. 12.d",
                   guards=("line_accounted",), inputs=(NOTE,)),
    ),
    "per_line",
)  # fmt: skip

CONTINUATION = Region(
    "continuation",
    NONE,
    REQUEST_STATES,
    (
        Transition("open_continuation", (NONE,), "preparing", (PHY, PHA), basis="RD 1015/2009 art. 8", guards=("treatment_running",),
                   inputs=(Input("request_kind", "choice", choices=("continuation", "more_packs", "dose_change")), NOTE)),
        *request_part(),
    ),
    "numbered",
)  # fmt: skip
