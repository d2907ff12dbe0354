"""What may be rectified of a filed request, as data (rectifiable.toml): by whom, and what it makes stale."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compassionate.workflow.roles import Role

FILE = Path(__file__).with_name("rectifiable.toml")
# The agency has the request and has not decided on it.
FILED = ("submitted", "correction_requested", "refusal_notified")


@dataclass(frozen=True, slots=True)
class Rule:
    """One field: the part it stands in, what it holds, who rectifies it, who must sign again and because of what."""

    field: str
    part: str
    kind: str
    roles: tuple[Role, ...]
    because: str
    legal_basis: str
    limit: int = 200
    endorsed_again: bool = False
    signed_again: bool = False


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its field, in the order of the file."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Rule(field=name, **(row | {"roles": tuple(Role(role) for role in row["roles"])}))
        for name, row in listed.items()
    }
