"""What the sponsor said about a medicine: that it is willing to supply it, when, who, with the paper.

RD 1015/2009 art. 7.1: the willingness is asked for always, before the agency may authorise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, Product
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.edits import expect_seen, hold
from compassionate.services.facts import today_at
from compassionate.services.papers import Upload, upload_for_product
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.snapshots import willingness_papers
from compassionate.text import single_line
from compassionate.workflow.values import read_date

LIMITS = {"willing_by": 200, "willing_reference": 200}
KIND = "sponsor_willingness"


def record_willingness(
    session: Session,
    actor: Actor,
    case: Case,
    given: Mapping[str, Any],
    now: datetime,
    file: Upload | None = None,
    seen: str | None = None,
) -> None:
    """Record the sponsor's willingness for the medicine of a case; raises Invalid, Refused, Conflict.

    Fields: willing_on, willing_by, willing_reference. It holds for every case of the medicine; the paper is asked
    for until there is one.
    """
    hold(session, case)
    require_edit(case, actor, KIND)
    expect_seen(session, case, "record_willingness", seen)
    product = session.get_one(Product, case.product_id, with_for_update={"of": Product}, populate_existing=True)
    texts = {name: single_line(str(given.get(name) or "")) for name in LIMITS}
    errors = [
        FieldError(name, "value.too_long", {"limit": limit, "length": len(texts[name])})
        for name, limit in LIMITS.items()
        if len(texts[name]) > limit
    ]
    errors += [] if texts["willing_by"] else [FieldError("willing_by", "value.missing")]
    willing_on = _date(given, case, now, errors)
    if file is None and not willingness_papers(session, product):
        errors.append(FieldError("paper", "willingness.paper_missing"))
    if errors or willing_on is None:
        raise Invalid(tuple(errors))
    title = f"{product.code} {willing_on.isoformat()}"
    paper = upload_for_product(session, product, case.centre.key_id, actor, title, file, now) if file else None
    said = texts | {"willing_on": willing_on}
    changes = differing({name: getattr(product, name) for name in said}, said)
    for name, value in said.items():
        setattr(product, name, value)
    inputs = {"willing_on": willing_on, "signed_by": texts["willing_by"], "paper": paper.id if paper else None}
    role = role_for(KIND, case, actor)
    record(session, case, actor, now, "record_willingness", role=role, inputs=inputs, changes=changes)


def _date(given: Mapping[str, Any], case: Case, now: datetime, errors: list[FieldError]) -> Any:
    text = str(given.get("willing_on") or "").strip()
    try:
        value = read_date(text)
    except ValueError:
        errors.append(FieldError("willing_on", "value.date_format" if text else "value.missing"))
        return None
    if value > today_at(case, now):
        errors.append(FieldError("willing_on", "value.date_in_future"))
    return value
