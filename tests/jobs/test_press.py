"""The press in a process apart: prints the same bytes, holds no secret, and ends when it takes too much (PDF-06)."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compassionate.jobs.press import Bounds, Press
from compassionate.jobs.press_room import NICENESS
from compassionate.services.printing import PrintFailed, Stopped
from tests.documents import examples
from tests.documents.printed import printed

KIND = "request_data"


class Swells:
    """What needs four gigabytes as soon as somebody reads it."""

    def __reduce__(self) -> Any:
        return bytearray, (4 << 30,)


def ignore(done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    """One press for all of them: as in life it prints again after most of what happens to it."""
    held = Press()
    yield held
    held.close()


@pytest.fixture
def call() -> tuple[Any, ...]:
    return examples.typical(), KIND, "hospital", (), examples.ISSUE, examples.forms()


def process_of(press: Press) -> int:
    press.warm()
    assert press._process is not None
    return press._process.pid


def test_it_prints_the_same_bytes_and_tells_how_far_it_is(press: Press, call: tuple[Any, ...]):
    told: list[tuple[int, int]] = []
    done = press(*call, on_progress=lambda done, total: told.append((done, total)))
    assert done.pdf == printed("typical", KIND).pdf
    assert done.pages == printed("typical", KIND).pages
    assert told[0] != told[-1]


def test_it_knows_no_secret_and_yields_to_everybody(press: Press, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMPASSIONATE_MASTER_KEY", "never-told")
    press.close()
    process = process_of(press)
    assert b"COMPASSIONATE" not in Path(f"/proc/{process}/environ").read_bytes()
    assert os.getpriority(os.PRIO_PROCESS, process) == min(19, os.nice(0) + NICENESS)
    assert resource.prlimit(process, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(process, resource.RLIMIT_AS) == (2048 << 20, 2048 << 20)


def test_what_is_broken_is_told_by_its_name_alone_and_the_press_goes_on(press: Press):
    process = process_of(press)
    with pytest.raises(PrintFailed) as failed:
        press("Inventada Prueba", on_progress=ignore)
    assert (failed.value.code, failed.value.lasting) == ("broken", False)
    assert "Inventada" not in str(failed.value)
    press.close()
    assert process_of(press) != process


def test_more_memory_than_a_document_may_take_ends_it(press: Press):
    with pytest.raises(PrintFailed) as failed:
        press(Swells(), on_progress=ignore)
    assert (failed.value.code, failed.value.lasting) == ("too_large", True)
    assert failed.value.params == {"megabytes": 2048}


def test_a_press_that_is_killed_is_told_of_and_the_next_job_has_another(press: Press, call: tuple[Any, ...]):
    def kill(done: int, total: int) -> None:
        os.kill(process_of(press), signal.SIGKILL)

    with pytest.raises(PrintFailed) as failed:
        press(*call, on_progress=kill)
    assert (failed.value.code, failed.value.lasting) == ("worker_lost", False)
    assert press(*call, on_progress=ignore).pages


def test_a_worker_that_is_to_end_takes_its_press_along(press: Press, call: tuple[Any, ...]):
    process = process_of(press)

    def stop(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        press(*call, on_progress=stop)
    assert not Path(f"/proc/{process}").exists()


def test_longer_than_a_document_may_take_ends_it(call: tuple[Any, ...]):
    press = Press(Bounds(seconds=0))
    with pytest.raises(PrintFailed) as failed:
        press(*call, on_progress=ignore)
    assert (failed.value.code, failed.value.lasting, failed.value.params) == ("too_long", True, {"minutes": 1})
    assert press._process is None
