"""Which signature a signed step gives: the endorsement of a request, the witness of a consent in writing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.services.advance import place
from compassionate.services.binding import ENDORSEMENT
from compassionate.services.consents import RECORD, witness_act
from compassionate.services.proofs import SigningAct


def signed_act(session: Session, case: Case, action: str) -> SigningAct | None:
    """What whoever takes a step signs with it; None for a step that nobody signs.

    The act of an endorsement names no content: it is of the request as its page showed it.
    """
    where, name = place(case, action)
    if name == RECORD:
        return witness_act(session, case, where.instance)
    return SigningAct(ENDORSEMENT, case.id, where.request_number) if name == "endorse" else None
