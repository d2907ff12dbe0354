"""What was typed into a form that could not be taken: offered again on the page that says so, never kept here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from compassionate.extensions import WRITING

TYPED_ANEW = ("csrf_token", "password", "secret")  # never given back by a page
READABLE = 3  # letters: shorter values are ticks and codes, of no use to somebody who copies them
LARGEST = 400_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent: `fields` go again as they are, `texts` are what a person can read and copy."""

    action: str
    fields: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    had_files: bool
    had_password: bool


def resending() -> Sent | None:
    """The form of this request; None where there was none, or where it cannot be read (no room to take it in).

    Only a form of ours comes this far: one of somebody else's page was refused before any part was asked.
    """
    if request.method not in WRITING:
        return None
    try:
        given: list[tuple[str, str]] = list(request.form.items(multi=True))
        files = any(file.filename for file in request.files.values())
    except Exception:  # noqa: BLE001 - the page that says what failed must not fail for the same reason
        return None
    fields = tuple((name, value) for name, value in given if not _is_secret(name))
    if sum(len(value) for _, value in fields) > LARGEST:
        return None
    texts = tuple(value for name, value in fields if len(value) > READABLE and not _is_ours(name))
    return Sent(request.full_path.rstrip("?"), fields, texts, files, any("password" in name for name, _ in given))


def _is_secret(name: str) -> bool:
    return any(part in name for part in TYPED_ANEW)


def _is_ours(name: str) -> bool:
    return name in ("version", "idempotency_key", "next", "kept")
