"""The patient's own cells of a case: where they stand, the one next thing, and what each person may do about them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate.services.facts import region_of
from compassionate.web.access import readers
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import state_tone, state_words
from compassionate.workflow.cells import CELLS, REGION

blueprint = Blueprint("cells", __name__)
STEPS = tuple(dict.fromkeys(row.name for row in CELLS.transitions))


@blueprint.get("/expedientes/<code>/celulas")
@readers
def index(code: str) -> Any:
    """The cells of the case."""
    case = load_case(code)
    region = region_of(case, REGION)
    state = region.state if region else "not_needed"
    return render_template(
        "cells/index.html",
        **frame(case),
        state=state,
        state_text=state_words(REGION, state),
        tone=state_tone(case, REGION, state) if region else "neutral",
        steps=offers(case, steps_of(case), STEPS, REGION) if region else None,
    )
