"""Two presses on an idle machine, one as soon as people are waiting; and a press of two that keeps to it."""

from __future__ import annotations

from typing import Any

import pytest

from compassionate.documents.assembly.pieces import Job
from compassionate.documents.assembly.workers import Together
from compassionate.documents.render import css
from compassionate.jobs.spare import Spare, times


class Machine:
    """A clock and the kernel's account of time, moved by hand."""

    def __init__(self, processors: int) -> None:
        self.processors, self.seconds, self.taken = processors, 0.0, 0.0

    def read(self) -> tuple[int, int]:
        return int(self.taken * 100), int(self.seconds * 100 * self.processors)

    def pass_by(self, seconds: float, taken: float) -> None:
        """So many seconds in which others took so many processors."""
        self.seconds += seconds
        self.taken += taken * seconds

    def spare(self) -> Spare:
        return Spare(self.processors, self.read, lambda: self.seconds)


@pytest.mark.parametrize(
    ("processors", "taken", "is_spare"),
    [
        (2, 0.0, True),
        (2, 0.1, True),
        (2, 0.5, False),
        (2, 2.0, False),
        (4, 1.5, True),
        (4, 3.0, False),
        (1, 0.0, False),
    ],
)
def test_a_second_press_prints_where_others_leave_it_a_processor(processors: int, taken: float, is_spare: bool):
    machine = Machine(processors)
    spare = machine.spare()
    machine.pass_by(10, taken)
    assert spare() is is_spare


def test_it_yields_within_half_a_second_and_comes_back():
    machine = Machine(2)
    spare = machine.spare()
    machine.pass_by(60, 0)
    assert spare()
    machine.pass_by(0.6, 1)
    assert not spare()
    machine.pass_by(0.1, 0)
    assert not spare()  # too early to say
    machine.pass_by(0.5, 0)
    assert spare()


def test_a_kernel_that_keeps_no_account_means_one_press_on_two_processors():
    machine = Machine(2)
    spare = Spare(2, lambda: (0, 0), lambda: machine.seconds)
    machine.pass_by(10, 0)
    assert not spare()
    assert times()[1] > 0


def test_while_people_wait_nothing_is_given_to_the_other_press(monkeypatch: pytest.MonkeyPatch):
    def never(*given: Any) -> None:
        raise AssertionError("it was to print alone")

    together = Together(2, css(), lambda: False)
    monkeypatch.setattr(together._pool, "submit", never)
    jobs = [Job(f"{number}", f"<html lang='es'><title>·</title><p>{number}", css(), {}) for number in range(3)]
    try:
        assert [piece.pages for piece in together.press(jobs)] == [1, 1, 1]
    finally:
        together.close()
