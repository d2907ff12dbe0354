"""Papers that an earlier request carried: which of them go with a later one again, as the pharmacist chooses.

The agency has them already and need not be sent them twice (Ley 39/2015 art. 28.2-3); what goes again is the same file
with the same hash, and the dossier's index says with which request it went before. Proposed is what the forecast would
not call old (the hospital's own age of papers); nothing goes again before somebody has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, Paper, PaperAnnex, new_id
from compassionate.services.actors import Actor
from compassionate.services.changes import differing
from compassionate.services.edits import begin_edit, last_edit
from compassionate.services.facts import today_at
from compassionate.services.papers import titles_of
from compassionate.services.recording import record
from compassionate.services.requests import role_for, the_request
from compassionate.services.snapshots import papers_of
from compassionate.services.snapshots.papers import STILL_VALID, continued
from compassionate.workflow.forecast import USUAL_AGE_DAYS

EDIT, SECTION = "choose_annexes", "packs"
AGAIN = ("evidence", "other")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A paper of an earlier request: when it came, with which reference it was sent, whether it goes again."""

    paper: Paper
    title: str
    on: date
    reference: str
    is_old: bool
    goes: bool


def earlier(session: Session, case: Case, number: int, now: datetime) -> list[Earlier]:
    """The papers that the requests before this one carried, oldest first, as chosen or (nobody chose yet) proposed."""
    before = set(continued(case, number))
    references = {row.number: row.reference for row in case.requests}
    chosen = _chosen(session, case, number)
    is_chosen = last_edit(session, case, EDIT, str(number)) is not None
    found = []
    for paper in papers_of(session, case):
        if paper.request_number in before and paper.kind in AGAIN and paper.kind not in STILL_VALID:
            on, old = civil_date(paper.uploaded_at, case.centre.zone), _is_old(case, paper, now)
            goes = paper.id in chosen if is_chosen else not old
            reference = references.get(paper.request_number, "")
            found.append(Earlier(paper, titles_of(session, paper)[0], on, reference, old, goes))
    return found


def _is_old(case: Case, paper: Paper, now: datetime) -> bool:
    days = int(case.centre.settings.get("paper_age_days", USUAL_AGE_DAYS))
    return (today_at(case, now) - civil_date(paper.uploaded_at, case.centre.zone)).days > days


def _chosen(session: Session, case: Case, number: int) -> set[str]:
    wanted = select(PaperAnnex.paper_id).where(PaperAnnex.case_id == case.id, PaperAnnex.request_number == number)
    return set(session.scalars(wanted))


def choose(
    session: Session, actor: Actor, case: Case, number: int, ids: Iterable[str], now: datetime, seen: str | None = None
) -> None:
    """Choose the papers that go again with a request being prepared; raises Invalid, Refused, Conflict, NotFound."""
    the_request(case, number)
    begin_edit(session, actor, case, SECTION, number, EDIT, seen)
    known, wanted = {each.paper.id: each for each in earlier(session, case, number, now)}, set(ids)
    if wanted - known.keys():
        raise Invalid((FieldError("papers", "value.not_a_choice"),))
    before = _chosen(session, case, number)
    session.execute(delete(PaperAnnex).where(PaperAnnex.case_id == case.id, PaperAnnex.request_number == number))
    session.add_all(
        PaperAnnex(id=new_id(), case_id=case.id, request_number=number, paper_id=each, by_id=actor.account_id, at=now)
        for each in sorted(wanted)
    )
    session.flush()
    hashes = {each: known[each].paper.sha256 for each in sorted(wanted)}
    said = differing({"papers": sorted(before)}, {"papers": sorted(wanted)})
    role = role_for(SECTION, case, actor)
    record(session, case, actor, now, EDIT, role=role, instance=str(number), inputs={"papers": hashes}, changes=said)
