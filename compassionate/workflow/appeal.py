"""The appeal against a denial: to the agency first or straight to the court, one row a denial.

Ley 39/2015 arts. 112, 114, 121-124; Ley 29/1998 arts. 45-46, 128.2. Reposición is optional: the court's two months run
from the notification of the denial too, and wait once it is filed. Silence and the end of a term close nothing:
somebody records what happened or waives it with a reason.
"""

from __future__ import annotations

from compassionate.workflow.inputs import CHANNEL, NOTE, NOTIFIED_ON, PAPER, REASON
from compassionate.workflow.roles import Role
from compassionate.workflow.table import Input, Region, State, Transition

REG = Role.REGULATORY_OFFICER
FIRST, ANSWER, COURT = "K-REP", "K-REPR", "K-CON"
REFERENCE = Input("reference", "text", required=False)
FILED = (Input("filed_at", "datetime"), REFERENCE, NOTE, PAPER)
RESOLVED = (Input("decided_on", "date"), NOTIFIED_ON, CHANNEL, REFERENCE, NOTE, PAPER)
# The agency may think better of a denial at any time before a judgment: `record_appeal_granted` from every open state.
ANSWERABLE = ("filed", "dismissed_by_silence")  # a late answer is not bound by the silence (art. 24.3.b)
JUDGMENTS = ("upheld", "partly_upheld", "dismissed", "withdrawn")

STATES = (
    State("open", ("regulatory_officer",), tone="urgent"),
    State("filed", ("agency",), tone="waiting"),
    State("upheld", ("regulatory_officer",), tone="good"),
    State("dismissed", ("regulatory_officer",), tone="bad"),
    State("dismissed_by_silence", ("regulatory_officer",), tone="bad"),
    State("court_open", ("regulatory_officer",), tone="urgent"),
    State("court", tone="waiting"),
    State("final"),
    State("waived"),
)

TO_THE_AGENCY = (
    Transition(
        "file_appeal", ("open",), "filed", (REG,), basis="Ley 39/2015 art. 123-124", guards=("reposition_fits",),
        inputs=FILED, opens=(ANSWER,), closes=(FIRST,), suspends=(COURT,),
    ),
    Transition(
        "file_higher_appeal", ("open",), "filed", (REG,), basis="Ley 39/2015 art. 121-122", guards=("higher_appeal_fits",),
        inputs=FILED, opens=(f"{ANSWER}:alzada",), closes=(FIRST,), suspends=(COURT,),
    ),
    Transition("forgo_appeal", ("open",), "court_open", (REG,), basis="Ley 39/2015 art. 123.1; Ley 29/1998 art. 46.1",
               guards=("court_route_open",), inputs=(REASON,), closes=(FIRST,)),
    Transition(
        "record_appeal_granted", ("open", *ANSWERABLE, "dismissed", "court_open"), "upheld", (REG,), basis="Ley 39/2015 art. 109.1, 119",
        inputs=RESOLVED, closes=(FIRST, ANSWER, COURT),
    ),
    Transition(
        "record_appeal_partly_upheld", (*ANSWERABLE, "upheld"), "upheld", (REG,),
        basis="Ley 39/2015 art. 119; Ley 29/1998 art. 46.1", inputs=RESOLVED, opens=(COURT,), closes=(ANSWER, COURT),
    ),
    Transition(
        "record_appeal_dismissed", ANSWERABLE, "dismissed", (REG,), basis="Ley 39/2015 art. 119; Ley 29/1998 art. 46.1, 46.4",
        inputs=RESOLVED, opens=(COURT,), closes=(ANSWER, COURT),
    ),
    Transition(
        "record_appeal_silence", ("filed",), "dismissed_by_silence", (REG,),
        basis="Ley 39/2015 art. 24.1, 122.2, 124.2; Ley 29/1998 art. 46.1", guards=("answer_overdue",), inputs=(NOTE,),
        opens=(f"{COURT}:silence",), closes=(ANSWER, COURT),
    ),
)  # fmt: skip

TO_THE_COURT = (
    Transition(
        "file_court", ("open", "upheld", "dismissed", "dismissed_by_silence", "court_open"), "court", (REG,),
        basis="Ley 29/1998 art. 45-46", guards=("court_route_open",),
        inputs=(Input("filed_at", "datetime"), Input("court", "text"), REFERENCE, NOTE, PAPER), closes=(FIRST, ANSWER, COURT),
    ),
    Transition(
        "record_judgment", ("court",), "final", (REG,), basis="Ley 29/1998 art. 67-74, 104",
        inputs=(NOTIFIED_ON, Input("judgment", "choice", choices=JUDGMENTS), REFERENCE, NOTE, PAPER),
    ),
    Transition("accept_resolution", ("upheld",), "final", (REG,), basis="Ley 29/1998 art. 46.1", inputs=(REASON,), closes=(COURT,)),
    Transition(
        "waive_appeal", ("open", "filed", "dismissed", "dismissed_by_silence", "court_open"), "waived", (REG,),
        basis="Ley 39/2015 art. 94, 112.1", inputs=(REASON,), closes=(FIRST, ANSWER, COURT),
    ),
)  # fmt: skip

APPEAL = Region("appeal", "open", STATES, TO_THE_AGENCY + TO_THE_COURT, "per_denial")
