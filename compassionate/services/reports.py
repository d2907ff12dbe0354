"""Issuing reports that are of no case: frozen in words, printed, sealed and kept as documents of cases are.

What a report says is counted once, when the worker takes it, and frozen: the print, the hash and the comparison are of
those words. Issuing again what still says the same returns the report already issued. A report says the same to
everybody who may have it: it is counted for the roles that read it and not for a person, small figures hidden (RET-04).
RD 1015/2009 art. 11.2; the files are sealed with the key of the centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import words
from compassionate.documents.difference_words import Difference
from compassionate.documents.progress import Progress, silently
from compassionate.documents.tabled_content import NotAReport, Tabled, differences, freeze, thawed
from compassionate.errors import Conflict, NotFound
from compassionate.models import Centre, IssuedDocument
from compassionate.services import audit, plans, seals, series
from compassionate.services.actors import Actor, Held
from compassionate.services.committee.wording import marks
from compassionate.services.plans import Plan, Prepared, next_issue
from compassionate.services.report_kinds import ReportKind, Wanted, report_kind
from compassionate.services.series import Series

LEAST = 5  # people of whom something is told, where the hospital set nothing else


@dataclass(frozen=True, slots=True)
class Wish:
    """One report: which, of which centre, of what."""

    kind: ReportKind
    centre: Centre
    subject: str

    @property
    def series(self) -> Series:
        """The document whose versions it has."""
        return Series(self.centre, self.kind.id, subject=self.subject)


@dataclass(frozen=True, slots=True)
class Version:
    """One issue of a report as its page lists it."""

    row: IssuedDocument
    is_stale: bool


def wish(session: Session, actor: Actor, kind_id: str, centre_code: str, subject: str) -> Wish:
    """The report that somebody names; raises NotFound alike for one that there is not and one that is not theirs."""
    kind = report_kind(kind_id)
    centre = session.scalar(select(Centre).where(Centre.code == centre_code))
    if centre is None or centre.id not in actor.centres(*kind.read_by):
        raise NotFound
    return Wish(kind, centre, subject)


def wish_of(document: Series) -> Wish:
    """The report that a row is a version of, or asks for; raises NotFound for a document of a case."""
    if not isinstance(document.holder, Centre):
        raise NotFound
    return Wish(report_kind(document.kind), document.holder, document.subject)


def says(session: Session, wanted: Wish, now: datetime) -> Tabled:
    """What the report says now; raises NotFound for a subject that there is not."""
    kind, centre = wanted.kind, wanted.centre
    nobody = Actor("", "", "", tuple(Held(role, centre.id, centre.code) for role in kind.read_by))
    least = int(session.info.get("small_cell", LEAST))
    made = kind.make(Wanted(session, nobody, centre, wanted.subject, now, least, words.SPANISH))
    return freeze(made, kind.id, kind.template_version, marks(made.language), centre.code, centre.zone)


def look(session: Session, wanted: Wish, now: datetime) -> tuple[Prepared, Tabled]:
    """What would be printed now; raises NotFound for a subject that there is not."""
    held = says(session, wanted, now)
    return next_issue(wanted.kind.id, held.content_sha256, series.latest(session, wanted.series)), held


def plan(session: Session, wanted: Wish, now: datetime, on_progress: Progress = silently) -> Plan:
    """What would be printed now (nothing new where it was issued already), as plain data."""
    on_progress(0, 0)
    asked, held = look(session, wanted, now)
    if asked.already:
        return Plan(asked, held, (), now)
    centre = wanted.centre
    sealer = seals.sealer(session, centre.municipality or centre.name, now)
    return Plan(asked, held, (), now, sealer, session.info.get("address", ""))


def keep(session: Session, actor: Actor, wanted: Wish, planned: Plan, prepared: Prepared, now: datetime) -> str:
    """Store a printed report and return its id; raises Conflict where another version came first, Unavailable.

    It is kept as what was counted when it was planned: a report is of an instant, and rows move on under it.
    """
    assert isinstance(planned.what, Tabled)
    session.refresh(wanted.centre, with_for_update=True)  # of two who issue the same, one goes first
    last = series.latest(session, wanted.series)
    if last is not None and last.content_sha256 == prepared.content_sha256:
        return last.id
    if prepared.already or (last.version if last else 0) != prepared.version - 1:
        raise Conflict(wanted.centre.code)
    held = planned.what
    row = plans.keep(session, wanted.series, prepared, held.frozen(), held.template_version, actor, now)
    told = {"kind": row.kind, "centre": wanted.centre.id, "subject": row.subject, "version": row.version}
    audit.append(session, actor, "issue_report", now, document=row.id, sha256=row.sha256, **told)
    return row.id


def issued(session: Session, wanted: Wish, now: datetime) -> list[Version]:
    """Every version of a report, newest first, and whether it would say something else now."""
    rows = series.versions(session, wanted.series)
    digest = says(session, wanted, now).content_sha256 if rows else ""
    return [Version(row, row.content_sha256 != digest) for row in rows]


def is_stale(session: Session, row: IssuedDocument, now: datetime) -> bool:
    """Whether the report would say something else now."""
    try:
        held = says(session, wish_of(series.series_of(session, row)), now)
    except NotFound:  # what it was about is gone
        return True
    return held.content_sha256 != row.content_sha256


def report_of(session: Session, actor: Actor, document_id: str) -> tuple[IssuedDocument, Wish]:
    """An issued report that this person may have; raises NotFound."""
    row = session.get(IssuedDocument, document_id)
    if row is None or row.centre_id is None:
        raise NotFound
    wanted = wish_of(series.series_of(session, row))
    if wanted.centre.id not in actor.centres(*wanted.kind.read_by):
        raise NotFound
    return row, wanted


def filename(wanted: Wish, row: IssuedDocument) -> str:
    """A download name without personal data."""
    subject = "".join(each if each.isascii() and each.isalnum() else "-" for each in wanted.subject)
    return f"{wanted.kind.file}-{wanted.centre.code}-{subject}-v{row.version}.pdf".lower()


def compare(
    session: Session, wanted: Wish, older: IssuedDocument, newer: IssuedDocument | None, now: datetime
) -> list[Difference] | None:
    """What the newer one says that the older one did not, table by table; None where one cannot be read any more.

    `newer` None is what the report says now.
    """
    before = _frozen(session, older)
    after = _frozen(session, newer) if newer else says(session, wanted, now)
    return None if before is None or after is None else differences(before, after)


def named(session: Session, row: IssuedDocument) -> str:
    """What an issued report is of, in the words that it was issued with; its subject where they cannot be read."""
    held = _frozen(session, row)
    return str(held.content["subtitle"]) if held else row.subject


def _frozen(session: Session, row: IssuedDocument) -> Tabled | None:
    held = series.frozen_of(session, row)
    try:
        return None if held is None else thawed(held)
    except NotAReport:
        return None
