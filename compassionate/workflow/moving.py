"""What is known of a case that passes to another physician or hospital, as data (moving.toml).

`verified` false: no published text says it; pages mark it, so that nobody takes it for law.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("moving.toml")
PHYSICIAN, TRANSFER = "physician", "transfer"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its words are `moving_fact.<id>`."""

    id: str
    of: tuple[str, ...]
    legal_basis: str
    verified: bool


@cache
def facts(of: str) -> tuple[Fact, ...]:
    """The facts of a change of physician or of a transfer, in the order of the file."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["fact"]
    held = (Fact(row["id"], tuple(row["of"]), row["legal_basis"], row["verified"]) for row in listed)
    return tuple(fact for fact in held if of in fact.of)
