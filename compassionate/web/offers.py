"""The steps that a page of a case offers: ready to take, waiting for something, or for somebody else to take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import step_url
from compassionate.services.advance import Possible, possible
from compassionate.web.access import actor
from compassionate.web.step_words import present
from compassionate.web.templating import say

OF_ANOTHER_ROLE = "role.missing"


def steps_of(case: Case) -> list[Possible]:
    """Every step that leaves where this case stands, asked for the person who looks."""
    return possible(db(), actor(), case, clock.now())


def offer(case: Case, step: Possible) -> dict[str, Any]:
    """One step: the words of its button, where it is taken, what stands against it and whose it is."""
    reasons = [reason for reason in step.answer.reasons if reason.code != OF_ANOTHER_ROLE]
    number = int(step.instance.removeprefix("continuation-")) if step.instance.startswith("continuation-") else 0
    is_mine = len(reasons) == len(step.answer.reasons)
    return {
        "name": step.name,
        "text": say(f"step.{step.name}"),
        "hint": say(f"step_hint.{step.name}"),
        "href": step_url(case.code, step.action),
        "is_mine": is_mine,
        "is_ready": is_mine and not reasons,
        "who": ", ".join(say(f"role.{role}") for role in step.answer.row.roles),
        "reasons": present(case, reasons, number),
    }


def offers(case: Case, steps: Iterable[Possible], names: Sequence[str], instance: str = "") -> dict[str, Any]:
    """The named steps of one region, for drawing: `ready`, `blocked` (mine, with reasons) and `others` (by role)."""
    wanted = [step for name in names for step in steps if step.name == name and step.instance == instance]
    drawn = [offer(case, step) for step in wanted]
    others: dict[str, list[str]] = {}
    for each in drawn:
        if not each["is_mine"]:
            others.setdefault(each["who"], []).append(each["text"])
    return {
        "ready": [each for each in drawn if each["is_ready"]],
        "blocked": [each for each in drawn if each["is_mine"] and not each["is_ready"]],
        "others": [{"who": who, "texts": texts} for who, texts in others.items()],
    }
