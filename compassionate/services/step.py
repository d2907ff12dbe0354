"""One step being taken: what its effects need, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, CaseEvent, Paper
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
        """The paper that the step names; raises Invalid for one that this case does not have."""
        given = self.values.get("paper")
        if given is None:
            return None
        wanted = select(Paper.id).where(Paper.id == given, Paper.case_id == self.case.id, Paper.withdrawn_at.is_(None))
        if (held := self.session.scalar(wanted)) is None:
            raise Invalid((FieldError("paper", "paper.not_here"),))
        return held


Effect = Callable[[Step], None]
