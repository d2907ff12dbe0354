"""What a result of the release specification means: the programme's limits hold, or they do not (RD 824/2010)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from compassionate.errors import FieldError, Invalid
from compassionate.models import CellTest
from compassionate.programmes import Programme
from compassionate.programmes.model import ReleaseTest
from compassionate.services.cells.rows import standing_results

PASSED, FAILED, INFORMATIVE, PENDING = "passed", "failed", "informative", "pending"
NUMBER = re.compile(r"[-−]?\d{1,12}(?:[.,]\d{1,6})?")
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """Which tests stand against a release: not there, failed, and those that may follow and have not come."""

    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    chased: tuple[str, ...] = ()


def judge(test: ReleaseTest, typed: str) -> tuple[str, str]:
    """(verdict, value) of what was typed for a test; raises Invalid for what is none of its answers.

    A number without limits in the programme is for the qualified person to judge: it informs and passes nothing.
    """
    text = typed.strip()
    if text.casefold() == PENDING:
        return PENDING, ""
    return _choice(test, text) if test.kind == "choice" else _number(test, text)


def _choice(test: ReleaseTest, text: str) -> tuple[str, str]:
    said = {each.text.said(language).casefold(): each.code for each in test.choices for language in ("es", "en")}
    code = said.get(text.casefold(), text)
    if code not in {each.code for each in test.choices}:
        raise Invalid((FieldError("result", "value.not_a_choice"),))
    return _verdict(test, code in test.passes, not test.passes), code


def _number(test: ReleaseTest, text: str) -> tuple[str, str]:
    if not NUMBER.fullmatch(text):
        raise Invalid((FieldError("result", "value.decimal_number"),))
    value = text.replace("−", "-").replace(",", ".")
    holds = all(
        COMPARED[limit.operator](Decimal(value), Decimal(str(bound))) for limit in test.limits for bound in limit.values
    )
    return _verdict(test, holds, not test.limits), value


def _verdict(test: ReleaseTest, holds: bool, unlimited: bool) -> str:
    if unlimited or test.effect == "informs":
        return INFORMATIVE
    return PASSED if holds else FAILED


def owed(programme: Programme | None, rows: Iterable[CellTest]) -> Owed:
    """What stands against a release by the newest result of each test."""
    standing = standing_results(rows)
    verdict = {name: row.verdict for name, row in standing.items()}
    stopping = [test for test in (programme.release_tests if programme else ()) if test.effect == "stops"]
    open_ones = [test for test in stopping if verdict.get(test.id, PENDING) == PENDING]
    return Owed(
        tuple(test.id for test in open_ones if not test.may_follow),
        tuple(test.id for test in stopping if verdict.get(test.id) == FAILED),
        tuple(test.id for test in open_ones if test.may_follow),
    )
