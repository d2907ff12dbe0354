"""Recalling a batch: quarantine at every centre of the pharmacy, stopped permits and the list of patients, in one act.

Each case moves a version, so that a dose being recorded meanwhile loses (Conflict) or stands in the list; callers begin
a transaction of their own beside whom nobody writes (ALONE), so that no delivery slips in between. Lifting is an act of
a second person (ENS op.acc.3). RD 1015/2009 art. 11.2: who gives the medicine answers for what is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from compassionate.clock import civil_date
from compassionate.errors import Reason, Refused
from compassionate.models import (
    Case,
    CaseEvent,
    Centre,
    DataKey,
    Product,
    Recall,
    RecallCase,
    RecallCentre,
    SupplyEntry,
    new_id,
)
from compassionate.models.recalls import LIFTED
from compassionate.models.vault import seal, unseal
from compassionate.services import audit, ledger
from compassionate.services.actors import Actor
from compassionate.services.given import Given, read_reason
from compassionate.services.recalls.finding import (
    MAY,
    TWO_PEOPLE,
    missing,
    require,
    require_standing,
    standing,
)
from compassionate.services.recalls.holdings import Holding, blocked_with, cases_with, holdings, spellings
from compassionate.services.recording import record

ORDERED_BY = ("agency", "sponsor", "hospital")
CLASSES = ("1", "2", "3")
LONGEST_BATCH = 40


@dataclass(frozen=True, slots=True)
class Effect:
    """What recalling a batch reaches, told before it is done."""

    product: Product
    batch: str
    spelled: tuple[str, ...]
    cases: tuple[Holding, ...]
    centres: tuple[str, ...]
    blocked: int

    def total(self, name: str) -> int:
        """Units over all cases: received, given, at_home, in_pharmacy."""
        return sum(getattr(each, name) for each in self.cases)


def effect_of(session: Session, actor: Actor, product: Product, batch: str) -> Effect:
    """What recalling a batch would reach at the centres of this person's pharmacy; raises Refused."""
    centres = actor.centres(*MAY)
    if not centres:
        raise Refused((missing(MAY),))
    written = spellings(session, product, batch, centres)
    found = holdings(session, cases_with(session, product, written, centres), batch)
    blocked = blocked_with(session, product, batch, centres)
    return Effect(product, batch, tuple(written), tuple(found.values()), centres, blocked)


def enter(session: Session, actor: Actor, given: Mapping[str, Any], now: datetime) -> Recall:
    """Recall a batch; raises Refused, Invalid.

    Fields: product (code), batch, ordered_by, alert_number, alert_class, ordered_at (local), reason.
    """
    centres = actor.centres(*MAY)
    if not centres:
        raise Refused((missing(MAY),))
    recall, words = _read(session, centres, given, now)
    recall.by_id, recall.at = actor.account_id, now
    recall.code = _next_code(session, recall.centre, now)
    seal(session, recall, "details", recall.key_id, {"reason": words})
    session.add(recall)
    session.flush()
    session.add_all(RecallCentre(recall_id=recall.id, centre_id=each) for each in centres)
    reached = _stop(session, actor, recall, centres, now)
    told = {"recall": recall.code, "product": recall.product.code, "batch": recall.batch, "cases": reached}
    more = {"ordered_by": recall.ordered_by, "alert": recall.alert_number, "centres": len(centres)}
    audit.append(session, actor, "enter_recall", now, **told, **more)
    return recall


def _read(session: Session, centres: Sequence[str], given: Mapping[str, Any], now: datetime) -> tuple[Recall, str]:
    read = Given(given)
    product = session.scalar(select(Product).where(Product.code == read.text("product", 40, required=True)))
    if product is None and read.raw("product"):
        read.wrong("product", "value.not_a_choice")
    batch = read.text("batch", LONGEST_BATCH, required=True)
    held = session.scalars(select(Centre).where(Centre.id.in_(centres)).order_by(Centre.code)).all()
    ordered_by = read.one_of("ordered_by", ORDERED_BY)
    number = read.text("alert_number", 60, required=ordered_by == "agency")
    alert_class = read.one_of("alert_class", CLASSES, required=False)
    ordered_at = read_instant(read, "ordered_at", held[0].zone, now)
    reason = read.lines("reason", required=True)
    double = standing(session, product.id, batch, centres) if product is not None and batch else None
    if double is not None:
        read.wrong("batch", "recall.standing", recall=double.code)
    read.settle()
    assert product is not None
    assert ordered_at is not None
    recall = Recall(id=new_id(), centre=held[0], key_id=held[0].key_id, product=product, batch=batch)
    recall.ordered_by, recall.ordered_at = ordered_by, ordered_at
    recall.alert_number, recall.alert_class = number, alert_class
    recall.is_demo = all(each.is_demo for each in held)
    return recall, reason


def read_instant(
    read: Given, name: str, zone: str, now: datetime, *, required: bool = True, ahead: bool = False
) -> datetime | None:
    """An instant as a form gives it, local to the centre: not yet to come, or (`ahead`) only what is to come."""
    text = read.raw(name)
    if not text:
        if required:
            read.wrong(name, "value.missing")
        return None
    try:
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        read.wrong(name, "value.datetime_format")
        return None
    if value > now and not ahead:
        read.wrong(name, "value.date_in_future")
    if value <= now and ahead:
        read.wrong(name, "recall.next_is_past")
    return value


