"""An electronic notification that was made available: opened in time, or rejected by the law after ten calendar days.

Ley 39/2015 art. 41, 43.2. What it says is recorded by the step of its content (a correction, a denial…), notified on
the day of access, or on the day on which it was rejected: from then on the other terms run, opened or not.
"""

from __future__ import annotations

from compassionate.workflow.inputs import NOTE
from compassionate.workflow.roles import Role
from compassionate.workflow.table import NONE, Input, Region, State, Transition

WHO, OPENING = (Role.PHARMACIST, Role.REGULATORY_OFFICER), "K-NOT"
REGION = "notification"

NOTIFICATION = Region(
    REGION,
    NONE,
    (
        State("available", ("regulatory_officer", "pharmacist"), tone="urgent"), State("accessed", tone="good"),
        State("rejected", tone="bad"),
    ),
    (
        Transition("record_notification", (NONE,), "available", WHO, basis="Ley 39/2015 art. 41, 43.2",
                   guards=("notification_expected",),
                   inputs=(Input("available_on", "date"), Input("reference", "text", required=False), NOTE), opens=(OPENING,)),
        Transition("record_notification_access", ("available",), "accessed", WHO, basis="Ley 39/2015 art. 43.2",
                   guards=("notification_in_time",), inputs=(Input("accessed_on", "date"), NOTE), closes=(OPENING,)),
        Transition("record_notification_rejected", ("available",), "rejected", WHO, basis="Ley 39/2015 art. 41.5, 43.2",
                   guards=("notification_lapsed",), inputs=(NOTE,), closes=(OPENING,)),
    ),
    "numbered",
)  # fmt: skip
