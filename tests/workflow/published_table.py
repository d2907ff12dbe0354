"""The table of the pathway `es-individual` 2026-12 as it was agreed with the law at hand, written down a second time.

Not derived from the code: a row that changes in one place only is a difference that somebody has to explain.
Columns: name | from | to | roles | guards. `*` in "from" is every state but those that follow it; `=` leaves the state
as it is. A row a line, as tables are read.
"""

# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass

STATE_NAMES = """
draft screening referred not_eligible preparing awaiting_endorsement ready_to_submit submitted correction_requested
refusal_notified authorised denied deemed_withdrawn withdrawn in_treatment interrupted suspended revoked not_treated
in_follow_up lost_to_follow_up deceased closed
"""
STATES = STATE_NAMES.split()

TURNS = {
    "draft": "opener",
    "screening": "physician",
    "awaiting_endorsement": "director",
    "ready_to_submit": "pharmacist",
    "submitted": "agency",
    "correction_requested": "pharmacist physician",
    "refusal_notified": "regulatory_officer physician",
    "authorised": "pharmacist physician",
    "denied": "regulatory_officer",
    "in_treatment": "physician pharmacist",
    "interrupted": "physician",
    "suspended": "regulatory_officer",
    "revoked": "regulatory_officer",
    "in_follow_up": "physician",
    "deceased": "physician",
}

REQUEST = """
request_endorsement | preparing | awaiting_endorsement | pharmacist | clinical_report_signed posology_and_duration_stated packs_calculated sponsor_willing sponsor_agreement_given committee_favourable import_stated
endorse | awaiting_endorsement | ready_to_submit | director | not_own_request
return_for_changes | awaiting_endorsement | preparing | director |
reopen_preparation | ready_to_submit | preparing | pharmacist regulatory_officer |
submit | ready_to_submit | submitted | pharmacist regulatory_officer | endorsement_current dossier_current
record_correction_request | submitted | correction_requested | pharmacist regulatory_officer |
answer_correction | correction_requested | submitted | pharmacist regulatory_officer |
record_deemed_withdrawn | correction_requested | deemed_withdrawn | regulatory_officer pharmacist |
record_refusal_notice | submitted | refusal_notified | pharmacist regulatory_officer |
file_representations | refusal_notified | submitted | regulatory_officer physician |
record_authorisation | submitted correction_requested refusal_notified | authorised | pharmacist regulatory_officer |
record_denial | submitted refusal_notified | denied | pharmacist regulatory_officer |
record_appeal_upheld | denied | authorised | regulatory_officer |
withdraw_request | preparing awaiting_endorsement ready_to_submit submitted correction_requested refusal_notified | withdrawn | pharmacist regulatory_officer director |
prepare_again | denied deemed_withdrawn withdrawn | preparing | physician pharmacist |
"""

CASE = f"""
start_screening | draft | screening | physician pharmacist | patient_identified product_chosen hospital_centre
refer | screening | referred | physician pharmacist |
reject_eligibility | screening | not_eligible | physician |
accept_eligibility | screening | preparing | physician | disease_qualifies alternatives_documented product_under_investigation trial_reasons_given purpose_is_care route_fits
reopen_screening | referred not_eligible | screening | physician pharmacist |
{REQUEST.replace("withdraw_request | ", "withdraw_request | draft screening ").strip()}
start_treatment | authorised | in_treatment | pharmacist physician nurse | treatment_gate cells_released
record_dose | in_treatment | in_treatment | pharmacist physician nurse | treatment_gate cells_released
interrupt_treatment | in_treatment | interrupted | physician |
resume_treatment | interrupted | in_treatment | physician | treatment_gate cells_released
record_suspension | authorised in_treatment interrupted | suspended | regulatory_officer pharmacist |
record_suspension_lifted | suspended | authorised | regulatory_officer |
record_suspension_lifted | suspended | interrupted | regulatory_officer |
record_revocation | authorised in_treatment interrupted suspended | revoked | regulatory_officer |
end_treatment | in_treatment interrupted suspended revoked | in_follow_up | physician | treated
abandon_before_treatment | authorised suspended revoked | not_treated | physician pharmacist | never_treated
record_lost_to_follow_up | in_follow_up | lost_to_follow_up | physician nurse | attempts_documented
record_contact_regained | lost_to_follow_up | in_follow_up | physician nurse |
record_death | * deceased closed | deceased | physician pharmacist |
close | referred not_eligible denied deemed_withdrawn withdrawn not_treated in_follow_up lost_to_follow_up deceased | closed | regulatory_officer | no_open_clocks appeal_settled reactions_settled supply_accounted follow_up_complete follow_up_forms_sent cells_accounted late_results_known
"""

