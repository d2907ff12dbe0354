"""Hand-overs that wait, as first screens and the page of a case say them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services import physician_offers
from compassionate.services.actors import Actor
from compassionate.web import reading
from compassionate.web.templating import ago, exact, say


def waiting_words(case: Case) -> str:
    """Who is asked to take the case over; empty where nobody is."""
    row = physician_offers.pending(db(), case)
    return say("handing.waits_for", name=physician_offers.opened(db(), case, row).to_name) if row else ""


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
