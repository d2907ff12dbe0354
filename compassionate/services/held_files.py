"""Every file that a row claims: its name in the store, the key it is sealed with and the place it is bound to.

The one home of that rule: writing and reading, the check of rows against files (DUR-04), new keys for old, backups
and destruction all ask here, so that a kind of file added later is known to each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sqlalchemy import Select, case, func, inspect, or_, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseFile, Centre, IssuedDocument, Paper
from compassionate.models.vault import vault_of
from compassionate.services import store

Row = Paper | IssuedDocument | CaseFile
FOLDERS: dict[type[Row], str] = {Paper: "papers", IssuedDocument: "documents", CaseFile: "files"}


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that a row claims; `sha256` is of the bytes before they were sealed."""

    name: str
    key_id: str
    place: str
    sha256: str


def every(session: Session) -> Iterator[HeldFile]:
    """Every file that a row claims, in an order that stays; also of a database that is not yet brought up to date."""
    present = inspect(session.connection())
    for kind in (each for each in FOLDERS if present.has_table(each.__tablename__)):
        known = {column["name"] for column in present.get_columns(kind.__tablename__)}
        for row_id, key_id, sha256 in session.execute(_rows(kind, known).order_by(kind.id)):
            yield HeldFile(_name(kind, row_id), key_id, _place(kind, row_id), sha256)


def newest(session: Session) -> list[str]:
    """The name of the newest file of each kind."""
    found = [(kind, session.scalar(select(kind.id).order_by(kind.id.desc()).limit(1))) for kind in FOLDERS]
    return [_name(kind, row_id) for kind, row_id in found if row_id]


def names_of_case(session: Session, case: Case) -> list[str]:
    """The names of the files of a case."""
    return [
        _name(kind, row_id)
        for kind in FOLDERS
        for row_id in session.scalars(select(kind.id).where(kind.case_id == case.id))
    ]


def name_of(row: Row) -> str:
    """The name of the file of a row."""
    return _name(type(row), row.id)


def write(session: Session, row: Row, key_id: str, data: bytes) -> None:
    """Seal the bytes of a row that has its id, and put them into the store; raises Unavailable."""
    kind = type(row)
    sealed = vault_of(session).seal(session, key_id, data, _place(kind, row.id))
    store.put(session, _name(kind, row.id), sealed)


def read(session: Session, row: Row, key_id: str) -> bytes:
    """The bytes of a row; raises NotFound, WrongKey, Unavailable."""
    kind = type(row)
    return opened(session, HeldFile(_name(kind, row.id), key_id, _place(kind, row.id), row.sha256))


def opened(session: Session, held: HeldFile) -> bytes:
    """The bytes of a file; raises NotFound, WrongKey, Unavailable."""
    return vault_of(session).open(session, held.key_id, store.get(session, held.name), held.place)


def _rows(kind: type[Row], known: Set[str]) -> Select[str, str, str]:
    if issubclass(kind, Paper) and Paper.is_elsewhere.key not in known:
        return select(Paper.id, Paper.key_id, Paper.sha256)
    if issubclass(kind, Paper):  # of one whose original is elsewhere the copy is here, or nothing
        held = case((Paper.is_elsewhere.is_(True), Paper.copy_sha256), else_=Paper.sha256)
        return select(Paper.id, Paper.key_id, held).where(or_(Paper.is_elsewhere.is_(False), Paper.has_copy.is_(True)))
    if "centre_id" not in known:
        return select(kind.id, Case.key_id, kind.sha256).join(Case, Case.id == kind.case_id)
    return _of_case_or_centre(kind)


def _of_case_or_centre(kind: type[IssuedDocument | CaseFile]) -> Select[str, str, str]:
    wanted = select(kind.id, func.coalesce(Case.key_id, Centre.key_id), kind.sha256)
    return wanted.outerjoin(Case, Case.id == kind.case_id).outerjoin(Centre, Centre.id == kind.centre_id)


def _name(kind: type[Row], row_id: str) -> str:
    return f"{FOLDERS[kind]}/{row_id}"


def _place(kind: type[Row], row_id: str) -> str:
    return f"{kind.__tablename__}.data.{row_id}"
