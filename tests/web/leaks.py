"""Looking for people in bytes: whatever stands there in clear, or in an encoding that anybody undoes."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})")
NATIONAL_ID = re.compile(rb"\d{8}-?[A-Z]")


def views(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes as they are, and as they read after each encoding."""
    yield "clear", data
    yield "UTF-16", data.replace(b"\x00", b"")
    yield "percent", unquote_to_bytes(data.replace(b"+", b" "))
    yield "JSON", ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    yield "HTML", html.unescape(data.decode("latin-1")).encode("latin-1", "ignore")
    for offset in range(4):
        yield "base64", b"\n".join(_decoded(run, offset) for run in BASE64.findall(data))


def _decoded(run: bytes, offset: int) -> bytes:
    text = run[offset:].replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except binascii.Error:
        return b""


def found_in(data: bytes, tokens: set[str], national_ids: set[str]) -> set[str]:
    """Which tokens, in any case and as UTF-8 or Latin-1, and which national ids stand in the bytes."""
    wanted = {form.encode(code) for each in tokens for form in (each, each.upper(), each.lower()) for code in CODES}
    seen = set()
    for how, view in views(data):
        seen |= {f"{how}: {each!r}" for each in wanted if each in view}
        ids = {each.decode().replace("-", "") for each in NATIONAL_ID.findall(view.upper())}
        seen |= {f"{how}: {each}" for each in ids & national_ids}
    return seen


CODES = ("utf-8", "latin-1")


def found_under(folder: Path, tokens: set[str], national_ids: set[str]) -> dict[str, set[str]]:
    """The same for every file under a folder and for its name."""
    held = {}
    for path in folder.rglob("*"):
        data = str(path.relative_to(folder)).encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        seen = found_in(data, tokens, national_ids)
        if seen:
            held[str(path.relative_to(folder))] = seen
    return held
