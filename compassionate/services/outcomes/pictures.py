"""The pictures of a cohort: which points they hold, before they become geometry (documents/outcome_charts.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_uppercase

from compassionate.documents.outcome_charts import QUARTERS, Dot, Line, Picture, relief, trajectories
from compassionate.services.outcomes.cohort import Cohort, Measured, course
from compassionate.services.outcomes.comparators import Arm
from compassionate.services.outcomes.wording import Wording
from compassionate.statistics.cohorts import BASELINE

MOST_LINES = 60  # more lines than that tell nobody apart: the means are drawn alone
MOST_ARMS = len(ascii_uppercase)
FEWEST = 2


def lines_of(words: Wording, held: Cohort, measured: Measured, with_patients: bool) -> Picture | None:
    """Each patient's line and the mean of those measured; None before there is a second visit to draw a line to."""
    measure, visits = measured.measure, held.visits
    if sum(each.n > 0 for each in measured.at) < FEWEST:
        return None
    courses = [course(each, measure.id) for each in held.patients]
    drawn = [
        Line(str(number), [each.at(name) for name, _ in visits], bool(each.operated))
        for number, each in enumerate(courses, start=1)
    ]
    scale = measure.scale
    ticks = [scale.minimum + (scale.maximum - scale.minimum) * part / QUARTERS for part in range(QUARTERS + 1)]
    means = [each.mean.value if words.is_told(each.n) else None for each in measured.at]
    return trajectories(
        [(months, words.visit(name)) for name, months in visits],
        drawn if with_patients and len(drawn) <= MOST_LINES else [],
        means,
        (scale.minimum, scale.maximum),
        {
            "title": words.phrase("chart.trajectories", measure=words.measure(measure.id)),
            "axis": words.phrase(f"chart.{measure.better}"),
            "mean": words.phrase("chart.mean"),
            "own": words.phrase("chart.own"),
        },
        [f"{each:g}" for each in ticks],
    )


def dots_of(held: Cohort, measured: Measured, visit: str) -> list[tuple[int, Dot]]:
    """Each patient measured before and at the visit, with the number of their row."""
    scale, found = measured.measure.scale, list[tuple[int, Dot]]()
    for number, patient in enumerate(held.patients, start=1):
        each = course(patient, measured.measure.id)
        before, after = each.at(BASELINE), each.at(visit)
        if before is not None and after is not None:
            start = scale.distance(before)
            found.append((number, Dot(str(number), start, start - scale.distance(after))))
    return found


def arm_dots(arms: Iterable[Arm]) -> list[tuple[Arm, Dot]]:
    """The published arms of which there are means, each with a letter."""
    found = list[tuple[Arm, Dot]]()
    for letter, arm in zip(ascii_uppercase, arms, strict=False):
        if arm.pair is not None:
            start, then = arm.pair
            found.append((arm, Dot(letter, start, start - then, is_arm=True)))
    return found


def relief_of(words: Wording, measure: str, dots: Sequence[Dot]) -> Picture:
    """The relief plot."""
    own = sum(not each.is_arm for each in dots)
    return relief(
        dots,
        {
            "title": words.phrase("chart.relief", measure=words.measure(measure)),
            "x_axis": words.phrase("chart.x_axis"),
            "y_axis": words.phrase("chart.y_axis"),
            "perfect": words.phrase("chart.perfect"),
            "none": words.phrase("chart.none"),
            "own": words.phrase("chart.own_dots", n=own),
            "arms": words.phrase("chart.arms"),
        },
    )
