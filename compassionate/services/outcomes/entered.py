"""What others published, typed in from a paper that the hospital holds: by one person, held against it by another.

A row is never edited: a wrong one is replaced by a new one, and stays on record. Until a second person has confirmed a
row it stands in no table beside patients. The product itself ships confirmed rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from compassionate.errors import NotFound, Reason, Refused
from compassionate.instruments import SCALES
from compassionate.models import Account, Centre, ConfirmedOutcome, EnteredOutcome, new_id
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.workflow.roles import Role

ENTERED_BY = (Role.PHYSICIAN, Role.PHARMACIST, Role.REGULATORY_OFFICER)
KINDS = ("cells", "surgery", "conservative", "injection", "review")
SIDES = ("favourable", "neutral", "counter")
STATISTICS = ("mean", "median", "difference", "percent", "finding")
DISPERSIONS = ("SD", "SE", "CI", "IQR")
MOST_PATIENTS, MOST_MONTHS = 1_000_000, 600
FIGURES = ("baseline", "follow_up", "change")


@dataclass(frozen=True, slots=True)
class Held:
    """A row with the people behind it; `replaced`: a newer one, confirmed, stands in its place."""

    row: EnteredOutcome
    centre: str
    entered_by: str
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    replaced: bool = False

    @property
    def counts(self) -> bool:
        """Whether it stands in tables: confirmed, and not replaced."""
        return self.confirmed_at is not None and not self.replaced


def entered(session: Session, programme: str) -> list[Held]:
    """Every row of a programme, oldest first, replaced ones too."""
    writer, reader = aliased(Account), aliased(Account)
    wanted = (
        select(EnteredOutcome, Centre.name, writer.name, reader.name, ConfirmedOutcome.confirmed_at)
        .join(Centre, EnteredOutcome.centre_id == Centre.id)
        .join(writer, EnteredOutcome.entered_by_id == writer.id)
        .outerjoin(ConfirmedOutcome, ConfirmedOutcome.outcome_id == EnteredOutcome.id)
        .outerjoin(reader, ConfirmedOutcome.confirmed_by_id == reader.id)
        .where(EnteredOutcome.programme == programme)
        .order_by(EnteredOutcome.id)
    )
    rows = session.execute(wanted).all()
    gone = {row.replaces_id for row, *_, confirmed_at in rows if confirmed_at}
    return [Held(row, centre, by, seen or "", at, row.id in gone) for row, centre, by, seen, at in rows]


def enter(session: Session, actor: Actor, programme: str, given: Mapping[str, Any], now: datetime) -> EnteredOutcome:
    """Type in one measure of one arm; raises Refused, Invalid, NotFound (`replaces` names no row of the programme)."""
    centre_id = _centre(actor)
    read = Given(given)
    texts = {name: read.text(name, limit, required=True) for name, limit in _TEXTS}
    chosen = {
        "kind": read.one_of("kind", KINDS),
        "side": read.one_of("side", SIDES),
        "statistic": read.one_of("statistic", STATISTICS),
        "instrument": read.one_of("instrument", SCALES, required=False),
        "dispersion_kind": read.one_of("dispersion_kind", DISPERSIONS, required=False),
    }
    figures = {name: _figure(read, name) for name in (*FIGURES, "dispersion", "months")}
    n = read.whole("n", 1, MOST_PATIENTS) if read.raw("n") else None
    finding = read.text("finding", 300, required=chosen["statistic"] == "finding")
    _require_whole(read, chosen, figures)
    read.settle()
    replaces = _row(session, programme, str(given["replaces"])).id if given.get("replaces") else None
    row = EnteredOutcome(
        id=new_id(), programme=programme, n=n, finding=finding, replaces_id=replaces, centre_id=centre_id,
        entered_by_id=actor.account_id, entered_at=now, **texts, **chosen, **figures,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(session, actor, "enter_outcome", now, None, outcome=row.id, programme=programme, centre=centre_id)
    return row


_TEXTS = (("series", 120), ("arm", 160), ("design", 120), ("source", 300), ("page", 60))


def _figure(read: Given, name: str) -> float | None:
    text = read.raw(name).replace(",", ".").replace("\u2212", "-")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        read.wrong(name, "outcomes.number")
        return None
    most = MOST_MONTHS if name == "months" else 10_000
    if not (0 if name in ("months", "dispersion") else -most) <= value <= most:
        read.wrong(name, "outcomes.number")
        return None
    return value


def _require_whole(read: Given, chosen: Mapping[str, str], figures: Mapping[str, float | None]) -> None:
    """Figures are of an instrument at some months; a dispersion says of which kind it is (SE is never read as SD)."""
    if chosen["statistic"] == "finding":
        return
    if not chosen["instrument"]:
        read.wrong("instrument", "value.missing")
    if figures["months"] is None and not read.raw("months"):
        read.wrong("months", "value.missing")
    if all(figures[name] is None for name in FIGURES):
        read.wrong("follow_up", "value.missing")
    if (figures["dispersion"] is None) != (chosen["dispersion_kind"] == ""):
        read.wrong("dispersion_kind", "outcomes.dispersion_kind")
    scale = SCALES.get(chosen["instrument"])
    if scale is None or chosen["statistic"] not in ("mean", "median"):
        return
    for name in ("baseline", "follow_up"):
        value = figures[name]
        if value is not None and not scale.minimum <= value <= scale.maximum:
            read.wrong(name, "value.between", least=f"{scale.minimum:g}", most=f"{scale.maximum:g}")


def confirm(session: Session, actor: Actor, programme: str, outcome_id: str, now: datetime) -> None:
    """Confirm a row after holding it against the paper; raises Refused (nobody confirms their own), NotFound."""
    _centre(actor)
    row = _row(session, programme, outcome_id)
    if row.entered_by_id == actor.account_id:
        raise Refused((Reason("outcomes.own_row"),))
    if session.get(ConfirmedOutcome, row.id) is None:
        session.add(ConfirmedOutcome(outcome_id=row.id, confirmed_by_id=actor.account_id, confirmed_at=now))
        session.flush()
        audit.append(session, actor, "confirm_outcome", now, None, outcome=row.id, programme=programme)


def may_enter(actor: Actor) -> bool:
    """Whether a person may type in what a paper says, or confirm it."""
    return bool(actor.centres(*ENTERED_BY))


def _centre(actor: Actor) -> str:
    mine = actor.centres(*ENTERED_BY)
    if not mine:
        raise Refused((Reason("role.missing", who=ENTERED_BY[0], cure="accounts",
                              params={"roles": tuple(role.value for role in ENTERED_BY)}),))  # fmt: skip
    return mine[0]


def _row(session: Session, programme: str, outcome_id: str) -> EnteredOutcome:
    row = session.get(EnteredOutcome, outcome_id)
    if row is None or row.programme != programme:
        raise NotFound
    return row
