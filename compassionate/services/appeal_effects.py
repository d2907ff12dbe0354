"""What a denial writes besides the decision: the row of its appeal, which takes over its clocks.

Ley 39/2015 arts. 112-124; Ley 29/1998 arts. 25, 46.
"""

from __future__ import annotations

from sqlalchemy import select

from compassionate.models import Clock, Region
from compassionate.services.appeals import KIND, of_request
from compassionate.services.deadlines import settle_case
from compassionate.services.step import Step
from compassionate.workflow import engine


def begin(step: Step) -> None:
    """Open the appeal of a denial: its row, and the clocks of the denial as its own.

    Where the resolution names an appeal to the superior body, the court is open after that one only (art. 114.1.a).
    """
    if KIND not in {region.name for region in engine.pathway(step.case.pathway, step.case.pathway_version).regions}:
        return
    before = len(of_request(step.case, step.request_number))
    instance = f"{KIND}-{step.request_number}" + (f"-{before + 1}" if before else "")
    step.case.regions.append(Region(kind=KIND, instance=instance, state="open", since_at=step.now))
    for clock in step.session.scalars(select(Clock).where(Clock.opened_by_event_id == step.event.id)):
        clock.instance = instance
        if clock.clock == "K-CON" and step.values["appeal_named"] == "alzada":
            clock.closed_at, clock.closed_by_event_id = step.now, step.event.id
    settle_case(step.session, step.case)
