"""The time section: how long the stages of a case's way and the waits on each owner took (services/durations.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compassionate import words as catalogue
from compassionate.services.committee.wording import Wording
from compassionate.statistics.stages import STAGES
from compassionate.statistics.tables import Section
from compassionate.workflow import engine

if TYPE_CHECKING:
    from compassionate.services.committee.report import Counted


def section(words: Wording, counted: Counted) -> Section:
    """Stages in this period and the one before, then whom cases waited for, then in which step."""
    now, before = counted.time, counted.time_before
    aside = sum(stage.set_aside for stage in now.stages.values()) + now.set_aside
    notes = [words.phrase("note.set_aside", count=aside)] if aside else []
    return words.section(
        "time",
        words.spread_table(
            "stages", "stage", [(words.phrase(f"stage.{name}"), now.stages[name].over) for name in STAGES], notes
        ),
        words.spread_table(
            "stages_before", "stage", [(words.phrase(f"stage.{name}"), before.stages[name].over) for name in STAGES]
        ),
        words.spread_table("owners", "owner", [(_owner(words, name), now.owners[name]) for name in sorted(now.owners)]),
        words.spread_table(
            "steps", "step", [(words.of("state", name), now.steps[name]) for name in sorted(now.steps, key=_place)]
        ),
    )


def _place(state: str) -> int:
    """Where on its way a case comes by a state."""
    order = [each.id for pathway in engine.pathways() for each in pathway.case.states]
    return order.index(state) if state in order else len(order)


def _owner(words: Wording, owner: str) -> str:
    return " + ".join(catalogue.say(f"turn.{who}", words.language) for who in owner.split(",") if who)
