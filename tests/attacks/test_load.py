"""Fifty people at work on the running server (AVA-01); how quickly, benchmarks/load.py measures."""

from __future__ import annotations

import pytest

from benchmarks import load

CASES, SECONDS, GROWN = 300, 25, 60


@pytest.mark.long
def test_fifty_people_at_once_are_all_answered_and_the_servers_memory_stays_flat() -> None:
    found = load.measure(SECONDS, CASES, first=10)
    assert found.together.faults == []
    assert found.alone.faults == []
    assert sum(len(taken) for taken in found.together.taken.values()) > load.PEOPLE
    assert found.after - found.warm < GROWN
