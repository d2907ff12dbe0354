"""The papers that go with a request, numbered and named as they are uploaded: no patient's name in any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from compassionate.documents.catalogue import ANNEXED
from compassionate.errors import NotFound
from compassionate.models import Case, IssuedDocument, Paper
from compassionate.services.binding import latest_dossier
from compassionate.services.documents import pdf_of
from compassionate.services.papers import data_of, titles_of
from compassionate.services.snapshots import papers_of

NAMES = {
    "evidence": "documentacion_apoyo",
    "sponsor_agreement": "conformidad_promotor",
    "sponsor_willingness": "disposicion_promotor",
    "endorsement_delegation": "delegacion_direccion",
    "other": "otro_documento",
}
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/tiff": "tif"}


@dataclass(frozen=True, slots=True)
class ToSend:
    """One file: its place and name among those sent, what it is, its size in bytes and its SHA-256."""

    place: int
    name: str
    title: str
    media_type: str
    size: int
    sha256: str
    data: Callable[[], bytes]


def papers_to_send(session: Session, case: Case, number: int) -> tuple[ToSend, ...]:
    """The signed report (the agency's copy of the dossier) and the annexed papers, in the order of the sheet."""
    return tuple(
        ToSend(place, f"{place:02d}_{name}", title, media_type, size, digest, data)
        for place, (name, title, media_type, size, digest, data) in enumerate(_files(session, case, number), start=1)
    )


_File = tuple[str, str, str, int, str, Callable[[], bytes]]


def _files(session: Session, case: Case, number: int) -> Iterator[_File]:
    code = f"{case.code}-c{number}" if number else case.code
    dossier = latest_dossier(session, case, number)
    if dossier is not None:
        yield _dossier(session, case, dossier, "informe_evolucion" if number else "informe_clinico", code)
    papers = [paper for kind in ANNEXED for paper in papers_of(session, case, number) if paper.kind == kind]
    for paper in papers:
        yield _paper(session, paper, code)


def _dossier(session: Session, case: Case, row: IssuedDocument, name: str, code: str) -> _File:
    return f"{name}_{code}.pdf", "", "application/pdf", row.size, row.sha256, lambda: pdf_of(session, case, row)


def _paper(session: Session, paper: Paper, code: str) -> _File:
    name = f"{NAMES.get(paper.kind, paper.kind)}_{code}.{ENDINGS.get(paper.media_type, 'bin')}"
    title, _ = titles_of(session, paper)
    return name, title, paper.media_type, paper.size, paper.sha256, lambda: data_of(session, paper)


def paper_to_send(session: Session, case: Case, number: int, place: int) -> ToSend:
    """One of them by its place; raises NotFound."""
    found = next((paper for paper in papers_to_send(session, case, number) if paper.place == place), None)
    if found is None:
        raise NotFound
    return found
