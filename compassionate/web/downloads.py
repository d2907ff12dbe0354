"""Files handed to a browser: always as attachments, under names that say nothing about a person."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any

from flask import send_file

SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def slug(words: str) -> str:
    """Words as a part of a file name that every system takes: `Otro papel` is `otro-papel`."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "documento"


def attachment(data: bytes, media_type: str, name: str) -> Any:
    """The bytes as an attachment under `name` (RFC 6266): never drawn inside our own pages, never guessed at."""
    return send_file(io.BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name, max_age=0)


def size_words(size: int) -> str:
    """A size as people say it, in the decimal comma: `812 KB`, `1,4 MB`."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".0 ", " ").replace(".", ",")
