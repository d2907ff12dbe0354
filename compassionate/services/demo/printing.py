"""Printing the demonstration's documents beside the telling, in processes of their own: it takes most of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

from compassionate.programmes.questionnaire import with_published
from compassionate.questionnaires import Catalogue, load_forms
from compassionate.services.plans import Plan, Prepared, press

FORMS = Path(__file__).parents[3] / "forms"
PROCESSES = 2
_forms: list[Catalogue] = []


class Promised(Protocol):
    """A document that will be printed by the time it is asked for."""

    def result(self) -> Prepared:
        """The printed document."""


class Printer(Protocol):
    """Whatever prints a plan."""

    def start(self, plan: Plan) -> Promised:
        """Begin to print."""


def _prepare_process() -> None:
    gc.disable()  # collecting garbage is a quarter of the time of a print
    _forms.append(with_published(load_forms(FORMS)))


def _press(plan: Plan) -> Prepared:
    prepared = press(plan, _forms[0])
    gc.collect()
    return prepared


class _Pool:
    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def start(self, plan: Plan) -> Future[Prepared]:
        return self._executor.submit(_press, plan)


@contextmanager
def press_room() -> Iterator[Printer]:
    """A printer of two processes, which end with the block."""
    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=_prepare_process) as executor:
        yield _Pool(executor)
