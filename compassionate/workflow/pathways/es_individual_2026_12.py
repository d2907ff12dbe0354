"""Pathway `es-individual`, version `2026-12`: as 2026-11, and the patient's own cells beside the case.

What cells add to the case itself: no dose of them without `cells_released`, an instant at every dose (a shelf life is
hours), and no closing while what became of them is not known (RDL 9/2014; Regulation (EC) 1394/2007). A product that
was classified under another law does not go on here (RD 477/2014).
"""

from __future__ import annotations

from dataclasses import replace

from compassionate.workflow.cells import CELLS
from compassionate.workflow.inputs import DOSE
from compassionate.workflow.pathways import es_individual_2026_11 as before
from compassionate.workflow.table import Input, Pathway, Transition

GATED = ("start_treatment", "record_dose", "resume_treatment")
GIVEN_AT = Input("given_at", "datetime", required=False)
DOSE_WITH_INSTANT = (*DOSE[:5], GIVEN_AT, *DOSE[5:])


def _with_cells(row: Transition) -> Transition:
    if row.name == "accept_eligibility":
        return replace(row, guards=(*row.guards, "route_fits"))
    if row.name == "close":
        return replace(row, guards=(*row.guards, "cells_accounted", "late_results_known"))
    if row.name not in GATED:
        return row
    inputs = DOSE_WITH_INSTANT if row.inputs == DOSE else row.inputs
    return replace(row, guards=(*row.guards, "cells_released"), inputs=inputs)


assert DOSE[4].name == "given_on", "the instant stands beside the day"
_case, *_beside = before.PATHWAY.regions
CASE_REGION = replace(_case, transitions=tuple(_with_cells(row) for row in _case.transitions))
PATHWAY = Pathway(before.PATHWAY.id, "2026-12", (CASE_REGION, *_beside, CELLS))
