"""Closing a recall: only when every unit of the batch is accounted for and every patient was told, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.errors import Reason, Refused
from compassionate.models import Recall
from compassionate.models.recalls import CLOSED
from compassionate.models.vault import seal
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.recalls.calling import Line, lines
from compassionate.services.recalls.entering import hold_recall, opened
from compassionate.services.recalls.finding import MAY, require, require_standing
from compassionate.services.recalls.holdings import Holding, holdings

FATES = ("destroyed", "returned")
COLUMNS = ("received", "given", "back", "lost", "returned", "destroyed", "in_pharmacy", "still_at_home")


@dataclass(frozen=True, slots=True)
class Account:
    """Every unit of the batch that came for one case, and where it is or went."""

    line: Line
    held: Holding

    @property
    def units(self) -> dict[str, int]:
        """By column; `given` counts what was taken at home before the call too."""
        return {
            "received": self.held.received,
            "given": self.held.given + self.line.told("used"),
            "back": self.line.told("back"),
            "lost": self.line.told("lost"),
            "returned": self.held.out("returned"),
            "destroyed": self.held.out("destroyed"),
            "in_pharmacy": self.held.in_pharmacy,
            "still_at_home": self.line.still_at_home,
        }

    @property
    def balances(self) -> bool:
        """Whether what came is what went and what is left."""
        units = self.units
        return units["received"] == sum(units[name] for name in COLUMNS[1:])


def accounts(session: Session, recall: Recall, listed: Sequence[Line]) -> list[Account]:
    """The reconciliation, case by case."""
    found = holdings(session, [line.row.case_id for line in listed], recall.batch)
    return [Account(line, found[line.row.case_id]) for line in listed]


def totals(held: Sequence[Account]) -> dict[str, int]:
    """The same over all cases."""
    return {name: sum(each.units[name] for each in held) for name in COLUMNS}


def against_closing(held: Sequence[Account]) -> tuple[Reason, ...]:
    """What a recall still lacks: units in the pharmacy, units at home, patients not called, sums that do not add up."""
    found = []
    whole = totals(held)
    for name in ("in_pharmacy", "still_at_home"):
        if whole[name]:
            params = {"units": whole[name], "cases": sum(1 for each in held if each.units[name])}
            found.append(Reason(f"recall.{name}", "RD 1015/2009 art. 11.2", MAY[0].value, params=params))
    waiting = sum(1 for each in held if not each.line.row.settled)
    if waiting:
        params = {"cases": waiting}
        found.append(Reason("recall.calls_owed", "RD 1015/2009 art. 11.2", MAY[0].value, params=params))
    wrong = [each.line.case.code for each in held if not each.balances]
    if wrong:
        named = {"codes": ", ".join(wrong)}
        found.append(Reason("recall.sums", "RD 1015/2009 art. 11.2", MAY[0].value, params=named))
    return tuple(found)


def close(session: Session, actor: Actor, recall: Recall, given: Mapping[str, Any], now: datetime) -> None:
    """Close a recall whose units are all accounted for; raises Refused, Invalid.

    Fields: fate and certificate of what patients brought back (where they did), note.
    """
    hold_recall(session, recall)
    require(session, actor, recall)
    require_standing(recall)
    held = accounts(session, recall, lines(session, actor, recall))
    if reasons := against_closing(held):
        raise Refused(reasons)
    read, whole = Given(given), totals(held)
    fate = read.one_of("fate", FATES, required=bool(whole["back"]))
    certificate = read.text("certificate", 100, required=bool(whole["back"]))
    note = read.lines("note")
    read.settle()
    recall.status, recall.closed_at, recall.closed_by_id = CLOSED, now, actor.account_id
    words = {"fate": fate, "certificate": certificate, "closed": note}
    seal(session, recall, "details", recall.key_id, opened(session, recall) | words)
    session.flush()
    counted = {f"units_{name}": number for name, number in whole.items()}
    audit.append(session, actor, "close_recall", now, recall=recall.code, batch=recall.batch, **counted)
