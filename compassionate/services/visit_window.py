"""The days on which a visit counts as made in time: of its own, or of the centre's setting around its date."""

from __future__ import annotations

from datetime import date, timedelta

from compassionate.models import Centre, Visit
from compassionate.services.visit_schedule import BASELINE

WINDOW_SETTING, USUAL_WINDOW = "visit_window_days", 14
Window = tuple[date | None, date | None]


def window(visit: Visit, centre: Centre) -> Window:
    """The first and the last day on which a visit counts as made in time; (None, None) without a date.

    The first visit is the state before the treatment: its window ends with the first administration.
    """
    return window_of(visit.planned_on, visit.name, visit.before_days, visit.after_days, room(centre))


def room(centre: Centre) -> int:
    """How many days around its date a visit may be made where its programme does not say."""
    return int(centre.settings.get(WINDOW_SETTING, USUAL_WINDOW))


def window_of(planned_on: date | None, name: str, before: int | None, after: int | None, usual: int) -> Window:
    """The same from bare values."""
    if planned_on is None:
        return None, None
    later = 0 if name == BASELINE else usual
    opens = planned_on - timedelta(days=usual if before is None else before)
    return opens, planned_on + timedelta(days=later if after is None else after)


def off_days(done_on: date | None, opens: date | None, closes: date | None) -> int | None:
    """How many days outside of its window a visit took place: negative before it, positive after it, 0 inside."""
    if done_on is None or opens is None or closes is None:
        return None
    return min(0, (done_on - opens).days) or max(0, (done_on - closes).days)
