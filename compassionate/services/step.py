"""One step being taken: what its effects need, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent
from compassionate.services.actors import Actor
from compassionate.workflow.facts import Facts


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case (or of one of its regions) between its event and its commit."""

    session: Session
    actor: Actor
    case: Case
    event: CaseEvent
    values: Mapping[str, Any]
    facts: Facts
    now: datetime
    instance: str = ""
    before: str = ""
    request_number: int = 0

    @property
    def line_number(self) -> int:
        """The line that a supply step is about (`line-2` is 2)."""
        return int(self.instance.removeprefix("line-"))

    @property
    def paper_id(self) -> str | None:
        """The paper of this case that the step names (`advance` has looked)."""
        return self.values.get("paper")


Effect = Callable[[Step], None]
