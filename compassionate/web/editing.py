"""Whether this person may edit a part of a case now, and who may where they may not: for pages to say so."""

from __future__ import annotations

from compassionate.models import Case
from compassionate.web.access import actor
from compassionate.web.templating import say
from compassionate.workflow.permissions import SECTIONS, may_edit


def may(case: Case, section: str, state: str | None = None) -> bool:
    """Whether whoever looks may edit the section."""
    return may_edit(section, actor().roles_at(case.centre_id), state or case.state)


def who_may(case: Case, section: str, state: str | None = None) -> str:
    """In words, who edits the section; empty where nobody does in this state of the case."""
    held = SECTIONS[section]
    if held.states and (state or case.state) not in held.states:
        return ""
    return ", ".join(say(f"role.{role.value}") for role in held.roles)
