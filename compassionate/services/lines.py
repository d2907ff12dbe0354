"""The presentations that a case asks for: chosen and unchosen while the request is still being prepared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, Reason, Refused
from compassionate.models import Case, CaseLine, ProductLine, Region, RequestPacks
from compassionate.services.actors import Actor
from compassionate.services.cases import committee_start, require_edit, supply_region
from compassionate.services.edits import expect_seen, hold
from compassionate.services.facts import region_of
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.workflow.table import NONE

NOT_BEGUN = ("not_needed", "not_asked")


def choose_lines(
    session: Session, actor: Actor, case: Case, positions: Iterable[int], now: datetime, seen: str | None = None
) -> None:
    """Ask for exactly these presentations of the product; raises Invalid, Refused, Conflict (RD 1015/2009 art. 8.1.c).

    A line keeps its number as long as it is asked for; with a line that goes, the packs asked for on it go too.
    A line on which supply has begun stays.
    """
    hold(session, case)
    require_edit(case, actor, "product")
    expect_seen(session, case, "edit_product", seen)
    by_position = {line.position: line for line in case.product.lines}
    wanted = set(positions)
    if not wanted or wanted - by_position.keys():
        raise Invalid((FieldError("lines", "case.no_lines"),))
    chosen = {line.product_line.position for line in case.lines}
    if wanted == chosen:
        return
    for line in [line for line in case.lines if line.product_line.position not in wanted]:
        _unchoose(session, case, line)
    for position in sorted(wanted - chosen):
        _choose(session, case, by_position[position], now)
    session.expire(case, ["lines", "regions", "requests"])
    _settle_committee(session, case, now)
    inputs, changes = {"lines": sorted(wanted)}, {"lines": (sorted(chosen), sorted(wanted))}
    role = role_for("product", case, actor)
    record(session, case, actor, now, "edit_product", role=role, inputs=inputs, changes=changes)


def _unchoose(session: Session, case: Case, line: CaseLine) -> None:
    region = region_of(case, "supply", f"line-{line.number}")
    if region is not None and region.state != NONE:
        raise Refused((Reason("line.supplied", "RD 1015/2009 art. 12.d", "pharmacist", "supply"),))
    requests = [request.id for request in case.requests]
    asked = delete(RequestPacks).where(RequestPacks.request_id.in_(requests), RequestPacks.line_number == line.number)
    session.execute(asked, execution_options={"synchronize_session": "fetch"})
    if region is not None:
        session.delete(region)
    session.delete(line)
    session.flush()


def _choose(session: Session, case: Case, line: ProductLine, now: datetime) -> None:
    number = 1 + max((each.number for each in case.lines), default=0)
    session.add(CaseLine(case_id=case.id, number=number, product_line_id=line.id))
    session.add(supply_region(case, number, now))
    session.flush()
    session.expire(case, ["lines", "regions"])


def _settle_committee(session: Session, case: Case, now: datetime) -> None:
    """Whether the committee is asked may hang on what is charged; one that was asked already stays as it is."""
    region, start = region_of(case, "committee"), committee_start(case.centre, case.lines)
    if region is None or region.state not in NOT_BEGUN or region.state == start:
        return
    session.delete(region)
    session.flush()
    session.add(Region(case_id=case.id, kind="committee", instance="committee", state=start, since_at=now))
    session.flush()
    session.expire(case, ["regions"])
