"""How far a print has come: whoever prints tells it part by part, whoever shows it divides."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # parts done, and parts there are


def silently(done: int, total: int) -> None:
    """Tell nobody."""