CONTINUATION = f"""
open_continuation | none | preparing | physician pharmacist | treatment_running
{REQUEST.strip()}
"""

SPONSOR_AGREEMENT = """
ask_sponsor | not_asked refused | asked | pharmacist |
record_sponsor_agreement | asked not_asked | given | pharmacist |
record_sponsor_refusal | asked given | refused | pharmacist |
"""

COMMITTEE = """
ask_committee | not_asked unfavourable | asked | pharmacist physician |
record_committee_favourable | asked | favourable | pharmacist regulatory_officer |
record_committee_unfavourable | asked | unfavourable | pharmacist regulatory_officer |
"""

CONSENT = """
inform_patient | not_started refused revoked superseded | informed | physician |
record_consent | informed | signed | physician |
record_consent_refusal | not_started informed superseded | refused | physician pharmacist nurse |
record_consent_revocation | signed informed superseded | revoked | physician pharmacist nurse |
supersede_consent | signed informed | superseded | physician pharmacist |
"""

SUPPLY = """
order_supply | none released rejected exhausted | ordered | pharmacist | authorisation_held
promise_supply | ordered | promised | pharmacist |
receive_supply | ordered promised in_quarantine released rejected | in_quarantine | pharmacist |
release_supply | ordered promised in_quarantine released rejected | released | pharmacist | batch_to_release
reject_supply | ordered promised in_quarantine released rejected | rejected | pharmacist | batch_to_reject
return_supply | ordered promised in_quarantine released rejected | = | pharmacist | batch_to_take
destroy_supply | ordered promised in_quarantine released rejected | = | pharmacist | batch_to_take
close_supply | ordered promised in_quarantine released rejected | exhausted | pharmacist | line_accounted
"""

APPEAL = """
file_appeal | open | filed | regulatory_officer | reposition_fits
file_higher_appeal | open | filed | regulatory_officer | higher_appeal_fits
forgo_appeal | open | court_open | regulatory_officer | court_route_open
record_appeal_granted | open filed dismissed dismissed_by_silence court_open | upheld | regulatory_officer |
record_appeal_partly_upheld | filed dismissed_by_silence upheld | upheld | regulatory_officer |
record_appeal_dismissed | filed dismissed_by_silence | dismissed | regulatory_officer |
record_appeal_silence | filed | dismissed_by_silence | regulatory_officer | answer_overdue
file_court | open upheld dismissed dismissed_by_silence court_open | court | regulatory_officer | court_route_open
record_judgment | court | final | regulatory_officer |
accept_resolution | upheld | final | regulatory_officer |
waive_appeal | open filed dismissed dismissed_by_silence court_open | waived | regulatory_officer |
"""

NOTIFICATION = """
record_notification | none | available | pharmacist regulatory_officer | notification_expected
record_notification_access | available | accessed | pharmacist regulatory_officer | notification_in_time
record_notification_rejected | available | rejected | pharmacist regulatory_officer | notification_lapsed
"""

REGION_STATES = {
    "sponsor_agreement": "not_needed not_asked asked given refused",
    "committee": "not_needed not_asked asked favourable unfavourable",
    "consent": "not_started informed signed refused revoked superseded",
    "supply": "ordered promised in_quarantine released rejected exhausted",
    "continuation": "preparing awaiting_endorsement ready_to_submit submitted correction_requested refusal_notified"
    " authorised denied deemed_withdrawn withdrawn",
    "appeal": "open filed upheld dismissed dismissed_by_silence court_open court final waived",
    "notification": "available accessed rejected",
    "cells": "not_needed not_started donor_evaluation donation_consented procurement_scheduled procured in_transit in_quarantine"
    " accepted not_accepted in_culture tests_pending released batch_failed dispatched received identity_verified applied"
    " not_applied destroyed destination_reported",
}
# Where an appeal has come to its end: nothing is owed and nothing runs but what was upheld in part.
APPEAL_ENDS = {"upheld", "final", "waived"}

