"""What others did to a case while a page was open: said to whoever was second."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent
from compassionate.web.templating import ago, exact, say

MOST = 5


def changes_since(session: Session, case: Case, version: int) -> list[dict[str, Any]]:
    """What happened to a case after that version, newest first: what, who, when."""
    wanted = (
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.case_version > version)
        .order_by(CaseEvent.case_version.desc())
        .limit(MOST)
    )
    return [
        {
            "what": say(f"done.{event.name}"),
            "who": event.by_name,
            "role": say(f"role.{event.role}") if event.role else "",
            "when": ago(event.at),
            "exact": exact(event.at),
        }
        for event in session.scalars(wanted)
    ]
