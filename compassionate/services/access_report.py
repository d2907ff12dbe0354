"""Who read or changed what of a patient, when and in which role: from the two chains, by the code of a case.

Ley 41/2002 art. 16.7, 18; GDPR art. 15; ENS op.exp.8; RET-05. Making the report is itself on record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, AuditEntry, Case, ReadEntry, Tombstone
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.workflow.roles import Role

FOR = ("patient", "inspection", "incident", "review")
SEEN_BY = (Role.ADMINISTRATOR, Role.AUDITOR)
READS, ACTS = ("view", "list", "download", "export"), "act"
IN_PORTIONS = {"yield_per": 1000}


@dataclass(frozen=True, slots=True)
class Access:
    """One access: when, who (and who typed, at a command line), as what, what was done to which case, on which page.

    `kind`: view, list, download, export, act, refused.
    """

    at: datetime
    who: str
    operator: str
    roles: tuple[str, ...]
    kind: str
    action: str
    page: str
    case: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every access to the cases of one person at a centre, oldest first."""

    code: str
    cases: tuple[str, ...]
    accesses: tuple[Access, ...]


def report(session: Session, actor: Actor, code: str, purpose: str, now: datetime) -> Report:
    """The accesses to a patient's cases, by the code of one of them; raises NotFound, Invalid. Writes an audit row.

    A blocked or destroyed case has its report too; of a destroyed one, its own accesses alone.
    """
    if purpose not in FOR:
        raise Invalid((FieldError("purpose", "value.not_a_choice" if purpose else "value.missing"),))
    cases = _cases(session, actor, code.strip().upper())
    accesses = sorted(_accesses(session, cases), key=lambda each: each.at)
    found = Report(code.strip().upper(), tuple(sorted(cases.values())), tuple(accesses))
    case = session.scalar(select(Case).where(Case.code == found.code))
    audit.append(session, actor, "report_accesses", now, case, purpose=purpose, rows=len(accesses), of=found.code)
    return found


def _cases(session: Session, actor: Actor, code: str) -> dict[str, str]:
    """Ids and codes of the cases of the person whose case this is, at the centre of the case."""
    centres = actor.centres(*SEEN_BY)
    case = session.scalar(select(Case).where(Case.code == code, Case.centre_id.in_(centres)))
    if case is not None:
        same = select(Case.id, Case.code).where(Case.patient_id == case.patient_id, Case.centre_id == case.centre_id)
        return {row.id: row.code for row in session.execute(same)}
    stone = session.scalar(select(Tombstone).where(Tombstone.code == code, Tombstone.centre_id.in_(centres)))
    if stone is None:
        raise NotFound
    return {stone.case_id: stone.code}


def _accesses(session: Session, cases: dict[str, str]) -> Iterator[Access]:
    names = {row.id: row.name for row in session.execute(select(Account.id, Account.name))}
    acts = select(AuditEntry.row).where(AuditEntry.case_id.in_(cases))
    for text in session.scalars(acts, execution_options=IN_PORTIONS):
        row = json.loads(text)
        yield _access(row, names, "refused" if row.get("result") == audit.REFUSED else ACTS, row["case"])
    listed = [and_(ReadEntry.case_id.is_(None), ReadEntry.row.contains(f'"{code}"')) for code in cases.values()]
    reads = select(ReadEntry.row).where(or_(ReadEntry.case_id.in_(cases), *listed))
    for text in session.scalars(reads, execution_options=IN_PORTIONS):
        row = json.loads(text)
        for code in [row["case"]] if row["case"] else _listed(row, cases.values()):
            yield _access(row, names, row["action"], code)


def _listed(row: Any, codes: Iterable[str]) -> list[str]:
    return sorted(set(codes) & set(row["detail"].get("cases", ())))


def _access(row: Any, names: dict[str, str], kind: str, code: str) -> Access:
    detail = row.get("detail") or {}
    roles = tuple(row.get("as") or ([detail["role"]] if detail.get("role") else []))
    who = names.get(row["actor"], "")
    at = datetime.fromisoformat(row["at"])
    return Access(at, who, row["operator"], roles, kind, row["action"], detail.get("page", ""), code)
