"""What a case still lacks and whose turn each thing is: one page, grouped by who must act, with names and links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import step_url
from compassionate.services.advance import Possible
from compassionate.services.pending import Owed, Share, number_of, pending
from compassionate.web.access import actor, readers
from compassionate.web.framing import frame, load_case
from compassionate.web.people import names_words
from compassionate.web.step_order import leads_on
from compassionate.web.step_words import instance_words, present
from compassionate.web.templating import say

blueprint = Blueprint("pending", __name__)
OUTSIDE = ("agency", "sponsor", "committee")


@blueprint.get("/expedientes/<code>/que-falta")
@readers
def show(code: str) -> Any:
    """Every step that could come next with what stands against it: condition, article, person, link."""
    case = load_case(code)
    found = pending(db(), case, clock.now())
    mine = {role.value for role in actor().roles_at(case.centre_id)}
    shares = [_share(case, share, share.role in mine) for share in found.shares]
    return render_template(
        "cases/pending.html",
        shares=sorted(shares, key=lambda each: (not each["owed"], not each["ready"], not each["is_mine"])),
        later=[_later(case, step) for step in found.later],
        outside=", ".join(say(f"turn.{who}") for who in case.turn.split(",") if who in OUTSIDE),
        **frame(case),
    )


def _share(case: Case, share: Share, is_mine: bool) -> dict[str, Any]:
    return {
        "role": say(f"role.{share.role}"),
        "people": names_words(share.people) or say("pending.nobody"),
        "is_mine": is_mine,
        "owed": [_owed(case, owed) for owed in share.owed],
        "ready": [_step(case, step) for step in share.ready if leads_on(step.name)],
        "besides": [_step(case, step) for step in share.ready if not leads_on(step.name)],
    }


def _owed(case: Case, owed: Owed) -> dict[str, Any]:
    (held,) = present(case, (owed.reason,), owed.number)
    return held | {"steps": _named(case, owed.steps)}


def _named(case: Case, steps: Iterable[Possible]) -> str:
    return ", ".join(f"«{_step(case, step)['text']}»" for step in steps)


def _step(case: Case, step: Possible) -> dict[str, str]:
    which = instance_words(case, step.answer.region, step.instance) if step.instance else ""
    name = say(f"step.{step.name}")
    others = [say(f"role.{role.value}") for role in step.answer.row.roles[1:]]
    return {
        "text": f"{name} ({which})" if which else name,
        "href": step_url(case.code, step.action),
        "others": ", ".join(others),
    }


def _later(case: Case, step: Possible) -> dict[str, Any]:
    return _step(case, step) | {"reasons": present(case, step.answer.reasons, number_of(step))}
