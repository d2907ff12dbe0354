"""Labels of the containers of a case: what must stand on them, how many were printed, and what became of each.

RDL 9/2014 annexes I d) and V 1.6-1.7; Regulation (EC) 1394/2007 arts. 11-12. What identifies a container is taken from
the record and never typed; a label is not printed while anything is missing; printing again needs a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.cells import labels, sec, shelf_life
from compassionate.cells.labels import KINDS, Facts, Kind
from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Case, CellContainer, LabelPrint, Procurement, new_id
from compassionate.models.vault import seal
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.cells.facts import cell_facts
from compassionate.services.edits import hold
from compassionate.services.given import Given
from compassionate.services.programmes import programme_of
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.snapshots.labels import Order, orders

MOST_COPIES, LONGEST_REASON = 40, 300
ON_RECORD = frozenset({"container", "patient", "donation", "procured_at", "batch", "expires_at", "sec"})
"""Fields that identify: read from what was recorded, so that nobody can type another patient's."""
TESTS = 5  # HIV, HBsAg, anti-HBc, HCV, syphilis (annex III 1.1)


def containers(session: Session, case: Case) -> list[CellContainer]:
    """The containers of a case, the newest attempt first."""
    wanted = select(CellContainer).join(Procurement, Procurement.id == CellContainer.procurement_id)
    wanted = wanted.where(CellContainer.case_id == case.id)
    return list(session.scalars(wanted.order_by(Procurement.number.desc(), CellContainer.code)))


def container_of(session: Session, case: Case, container_id: str) -> CellContainer:
    """A container of this case; raises NotFound for one of another."""
    row = session.get(CellContainer, container_id)
    if row is None or row.case_id != case.id or row.kind not in KINDS:
        raise NotFound
    return row


def typed_fields(kind: Kind) -> tuple[str, ...]:
    """What a person writes of such a label."""
    return tuple(name for name in (*kind.required, *kind.wished) if name not in ON_RECORD)


def known(session: Session, case: Case, row: CellContainer) -> dict[str, str]:
    """What stands on record of a container, by field; what is not known is empty."""
    held = session.get_one(Procurement, row.procurement_id)
    zone = case.centre.zone
    return {
        "container": row.code,
        "patient": case.code,
        "donation": held.donation_number,
        "procured_at": shelf_life.local(held.procured_at, zone) if held.procured_at else "",
        "batch": row.batch,
        "expires_at": shelf_life.local(row.expires_at, zone) if row.expires_at else "",
        "sec": sec.from_stored(row.european_code).printed if row.european_code else "",
    }


def suggested(session: Session, case: Case, row: CellContainer) -> dict[str, str]:
    """What is offered in the fields that a person writes: as it was last printed, else what the programme says."""
    held, programme = session.get_one(Procurement, row.procurement_id), programme_of(session, case)
    cells = programme.cells if programme else None
    degrees = (cells.temperature_low, cells.temperature_high) if cells else (None, None)
    first = {
        "cell_type": _short(cells.material.said("es"), KINDS[row.kind].longest) if cells else "",
        "conditions": f"Entre {degrees[0]:g} °C y {degrees[1]:g} °C" if None not in degrees else "",
        "establishment": held.establishment,
        "origin": case.centre.name if row.kind == "transport" else held.establishment,
        "destination": held.establishment if row.kind == "transport" else case.centre.name,
        "product": case.product.name,
        "holder": case.product.sponsor.name if case.product.sponsor else "",
    }
    return first | next((dict(each.label.values) for each in orders(session, case) if _is_like(each, row)), {})


def _short(text: str, longest: int) -> str:
    """As many of the parts of a text as a line of the label holds: what does not fit is never offered."""
    parts = text.split(";")
    kept = (";".join(parts[:count]).strip() for count in range(len(parts), 0, -1))
    return next((each for each in kept if len(each) <= longest), "")


def _is_like(order: Order, row: CellContainer) -> bool:
    return order.container.kind == row.kind


def serology(session: Session, case: Case, now: datetime) -> str:
    """Negative only when every test is: what is pending labels as what is positive (annex V 1.7)."""
    results = cell_facts(session, case, now).serology.values()
    if "positive" in results:
        return labels.POSITIVE
    return labels.NEGATIVE if list(results).count("negative") >= TESTS else labels.UNKNOWN


