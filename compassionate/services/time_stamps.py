"""Time-stamps of an authority (RFC 3161) over what was kept: proof of when, by somebody who is not us (AUD-04).

Only the SHA-256 of a text leaves this machine. An answer is kept whole, so that a third party can check it years later
with its own tools. Whose signature it must carry says a file of root certificates, the hospital's choice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compassionate.services.outside import post

ASKS, ANSWERS = "application/timestamp-query", "application/timestamp-reply"


class BadStamp(ValueError):
    """What was given is no time-stamp of this text by an authority that is trusted; says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an authority saw the text, and whether a trusted certificate vouches for it."""

    at: datetime
    is_trusted: bool


def ask(url: str, message: bytes, roots: Path | None) -> bytes:
    """The answer of the authority at `url` to this text; raises NoAnswer, BadStamp."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    asked = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    request = asked.build()
    answer = post(url, request.as_bytes(), ASKS, ANSWERS)
    look_at(answer, message, roots, request.nonce)
    return answer


def look_at(answer: bytes, message: bytes, roots: Path | None, nonce: int | None = None) -> Stamp:
    """What an answer proves about a text; without `roots` only that it speaks of it. Raises BadStamp."""
    from rfc3161_client import VerificationError, VerifierBuilder

    held = _decoded(answer)
    if roots is None:
        return _unsigned(held, message, nonce)
    builder = VerifierBuilder()
    for certificate in _certificates(roots):
        builder = builder.add_root_certificate(certificate)
    builder = builder.nonce(nonce) if nonce is not None else builder
    try:
        builder.build().verify_message(held, message)
    except (VerificationError, ValueError) as error:
        raise BadStamp(str(error)) from error
    return Stamp(held.tst_info.gen_time, is_trusted=True)


def _decoded(answer: bytes) -> Any:
    from rfc3161_client import decode_timestamp_response

    try:
        held = decode_timestamp_response(answer)
        held.tst_info.gen_time  # noqa: B018 - a refusal has none, and asking raises
    except (ValueError, TypeError) as error:
        raise BadStamp("no time-stamp") from error
    return held


def _unsigned(held: Any, message: bytes, nonce: int | None) -> Stamp:
    if held.status != 0 or held.tst_info.message_imprint.message != hashlib.sha256(message).digest():
        raise BadStamp("of another text")
    if nonce is not None and held.tst_info.nonce != nonce:
        raise BadStamp("an answer to somebody else")
    return Stamp(held.tst_info.gen_time, is_trusted=False)


def _certificates(roots: Path) -> list[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise BadStamp(f"{roots} holds no certificate") from error
