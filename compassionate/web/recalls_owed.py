"""The calls that a recall owes, as a list of a first screen: there only while somebody is to be called."""

from __future__ import annotations

from flask import url_for

from compassionate.services.recalls.finding import CALLERS
from compassionate.services.recalls.owed import Owed, owed
from compassionate.web.desk import Section, Sitting, link, listed
from compassionate.web.templating import ago, exact, say
from compassionate.workflow.roles import Role

LINK = ("recalls", "/retiradas")


def section(sitting: Sitting, role: Role) -> list[Section]:
    """Whom to call; a physician's are their own patients."""
    if role not in CALLERS:
        return []
    mine = sitting.actor.account_id if role == Role.PHYSICIAN else ""
    found = owed(sitting.session, sitting.centres(role), mine)
    rows = [(each.row, (_todo(each), _next(each)), "wait" if each.outcome else "stop") for each in found]
    return [listed("recalls", ("todo", "on"), rows, more=LINK[1])] if rows else []


def _todo(each: Owed) -> object:
    words = say(f"todo.recall_{'again' if each.outcome else 'call'}", recall=each.recall)
    return link(words, url_for("recalls.call", recall=each.recall, code=each.row.code), each.row)


def _next(each: Owed) -> object:
    return {"text": ago(each.next_at), "exact": exact(each.next_at)} if each.next_at else ""
