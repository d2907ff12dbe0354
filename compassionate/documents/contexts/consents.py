"""Where each written consent stands: for copies that stay in the hospital, never for the agency's (art. 8.2)."""

from __future__ import annotations

from compassionate.documents.blocks import Block, table
from compassionate.documents.contexts.source import Source
from compassionate.documents.phrases import capitalised
from compassionate.snapshot import ConsentSnapshot, is_witness_void

COLUMNS = (
    ("consent_kind", 18),
    ("consent_state", 14),
    ("consent_informed", 23),
    ("consent_signed", 27),
    ("consent_more", 18),
)


def consent_table(held: Source) -> Block:
    """One row a kind: state, who informed when and with which sheet, who signed when, copy and interpreter."""
    return table("consents", COLUMNS, [_cells(consent, held) for consent in held.case.consents])


def _cells(consent: ConsentSnapshot, held: Source) -> list[str]:
    words = held.words
    sheet = words.say("print.consent.sheet", version=consent.sheet_version) if consent.sheet_version else ""
    signer = " – ".join(
        part for part in (words.choice("choice.signed_by", consent.signed_by), consent.representative) if part
    )
    state = words.choice("region_state.consent", consent.state)
    ended = words.day(consent.ended_on)
    more = [
        words.say("print.consent.copy_given") if consent.copy_given else "",
        consent.interpreter and words.say("print.consent.interpreter", name=consent.interpreter),
    ]
    return [
        capitalised(words.choice("consent_kind", consent.kind)), _lines(state, ended),
        _lines(words.day(consent.informed_on), consent.informed_by, sheet),
        _lines(words.day(consent.signed_on), signer, _witness(consent, held)), _lines(*more),
    ]  # fmt: skip


def _witness(consent: ConsentSnapshot, held: Source) -> str:
    """Who signed that they saw it, when and meaning what; and that it is void where it is."""
    signed, words = consent.witness, held.words
    if signed is None:
        return ""
    told = {"name": signed.name, "role": words.choice("role", signed.role), "at": words.moment(signed.at)}
    said = words.say("print.consent.witness", **told)
    return f"{said}. {words.say('print.consent.witness_void')}" if is_witness_void(held.case.code, consent) else said


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
