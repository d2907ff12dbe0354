"""The closing report: the whole story of a case, every unit accounted for, and how it ended (art. 11.1.d-e, 12.d)."""

from __future__ import annotations

from typing import Any

from compassionate.documents.blocks import Block, note, rows, section, table
from compassionate.documents.contexts.consents import consent_table
from compassionate.documents.contexts.decisions import decisions
from compassionate.documents.contexts.follow_up_report import results
from compassionate.documents.contexts.source import Source
from compassionate.documents.contexts.supply import account, used_of_granted
from compassionate.documents.contexts.treatment_record import identity
from compassionate.documents.phrases import capitalised, text_of
from compassionate.snapshot import EventSnapshot

TIMELINE = (("when", 17), ("step", 40), ("state_after", 23), ("by", 20))
TOLD = ("reason", "ground", "cause", "text", "note")
NEVER_TOLD_TO_AGENCY = frozenset({"consent"})
CONSENT_ENDING = "consent_revoked"


def ending(held: Source) -> EventSnapshot | None:
    """The step that ended the treatment, if one did."""
    return _last(held, "end_treatment")


def outcome(held: Source) -> EventSnapshot | None:
    """The last step that led to a state from which a case is closed; None while it is still open."""
    steps = [
        event
        for event in held.case.events
        if event.region == "case" and event.after in ENDED and event.after != event.before
    ]
    return steps[-1] if steps else None


ENDED = frozenset(
    {
        "referred",
        "not_eligible",
        "denied",
        "deemed_withdrawn",
        "withdrawn",
        "not_treated",
        "in_follow_up",
        "lost_to_follow_up",
        "deceased",
    }
)


def _last(held: Source, name: str) -> EventSnapshot | None:
    return next((event for event in reversed(held.case.events) if event.name == name), None)


def _ending_words(held: Source, code: str) -> str:
    """Why a treatment ended; to the agency a withdrawn consent is the patient's decision, no more (art. 8.2)."""
    if held.for_agency and code == CONSENT_ENDING:
        return held.words.say("print.ending.patient_decision")
    return held.words.choice("choice.ending", code)


def _outcome(held: Source) -> Block:
    ended, last, words = ending(held), outcome(held), held.words
    inputs = ended.inputs if ended else {}
    given = sorted(dose.given_on for dose in held.case.doses)
    return rows(
        ("state", words.choice("state", held.case.state)),
        ("outcome", words.choice("state", last.after) if last else ""),
        ("outcome_at", words.short_moment(last.at) if last else ""),
        ("ending", _ending_words(held, text_of(inputs, "ending"))),
        ("ended_on", words.day(text_of(inputs, "on"))), ("first_dose", words.day(given[0]) if given else ""),
        ("last_dose", words.day(given[-1]) if given else ""), ("doses", words.number(len(given))),
        ("opened_at", words.short_moment(held.case.opened_at)),
    )  # fmt: skip


def steps(held: Source) -> list[EventSnapshot]:
    """The steps that moved the case or something beside it; edits and repeated doses are told elsewhere."""
    hidden = NEVER_TOLD_TO_AGENCY if held.for_agency else frozenset()
    return [
        event
        for event in held.case.events
        if event.after and event.after != event.before and event.region not in hidden
    ]


def _timeline(held: Source) -> Block:
    return table("timeline", TIMELINE, [_step(event, held) for event in steps(held)])


def _step(event: EventSnapshot, held: Source) -> list[str]:
    words = held.words
    name = words.choice("done", event.name)
    told = [] if held.for_agency else [text_of(event.inputs, each) for each in TOLD]
    state = words.first(f"region_state.{event.region}.{event.after}", f"state.{event.after}")
    where = "" if event.region == "case" else _instance(event, held)
    role = words.choice("role", event.role)
    return [
        words.short_moment(event.at), "\n".join(part for part in (name, where, *told) if part), state,
        "\n".join(part for part in (event.by, role) if part),
    ]  # fmt: skip


def _instance(event: EventSnapshot, held: Source) -> str:
    """Which line, consent or continuation a step is about."""
    kind, _, number = event.instance.partition("-")
    if number:
        return held.words.say(f"print.instance.{kind}", number=number)
    return capitalised(held.words.choice("consent_kind", event.instance)) if event.region == "consent" else ""


def _supply(held: Source) -> list[Block]:
    used = [[f"{line.number}", used_of_granted(line, held)] for line in held.case.lines]
    return [note("print.note.units"), account(held), table("used", (("dose_line", 20), ("used_of_granted", 80)), used)]


def context(held: Source) -> dict[str, Any]:
    """The closing report; the agency's copy leaves out consent and what people wrote in passing."""
    consents = [] if held.for_agency else [section("consentimientos", "print.section.consents", consent_table(held))]
    visits = [section("resultados", "print.section.results", *results(held))] if held.case.visits else []
    listed = [
        section("desenlace", "print.section.outcome", _outcome(held)),
        section("paciente", "print.section.patient", identity(held, with_state=False)),
        section("autorizaciones", "print.section.decisions", *(decisions(held) or [note("print.note.no_decision")])),
        *consents,
        section("suministro", "print.section.supply", *_supply(held)),
        *visits,
        section("historia", "print.section.timeline", note("print.note.zone", zone=held.words.zone), _timeline(held)),
        section("firmas", "print.section.hand_signatures",
            {"type": "hand", "labels": ["physician", "pharmacist", "regulatory_officer"]}),
    ]  # fmt: skip
    return {"sections": listed, "contents": False}
