"""How one patient's score changed, against what is published as important and as measurement error.

A change can be important by its size and still lie within the error of one patient's measurement:
both are said, side by side.
"""

from dataclasses import dataclass

from compassionate.instruments.model import TOLERANCE, Instrument, Threshold


@dataclass(frozen=True)
class Change:
    """`delta` is after minus before in the unit of the score; `improvement` the same, positive when better.

    `percent` is the delta as per cent of the first value, None where that was 0. `reaches_mic` and
    `within_error` are None where nothing is published for the instrument.
    """

    delta: float
    improvement: float
    percent: float | None
    reaches_mic: bool | None
    within_error: bool | None
    mic: Threshold | None
    sdc: Threshold | None


def change(instrument: Instrument, before: float, after: float) -> Change:
    """The change between two scores of one patient; OutOfRange for a score that the instrument cannot give.

    The minimal important change is reached in points or in per cent of the first value, whichever the
    source gives (Ostelo 2008 gives both).
    """
    delta = instrument.checked(after) - instrument.checked(before)
    improvement = -delta if instrument.worse == "high" else delta
    mic = instrument.mics[0] if instrument.mics else None
    return Change(
        delta=delta,
        improvement=improvement,
        percent=100 * delta / before if before else None,
        reaches_mic=_reaches(mic, improvement, before) if mic else None,
        within_error=_is_within(instrument.sdc, delta),
        mic=mic,
        sdc=instrument.sdc,
    )


def _reaches(mic: Threshold, improvement: float, before: float) -> bool:
    by_points = mic.points is not None and improvement >= mic.points - TOLERANCE
    by_percent = mic.percent is not None and before > 0 and 100 * improvement >= mic.percent * before - TOLERANCE
    return by_points or by_percent


def _is_within(sdc: Threshold | None, delta: float) -> bool | None:
    return None if sdc is None or sdc.points is None else abs(delta) < sdc.points - TOLERANCE
