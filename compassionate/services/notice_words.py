"""A notice as a sentence: from its codes and dates alone, in the language of whoever reads it (RET-03)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from compassionate.models import Case, Notice
from compassionate.words import say
from compassionate.workflow.notices import INSTEAD_OF, NEAR, PAST


def state_words(case: Case, language: str) -> str:
    """Where the case stands now."""
    return say(f"state.{case.state}", language)


def sentence(notice: Notice, language: str) -> str:
    """What happened, or what is due."""
    said = sentence_of(notice.kind, notice.params, language)
    name = notice.params.get(INSTEAD_OF)
    return say("cover.notice", language, name=name, text=said) if name else said


def sentence_of(kind: str, params: Mapping[str, Any], language: str) -> str:
    """The words of a notice of this kind."""
    if kind in (NEAR, PAST):
        due = f"{date.fromisoformat(params['due']):%d/%m/%Y}"
        words = {"clock": say(f"clock.{params['clock']}", language), "due": due}
        lapse = say(f"deadline_lapse.{params['lapse']}", language) if kind == PAST else ""
        return say(f"notice.{kind}", language, lapse=lapse, **words)
    if "visit" in params:
        return _of_visit(params, language)
    step = say(f"done.{params['step']}", language)
    if "recall" in params:
        return say("notice.recall", language, step=step, recall=params["recall"])
    return say("notice.turn", language, step=step) if "turn" in params else step


def _of_visit(params: Mapping[str, Any], language: str) -> str:
    """A visit that comes, closes or is over, or that the patient answered for."""
    on = f"{date.fromisoformat(params['on']):%d/%m/%Y}" if "on" in params else ""
    return say(f"visit_notice.{params['stage']}", language, visit=say(f"visit.{params['visit']}", language), on=on)
