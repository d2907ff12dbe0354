"""Codes of steps, states and values of one case into words: what forms, timelines and notices of steps share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from compassionate.errors import Reason
from compassionate.models import Case, CaseLine
from compassionate.services.advance import pathway_of
from compassionate.services.appeals import KIND, request_number
from compassionate.web.access import actor
from compassionate.web.people import who_words
from compassionate.web.presenters import present_reasons, tone
from compassionate.web.templating import day, say
from compassionate.workflow.notification import REGION
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE

WITH_STATES_OF_THE_CASE = (CASE, "continuation", "")
STATE = "state.not_source"


def state_words(region: str, state: str) -> str:
    """The words of a state: the case's own and its continuations' share one table, other regions have their own."""
    return say(f"state.{state}" if region in WITH_STATES_OF_THE_CASE else f"region_state.{region}.{state}")


def state_tone(case: Case, region: str, state: str) -> str:
    """The tone of a tag for a state of a region."""
    return "neutral" if state == NONE else tone(pathway_of(case).region(region or CASE).state(state).tone)


def line_words(line: CaseLine) -> str:
    """A line of a case as people tell it from the others."""
    held = line.product_line
    return ", ".join(part for part in (held.strength, held.form, held.presentation) if part)


def instance_words(case: Case, region: str, instance: str) -> str:
    """Which of several: the kind of consent, the line, the number of the continuation; empty where there is one."""
    if region == "consent":
        return say(f"consent_kind.{instance}")
    if region == "supply":
        number = int(instance.removeprefix("line-"))
        return next((line_words(line) for line in case.lines if line.number == number), instance)
    if region == REGION:
        return say("notification.which", number=instance.rpartition("-")[2])
    number = request_number(instance) if region in (KIND, "continuation") else 0
    return say("step_form.continuation", number=number) if number else ""


def present(case: Case, reasons: Iterable[Reason], number: int = 0) -> list[dict[str, Any]]:
    """Reasons as a page draws them, each once, all with words that fit this case and this person."""
    shown = [_present(case, reason, number) for reason in reasons]
    return list({each["text"]: each for each in shown}.values())


def _present(case: Case, reason: Reason, number: int) -> dict[str, Any]:
    held = present_reasons((reason,), case.code, number, case.centre.code)[0]
    if reason.code == "state.not_source":
        state = state_words(str(reason.params.get("region", CASE)), str(reason.params["state"]))
        held["text"] = say(f"reason.{reason.code}", state=state)
    if reason.cure == "accounts" and Role.ADMINISTRATOR not in actor().roles():
        held["cure_url"] = ""  # that page is not theirs to open
    held["people"] = who_words(case, reason.who) if reason.who else ""
    held["cure"] = say(f"cure.{reason.cure}") if reason.cure else ""
    return held


def as_day(text: str) -> str:
    """An ISO date as people write it; anything else as it is."""
    try:
        return day(date.fromisoformat(text)) if len(text) == len("2026-11-22") else text
    except ValueError:
        return text
