"""The papers that go with a request, numbered and named as they are uploaded: no patient's name in any."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents import isolation
from compassionate.documents.annex_copies import NAMES
from compassionate.documents.pictures import PDF
from compassionate.errors import NotFound
from compassionate.models import Case, CaseEvent, CaseFile, IssuedDocument, Paper
from compassionate.services import case_files
from compassionate.services.binding import latest_dossier
from compassionate.services.documents import pdf_of
from compassionate.services.examining import LARGEST
from compassionate.services.papers import COPY, data_of, titles_of
from compassionate.services.recording import inputs_of
from compassionate.services.snapshots import papers_of

ENCLOSED = ("evidence", "sponsor_agreement", "sponsor_willingness", "other")
IF_ASKED = ("endorsement_delegation",)
ANSWERS = {"answer_correction": "respuesta_requerimiento", "file_representations": "alegaciones"}
MOST_KNOWN = 500
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/tiff": "tif"}


@dataclass(frozen=True, slots=True)
class ToSend:
    """One file: its place and name among those sent, what it is, its size in bytes and its SHA-256.

    `row`: the paper that it is of, None for the dossier.
    """

    place: int
    name: str
    title: str
    media_type: str
    size: int
    sha256: str
    data: Callable[[], bytes]
    row: Paper | None = None


def papers_to_send(session: Session, case: Case, number: int) -> tuple[ToSend, ...]:
    """The signed report (the agency's copy of the dossier), the papers that go with it, and what was answered.

    The first place is the report's, whether it was printed already or not: the others keep their numbers.
    """
    first = 1 if latest_dossier(session, case, number) is not None else 2
    return tuple(
        ToSend(place, f"{place:02d}_{name}", title, media_type, size, digest, data, row)
        for place, (name, title, media_type, size, digest, data, row) in enumerate(_files(session, case, number), first)
    )


def papers_if_asked(session: Session, case: Case, number: int) -> tuple[Paper, ...]:
    """The papers that are kept ready: the delegation under which the management signed."""
    return tuple(paper for paper in papers_of(session, case, number) if paper.kind in IF_ASKED)


_File = tuple[str, str, str, int, str, Callable[[], bytes], Paper | None]


def _files(session: Session, case: Case, number: int) -> Iterator[_File]:
    code = f"{case.code}-c{number}" if number else case.code
    dossier = latest_dossier(session, case, number)
    if dossier is not None:
        yield _dossier(session, case, dossier, "informe_evolucion" if number else "informe_clinico", code)
    held, answered = papers_of(session, case, number), _answered(session, case, number)
    for paper in (paper for kind in ENCLOSED for paper in held if paper.kind == kind and paper.id not in answered):
        yield _paper(session, case, paper, NAMES[paper.kind], code)
    for paper in (paper for paper in held if paper.id in answered):
        yield _paper(session, case, paper, answered[paper.id], code)


def _answered(session: Session, case: Case, number: int) -> dict[str, str]:
    """The papers with which a request was answered for after it was filed, by id, with what they are."""
    where = f"continuation-{number}" if number else ""
    wanted = select(CaseEvent).where(
        CaseEvent.case_id == case.id, CaseEvent.name.in_(ANSWERS), CaseEvent.instance == where
    )
    named = [(inputs_of(session, case, event).get("paper"), event.name) for event in session.scalars(wanted)]
    return {str(paper): ANSWERS[name] for paper, name in named if paper}


def _dossier(session: Session, case: Case, row: IssuedDocument, name: str, code: str) -> _File:
    return f"{name}_{code}.pdf", "", "application/pdf", row.size, row.sha256, lambda: pdf_of(session, case, row), None


def _paper(session: Session, case: Case, paper: Paper, kind: str, code: str) -> _File:
    """A PDF as it is, for any change breaks the signature that it may carry; of a picture the copy."""
    name = f"{kind}_{code}.{ENDINGS.get(paper.media_type, 'bin')}"
    title, _ = titles_of(session, paper)
    if paper.media_type == PDF:
        return name, title, paper.media_type, paper.size, paper.sha256, partial(data_of, session, paper), paper
    kept = case_files.find(session, case, COPY, paper.id)
    if kept is not None:
        return name, title, paper.media_type, kept.size, kept.sha256, partial(_kept, session, case, kept), paper
    data = partial(_copy, session, paper)
    return name, title, paper.media_type, *_measured(paper.sha256, data), data, paper


def _kept(session: Session, case: Case, row: CaseFile) -> bytes:
    return case_files.data_of(session, case, row)


def _copy(session: Session, paper: Paper) -> bytes:
    _, filename = titles_of(session, paper)
    return isolation.inspected(filename, paper.media_type, data_of(session, paper), LARGEST)[1]


KNOWN: dict[str, tuple[int, str]] = {}


def _measured(sha256: str, data: Callable[[], bytes]) -> tuple[int, str]:
    """Size and SHA-256 of the copy of an older picture, by those of the original: it is not made anew each time."""
    if sha256 not in KNOWN:
        copy = data()
        KNOWN[sha256] = len(copy), hashlib.sha256(copy).hexdigest()
        if len(KNOWN) > MOST_KNOWN:
            KNOWN.pop(next(iter(KNOWN)))
    return KNOWN[sha256]


def paper_to_send(session: Session, case: Case, number: int, place: int) -> ToSend:
    """One of them by its place; raises NotFound."""
    found = next((paper for paper in papers_to_send(session, case, number) if paper.place == place), None)
    if found is None:
        raise NotFound
    return found
