"""The plot of the cohort: treated once, seen for a year, and what happens after the last visit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from compassionate.services import reactions, team
from compassionate.services.demo import ways
from compassionate.services.demo.cohort import Course
from compassionate.services.demo.telling import Days, Plot, Tale


def followed(tale: Tale, course: Course, ending: str) -> Days:
    """Treated and seen for a year; `ending` is what happens afterwards: nothing, a report, closed, or a death."""
    yield from ways.treated(tale)
    tale.visit("baseline", course.visits["baseline"])
    yield tale.after(3)
    tale.step("physician", "end_treatment", ending="completed")
    for name, days in (("m3", 89), ("m6", 91), ("m12", 183)):
        yield tale.after(days)
        tale.visit(name, course.visits[name], role="nurse" if name == "m6" else "physician")
        _settle_reactions(tale)
    yield tale.after(2)
    yield from ENDINGS[ending](tale)


def _settle_reactions(tale: Tale) -> None:
    session, outcome = tale.stage.session, "Notificada a notificaRAM (DEMO-118) y al promotor; leve, resuelta."
    for row in reactions.open_reactions(session, tale.case):
        reactions.settle_reaction(session, tale.actor("physician"), tale.case, row.id, outcome, tale.now())


def _reported(tale: Tale) -> Days:
    yield from tale.issue("physician", "follow_up_report", days=2)


def _closed(tale: Tale) -> Days:
    tale.step("regulatory_officer", "close")
    yield tale.after(1)


def _closed_with_report(tale: Tale) -> Days:
    yield from _closed(tale)
    yield from tale.issue("regulatory_officer", "closing_report", days=1)


def _forms_sent(tale: Tale) -> Days:
    session, actor = tale.stage.session, tale.actor("regulatory_officer")
    team.send_follow_up_forms(session, actor, tale.case, str(tale.today), tale.now())
    yield tale.after(1)


def _left(tale: Tale) -> Days:
    yield tale.after(1)


ENDINGS: dict[str, Callable[[Tale], Days]] = {
    "": _left,
    "reported": _reported,
    "closed": _closed,
    "closed_with_report": _closed_with_report,
    "forms_sent": _forms_sent,
}

# How many days ago each of the ten was opened, and how it went on after the year.
COHORT: tuple[tuple[int, str], ...] = (
    (535, "closed_with_report"), (534, "closed"), (520, "closed"), (519, "reported"), (505, ""), (504, ""),
    (490, "reported"), (489, ""), (472, ""), (471, ""),
)  # fmt: skip


def cohort_plot(course: Course, ending: str) -> Plot:
    """The plot of one person of the cohort."""
    return partial(followed, course=course, ending=ending)
