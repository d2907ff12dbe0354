"""Who may edit which part of a case in which states: the other half of the permission table.

Steps carry their roles in the pathway table; everything else that writes is a section here. Residents
and technicians prepare and never sign (a habit of hospitals, kept as data so that a centre may differ).
"""

from __future__ import annotations

from dataclasses import dataclass

from compassionate.workflow.rectifying import FILED
from compassionate.workflow.roles import Role

PHY, PHA, NUR, REG = Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE, Role.REGULATORY_OFFICER
RES, TEC, DIR, AUD = Role.RESIDENT, Role.TECHNICIAN, Role.DIRECTOR, Role.AUDITOR

EARLY = ("draft", "screening", "preparing")
TREATING = ("authorised", "in_treatment", "interrupted")
VISITED = (*TREATING, "suspended", "in_follow_up")
OPEN = (
    "draft", "screening", "preparing", "awaiting_endorsement", "ready_to_submit", "submitted", "correction_requested", "refusal_notified",
    "authorised", "denied", "deemed_withdrawn", "withdrawn", "referred", "not_eligible", "in_treatment", "interrupted", "suspended", "revoked",
    "not_treated", "in_follow_up", "lost_to_follow_up", "deceased",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a case that people edit: by whom, and in which states of the case (or of the request it belongs to)."""

    name: str
    roles: tuple[Role, ...]
    states: tuple[str, ...]
    of_request: bool = False


SECTIONS = {
    section.name: section
    for section in (
        Section("open_case", (PHY, PHA, RES, TEC), ()),
        Section("patient", (PHY, PHA, RES, TEC), EARLY),
        Section("product", (PHY, PHA, RES, TEC), EARLY),
        Section("eligibility", (PHY, RES), EARLY),
        Section("report", (PHY, RES), EARLY, of_request=True),
        Section("sign_report", (PHY,), EARLY, of_request=True),
        Section("posology", (PHY, RES), (*EARLY, *TREATING), of_request=True),
        Section("packs", (PHA, TEC), EARLY, of_request=True),
        Section("rectify", (PHY, PHA, REG), FILED, of_request=True),
        Section("tell_rectification", (PHA, REG), OPEN),
        Section("endorse_rectification", (DIR,), FILED, of_request=True),
        Section("typing", (PHA, REG, TEC, RES, PHY), OPEN),
        Section("papers", (PHY, PHA, REG, NUR, RES, TEC, DIR), OPEN),
        Section("withdraw_paper", (PHY, PHA, REG), OPEN),
        Section("team", (PHY, PHA), OPEN),
        Section("hand_over", (PHY, PHA, DIR, Role.ADMINISTRATOR), OPEN),
        Section("accept_case", (PHY,), OPEN),
        Section("record_acceptance", (PHA, REG), OPEN),
        Section("tell_physician_change", (PHA, REG), OPEN),
        Section("transfer", (PHY, PHA), tuple(state for state in OPEN if state != "deceased")),
        Section("issue_documents", (PHY, PHA, REG, DIR), (*OPEN, "closed")),
        # Invoices come when they come: also after the case was closed.
        Section("supply_charge", (PHA, TEC), (*OPEN, "closed")),
        Section("complete_decision", (PHA, REG), OPEN),
        Section("visits", (PHY, NUR, RES), VISITED),
        Section("patient_links", (PHY, NUR), VISITED),
        Section("first_dose_day", (PHY, PHA), ("in_treatment", "interrupted", "suspended", "in_follow_up")),
        Section("contact_attempts", (PHY, NUR, RES), (*VISITED, "lost_to_follow_up")),
        # Who goes on to surgery was not helped: told whenever the hospital comes to know of it, also after the closing.
        Section("operations", (PHY, NUR, RES), (*OPEN, "closed")),
        Section("settle_clocks", (REG,), OPEN),
        Section("extend_clocks", (PHA, REG), OPEN),
        Section("move_version", (REG,), OPEN),
        Section("settle_reactions", (PHY, Role.PHARMACOVIGILANCE_OFFICER), OPEN),
        Section("follow_up_forms", (PHY, PHA, REG), OPEN),
        Section("print_labels", (Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON, PHY, PHA, NUR), OPEN),
        Section("converse", (PHY, PHA, DIR, REG, NUR, RES, TEC), OPEN),
        Section("sponsor_willingness", (PHA, REG, Role.ADMINISTRATOR), ()),
    )
}
READERS = (
    PHY,
    PHA,
    DIR,
    REG,
    NUR,
    RES,
    TEC,
    AUD,
    Role.CELL_UNIT,
    Role.RESPONSIBLE_PERSON,
    Role.QUALIFIED_PERSON,
    Role.PHARMACOVIGILANCE_OFFICER,
)


def may_edit(section: str, roles: frozenset[Role], state: str) -> bool:
    """Whether these roles may edit a section while the case (or its request) is in `state`."""
    held = SECTIONS[section]
    return bool(roles & set(held.roles)) and (not held.states or state in held.states)
