"""Who signed what, printed beside the content that it binds to: name, role, meaning, instant with zone, hash."""

from __future__ import annotations

from typing import Any

from compassionate.documents.blocks import Block, row
from compassionate.documents.contexts.source import Source
from compassionate.snapshot import SignatureSnapshot, is_void


def signature(held: Source, meaning: str) -> Block:
    """The last signature of that meaning, or the plain word that there is none."""
    signed = held.case.signature(meaning)
    title = held.words.say(f"print.signature.{meaning}")
    void = held.words.say("signature_void.print") if signed and is_void(held.case, signed) else ""
    return {"type": "signature", "title": title, "rows": _rows(signed, held) if signed else [], "void": void}


def said_in_line(held: Source, meaning: str) -> tuple[str, bool]:
    """Who signed and when, on one line, and whether it still is the content that was signed."""
    signed = held.case.signature(meaning)
    if signed is None:
        return "", False
    stands = not is_void(held.case, signed)
    said = f"{signed.name}, {held.words.short_moment(signed.at)}"
    return said if stands else f"{said}. {held.words.say('signature_void.print')}", stands


def _rows(signed: SignatureSnapshot, held: Source) -> list[dict[str, Any]]:
    words = held.words
    pairs = (
        ("signed_meaning", words.say(f"signature_meaning.{signed.meaning}")),
        ("signed_by", signed.name), ("signed_role", words.choice("role", signed.role)),
        ("collegiate_number", signed.collegiate_number),
        ("delegation", signed.delegation), ("signed_at", words.moment(signed.at)),
        ("signed_content", signed.content_sha256),
    )  # fmt: skip
    return [row(label, value) for label, value in pairs if value]
