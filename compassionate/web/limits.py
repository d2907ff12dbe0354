"""What one person may ask for at a time: printing, exporting and searching cost more than any other page (AVA-02).

Counted in this process, which is the only one that serves: a restart forgets, and nothing of it is about patients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from time import monotonic
from typing import Any

from flask import abort, current_app, make_response, render_template
from flask_login import current_user

from compassionate.web.credentials import source

MINUTE = 60.0
KEY = "compassionate.limits"


@dataclass(slots=True)
class Spent:
    """What one person has asked of one costly act: how many are running, and when those of the last minute began."""

    running: int = 0
    begun: deque[float] = field(default_factory=deque)


class Meter:
    """Who is at which costly act."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spent: dict[tuple[str, str], Spent] = {}

    @contextmanager
    def turn(self, person: str, act: str, at_once: int, a_minute: int) -> Iterator[float]:
        """A turn at an act: yields 0, or how many seconds to wait."""
        wait = self._begin((person, act), at_once, a_minute)
        try:
            yield wait
        finally:
            if not wait:
                with self._lock:
                    self._spent[person, act].running -= 1

    def _begin(self, key: tuple[str, str], at_once: int, a_minute: int) -> float:
        now = monotonic()
        with self._lock:
            self._forget(now)
            held = self._spent.setdefault(key, Spent())
            if held.running >= at_once:
                return 5.0
            if len(held.begun) >= a_minute:
                return max(1.0, held.begun[0] + MINUTE - now)
            held.running += 1
            held.begun.append(now)
            return 0.0

    def _forget(self, now: float) -> None:
        for key, held in list(self._spent.items()):
            while held.begun and held.begun[0] < now - MINUTE:
                held.begun.popleft()
            if not held.begun and not held.running:
                del self._spent[key]


def meter() -> Meter:
    """The meter of the running application."""
    held: Meter = current_app.extensions.setdefault(KEY, Meter())
    return held


# A file is decrypted, put on record and sent: sixty a minute are more than anybody opens by hand.
DOWNLOADS: dict[str, Any] = {"act": "download", "at_once": 4, "a_minute": 60}
# A file is read by another process, one or two of which run at a time (UPL-01, UPL-04).
UPLOADS: dict[str, Any] = {"act": "upload", "at_once": 2, "a_minute": 30}
EXPORTS: dict[str, Any] = {"act": "export", "at_once": 1, "a_minute": 10}


def costly(act: str, at_once: int = 1, a_minute: int = 20) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a view that costs much: each person has so many of them at once and so many a minute, then 429."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def limited(*args: Any, **given: Any) -> Any:
            if not current_user.is_authenticated:
                abort(403)
            with meter().turn(current_user.id, act, at_once, a_minute) as wait:
                return _too_many(wait) if wait else view(*args, **given)

        limited.__dict__["costly"] = act
        return limited

    return mark


def strangers(act: str, a_minute: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a page that anybody may open: each source has it so often a minute, then 429."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def limited(*args: Any, **given: Any) -> Any:
            with meter().turn(source(), act, a_minute, a_minute) as wait:
                return _too_many(wait, person=False) if wait else view(*args, **given)

        return limited

    return mark


def _too_many(wait: float, person: bool = True) -> Any:
    seconds = round(wait)
    answer = make_response(render_template("errors/429.html", seconds=seconds, person=person), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