# What each step does to the legal clocks of regulation 7.9.
CLOCKS = {
    "submit": "opens K-INF K-RES",
    "record_correction_request": "opens K-SUB, suspends K-RES",
    "answer_correction": "closes K-SUB, resumes K-RES",
    "record_deemed_withdrawn": "closes K-INF K-RES K-SUB",
    "record_refusal_notice": "opens K-ALE",
    "file_representations": "closes K-ALE",
    "record_authorisation": "closes K-ALE K-INF K-RES K-SUB",
    "record_denial": "opens K-CON K-REP, closes K-ALE K-INF K-RES K-SUB",
    "record_appeal_upheld": "closes K-CON K-REP",
    "close": "opens K-RET",
    # Reposición is optional: the court's clock runs too, and waits once reposición is filed.
    "file_appeal": "opens K-REPR, suspends K-CON, closes K-REP",
    "file_higher_appeal": "opens K-REPR:alzada, suspends K-CON, closes K-REP",
    "forgo_appeal": "closes K-REP",
    "record_appeal_granted": "closes K-CON K-REP K-REPR",
    "record_appeal_partly_upheld": "opens K-CON, closes K-CON K-REPR",
    "record_appeal_dismissed": "opens K-CON, closes K-CON K-REPR",
    "record_appeal_silence": "opens K-CON:silence, closes K-CON K-REPR",
    "file_court": "closes K-CON K-REP K-REPR",
    "accept_resolution": "closes K-CON",
    "waive_appeal": "closes K-CON K-REP K-REPR",
    # An unopened notification is rejected after ten calendar days.
    "record_notification": "opens K-NOT",
    "record_notification_access": "closes K-NOT",
    "record_notification_rejected": "closes K-NOT",
}

# Values that the table asks for by name, all of them required.
DEMANDED = {
    "refer": "route reason",
    "reject_eligibility": "reason",
    "reopen_screening": "reason",
    "return_for_changes": "reason",
    "reopen_preparation": "reason",
    "submit": "submitted_at reference",
    "record_correction_request": "notified_on text channel",
    "answer_correction": "answered_at",
    "record_deemed_withdrawn": "notified_on resolution",
    "record_refusal_notice": "notified_on grounds",
    "file_representations": "filed_at",
    "record_authorisation": "decided_on seen_on channel packs_granted",
    "record_denial": "decided_on notified_on grounds appeal_named",
    "record_appeal_upheld": "decided_on seen_on channel packs_granted",
    "withdraw_request": "reason",
    "start_treatment": "line batch units given_on identity_checked",
    "record_dose": "line batch units given_on identity_checked",
    "interrupt_treatment": "reason",
    "record_suspension": "ordered_by ground",
    "record_revocation": "resolution basis_stated",
    "end_treatment": "ending",
    "abandon_before_treatment": "reason",
    "record_death": "on cause",
    "file_appeal": "filed_at",
    "file_higher_appeal": "filed_at",
    "forgo_appeal": "reason",
    "record_appeal_granted": "decided_on notified_on channel",
    "record_appeal_partly_upheld": "decided_on notified_on channel",
    "record_appeal_dismissed": "decided_on notified_on channel",
    "file_court": "filed_at court",
    "record_judgment": "notified_on judgment",
    "waive_appeal": "reason",
    "record_notification": "available_on",
    "record_notification_access": "accessed_on",
}


@dataclass(frozen=True, slots=True)
class Written:
    """One row as it was written down."""

    name: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    guards: tuple[str, ...]


def _sources(cell: str) -> frozenset[str]:
    every, *others = cell.split() if cell.startswith("*") else ("", *cell.split())
    return frozenset(STATES) - frozenset(others) if every else frozenset(others)


