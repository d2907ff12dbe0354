"""The patient's own cells: from the donor's evaluation to the report of what became of them, one batch an attempt.

RDL 9/2014 art. 7, 28.3, 33 and annexes II-V; Regulation (EC) 1394/2007 art. 3, 15; RD 1015/2009 art. 11.2. Two people
judge them: the `responsable técnico` of the tissue establishment accepts what arrives, the `director técnico` of the
maker releases what leaves. A hold of identity stops every row that moves; one of those two lifts it with a reason.
"""

from __future__ import annotations

from compassionate.workflow.inputs import NOTE, PAPER, REASON
from compassionate.workflow.roles import Role
from compassionate.workflow.table import SAME, Input, Region, State, Transition

REGION = "cells"
PHY, PHA, NUR = Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE
UNIT, RESPONSIBLE, QUALIFIED = Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON

SEROLOGY = ("hiv", "hbsag", "anti_hbc", "anti_hcv", "syphilis")
RESULTS = ("negative", "positive", "pending")
WHY_NOT = ("expired", "patient", "identity", "temperature", "late_result", "damaged", "no_permit", "other")
BECAME = ("implanted", "not_applied", "destroyed")

STATES = (
    State("not_needed"),
    State("not_started", ("physician",)),
    State("donor_evaluation", ("physician",), tone="waiting"),
    State("donation_consented", ("physician", "cell_unit"), tone="waiting"),
    State("procurement_scheduled", ("physician",), tone="waiting"),
    State("procured", ("physician", "nurse"), tone="waiting"),
    State("in_transit", ("cell_unit",), tone="waiting"),
    State("in_quarantine", ("responsible_person",), tone="waiting"),
    State("accepted", ("cell_unit",), tone="good"),
    State("not_accepted", ("cell_unit", "physician"), tone="bad"),
    State("in_culture", ("cell_unit",), tone="waiting"),
    State("tests_pending", ("cell_unit", "qualified_person"), tone="waiting"),
    State("released", ("cell_unit",), tone="good"),
    State("batch_failed", ("physician", "cell_unit"), tone="bad"),
    State("dispatched", ("pharmacist",), tone="waiting"),
    State("received", ("nurse", "physician"), tone="waiting"),
    State("identity_verified", ("physician",), tone="good"),
    State("applied", ("pharmacist",), tone="good"),
    State("not_applied", ("pharmacist",), tone="bad"),
    State("destroyed", ("pharmacist",), tone="bad"),
    State("destination_reported", tone="good"),
)
HELD = tuple(
    state.id
    for state in STATES
    if state.id not in ("not_needed", "not_started", "donor_evaluation", "donation_consented")
)
AFTER_TAKING = HELD[1:]
MADE = HELD[HELD.index("in_culture") :]

ON = Input("on", "date")
PATIENT, CONTAINER = Input("patient_code", "text"), Input("container_code", "text")
SEAL = Input("seal", "text", required=False)
TEMPERATURE = (Input("temperature_low", "decimal"), Input("temperature_high", "decimal"))
ARRIVAL = (Input("arrived_at", "datetime"), CONTAINER, Input("seal_intact", "flag"), *TEMPERATURE, NOTE)
LEAVING = (Input("left_at", "datetime"), CONTAINER, Input("carrier", "text"), SEAL, NOTE)
NO_HOLD = "no_identity_hold"

DONATION = (
    Transition("start_donor_evaluation", ("not_started",), "donor_evaluation", (PHY,), basis="RDL 9/2014 anexo II 2.1",
               inputs=(ON, Input("justification", "long_text"))),
    Transition("record_serology", ("donor_evaluation", "donation_consented", *HELD), SAME, (PHY, UNIT), basis="RDL 9/2014 anexo III 1.1, 2.5",
               inputs=(Input("drawn_on", "date"), *(Input(test, "choice", choices=RESULTS) for test in SEROLOGY), Input("nat", "flag", required=False),
                       Input("repeated_on", "date", required=False), Input("sample_exception", "long_text", required=False), PAPER)),
    Transition("confirm_donation", ("donor_evaluation",), "donation_consented", (PHY,), basis="RDL 9/2014 art. 7; anexo II 2.1",
               guards=("donation_consent_held",), inputs=(ON, NOTE)),
    Transition("schedule_procurement", ("donation_consented", "not_accepted", "batch_failed", "destroyed", "destination_reported"),
               "procurement_scheduled", (PHY, UNIT), basis="RDL 9/2014 art. 7, anexo V 1.4; RD 1015/2009 art. 10.a",
               guards=("donation_consent_held", "procurement_permitted", "destination_told", NO_HOLD),
               inputs=(Input("planned_on", "date"), Input("site", "text"), Input("establishment", "text"),
                       Input("early_reason", "long_text", required=False), Input("payer_if_denied", "text", required=False))),
    Transition("postpone_procurement", ("procurement_scheduled",), "donation_consented", (PHY, UNIT), guards=(NO_HOLD,), inputs=(REASON,)),
    Transition("record_procurement", ("procurement_scheduled",), "procured", (PHY,), basis="RDL 9/2014 anexo V 1.4.2, 2.2",
               guards=("donation_consent_held", NO_HOLD),
               inputs=(Input("began_at", "datetime"), Input("ended_at", "datetime"), PATIENT, CONTAINER, Input("identified_by", "text"),
                       Input("volume_ml", "decimal"), Input("procedure", "text"), Input("lots", "long_text", required=False),
                       Input("allergies", "long_text", required=False), Input("incidents", "long_text", required=False), PAPER)),
)  # fmt: skip

