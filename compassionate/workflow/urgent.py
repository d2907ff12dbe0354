"""The minimum of an urgent filing as data (urgent_minimum.toml): what it must hold, what may follow, what bars a dose.

Ley 39/2015 art. 66.1, 68.1; RD 1015/2009 art. 8.1, 10.a. Urgent means filed earlier, never treated earlier.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("urgent_minimum.toml")
CORE, REPORT, AGREEMENT, COMMITTEE = "core_of_report", "report", "agreement", "committee"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a request: its ground, whether it may follow the filing, and whether it bars a dose until then."""

    name: str
    legal_basis: str
    verified: bool
    follows: bool = False
    before_dose: bool = False
    setting: str = ""
    who: str = ""
    answers: tuple[str, ...] = ()


@cache
def parts() -> Mapping[str, Part]:
    """Every part by its name, in the order of the file."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Part(name=name, **(row | {"answers": tuple(row.get("answers", ()))})) for name, row in listed.items()}


def may_follow(settings: Mapping[str, object]) -> frozenset[str]:
    """The parts that may follow at a hospital with these settings; it may ask for each of them from the start."""
    return frozenset(part.name for part in parts().values() if part.follows and settings.get(part.setting, True))


def is_core(question: str) -> bool:
    """Whether a question of the clinical report is answered from the start."""
    return question.partition(".")[0] in parts()[CORE].answers
