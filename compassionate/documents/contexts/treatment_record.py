"""The treatment record of the hospital: on which authorisation and consent, what was given, from which batch."""

from __future__ import annotations

from typing import Any

from compassionate.documents.blocks import Block, note, rows, section, table
from compassionate.documents.contexts.consents import consent_table
from compassionate.documents.contexts.decisions import decisions
from compassionate.documents.contexts.source import Source, line_name, patient_name
from compassionate.documents.contexts.supply import account, movements, used_of_granted
from compassionate.snapshot import DoseSnapshot

DOSES = (
    ("given_on", 12),
    ("act", 14),
    ("dose_line", 8),
    ("units", 9),
    ("batch", 15),
    ("expires_on", 12),
    ("given_by", 18),
    ("next_on", 12),
)
POSOLOGIES = (("version", 9), ("from_on", 13), ("dose", 22), ("schedule", 30), ("cycles", 26))


def identity(held: Source, with_state: bool = True) -> Block:
    """Whose treatment it is, with what, under whom."""
    case, words = held.case, held.words
    names = [("initials", case.patient.initials)] if held.for_agency else [("patient_name", patient_name(case))]
    return rows(
        ("case_code", case.code), *names, ("nhc", case.patient.nhc), ("birth_on", words.day(case.patient.birth_on)),
        ("centre", case.centre.name), ("product", case.product.name), ("sponsor", case.product.sponsor),
        ("physician", case.physician.name if case.physician else ""),
        ("pharmacist", case.pharmacist.name if case.pharmacist else ""),
        *([("state", words.choice("state", case.state))] if with_state else []),
    )  # fmt: skip


def posologies(held: Source) -> Block:
    """Every dated version of the posology."""
    words = held.words
    body = [
        [
            words.number(each.version),
            words.day(each.from_on),
            each.dose,
            each.schedule,
            "\n".join(part for part in (each.cycles, each.route, each.instructions) if part),
        ]
        for each in held.case.posologies
    ]
    return table("posologies", POSOLOGIES, body)


def doses(held: Source) -> Block:
    """Every dispensing and administration, with line, batch and expiry (RD 577/2013 art. 5.12)."""
    return table("doses", DOSES, [_dose(each, held) for each in held.case.doses], numeric="units")


def _dose(each: DoseSnapshot, held: Source) -> list[str]:
    words = held.words
    people = [each.by, words.say("print.collected_by", name=each.collected_by) if each.collected_by else "", each.note]
    return [
        words.day(each.given_on), words.choice("choice.act", each.act), words.number(each.line_number),
        words.number(each.units), each.batch,
        words.day(each.expires_on), "\n".join(part for part in people if part), words.day(each.next_on),
    ]  # fmt: skip


def _used(held: Source) -> Block:
    body = [[f"{line.number}. {line_name(line)}", used_of_granted(line, held)] for line in held.case.lines]
    return table("used", (("line", 50), ("used_of_granted", 50)), body)


def _by_hand() -> Block:
    """Room for the signatures of the paper record."""
    return {"type": "hand", "labels": ["physician", "pharmacist"]}


def context(held: Source) -> dict[str, Any]:
    """The treatment record."""
    listed = [
        section("paciente", "print.section.patient", identity(held)),
        section("autorizaciones", "print.section.decisions", *(decisions(held) or [note("print.note.no_decision")])),
        section("consentimientos", "print.section.consents", consent_table(held)),
        section("pauta", "print.section.posologies", posologies(held)),
        section("dosis", "print.section.doses", doses(held), _used(held)),
        section("suministro", "print.section.supply", note("print.note.units"), account(held), *movements(held)),
        section("firmas", "print.section.hand_signatures", _by_hand()),
    ]  # fmt: skip
    return {"sections": listed, "contents": False}
