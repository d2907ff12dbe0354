"""The questions that wait for whoever opens their first screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Cover
from compassionate.services.actors import Actor
from compassionate.services.conversation import waiting_for
from compassionate.web import reading
from compassionate.web.templating import ago, exact, say


def questions(session: Session, actor: Actor, covered: Sequence[Cover] = ()) -> list[dict[str, Any]]:
    """Each with its case and the page that answers it; never its words, which stay with the case."""
    found = waiting_for(session, actor, covered)
    reading.lists(*(each.code for each in found))
    return [
        {
            "code": each.code,
            "product": each.product,
            "by": each.by,
            "instead_of": say("cover.instead_of", name=each.instead_of) if each.instead_of else "",
            "href": f"/expedientes/{each.code}/conversacion/{each.question_id}",
            "when": ago(each.asked_at),
            "exact": exact(each.asked_at),
        }
        for each in found
    ]
