"""Who is told what happened to a case: its events, read from the outbox after the commit, become notices.

Safe at any moment (TIM-06): a batch is one transaction, a notice has a key, and what is being told by another run is
left to it. Told are holders of a role at the centre today (ACL-07); of a blocked case nobody is told anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Account,
    Case,
    CaseEvent,
    Notice,
    NoticeChoice,
    OutboxMessage,
    Region,
    SupplyEntry,
    new_id,
)
from compassionate.models.database import insert_missing
from compassionate.services import covers, physician_offers
from compassionate.services.memberships import holders
from compassionate.workflow import engine
from compassionate.workflow.notices import INSTEAD_OF, KINDS, NONE, PROGRESS, TURN, rule_of
from compassionate.workflow.roles import Role

OpenSession = Callable[[], Session]
EVENT, BATCH = "case.event", 50
NEWS_FOR = timedelta(days=30)  # what nobody was told of for longer (an installation that just learnt to tell) is none
OPENER = "opener"
RECALLS = frozenset({"recall_batch", "lift_recall"})
OFFER, ANSWERS = "offer_case", frozenset({"accept_case", "refuse_case", "withdraw_offer"})
OF_THEIR_OWN = frozenset({"continuation", "appeal"})  # regions whose turn the case's own does not tell
ROLES = frozenset(role.value for role in Role)


class People:
    """Who holds which role at which centre today, and how they want to be told: each asked once a batch."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self._held: dict[tuple[str, str], list[Account]] = {}
        self._mails: dict[str, Mapping[str, str]] = {}
        self._stand_ins: dict[str, dict[str, list[Account]]] = {}

    def stand_ins(self, case: Case, account: Account) -> list[Account]:
        """Who stands in for somebody at the case's centre today."""
        if case.centre_id not in self._stand_ins:
            self._stand_ins[case.centre_id] = covers.stand_ins(self.session, case.centre_id, self.today(case))
        return self._stand_ins[case.centre_id].get(account.id, [])

    def today(self, case: Case) -> date:
        """The civil day at the case's centre."""
        return civil_date(self.now, case.centre.zone)

    def everybody(self, case: Case, role: str) -> list[Account]:
        """Everybody who holds a role at the case's centre today."""
        key = case.centre_id, role
        if key not in self._held:
            self._held[key] = holders(self.session, case.centre_id, Role(role), self.today(case))
        return self._held[key]

    def of_role(self, case: Case, role: str) -> list[Account]:
        """The case's own physician or pharmacist where they hold the role today, else everybody who does."""
        own = {Role.PHYSICIAN.value: case.physician_id, Role.PHARMACIST.value: case.pharmacist_id}.get(role)
        held = self.everybody(case, role)
        return [each for each in held if each.id == own] or held

    def of_roles(self, case: Case, roles: Iterable[str]) -> dict[str, Account]:
        """Everybody of these roles, by account; what is no role of the house (the agency) is nobody."""
        return {each.id: each for role in roles if role in ROLES for each in self.of_role(case, role)}

    def opener(self, case: Case) -> dict[str, Account]:
        """Who opened the case, while they may read it."""
        readers = {each.id for role in (Role.PHYSICIAN, Role.PHARMACIST, Role.RESIDENT, Role.TECHNICIAN)
                   for each in holders(self.session, case.centre_id, role, self.today(case))}  # fmt: skip
        return {case.opened_by_id: case.opened_by} if case.opened_by_id in readers else {}

    def mail(self, account: Account, kind: str) -> str:
        """How a notice goes by mail; empty for not at all."""
        if not account.email:
            return ""
        if account.id not in self._mails:
            chosen = select(NoticeChoice.kind, NoticeChoice.mail).where(NoticeChoice.account_id == account.id)
            self._mails[account.id] = KINDS | {row.kind: row.mail for row in self.session.execute(chosen)}
        how = self._mails[account.id][kind]
        return "" if how == NONE else how


def give(
    people: People, case: Case, told: Iterable[Account], kind: str, key: str, params: Mapping[str, Any], but: str = ""
) -> int:
    """Tell these people once, and whoever stands in for them (not `but`, who did it); how many had not been told."""
    accounts = list(told)
    given = sum(_give_one(people, case, account, kind, key, params) for account in accounts)
    for account in accounts:
        for each in people.stand_ins(case, account):
            if each.id != but:
                given += _give_one(people, case, each, kind, key, {**params, INSTEAD_OF: account.name})
    return given


