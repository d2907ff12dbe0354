"""Heads kept where this installation cannot rewrite them: one a day, one line of JSON each (AUD-04).

A cut tail, a history written anew and an older copy put in place are whole in themselves: they show only against a head
that was kept elsewhere. A line may carry the time-stamp of an authority over all that it says besides (`stamp`, RFC
3161): then not even whoever owns the folder can have written it later (ENS mp.info.4).
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from compassionate.services import time_stamps
from compassionate.services.chain import head_document

FILE = "compassionate-heads.jsonl"
TRY_AGAIN_AFTER = timedelta(minutes=5)


class NoHead(ValueError):
    """What was given is no head of a chain; says which line."""


def is_head(given: Any) -> bool:
    """Whether this is a head: rows and hash, of both chains where it names both."""
    if not isinstance(given, dict) or not (isinstance(given.get("rows"), int) and isinstance(given.get("head"), str)):
        return False
    return "reads" not in given or is_head({**given["reads"]} if isinstance(given["reads"], dict) else None)


def read(path: Path) -> list[dict[str, Any]]:
    """The heads of a file: one JSON object, or one a line; raises NoHead, OSError."""
    text = path.read_text(encoding="utf-8")
    try:
        held = [json.loads(text)]
    except ValueError:
        held = _lines(path, text)
    for number, each in enumerate(held, start=1):
        if not is_head(each):
            raise NoHead(f"{path}: {number}")
    return held


def _lines(path: Path, text: str) -> list[Any]:
    held = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            held.append(json.loads(line))
        except ValueError as error:
            raise NoHead(f"{path}: {number}") from error
    return held


def kept(folder: str) -> list[dict[str, Any]]:
    """Every head that was kept in a folder; none where there is no such file yet."""
    path = Path(folder) / FILE
    return read(path) if folder and path.exists() and path.stat().st_size else []


def keep(session: Session, folder: Path, now: datetime, once_a_day: bool = False) -> dict[str, Any] | None:
    """Append the present heads to the folder's file, on disk when this returns; None where the day has one already."""
    with (folder / FILE).open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # several processes begin their day together
        file.seek(0)
        if once_a_day and any(_is_of(line, now.date()) for line in file):
            return None
        document = head_document(session) | {"kept_at": now.isoformat()}
        file.write(json.dumps(document, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return document


def stamped_text(head: Mapping[str, Any]) -> bytes:
    """What a time-stamp of a head is over: the head without it, in one way of writing."""
    return json.dumps({key: value for key, value in head.items() if key != "stamp"}, sort_keys=True).encode()


def stamp(folder: Path, url: str, roots: Path | None) -> dict[str, Any] | None:
    """Have the last kept head stamped, as one more line; None where it is. Raises NoAnswer, BadStamp, OSError."""
    held = kept(str(folder))
    if not held or any(each.get("stamp") and each["head"] == held[-1]["head"] for each in held):
        return None
    plain = {key: value for key, value in held[-1].items() if key != "stamp"}
    answer = time_stamps.ask(url, stamped_text(plain), roots)
    document = plain | {"stamp": base64.b64encode(answer).decode()}
    with (folder / FILE).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(document, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return document


def look_at_stamps(held: Iterable[Mapping[str, Any]], roots: Path | None) -> list[dict[str, Any]]:
    """Every time-stamp among these heads: of how many rows, from when, trusted or not, and why it is bad."""
    found = []
    for each in (head for head in held if head.get("stamp")):
        seen: dict[str, Any] = {"rows": each["rows"], "at": None, "trusted": False, "why": ""}
        try:
            stamp = time_stamps.look_at(base64.b64decode(each["stamp"]), stamped_text(each), roots)
            seen |= {"at": stamp.at, "trusted": stamp.is_trusted}
        except ValueError as error:
            seen["why"] = str(error)
        found.append(seen)
    return found


def _is_of(line: str, day: date) -> bool:
    try:
        held: Mapping[str, Any] = json.loads(line)
        return str(held["kept_at"]).startswith(day.isoformat())
    except (ValueError, KeyError, TypeError):
        return False


class Daily:
    """Keeps one head a day for one process: the first act of a day brings it out."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._done_on: date | None = None
        self._not_before: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether this day's head was not kept yet; asked at every answer, so it costs nothing."""
        if not self._folder or self._done_on == now.date():
            return False
        return self._not_before is None or now >= self._not_before

    def keep(self, session: Session, now: datetime) -> None:
        """Keep this day's head; raises OSError, and is then due again some minutes later."""
        self._not_before = now + TRY_AGAIN_AFTER
        keep(session, Path(self._folder), now, once_a_day=True)
        self._done_on, self._not_before = now.date(), None
