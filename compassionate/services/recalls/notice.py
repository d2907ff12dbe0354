"""The paper by which a recall was ordered: it comes after the act, which waits for no file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Paper, Recall
from compassionate.models.vault import seal
from compassionate.services import audit, papers
from compassionate.services.actors import Actor
from compassionate.services.papers import Upload
from compassionate.services.recalls.entering import hold_recall
from compassionate.services.recalls.finding import require

KIND = "recall_notice"


def attach(session: Session, actor: Actor, recall: Recall, file: Upload | None, now: datetime) -> Paper:
    """Keep the notice; a later one takes its place and the first is kept as withdrawn. Raises Invalid, Refused."""
    hold_recall(session, recall)
    require(session, actor, recall)
    if file is None:
        raise Invalid((FieldError("file", "paper.no_file"),))
    old = session.get(Paper, recall.paper_id) if recall.paper_id else None
    paper = papers.upload_alone(session, actor, KIND, recall.code, recall.key_id, file, now)
    if old is not None:
        old.withdrawn_at = now
        seal(session, old, "withdrawn_reason", old.key_id, paper.id)
    recall.paper_id = paper.id
    session.flush()
    audit.append(session, actor, "attach_recall_notice", now, recall=recall.code, paper=paper.id, sha256=paper.sha256)
    return paper


def notice_of(session: Session, recall: Recall) -> Paper:
    """The notice; raises NotFound."""
    paper = session.get(Paper, recall.paper_id) if recall.paper_id else None
    if paper is None:
        raise NotFound
    return paper
