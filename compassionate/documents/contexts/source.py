"""What every context is made from: the case, the copy, the annexes, the forms, and the words to say it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from compassionate.documents.answers import Shown, shown
from compassionate.documents.phrases import Phrases, phrases
from compassionate.documents.pictures import PagePicture
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import AnswersSnapshot, CaseSnapshot, LineSnapshot, PaperSnapshot, RegionSnapshot

HOSPITAL, AGENCY = "hospital", "agency"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a document: its version, the instant, and the code by which anyone can verify it."""

    version: int
    at: datetime
    verification: str
    base: str = ""  # where people reach this installation

    @property
    def address(self) -> str:
        """Where anyone can check this document."""
        return f"{self.base}/verificar/{self.verification}"


@dataclass(frozen=True, slots=True)
class Annex:
    """An uploaded paper: its bytes, its copy without metadata (empty: none could be made), its pages as pictures."""

    paper: PaperSnapshot
    data: bytes
    copy: bytes = b""
    pictures: tuple[PagePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A case about to become one copy of one document."""

    case: CaseSnapshot
    copy: str
    forms: Catalogue
    papers: tuple[PaperSnapshot, ...] = ()
    words: Phrases = field(default_factory=Phrases)

    @property
    def for_agency(self) -> bool:
        """Whether this copy leaves the hospital: then nothing about consent is in it."""
        return self.copy == AGENCY

    def shown(self, answers: AnswersSnapshot | None) -> Shown | None:
        """Answers in words."""
        return shown(answers, self.forms, self.words.language)

    def region(self, kind: str) -> RegionSnapshot | None:
        """A region of the case."""
        return self.case.region(kind)

    def annex_number(self, kind: str) -> int | None:
        """The number of the first annex of a paper kind."""
        kinds = [paper.kind for paper in self.papers]
        return kinds.index(kind) + 1 if kind in kinds else None


def source(case: CaseSnapshot, copy: str, forms: Catalogue, papers: tuple[PaperSnapshot, ...] = ()) -> Source:
    """The source of one document."""
    return Source(case, copy, forms, papers, phrases(case))


def line_name(line: LineSnapshot) -> str:
    """A presentation as people name it: strength, form, route."""
    return " · ".join(part for part in (line.strength, line.form, line.route) if part)


def patient_name(case: CaseSnapshot) -> str:
    """The patient's name as hospital copies print it, family names first."""
    patient = case.patient
    return ", ".join(part for part in (patient.surnames, patient.given_name) if part) or patient.initials
