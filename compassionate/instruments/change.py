"""How one patient's score changed, against what is published as important and as measurement error.

A change can be important by its size and still lie within the error of one patient's measurement:
both are said, side by side. What is published but was not seen in its source is not judged by.
"""

from dataclasses import dataclass

from compassionate.instruments.model import TOLERANCE, Scale, Threshold


@dataclass(frozen=True)
class Change:
    """`delta` is after minus before in the unit of the score; `improvement` the same, positive when better.

    `percent` is the delta as per cent of the first value, None where that was not positive. `reaches_mic` and
    `within_error` are None where nothing is published for the score.
    """

    delta: float
    improvement: float
    percent: float | None
    reaches_mic: bool | None
    within_error: bool | None
    mic: Threshold | None
    sdc: Threshold | None


def change(scale: Scale, before: float, after: float) -> Change:
    """The change between two scores of one patient; OutOfRange for a score that the scale cannot give.

    The minimal important change is reached in points or in per cent of the first value, whichever the
    source gives (Ostelo 2008 gives both). Where no end is worse there is no improvement: it is 0.
    """
    delta = scale.checked(after) - scale.checked(before)
    improvement = {"high": -delta, "low": delta, "neither": 0.0}[scale.worse]
    mic = scale.mics[0] if scale.mics else None
    return Change(
        delta=delta,
        improvement=improvement,
        percent=100 * delta / before if before > 0 else None,
        reaches_mic=reaches(mic, improvement, before) if mic else None,
        within_error=_is_within(scale.sdc, delta),
        mic=mic,
        sdc=scale.sdc,
    )


def reaches(threshold: Threshold, improvement: float, before: float) -> bool:
    """Whether an improvement from a first value is as large as a published change."""
    points, percent = threshold.points, threshold.percent
    by_points = points is not None and improvement >= points - TOLERANCE
    by_percent = percent is not None and before > 0 and 100 * improvement >= percent * before - TOLERANCE
    return by_points or by_percent


def _is_within(sdc: Threshold | None, delta: float) -> bool | None:
    return None if sdc is None or sdc.points is None else abs(delta) < sdc.points - TOLERANCE
