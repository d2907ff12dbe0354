"""The receiving side of a transfer: an offer that says nothing clinical, and a new case copied from the last request.

Two people: whoever sent it does not accept it (ENS op.acc.3). What is accepted is a copy: the sender's case stays a
missing one here, and the authorisation is asked for anew (RD 1015/2009 art. 8.1). Nothing is signed by copying.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Account, AnswerSet, Case, Centre, Patient, Transfer, new_id
from compassionate.models.transfers import ACCEPTED, OFFERED, REFUSED
from compassionate.models.vault import seal, unseal
from compassionate.services import continuing, documents, papers, transfers
from compassionate.services.actors import Actor
from compassionate.services.cases import Opening, open_case
from compassionate.services.given import read_reason
from compassionate.services.papers import Upload
from compassionate.services.patients import identity_of, register, same_person
from compassionate.services.recording import record
from compassionate.services.requests import add_posology, role_for
from compassionate.words import say
from compassionate.workflow.roles import Role

RECEIVERS = (Role.PHYSICIAN, Role.PHARMACIST)
SURE = frozenset({"cip", "national_id"})  # numbers that are one person's in every hospital
COPIED = ("eligibility", "clinical-report")


@dataclass(frozen=True, slots=True)
class Incoming:
    """An offer as the receiving hospital sees it before it accepts: from whom, since when, whom to call."""

    id: str
    from_centre: str
    telephone: str
    by: str
    at: datetime
    to_centre: str


def incoming(session: Session, actor: Actor) -> list[Incoming]:
    """The offers that wait at the centres where this person may accept them, the oldest first."""
    here = Centre.id.in_(actor.centres(*RECEIVERS))
    offered = select(Transfer, Centre).join(Centre, Transfer.to_centre_id == Centre.id)
    offered = offered.join(Case, Transfer.case_id == Case.id).where(Case.blocked_at.is_(None))
    wanted = offered.where(here, Transfer.status == OFFERED).order_by(Transfer.sent_at, Transfer.id)
    return [_incoming(session, row, to) for row, to in session.execute(wanted).all()]


def _incoming(session: Session, row: Transfer, to: Centre) -> Incoming:
    source, sender = session.get_one(Case, row.case_id).centre, session.get_one(Account, row.sent_by_id)
    return Incoming(row.id, source.name, source.telephone, sender.name, row.sent_at, to.name)


def _offer(session: Session, actor: Actor, transfer_id: str) -> tuple[Transfer, Case, Centre]:
    """An offer that waits for this person's hospital, its case held; raises NotFound alike for any other."""
    here = Transfer.to_centre_id.in_(actor.centres(*RECEIVERS)), Transfer.status == OFFERED
    row = session.scalar(select(Transfer).where(Transfer.id == transfer_id, *here))
    if row is None:
        raise NotFound
    source = session.get_one(Case, row.case_id)
    session.refresh(source, with_for_update=True)
    session.refresh(row)
    if row.status != OFFERED or source.blocked_at is not None or row.to_centre_id is None:
        raise NotFound
    if row.sent_by_id == actor.account_id:
        raise Refused((Reason("transfer.two_people", "RD 311/2022 op.acc.3", Role.PHYSICIAN.value),))
    return row, source, session.get_one(Centre, row.to_centre_id)


def refuse(session: Session, actor: Actor, transfer_id: str, reason: str, now: datetime) -> None:
    """Do not take the patient, and say why; raises Invalid, Refused, NotFound."""
    row, source, _ = _offer(session, actor, transfer_id)
    words = read_reason(reason, "refusal")
    record(session, source, actor, now, "refuse_transfer", inputs={"reason": words})
    transfers.answer(session, source, row, actor, REFUSED, words, now)


def accept(session: Session, actor: Actor, transfer_id: str, now: datetime) -> Case:
    """Open a case of one's own hospital, copied from the last request of the sender's; raises Refused, NotFound."""
    row, source, centre = _offer(session, actor, transfer_id)
    physician = Role.PHYSICIAN in actor.roles_at(centre.id)
    opening = Opening(
        centre,
        _patient(session, source, centre, now),
        source.product,
        tuple(line.product_line.position for line in source.lines),
        session.get_one(Account, actor.account_id) if physician else None,
    )
    case = open_case(session, actor, opening, now)
    _copy(session, actor, source, case, now)
    _take_summary(session, actor, source, case, now)
    role = role_for("open_case", case, actor)
    record(session, case, actor, now, "receive_transfer", role=role, inputs={"origin": source.centre.name})
    record(session, source, actor, now, "accept_transfer")
    transfers.answer(session, source, row, actor, ACCEPTED, "", now, case.id)
    return case


def _patient(session: Session, source: Case, centre: Centre, now: datetime) -> Patient:
    """Somebody whom this hospital knows by a number that is one person's everywhere, else a new patient."""
    identity = replace(identity_of(session, source.patient), nhc="")
    known = [each.patient_id for each in same_person(session, centre, identity) if SURE & set(each.fields)]
    if len(known) == 1:
        return session.get_one(Patient, known[0])
    return register(session, centre, identity, now)


def _copy(session: Session, actor: Actor, source: Case, case: Case, now: datetime) -> None:
    last, request = continuing.in_force(source)[-1], case.requests[0]
    request.needs_import, request.origin_country = last.needs_import, last.origin_country
    request.duration_weeks = last.duration_weeks
    request.packs = [continuing.as_asked(each) for each in continuing.asked_lines(source)]
    standing = continuing.standing(session, source)
    if standing is not None:
        details = unseal(session, standing, "details", source.key_id)
        add_posology(session, actor, case, 0, None, details, now)
    for held in session.scalars(
        select(AnswerSet).where(AnswerSet.case_id == source.id, AnswerSet.subject.in_(("", "0")))
    ):
        if held.form.startswith(COPIED):
            session.add(_answers(session, actor, source, case, held, now))
    session.flush()


def _answers(session: Session, actor: Actor, source: Case, case: Case, held: AnswerSet, now: datetime) -> AnswerSet:
    row = AnswerSet(
        id=new_id(),
        case_id=case.id,
        form=held.form,
        form_version=held.form_version,
        subject=held.subject,
        saved_by_id=actor.account_id,
        saved_at=now,
    )
    seal(session, row, "answers", case.key_id, unseal(session, held, "answers", source.key_id))
    return row


def _take_summary(session: Session, actor: Actor, source: Case, case: Case, now: datetime) -> None:
    """The summary that the sender issued becomes a paper of the new case."""
    issued = documents.latest(session, source, transfers.SUMMARY, transfers.COPY, 0)
    if issued is None:
        return
    file = Upload(f"{transfers.SUMMARY}.pdf", "application/pdf", documents.pdf_of(session, source, issued))
    papers.upload(session, actor, case, transfers.SUMMARY, say(f"paper_kind.{transfers.SUMMARY}"), file, now)