def _give_one(people: People, case: Case, account: Account, kind: str, key: str, params: Mapping[str, Any]) -> int:
    return insert_missing(
        people.session,
        Notice,
        id=new_id(),
        account_id=account.id,
        case_id=case.id,
        kind=kind,
        key=key,
        params=dict(params),
        at=people.now,
        mail=people.mail(account, kind),
    )


def tell(read: OpenSession, write: OpenSession, now: datetime) -> int:
    """Turn every event that waits into notices; returns how many were given. Idempotent, safe twice at once."""
    given = 0
    while _waits(read):
        with write() as session:
            told, found = _tell_some(session, now)
            session.commit()
        given += told
        if not found:
            break  # another run has them
    return given


def _waits(read: OpenSession) -> bool:
    with read() as session:
        waiting = select(OutboxMessage.id).where(OutboxMessage.sent_at.is_(None), OutboxMessage.kind == EVENT)
        return session.scalar(waiting.limit(1)) is not None


def _tell_some(session: Session, now: datetime) -> tuple[int, int]:
    waiting = (
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.kind == EVENT)
        .order_by(OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    messages = {row.key: row for row in session.scalars(waiting)}
    told, people = 0, People(session, now)
    events = select(CaseEvent, Case).join(Case, Case.id == CaseEvent.case_id).where(CaseEvent.id.in_(messages))
    for event, case in session.execute(events.order_by(CaseEvent.id)):
        if case.blocked_at is None and event.at > now - NEWS_FOR:
            told += _tell_of(people, case, event)
    for message in messages.values():
        message.sent_at = now
    return told, len(messages)


def _tell_of(people: People, case: Case, event: CaseEvent) -> int:
    """Notices of one event: to whom its row of the table names, and to whose turn it became; each person once."""
    turn, rule = _turn(people, case, event), rule_of(event.name)
    told = {account_id: (TURN, account) for account_id, account in turn.items()}
    if rule:
        named = people.of_roles(case, [role.value for role in rule.to])
        ruled = {account_id: (rule.kind, account) for account_id, account in named.items()}
        told = ruled | told if rule.kind == PROGRESS else told | ruled  # one's turn is more than progress
    asked = _handed_over(people, case, event)
    told |= {account_id: (TURN if event.name == OFFER else PROGRESS, each) for account_id, each in asked.items()}
    turn = turn | asked if event.name == OFFER else turn
    told.pop(event.by_id, None)
    params, given = {"step": event.name} | _recall_of(people, event), 0
    key = f"{event.name}-{params['recall']}" if "recall" in params else event.id  # of one recall once, not by case
    for account_id, (kind, account) in told.items():
        said = params | ({"turn": "1"} if account_id in turn else {})
        given += give(people, case, [account], kind, key, said, event.by_id)
    return given


def _recall_of(people: People, event: CaseEvent) -> dict[str, str]:
    """The recall that a case was reached by: who answers for many of its patients is told once."""
    if event.name not in RECALLS:
        return {}
    named = select(SupplyEntry.reference).where(SupplyEntry.event_id == event.id)
    code = people.session.scalars(named).first()
    return {"recall": code} if code else {}


def _handed_over(people: People, case: Case, event: CaseEvent) -> dict[str, Account]:
    """Who is asked to take a case over, or who offered it once there is an answer; while they may know of the case."""
    if event.name != OFFER and event.name not in ANSWERS:
        return {}
    named = physician_offers.concerned(people.session, case, event.at)
    roles = (Role.PHYSICIAN.value, Role.PHARMACIST.value, Role.DIRECTOR.value)
    known = {each.id: each for role in roles for each in people.everybody(case, role)}
    return {each: known[each] for each in (named[:1] if event.name == OFFER else named) if each in known}


def _turn(people: People, case: Case, event: CaseEvent) -> dict[str, Account]:
    """Whose turn this event made it, while it still is: of a turn that passed on meanwhile nobody is told."""
    if event.region in OF_THEIR_OWN:
        row = people.session.scalar(
            select(Region.state).where(
                Region.case_id == case.id, Region.kind == event.region, Region.instance == event.instance
            )
        )
        if event.before == event.after or row != event.after:
            return {}
        table = engine.pathway(case.pathway, case.pathway_version).region(event.region)
        return people.of_roles(case, table.state(event.after).turn)
    if case.since_at != event.at:
        return {}
    whose = case.turn.split(",")
    return people.of_roles(case, whose) | (people.opener(case) if OPENER in whose else {})
