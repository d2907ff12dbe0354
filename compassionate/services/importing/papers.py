"""The papers that came: known by the SHA-256 of their originals, here as the copies that the dossier carried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from compassionate.models import Case, Paper, PaperAnnex
from compassionate.models.vault import seal
from compassionate.services import held_files
from compassionate.services.importing.happened import History, Told
from compassionate.services.importing.reading import refuse
from compassionate.services.snapshots.papers import STILL_VALID, continued
from compassionate.snapshot import CaseSnapshot, PaperSnapshot

UPLOADED = "upload_paper"
OF_PAPER = ("kind", "media_type", "size", "pages", "sha256", "is_signed")


def write_papers(
    session: Session, case: Case, told: CaseSnapshot, history: History, copies: Mapping[str, bytes]
) -> set[str]:
    """Every paper that the case tells of; returns the ids of its own (a medicine's stands beside them)."""
    uploads = {str(each.inputs.get("paper")): each for each in history.all(UPLOADED)}
    own: set[str] = set()
    for part in told.parts():
        for place, held in enumerate(part.papers):
            if held.id in own:
                _go_again(session, case, held, part.request.number, history)
                continue
            row = _paper(session, case, held, place, uploads.get(held.id), history)
            if row is None:
                continue
            row.request_number = part.request.number
            own |= {held.id} if row.case_id else set()
            _keep(session, row, copies.get(held.id))
    return own


def _paper(session: Session, case: Case, held: PaperSnapshot, place: int, upload: Told | None, history: History
           ) -> Paper | None:  # fmt: skip
    """The row of a paper; None for one of the medicine that is here already."""
    known = session.get(Paper, held.id)
    if known is not None:
        if known.case_id is None and known.product_id == case.product_id and known.sha256 == held.sha256:
            return None
        refuse("paper_taken", id=held.id)
    of_case = upload is not None or held.kind != "sponsor_willingness"
    row = Paper(id=held.id, key_id=case.key_id if of_case else case.centre.key_id, is_elsewhere=True)
    row.case_id, row.product_id = (case.id, None) if of_case else (None, case.product_id)
    for name in OF_PAPER:
        setattr(row, name, getattr(held, name))
    row.copy_sha256 = held.copy_sha256 or None
    row.uploaded_by_id = (upload or history.steps[0]).row.by_id
    row.uploaded_at = upload.event.at if upload else _at(case, held, place)
    seal(session, row, "details", row.key_id, {"title": held.title, "filename": held.filename})
    return row


def _at(case: Case, held: PaperSnapshot, place: int) -> datetime:
    """At noon of the day that is told, in the order that is told."""
    noon = time(12, place // 60 % 60, place % 60)
    return datetime.combine(held.uploaded_on or case.opened_at.date(), noon, ZoneInfo(case.centre.zone))


def _keep(session: Session, row: Paper, copy: bytes | None) -> None:
    row.has_copy = copy is not None
    session.add(row)
    session.flush()
    if copy is not None:
        held_files.write(session, row, row.key_id, copy)


def _go_again(session: Session, case: Case, held: PaperSnapshot, number: int, history: History) -> None:
    """A paper of an earlier request that goes with a later one, where it does not do so of itself."""
    row = session.get_one(Paper, held.id)
    if held.kind in STILL_VALID and row.request_number in continued(case, number):
        return
    first = history.steps[0].row
    session.add(PaperAnnex(case_id=case.id, request_number=number, paper_id=held.id, by_id=first.by_id, at=first.at))
    session.flush()
