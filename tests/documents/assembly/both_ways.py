"""The same documents printed in one and in pieces, each once a run."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

from compassionate.documents import leaves
from compassionate.documents.assembly import assemble
from compassionate.documents.render import Rendered, render
from compassionate.snapshot import CaseSnapshot
from tests.documents import examples
from tests.documents.printed import CASES, printed

TYPICAL = ("typical", "dossier", "hospital")
EXTREME = ("extreme", "dossier", "agency")
NEVER = 10**6
FOLLOW_UP = "follow_up_report"


def in_short_leaves() -> Any:
    """As if three pages were long already, so that a test needs no sixty."""
    return patch.object(leaves, "SHORTEST_LONG", 3 * leaves.PAGE)


def print_on(shelf: dict[str, bytes], case: CaseSnapshot, kind: str, issue: Any = examples.ISSUE) -> Rendered:
    """The hospital's copy of a document without annexes, with pieces taken from and put on this shelf."""
    with in_short_leaves():
        done = render(case, kind, "hospital", (), issue, examples.forms(), kept=shelf)
    shelf |= done.pieces
    return done


def print_in_one(case: CaseSnapshot, kind: str, copy: str = "hospital", annexes: Any = ()) -> Rendered:
    """A document in a single print."""
    with in_short_leaves() if (kind == FOLLOW_UP) else nullcontext(), patch.object(assemble, "FEWEST_LEAVES", NEVER):
        return render(case, kind, copy, annexes, examples.ISSUE, examples.forms())


@cache
def in_one(case: str, kind: str, copy: str) -> bytes:
    """An example in a single print."""
    annexes = examples.annexes() if (case, kind) == ("typical", "dossier") else ()
    return print_in_one(CASES[case](), kind, copy, annexes).pdf


def in_pieces(case: str, kind: str, copy: str) -> bytes:
    """The same example as the product prints it."""
    return printed(case, kind, copy).pdf


def longer(case: CaseSnapshot, visit: int, score: int) -> CaseSnapshot:
    """The same case with another answer in one of its visits."""
    visits = list(case.visits)
    held = visits[visit]
    assert held.answers is not None
    answers = replace(held.answers, answers=dict(held.answers.answers) | {"vas_pain": score})
    visits[visit] = replace(held, answers=answers)
    return replace(case, visits=tuple(visits))


@cache
def many_visits() -> CaseSnapshot:
    """A case followed for so long that its report fills some leaves."""
    done = [visit for visit in examples.extreme().visits if visit.answers is not None]
    named = [replace(done[number % len(done)], name=f"m{number}", months=number) for number in range(14)]
    return replace(examples.typical(), visits=tuple(named))
