"""What a dossier carries of each annex: its copy without metadata and its pages as pictures, each made once and kept.

The copy is made when a paper is uploaded; the pictures when the paper is first printed, and so is the copy of a paper
from before copies were kept, or of a medicine (which belongs to no case). Foreign files are read apart (isolation.py).
What was made while printing is kept together with the document (documents.keep).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.documents import isolation, page_store
from compassionate.documents.contexts.source import Annex
from compassionate.documents.pictures import PagePicture
from compassionate.errors import Invalid, Reason, Refused
from compassionate.models import Case, Paper
from compassionate.services import case_files
from compassionate.services.examining import LARGEST
from compassionate.services.papers import COPY, data_of
from compassionate.snapshot import CaseSnapshot, PaperSnapshot

PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Made:
    """A file made of a paper for a print, to be kept with it."""

    paper_id: str
    kind: str
    data: bytes
    is_signed: bool = False


def _nobody() -> None:
    """Is told of nothing."""


class AnnexFiles:
    """The files of the papers that one print of a case carries; `on_page` is told of each page drawn."""

    def __init__(self, session: Session, case: Case, on_page: Callable[[], None] = _nobody) -> None:
        self._session, self._case, self._on_page = session, case, on_page
        self._made: dict[tuple[str, str], Made] = {}

    @property
    def made(self) -> tuple[Made, ...]:
        """What was not there yet and was made now."""
        return tuple(self._made.values())

    def completed(self, held: CaseSnapshot, listed: Sequence[PaperSnapshot]) -> CaseSnapshot:
        """The case with the hash of every copy that the print lists: of older papers it is made now."""
        known = {paper.id: self._known(paper) for paper in listed if not paper.copy_sha256}
        if not known:
            return held

        def of(papers: Sequence[PaperSnapshot]) -> tuple[PaperSnapshot, ...]:
            return tuple(known.get(paper.id, paper) for paper in papers)

        others = tuple(replace(part, papers=of(part.papers)) for part in held.others)
        return replace(held, papers=of(held.papers), others=others)

    def _known(self, paper: PaperSnapshot) -> PaperSnapshot:
        copy = self._copy(paper)
        made = self._made.get((paper.id, COPY))
        digest = hashlib.sha256(copy).hexdigest() if copy else ""
        return replace(paper, copy_sha256=digest, is_signed=made.is_signed if made else paper.is_signed)

    def annexes(self, listed: Sequence[PaperSnapshot]) -> tuple[Annex, ...]:
        """The papers with all that the document needs of them."""
        return tuple(Annex(paper, self._data(paper), self._copy(paper), self._pictures(paper)) for paper in listed)

    def _data(self, paper: PaperSnapshot) -> bytes:
        """The original; of a paper that came with its case from elsewhere the copy. Raises Refused where neither is."""
        row = self._row(paper)
        if row.is_elsewhere and not row.has_copy:
            raise Refused((Reason("paper_elsewhere.no_copy", cure="papers", params={"title": paper.title}),))
        return data_of(self._session, row)

    def _row(self, paper: PaperSnapshot) -> Paper:
        return self._session.get_one(Paper, paper.id)

    def _kept(self, paper: PaperSnapshot, kind: str) -> bytes | None:
        if made := self._made.get((paper.id, kind)):
            return made.data
        row = case_files.find(self._session, self._case, kind, paper.id)
        return None if row is None else case_files.data_of(self._session, self._case, row)

    def _copy(self, paper: PaperSnapshot) -> bytes:
        """The copy; empty for an older paper of which none can be made: then it is shown and not embedded."""
        if self._row(paper).is_elsewhere:
            return self._data(paper)
        if (kept := self._kept(paper, COPY)) is not None:
            return kept
        with suppress(Invalid):
            found, copy = isolation.inspected(paper.filename, paper.media_type, self._data(paper), LARGEST)
            self._made[paper.id, COPY] = Made(paper.id, COPY, copy, found.is_signed)
            return copy
        return b""

    def _pictures(self, paper: PaperSnapshot) -> tuple[PagePicture, ...]:
        if (kept := self._kept(paper, PICTURES)) is not None:
            return page_store.unpacked(kept)
        drawn = isolation.drawn(self._data(paper), paper.media_type, paper.pages, on_page=self._on_page)
        self._made[paper.id, PICTURES] = Made(paper.id, PICTURES, page_store.packed(drawn))
        return drawn


def keep(session: Session, case: Case, made: Sequence[Made], now: datetime) -> None:
    """Keep what was made for a print, once."""
    for each in made:
        if case_files.find(session, case, each.kind, each.paper_id) is None:
            case_files.put(session, case, each.kind, each.paper_id, each.data, now)
        if each.kind == COPY:
            paper = session.get_one(Paper, each.paper_id)
            paper.copy_sha256, paper.is_signed = hashlib.sha256(each.data).hexdigest(), each.is_signed
    session.flush()
