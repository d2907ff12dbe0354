"""The clocks of the law as data (clocks.toml): one rule an id, checked when it is read.

Ley 39/2015 arts. 21, 22, 30-32, 43, 68, 73, 95, 124; Ley 29/1998 arts. 46, 128; RD 1015/2009 arts. 8, 10, 11.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

Unit = Literal["working-days", "calendar-days", "months", "years"]
Calendar = Literal["agency", "centre", "none"]
UNITS, CALENDARS = get_args(Unit), get_args(Calendar)


@dataclass(frozen=True, slots=True)
class Rule:
    """One clock. `amount` None: another rule says how long. `extension`: the most that may be granted, 0 for none.

    `counted` names the event whose day the count starts after; `owner` who must act, or whom the case waits for.
    """

    id: str
    unit: Unit
    counted: str
    calendar: Calendar
    legal_basis: str
    lapse: str
    owner: tuple[str, ...]
    amount: int | None = None
    registry: bool = False
    rolls: bool = True
    august: bool = True
    backwards: bool = False
    extension: int = 0
    extension_basis: str = ""
    setting: str = ""
    shown: str = ""
    holds: bool = True
    variants: Mapping[str, Rule] | None = None

    def variant(self, name: str) -> Rule:
        """The rule as it holds in another situation; raises KeyError."""
        return (self.variants or {})[name] if name else self

    @property
    def counts(self) -> str:
        """How it counts, to be kept with what was counted by it: `10 working-days agency rolls`."""
        ways = ("registry", "rolls", "august", "backwards")
        return " ".join([f"{self.amount} {self.unit} {self.calendar}", *(way for way in ways if getattr(self, way))])

    @property
    def binds(self) -> bool:
        """Whether somebody of the hospital loses something when it lapses: those are warned of."""
        return self.shown != "display" and "agency" not in self.owner


def _rule(name: str, row: Mapping[str, Any]) -> Rule:
    plain = {key: value for key, value in row.items() if key != "variants"}
    held = Rule(id=name, **(plain | {"owner": tuple(row["owner"])}))
    if held.unit not in UNITS or held.calendar not in CALENDARS:
        raise ValueError(f"{name}: unit {held.unit}, calendar {held.calendar}")
    return replace(held, variants={key: replace(held, **more) for key, more in row.get("variants", {}).items()})


@cache
def rules() -> Mapping[str, Rule]:
    """Every clock by its id, in the order of the file."""
    rows = tomllib.loads((Path(__file__).parent / "clocks.toml").read_text(encoding="utf-8"))
    return {name: _rule(name, row) for name, row in rows.items() if name != "version"}


def bare(amount: int, unit: Unit) -> Rule:
    """A term that no clock names: joined calendars, rolling forward (Ley 39/2015 art. 30.5)."""
    return Rule("", unit, "event", "centre", "Ley 39/2015 art. 30", "", (), amount)
