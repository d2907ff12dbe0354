"""The checker of the attacks: what was acknowledged is there, and everything stored is what its history says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent, IssuedDocument, OutboxMessage, Paper
from compassionate.models.centres import CaseCounter
from compassionate.services import checking

NUMBER = slice(-6, -1)  # of CENTRE-YYYY-NNNNNC


def assert_whole(session: Session) -> checking.Found:
    """Nothing is missing, damaged or other than its history; files of an upload that never ended may be there."""
    found = checking.check(session)
    assert (found.missing, found.damaged, found.history) == ([], [], [])
    assert_numbered(session)
    events = session.scalar(select(func.count()).select_from(CaseEvent))
    assert session.scalar(select(func.count()).where(OutboxMessage.kind == "case.event")) == events
    return found


def assert_numbered(session: Session) -> None:
    """Numbers of cases go from one to the counter, each once."""
    for counter in session.scalars(select(CaseCounter)):
        codes = session.scalars(
            select(Case.code).where(Case.centre_id == counter.centre_id, Case.code.contains(f"-{counter.year}-"))
        )
        assert sorted(int(code[NUMBER]) for code in codes) == list(range(1, counter.last + 1))


def assert_kept(session: Session, acknowledged: Iterable[dict[str, Any]]) -> None:
    """Every act that somebody was told of is there, with its paper or document."""
    for act in acknowledged:
        found = session.execute(
            select(CaseEvent.name)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(Case.code == act["code"], CaseEvent.case_version == act["version"])
        ).scalar_one_or_none()
        assert found == act["name"], f"lost: {act}"
        kind = {"upload_paper": Paper, "issue_document": IssuedDocument}.get(act["name"])
        if kind is not None:
            assert session.get(kind, act["id"]) is not None, f"lost: {act}"
