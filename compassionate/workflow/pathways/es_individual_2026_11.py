"""Pathway `es-individual`, version `2026-11`: individual access in compassionate use in Spain.

RD 1015/2009 art. 7-8, 10-12 with Ley 39/2015 and Ley 41/2002. This table is the regulated rule: a row
changes by publishing another version beside it, never by editing one that cases rest on.
"""

from __future__ import annotations

from compassionate.workflow.appeal import APPEAL
from compassionate.workflow.inputs import DOSE, NOTE, PAPER, REASON
from compassionate.workflow.notification import NOTIFICATION
from compassionate.workflow.regions import COMMITTEE, CONSENT, CONTINUATION, SPONSOR_AGREEMENT, SUPPLY
from compassionate.workflow.request_part import OPEN_STATES, REQUEST_STATES, request_part
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, Input, Pathway, Region, State, Transition

PHY, PHA, NUR, REG = Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE, Role.REGULATORY_OFFICER

BEFORE = (
    State("draft", ("opener",)),
    State("screening", ("physician",)),
    State("referred", tone="bad"),
    State("not_eligible", tone="bad"),
)
AFTER = (
    State("in_treatment", ("physician", "pharmacist"), tone="good"),
    State("interrupted", ("physician",), tone="urgent"),
    State("suspended", ("regulatory_officer",), tone="urgent"),
    State("revoked", ("regulatory_officer",), tone="bad"),
    State("not_treated"),
    State("in_follow_up", ("physician",), tone="good"),
    State("lost_to_follow_up", tone="bad"),
    State("deceased", ("physician",), tone="bad"),
    State("closed", final=True),
)
STATES = BEFORE + REQUEST_STATES + AFTER
ALIVE = tuple(state.id for state in STATES if state.id not in ("deceased", "closed"))

SCREENING = (
    Transition("start_screening", ("draft",), "screening", (PHY, PHA), basis="RD 1015/2009 preámbulo",
               guards=("patient_identified", "product_chosen", "hospital_centre")),
    Transition("refer", ("screening",), "referred", (PHY, PHA), basis="RD 1015/2009 art. 1.2, 2.2, 2.3, 9; RD 477/2014",
               inputs=(Input("route", "choice", choices=("research", "atu_exists", "authorised_abroad", "authorised_here", "same_hospital")), REASON)),
    Transition("reject_eligibility", ("screening",), "not_eligible", (PHY,), basis="RD 1015/2009 art. 2.1", inputs=(REASON,)),
    Transition("accept_eligibility", ("screening",), "preparing", (PHY,), basis="RD 1015/2009 art. 2.1, 1.2, 8.1.a",
               guards=("disease_qualifies", "alternatives_documented", "product_under_investigation", "trial_reasons_given", "purpose_is_care")),
    Transition("reopen_screening", ("referred", "not_eligible"), "screening", (PHY, PHA), inputs=(REASON,)),
)  # fmt: skip

SUSPENSION = (
    Input("ordered_by", "choice", choices=("agency", "health_authority", "sponsor")),
    Input("ground", "long_text"),
    Input("on", "date"),
    PAPER,
)
ENDINGS = (
    "completed",
    "no_benefit",
    "reaction",
    "consent_revoked",
    "patient_wish",
    "authorisation_ended",
    "product_authorised",
    "other",
)

TREATMENT = (
    Transition("start_treatment", ("authorised",), "in_treatment", (PHA, PHY, NUR), basis="RD 1015/2009 art. 4, 8.2, 11.1.b, 11.2",
               guards=("treatment_gate",), inputs=DOSE),
    Transition("record_dose", ("in_treatment",), "in_treatment", (PHA, PHY, NUR), basis="RD 1015/2009 art. 4, 8.2, 11.1.b, 11.2",
               guards=("treatment_gate",), inputs=DOSE),
    Transition("interrupt_treatment", ("in_treatment",), "interrupted", (PHY,), inputs=(REASON,)),
    Transition("resume_treatment", ("interrupted",), "in_treatment", (PHY,), basis="RD 1015/2009 art. 8.2, 11.2", guards=("treatment_gate",),
               inputs=(NOTE,)),
    Transition("record_suspension", ("authorised", "in_treatment", "interrupted"), "suspended", (REG, PHA),
               basis="RDLeg 1/2015 art. 109.1.b; RD 1015/2009 art. 12.b", inputs=SUSPENSION),
    Transition("record_suspension_lifted", ("suspended",), "authorised", (REG,), basis="RDLeg 1/2015 art. 109", when="never_treated",
               inputs=(Input("on", "date"), NOTE, PAPER)),
    Transition("record_suspension_lifted", ("suspended",), "interrupted", (REG,), basis="RDLeg 1/2015 art. 109", when="treated",
               inputs=(Input("on", "date"), NOTE, PAPER)),
    Transition("record_revocation", ("authorised", "in_treatment", "interrupted", "suspended"), "revoked", (REG,),
               inputs=(Input("on", "date"), Input("resolution", "text"), Input("basis_stated", "text"), PAPER)),
)  # fmt: skip

ENDING = (
    Transition("end_treatment", ("in_treatment", "interrupted", "suspended", "revoked"), "in_follow_up", (PHY,),
               basis="RD 1015/2009 art. 11.1.d-e", guards=("treated",), inputs=(Input("ending", "choice", choices=ENDINGS), Input("on", "date"), NOTE)),
    Transition("abandon_before_treatment", ("authorised", "suspended", "revoked"), "not_treated", (PHY, PHA), guards=("never_treated",),
               inputs=(REASON, Input("agency_told", "flag"), Input("sponsor_told", "flag"), Input("order_cancelled", "flag"))),
    Transition("record_lost_to_follow_up", ("in_follow_up",), "lost_to_follow_up", (PHY, NUR), guards=("attempts_documented",), inputs=(NOTE,)),
    Transition("record_contact_regained", ("lost_to_follow_up",), "in_follow_up", (PHY, NUR), inputs=(NOTE,)),
    Transition("record_death", ALIVE, "deceased", (PHY, PHA), basis="RD 577/2013 art. 2.5",
               inputs=(Input("on", "date"), Input("cause", "long_text"), PAPER)),
    Transition("close", ("referred", "not_eligible", "denied", "deemed_withdrawn", "withdrawn", "not_treated", "in_follow_up", "lost_to_follow_up",
                         "deceased"), "closed", (REG,), basis="RD 1015/2009 art. 11.1.d-e",
               guards=("no_open_clocks", "appeal_settled", "reactions_settled", "supply_accounted", "follow_up_complete", "follow_up_forms_sent"),
               inputs=(NOTE,), opens=("K-RET",), documents=("closing_report",)),
)  # fmt: skip

CASE_REGION = Region(
    CASE, "draft", STATES, SCREENING + request_part(("draft", "screening", *OPEN_STATES)) + TREATMENT + ENDING
)

PATHWAY = Pathway(
    "es-individual",
    "2026-11",
    (CASE_REGION, SPONSOR_AGREEMENT, COMMITTEE, CONSENT, SUPPLY, CONTINUATION, APPEAL, NOTIFICATION),
)
