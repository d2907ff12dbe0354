"""What must hold of the tests that cells must pass, and of what is said of the cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from compassionate.errors import FieldError
from compassionate.programmes.checking_questions import limit_problems
from compassionate.programmes.model import CellSpecification, Programme, ReleaseTest

LONGEST_SHELF_LIFE, COLDEST, WARMEST = 24 * 365, -200, 60
LONGEST_CHASE = 365


def release_problems(programme: Programme) -> Iterator[FieldError]:
    """Every mistake of the tests of release."""
    if programme.release_tests and programme.cells is None:
        yield FieldError("cells", "programme.tests_without_cells")
    for test in programme.release_tests:
        yield from _test(test, f"release_tests[{test.id}]")


def _test(test: ReleaseTest, path: str) -> Iterator[FieldError]:
    codes = [choice.code for choice in test.choices]
    if test.kind == "number":
        if test.choices or test.passes:
            yield FieldError(f"{path}.choices", "programme.choices_of_number")
        for limit in test.limits:
            yield from limit_problems(limit, "decimal", (), path)
    else:
        if len(codes) < 2 or len(set(codes)) < len(codes):
            yield FieldError(f"{path}.choices", "programme.choice_options")
        if not test.passes or not set(test.passes) < set(codes):
            yield FieldError(f"{path}.passes", "programme.bad_passes")
        if test.limits:
            yield FieldError(f"{path}.limits", "programme.limit_does_not_fit", {"kind": "choice"})
    if test.may_follow != (test.chase_after_days is not None):
        yield FieldError(f"{path}.chase_after_days", "programme.chase_with_follow")
    if test.chase_after_days is not None and not 1 <= test.chase_after_days <= LONGEST_CHASE:
        yield FieldError(f"{path}.chase_after_days", "programme.out_of_range", {"low": 1, "high": LONGEST_CHASE})
    if test.status in ("unverified", "missing") and (test.limits or test.effect == "stops"):
        yield FieldError(f"{path}.status", "programme.unverified_figure")


def cell_problems(programme: Programme) -> Iterator[FieldError]:
    """Every mistake of what is said of the cells."""
    cells = programme.cells
    if cells is None:
        return
    yield from range_problems(cells, "cells.")
    for name, low, high in (("dose", cells.dose_low, cells.dose_high),):
        if low is not None and high is not None and not 0 < low <= high:
            yield FieldError(f"cells.{name}_low", "programme.not_a_range")
    if (cells.dose_low, cells.dose_high) != (None, None) and not cells.dose_unit:
        yield FieldError("cells.dose_unit", "programme.missing")
    for name, count in Counter(test.id for test in cells.serology).items():
        if count > 1:
            yield FieldError(f"cells.serology[{name}]", "programme.twice", {"given": name})


def range_problems(cells: CellSpecification, path: str = "") -> Iterator[FieldError]:
    """Whether shelf life and temperature can be true at all."""
    hours, low, high = cells.shelf_life_hours, cells.temperature_low, cells.temperature_high
    if hours is not None and not 0 < hours <= LONGEST_SHELF_LIFE:
        yield FieldError(f"{path}shelf_life_hours", "programme.out_of_range", {"low": 1, "high": LONGEST_SHELF_LIFE})
    for name, value in (("temperature_low", low), ("temperature_high", high)):
        if value is not None and not COLDEST <= value <= WARMEST:
            yield FieldError(f"{path}{name}", "programme.out_of_range", {"low": COLDEST, "high": WARMEST})
    if (low is None) != (high is None):
        yield FieldError(f"{path}temperature_{'low' if low is None else 'high'}", "programme.missing")
    elif low is not None and high is not None and low >= high:
        yield FieldError(f"{path}temperature_low", "programme.not_a_range")
