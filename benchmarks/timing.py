"""Interleaved rounds, medians, and a table whose last column is the ratio to the baseline."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

ROUNDS = 7
Work = Callable[[], object]


def measure(work: Work) -> float:
    """Seconds of one run, on a clean heap."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(contestants: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, float]:
    """The median seconds of each contestant, all of them in every round, each first in turn; one warm-up before."""
    names = list(contestants)
    for name in names:
        contestants[name]()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            taken[name].append(measure(contestants[name]))
    return {name: statistics.median(times) for name, times in taken.items()}


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table, figures aligned to the right."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print(
            row[0].ljust(widths[0])
            + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        )
        if number == 0:
            print("-" * (sum(widths) + 2 * (len(widths) - 1)))


def ratio(mine: float, baseline: float) -> str:
    """How many times the baseline."""
    return f"{mine / baseline:.2f} x"
