"""The fields of a result of the cells: the tests of the specification to choose from, the limit beside the box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from compassionate.models import Case
from compassionate.programmes.model import ReleaseTest
from compassionate.questionnaires.criteria import SIGNS
from compassionate.services.facts import region_of
from compassionate.services.programmes import programme_of
from compassionate.web.templating import language
from compassionate.workflow.cell_facts import NEEDED_NOT
from compassionate.workflow.cells import REGION
from compassionate.workflow.table import Input

if TYPE_CHECKING:
    from compassionate.web.step_fields import Field

STEP, INSTANT = "record_cell_test", "given_at"


def is_asked(case: Case, asked: Input) -> bool:
    """Whether a case is asked for an input: the instant of a dose is a matter of cells alone."""
    region = region_of(case, REGION)
    return asked.name != INSTANT or (region is not None and region.state != NEEDED_NOT)


def drawn(session: Session, case: Case, field: Field, typed: MultiDict[str, str]) -> Field:
    """The field of a result as it is drawn: a list of tests, and what the chosen one asks for."""
    programme = programme_of(session, case)
    tests = programme.release_tests if programme else ()
    chosen = typed.get("test") or request.args.get("test", "")
    if field.name == "test":
        options = tuple({"value": test.id, "text": _words(test), "hint": ""} for test in tests)
        return replace(field, kind="select", options=options, value=field.value or chosen)
    test = next((test for test in tests if test.id == chosen), None)
    if field.name != "result" or test is None:
        return field
    field = replace(field, hint=gettext("%(test)s: %(limit)s", test=_words(test), limit=limit_words(test)))
    if test.kind != "choice":
        return field
    options = tuple({"value": each.code, "text": each.text.said(language()), "hint": ""} for each in test.choices)
    return replace(field, kind="select", options=options)


def _words(test: ReleaseTest) -> str:
    return f"{test.id} · {test.text.said(language())}"


def limit_words(test: ReleaseTest) -> str:
    """What a test must give, as people read it; who sets it where the programme does not."""
    if test.kind == "choice":
        return ", ".join(each.text.said(language()) for each in test.choices if each.code in test.passes)
    bounds = [(limit.operator, str(value)) for limit in test.limits for value in limit.values]
    comma = language() == "es"
    words = " · ".join(SIGNS[sign] + (value.replace(".", ",") if comma else value) for sign, value in bounds)
    return f"{words} {test.unit}".strip() if words else gettext("lo fija el hospital")
