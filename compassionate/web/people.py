"""Who can act, by name: asked once for a page, however many things wait for them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services.facts import today_at
from compassionate.services.memberships import Holder, holders_by_role
from compassionate.services.pending import people_for
from compassionate.web.templating import say

MOST_NAMED = 3


def names_words(people: Sequence[Holder]) -> str:
    """The first few names and how many more there are; empty for nobody."""
    named = ", ".join(each.name for each in people[:MOST_NAMED])
    more = len(people) - MOST_NAMED
    return say("pending.and_more", names=named, more=more) if more > 0 else named


def who_words(case: Case, role: str) -> str:
    """The names of those who can act in a role for a case today; empty where nobody holds it."""
    held = g.setdefault("holders", {})
    if case.centre_id not in held:
        held[case.centre_id] = holders_by_role(db(), case.centre_id, today_at(case, clock.now()))
    return names_words(people_for(case, role, held[case.centre_id]))