def _next_code(session: Session, centre: Centre, now: datetime) -> str:
    """R-CENTRE-YEAR-NUMBER: one after the other, each of them entered alone."""
    start = f"R-{centre.code}-{civil_date(now, centre.zone).year}-"
    held = session.scalar(select(func.count()).select_from(Recall).where(Recall.code.startswith(start)))
    return f"{start}{(held or 0) + 1:03d}"


def locked(session: Session, case_ids: Iterable[str]) -> tuple[list[Case], list[DataKey]]:
    """These cases, held in one order until the act is over, with what their acts need; and their keys, kept in mind."""
    wanted = select(Case).where(Case.id.in_(tuple(case_ids))).order_by(Case.id)
    whole = wanted.options(joinedload(Case.centre)).with_for_update(of=Case)
    cases = list(session.scalars(whole, execution_options={"populate_existing": True}))
    keys = select(DataKey).where(DataKey.id.in_([case.key_id for case in cases]))
    return cases, list(session.scalars(keys))


def _stop(session: Session, actor: Actor, recall: Recall, centres: Sequence[str], now: datetime) -> int:
    """Stop every unit of the batch and note who had it; the cases are held before their ledgers are read."""
    written = spellings(session, recall.product, recall.batch, centres)
    cases, keys = locked(session, cases_with(session, recall.product, written, centres))
    found = holdings(session, [case.id for case in cases], recall.batch)
    for case in cases:
        _stop_one(session, actor, recall, case, found[case.id], now)
    session.flush()
    del keys
    return len(cases)


def _stop_one(session: Session, actor: Actor, recall: Recall, case: Case, held: Holding, now: datetime) -> None:
    on = civil_date(now, case.centre.zone)
    units = {"received": held.received, "given": held.given, "at_home": held.at_home, "in_pharmacy": held.in_pharmacy}
    session.add(RecallCase(recall_id=recall.id, case_id=case.id, settled=not (held.given or held.at_home), **units))
    if not held.parts:  # cells that have not reached the pharmacy: they are stopped when they do
        inputs = {"recall": recall.code, "on": on, "batch": recall.batch}
        role = role_at(actor, case.centre_id)
        record(session, case, actor, now, "recall_batch", role=role, instance="cells", inputs=inputs)
    for part in held.parts:
        inputs = {"recall": recall.code, "on": on, "batch": part.batch, "units": part.left, "at_home": part.at_home}
        event = _recorded(session, actor, case, "recall_batch", part, inputs, now)
        session.add(_entry(recall, case, event, part, ledger.RECALLED, on))


def _recorded(
    session: Session, actor: Actor, case: Case, name: str, part: ledger.Batch, inputs: dict[str, Any], now: datetime
) -> CaseEvent:
    role = role_at(actor, case.centre_id)
    return record(session, case, actor, now, name, role=role, instance=f"line-{part.line}", inputs=inputs)


def role_at(actor: Actor, centre_id: str) -> str:
    """As what a person acts on a recall at a centre."""
    return next((role.value for role in MAY if role in actor.roles_at(centre_id)), "")


def _entry(recall: Recall, case: Case, event: CaseEvent, part: ledger.Batch, kind: str, on: date) -> SupplyEntry:
    return SupplyEntry(
        id=new_id(),
        case_id=case.id,
        line_number=part.line,
        kind=kind,
        on=on,
        units=part.left,
        batch=part.batch,
        expires_on=part.expires_on,
        reference=recall.code,
        by_id=event.by_id,
        event_id=event.id,
    )


def lift(session: Session, actor: Actor, recall: Recall, reason: str, now: datetime) -> None:
    """Take a recall back, by another person: stock stands again where it stood; raises Refused, Invalid."""
    hold_recall(session, recall)
    require(session, actor, recall)
    require_standing(recall)
    if recall.by_id == actor.account_id:
        raise Refused((Reason("recall.two_people", TWO_PEOPLE, MAY[0].value, params={"recall": recall.code}),))
    words = read_reason(reason, "lifting")
    wanted = select(RecallCase.case_id).where(RecallCase.recall_id == recall.id)
    cases, keys = locked(session, session.scalars(wanted))
    found = holdings(session, [case.id for case in cases], recall.batch)
    for case in cases:
        _lift_one(session, actor, recall, case, found[case.id], now)
    del keys
    recall.status, recall.lifted_at, recall.lifted_by_id = LIFTED, now, actor.account_id
    seal(session, recall, "details", recall.key_id, opened(session, recall) | {"lifted": words})
    session.flush()
    audit.append(session, actor, "lift_recall", now, recall=recall.code, batch=recall.batch, cases=len(cases))


def _lift_one(session: Session, actor: Actor, recall: Recall, case: Case, held: Holding, now: datetime) -> None:
    on = civil_date(now, case.centre.zone)
    for part in held.parts:
        if part.recall == recall.code:
            inputs = {"recall": recall.code, "on": on, "batch": part.batch, "units": part.left}
            event = _recorded(session, actor, case, "lift_recall", part, inputs, now)
            session.add(_entry(recall, case, event, part, ledger.LIFTED, on))


def opened(session: Session, recall: Recall) -> dict[str, str]:
    """The sealed words of a recall: reason, lifted, closed."""
    return dict(unseal(session, recall, "details", recall.key_id) or {})


def hold_recall(session: Session, recall: Recall) -> None:
    """Keep others who decide about a recall waiting, then read it anew."""
    session.flush()
    session.refresh(recall, with_for_update=True)