def facts(session: Session, case: Case, row: CellContainer, given: Mapping[str, Any], now: datetime) -> Facts:
    """What a label would say, from the record and from what was typed."""
    read = Given(given)
    typed = {name: read.raw(name) for name in typed_fields(KINDS[row.kind])}
    owed = sec.NONE_OWED if read.flag("stays_in_centre") else sec.WHOLE_OWED
    return Facts(
        typed | known(session, case, row),
        serology(session, case, now),
        must_not_freeze=read.flag("must_not_freeze"),
        is_viable=not read.flag("not_viable"),
        code_owed=owed,
    )


def order(
    session: Session, actor: Actor, case: Case, container_id: str, given: Mapping[str, Any], now: datetime
) -> LabelPrint:
    """Order so many labels of a container; raises Invalid naming every field that is missing or too long, Refused."""
    hold(session, case)
    require_edit(case, actor, "print_labels")
    row = container_of(session, case, container_id)
    said = facts(session, case, row, given, now)
    read = Given(given)
    copies = read.whole("copies", 1, MOST_COPIES)
    reason = read.text("reason", LONGEST_REASON, required=row.printed > 0)
    _require_whole(row.kind, said, read.errors)
    label = labels.compose(row.kind, said, _phrases(session, case))
    number = (session.scalar(select(func.max(LabelPrint.number)).where(LabelPrint.case_id == case.id)) or 0) + 1
    inputs = {"container": row.code, "copies": copies, "number": number, "reason": reason}
    role = role_for("print_labels", case, actor)
    event = record(session, case, actor, now, "print_labels", role=role, inputs=inputs)
    made = LabelPrint(
        id=new_id(), case_id=case.id, container_id=row.id, number=number, copies=copies, reason=reason,
        printed_at=now, printed_by_id=actor.account_id, event_id=event.id,
    )  # fmt: skip
    seal(session, made, "details", case.key_id, _details(label, row))
    session.add(made)
    row.printed += copies
    session.flush()
    return made


def _require_whole(kind: str, said: Facts, errors: list[FieldError]) -> None:
    longest = KINDS[kind].longest
    lacking = [
        FieldError(name, "label.not_on_record" if name in ON_RECORD else "value.missing")
        for name in labels.missing(kind, said)
    ]
    too_long = [
        FieldError(name, "value.too_long", {"limit": longest, "length": len(said.values[name])})
        for name in labels.too_long(kind, said)
    ]
    if errors or lacking or too_long:
        raise Invalid((*errors, *lacking, *too_long))


def _phrases(session: Session, case: Case) -> dict[str, str]:
    """The autologous phrases of the programme where it words its own."""
    programme = programme_of(session, case)
    listed = programme.cells.phrases if programme and programme.cells else ()
    return {each.container: each.text for each in listed if each.when == "always" and "autólogo" in each.text}


def _details(label: labels.Label, row: CellContainer) -> dict[str, Any]:
    return {
        "kind": label.kind.id,
        "phrase": label.phrase,
        "values": [list(each) for each in label.rows],
        "handling": list(label.handling),
        "warnings": list(label.warnings),
        "european_code": row.european_code,
        "batch": row.batch,
        "expires_at": shelf_life.compact(row.expires_at) if row.expires_at else "",
    }


def count(session: Session, actor: Actor, case: Case, number: int, given: Mapping[str, Any], now: datetime) -> None:
    """Write down how many labels of an order were used and how many destroyed: together all that were printed.

    Raises Invalid, NotFound; Refused where they were counted already.
    """
    hold(session, case)
    require_edit(case, actor, "print_labels")
    row = session.scalar(select(LabelPrint).where(LabelPrint.case_id == case.id, LabelPrint.number == number))
    if row is None:
        raise NotFound
    if row.used is not None:
        raise Refused((Reason("labels.counted", "RDL 9/2014 art. 33", "cell_unit"),))
    read = Given(given)
    used, destroyed = read.whole("used", 0, row.copies), read.whole("destroyed", 0, row.copies)
    read.settle()
    if used + destroyed != row.copies:
        raise Invalid((FieldError("destroyed", "label.count", {"copies": row.copies, "sum": used + destroyed}),))
    role, inputs = role_for("print_labels", case, actor), {"number": number, "used": used, "destroyed": destroyed}
    record(session, case, actor, now, "count_labels", role=role, inputs=inputs)
    row.used, row.destroyed, row.counted_at, row.counted_by_id = used, destroyed, now, actor.account_id
    session.flush()