def _row(line: str) -> Written:
    name, sources, target, roles, guards = (cell.strip() for cell in line.split("|"))
    return Written(name, _sources(sources), target, frozenset(roles.split()), tuple(guards.split()))


def read(table: str) -> tuple[Written, ...]:
    """The rows of a table as written above."""
    return tuple(_row(line) for line in table.strip().splitlines())


CELLS = """
start_donor_evaluation | not_started | donor_evaluation | physician |
record_serology | donor_evaluation donation_consented procurement_scheduled procured in_transit in_quarantine accepted not_accepted in_culture tests_pending released batch_failed dispatched received identity_verified applied not_applied destroyed destination_reported | = | physician cell_unit |
confirm_donation | donor_evaluation | donation_consented | physician | donation_consent_held
schedule_procurement | donation_consented not_accepted batch_failed destroyed destination_reported | procurement_scheduled | physician cell_unit | donation_consent_held procurement_permitted destination_told no_identity_hold
postpone_procurement | procurement_scheduled | donation_consented | physician cell_unit | no_identity_hold
record_procurement | procurement_scheduled | procured | physician | donation_consent_held no_identity_hold
hand_over_cells | procured | in_transit | physician nurse cell_unit | no_identity_hold
receive_cells | procured in_transit | in_quarantine | cell_unit responsible_person | no_identity_hold
accept_cells | in_quarantine | accepted | responsible_person | serology_complete temperature_accepted no_identity_hold
reject_cells | in_quarantine | not_accepted | responsible_person | no_identity_hold
start_culture | accepted | in_culture | cell_unit | no_identity_hold
finish_culture | in_culture | tests_pending | cell_unit | no_identity_hold
record_cell_test | in_culture tests_pending released batch_failed dispatched received identity_verified applied not_applied destroyed destination_reported | = | cell_unit |
release_cells | tests_pending | released | qualified_person | tests_passed released_by_another serology_complete no_identity_hold
fail_batch | procured in_transit accepted in_culture tests_pending released | batch_failed | qualified_person responsible_person | no_identity_hold
dispatch_cells | released | dispatched | cell_unit | cells_not_expired no_identity_hold
receive_cells_at_hospital | dispatched | received | pharmacist | authorisation_held cells_not_expired no_identity_hold
check_cells_identity | received | received | nurse physician pharmacist | checker_is_another temperature_accepted cells_not_expired no_identity_hold
check_cells_identity | received | identity_verified | nurse physician pharmacist | checker_is_another temperature_accepted cells_not_expired no_identity_hold
record_cells_applied | identity_verified | applied | pharmacist physician nurse | cells_dose_recorded no_identity_hold
record_cells_not_applied | released dispatched received identity_verified | not_applied | physician pharmacist qualified_person | no_identity_hold
destroy_cells | not_accepted batch_failed not_applied | destroyed | cell_unit pharmacist | no_identity_hold
report_destination | applied not_applied destroyed | destination_reported | pharmacist physician | no_identity_hold
hold_cells | procurement_scheduled procured in_transit in_quarantine accepted not_accepted in_culture tests_pending released batch_failed dispatched received identity_verified applied not_applied destroyed destination_reported | = | physician pharmacist nurse cell_unit responsible_person qualified_person |
lift_identity_hold | procurement_scheduled procured in_transit in_quarantine accepted not_accepted in_culture tests_pending released batch_failed dispatched received identity_verified applied not_applied destroyed destination_reported | = | responsible_person qualified_person | identity_hold_stands
judge_temperature | procured in_transit in_quarantine accepted not_accepted in_culture tests_pending released batch_failed dispatched received identity_verified applied not_applied destroyed destination_reported | = | qualified_person | temperature_to_judge
"""

PUBLISHED = {
    "case": read(CASE),
    "sponsor_agreement": read(SPONSOR_AGREEMENT),
    "committee": read(COMMITTEE),
    "consent": read(CONSENT),
    "supply": read(SUPPLY),
    "continuation": read(CONTINUATION),
    "appeal": read(APPEAL),
    "notification": read(NOTIFICATION),
    "cells": read(CELLS),
}