ESTABLISHMENT = (
    Transition("hand_over_cells", ("procured",), "in_transit", (PHY, NUR, UNIT), basis="RDL 9/2014 anexo V 1.7", guards=(NO_HOLD,), inputs=LEAVING),
    Transition("receive_cells", ("procured", "in_transit"), "in_quarantine", (UNIT, RESPONSIBLE), basis="RDL 9/2014 anexo V 2.1",
               guards=(NO_HOLD,), inputs=ARRIVAL),
    Transition("accept_cells", ("in_quarantine",), "accepted", (RESPONSIBLE,), basis="RDL 9/2014 anexos II 2.1, III, V 2.1",
               guards=("serology_complete", "temperature_accepted", NO_HOLD), inputs=(NOTE,)),
    Transition("reject_cells", ("in_quarantine",), "not_accepted", (RESPONSIBLE,), basis="RDL 9/2014 anexo V 2.1", guards=(NO_HOLD,), inputs=(REASON,)),
    Transition("start_culture", ("accepted",), "in_culture", (UNIT,), basis="Reglamento (CE) 1394/2007 art. 3, 15", guards=(NO_HOLD,),
               inputs=(Input("began_at", "datetime"), CONTAINER, Input("batch", "text"), NOTE)),
    Transition("finish_culture", ("in_culture",), "tests_pending", (UNIT,), basis="Reglamento (CE) 1394/2007 art. 15", guards=(NO_HOLD,),
               inputs=(Input("ended_at", "datetime"), NOTE)),
    Transition("record_cell_test", MADE, SAME, (UNIT,), basis="RDLeg 1/2015 art. 64; especificación del programa",
               inputs=(Input("test", "text"), Input("result", "text"), ON, NOTE, PAPER)),
    Transition("release_cells", ("tests_pending",), "released", (QUALIFIED,), basis="RD 824/2010 art. 15-18; Reglamento (CE) 1394/2007 art. 3",
               guards=("tests_passed", "released_by_another", "serology_complete", NO_HOLD),
               inputs=(Input("expires_at", "datetime"), Input("european_code", "text", required=False), NOTE, PAPER)),
    Transition("fail_batch", ("procured", "in_transit", "accepted", "in_culture", "tests_pending", "released"), "batch_failed",
               (QUALIFIED, RESPONSIBLE), basis="RD 824/2010 art. 15-18", guards=(NO_HOLD,), inputs=(ON, REASON)),
)  # fmt: skip

WARD = (
    Transition("dispatch_cells", ("released",), "dispatched", (UNIT,), basis="RDL 9/2014 anexos I d), V 1.7", guards=("cells_not_expired", NO_HOLD),
               inputs=LEAVING),
    Transition("receive_cells_at_hospital", ("dispatched",), "received", (PHA,), basis="RD 1015/2009 art. 11.2; RDL 9/2014 art. 33",
               guards=("authorisation_held", "cells_not_expired", NO_HOLD), inputs=ARRIVAL),
    Transition("check_cells_identity", ("received",), "received", (NUR, PHY, PHA), basis="RDL 9/2014 art. 33; Reglamento (CE) 1394/2007 art. 15",
               guards=("checker_is_another", "temperature_accepted", "cells_not_expired", NO_HOLD), inputs=(PATIENT, CONTAINER, NOTE),
               when="first_check_due"),
    Transition("check_cells_identity", ("received",), "identity_verified", (NUR, PHY, PHA),
               basis="RDL 9/2014 art. 33; Reglamento (CE) 1394/2007 art. 15",
               guards=("checker_is_another", "temperature_accepted", "cells_not_expired", NO_HOLD), inputs=(PATIENT, CONTAINER, NOTE),
               when="second_check_due"),
    Transition("record_cells_applied", ("identity_verified",), "applied", (PHA, PHY, NUR), basis="RDL 9/2014 art. 28.3; RD 1015/2009 art. 11.2",
               guards=("cells_dose_recorded", NO_HOLD)),
    Transition("record_cells_not_applied", ("released", "dispatched", "received", "identity_verified"), "not_applied", (PHY, PHA, QUALIFIED),
               basis="RDL 9/2014 art. 28.3, 33.4", guards=(NO_HOLD,), inputs=(ON, Input("why_not", "choice", choices=WHY_NOT), REASON)),
    Transition("destroy_cells", ("not_accepted", "batch_failed", "not_applied"), "destroyed", (UNIT, PHA), basis="RDL 9/2014 art. 33; anexo V",
               guards=(NO_HOLD,), inputs=(ON, Input("certificate", "text"), Input("destroyed_by", "text"), PAPER)),
    Transition("report_destination", ("applied", "not_applied", "destroyed"), "destination_reported", (PHA, PHY), basis="RDL 9/2014 art. 28.3, 33.4",
               guards=(NO_HOLD,),
               inputs=(ON, Input("became", "choice", choices=BECAME), Input("reported_to", "text"), Input("reference", "text", required=False),
                       PAPER)),
)  # fmt: skip

SAFETY = (
    Transition("hold_cells", HELD, SAME, (PHY, PHA, NUR, UNIT, RESPONSIBLE, QUALIFIED), basis="RDL 9/2014 art. 33; Reglamento (CE) 1394/2007 art. 15",
               inputs=(Input("expected", "long_text"), Input("found", "long_text"))),
    Transition("lift_identity_hold", HELD, SAME, (RESPONSIBLE, QUALIFIED), basis="RDL 9/2014 art. 33", guards=("identity_hold_stands",),
               inputs=(REASON,)),
    Transition("judge_temperature", AFTER_TAKING, SAME, (QUALIFIED,), basis="RDL 9/2014 anexo V 1.7; especificación del programa",
               guards=("temperature_to_judge",), inputs=(Input("judgement", "choice", choices=("fit", "unfit")), REASON)),
)  # fmt: skip

CELLS = Region(REGION, "not_started", STATES, DONATION + ESTABLISHMENT + WARD + SAFETY)
