"""Hand-overs that wait, as first screens and the page of a case say them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services import physician_offers, receiving, transfers
from compassionate.services.actors import Actor
from compassionate.web import reading
from compassionate.web.templating import ago, day, exact, say


def waiting_words(case: Case) -> str:
    """Who is asked to take the case over; empty where nobody is."""
    row = physician_offers.pending(db(), case)
    return say("handing.waits_for", name=physician_offers.opened(db(), case, row).to_name) if row else ""


def moved_words(case: Case) -> str:
    """To which hospital the patient was transferred, or from which; empty where they stay."""
    row, came = transfers.standing(db(), case), transfers.origin(db(), case)
    if row is not None:
        name = transfers.history(db(), case)[0].words["destination"]
        return say(f"transfer.moved.{row.status}", name=name, on=day(row.sent_at.date()))
    return say("transfer.moved.came", name=came) if came else ""


def arriving(session: Session, actor: Actor) -> int:
    """How many patients other hospitals offer to transfer here."""
    return len(receiving.incoming(session, actor)) if actor.centres(*receiving.RECEIVERS) else 0


def offers(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """Each hand-over that waits with its case, what is to be done, and where."""
    found = physician_offers.waiting_for(session, actor)
    reading.lists(*(each.code for each in found))
    return [
        {
            "code": each.code,
            "product": each.product,
            "what": say("handing.for_you", name=each.from_name or say("case_page.nobody"))
            if each.mine
            else say("handing.waits_for", name=each.to_name),
            "href": cure_url("hand_over", each.code),
            "when": ago(each.at),
            "exact": exact(each.at),
        }
        for each in found
    ]
