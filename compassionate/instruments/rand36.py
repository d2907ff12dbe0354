"""RAND-36 (the items of SF-36 version 1): eight RAND scales, and the two component scores by the SF-36 v1 way.

Numbers only; the items are entered by their numbers, since no validated Spanish wording is ours to print. RAND gives
a scale from one answered item on: we ask for half of them, which is stricter. Component scores are on norms of the
United States (1990): 50 is that population's mean, 10 its deviation.
"""

from collections.abc import Iterable, Mapping

from compassionate.instruments.model import Answered, Instrument, Item, Missing, Rule, Scale, Threshold
from compassionate.instruments.rules import Recode, mean_of
from compassionate.instruments.sources import NOT_SEEN

TWO, THREE = (0.0, 100.0), (0.0, 50.0, 100.0)
FIVE, SIX = (0.0, 25.0, 50.0, 75.0, 100.0), (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
# Which items take which points, from their first answer on.
POINTS: tuple[tuple[Iterable[int], tuple[float, ...]], ...] = (
    ((1, 2, 20, 22, 34, 36), FIVE[::-1]),
    (range(3, 13), THREE),
    (range(13, 20), TWO),
    ((21, 23, 26, 27, 30), SIX[::-1]),
    ((24, 25, 28, 29, 31), SIX),
    ((32, 33, 35), FIVE),
)
RECODES: Mapping[str, Recode] = {
    str(item): {float(answer): value for answer, value in enumerate(points, start=1)}
    for items, points in POINTS
    for item in items
}
SCALES: Mapping[str, tuple[int, ...]] = {
    "PF": tuple(range(3, 13)),
    "RP": tuple(range(13, 17)),
    "RE": (17, 18, 19),
    "EF": (23, 27, 29, 31),
    "EW": (24, 25, 26, 28, 30),
    "SF": (20, 32),
    "PAIN": (21, 22),
    "GH": (1, 33, 34, 35, 36),
}
USED = tuple(str(item) for item in range(1, 37) if item != 2)

# SF-36 version 1: general health and pain are scored otherwise than by RAND.
HEALTH_TODAY = {1: 5.0, 2: 4.4, 3: 3.4, 4: 2.0, 5: 1.0}
PAIN_FELT = {1: 6.0, 2: 5.4, 3: 4.2, 4: 3.1, 5: 2.2, 6: 1.0}
PAIN_HINDERS_ALONE = {1: 6.0, 2: 4.75, 3: 3.5, 4: 2.25, 5: 1.0}
# Mean and deviation in the United States, 1990, and the factor weights of the physical and the mental component.
NORMS: Mapping[str, tuple[float, float, float, float]] = {
    "PF": (84.52404, 22.89490, 0.42402, -0.22999),
    "RP": (81.19907, 33.79729, 0.35119, -0.12329),
    "BP": (75.49196, 23.55879, 0.31754, -0.09731),
    "GH": (72.21316, 20.16964, 0.24954, -0.01571),
    "EF": (61.05453, 20.86942, 0.02877, 0.23534),
    "SF": (83.59753, 22.37642, -0.00753, 0.26876),
    "RE": (81.29467, 33.02717, -0.19206, 0.43407),
    "EW": (74.84212, 18.01189, -0.22069, 0.48581),
}
RAND_ALIKE = ("PF", "RP", "RE", "EF", "SF", "EW")


def half(count: int) -> int:
    """The least number of items of a scale."""
    return (count + 1) // 2


def bodily_pain(given: Answered) -> float:
    """SF-36 v1 bodily pain: how much it hinders is worth most to somebody who feels none; one of the two is enough."""
    felt, hinders = given.get("21"), given.get("22")
    if hinders is None:
        points = 2 * PAIN_FELT[round(felt or 0)]
    elif felt is None:
        points = 2 * PAIN_HINDERS_ALONE[round(hinders)]
    else:
        points = PAIN_FELT[round(felt)] + (6 if felt == hinders == 1 else 6 - hinders)
    return (points - 2) * 10


def general_health(given: Answered) -> float:
    """SF-36 v1 general health: the mean of the five items, the first one on its own steps."""
    straight = {"33": 0, "35": 0, "34": 6, "36": 6}
    points = [
        HEALTH_TODAY[round(value)] if item == "1" else abs(straight[item] - value) for item, value in given.items()
    ]
    return (sum(points) / len(points) - 1) * 25


def component(place: int) -> Rule:
    """PCS (place 0) or MCS (place 1); None where one of the eight scales lacks more than half of its items."""

    def rule(given: Answered) -> float | None:
        scales = sf36_scales(given)
        if scales is None:
            return None
        terms = (
            (scales[name] - mean) / deviation * weights[place] for name, (mean, deviation, *weights) in NORMS.items()
        )
        return 50 + 10 * sum(terms)

    return rule


def sf36_scales(given: Answered) -> dict[str, float] | None:
    """The eight scales of SF-36 v1, or None where one has none."""
    wanted = {name: _among(given, SCALES["PAIN" if name == "BP" else name]) for name in NORMS}
    if any(len(held) < half(len(SCALES["PAIN" if name == "BP" else name])) for name, held in wanted.items()):
        return None
    found = {name: mean_of(RECODES)(wanted[name]) or 0.0 for name in RAND_ALIKE}
    return found | {"BP": bodily_pain(wanted["BP"]), "GH": general_health(wanted["GH"])}


def _among(given: Answered, items: Iterable[int]) -> dict[str, float]:
    return {str(item): given[str(item)] for item in items if str(item) in given}


def _reach(place: int) -> tuple[float, float]:
    """The lowest and the highest component score: every scale at the end that its weight favours."""
    ends = [
        sorted(((0 - mean) / deviation * weights[place], (100 - mean) / deviation * weights[place]))
        for mean, deviation, *weights in NORMS.values()
    ]
    return 50 + 10 * sum(low for low, _ in ends), 50 + 10 * sum(high for _, high in ends)


def _scale(name: str, items: tuple[str, ...], rule: Rule, missing: Missing = "at_least") -> Scale:
    return Scale(name, f"rand36_{name}", items, 0, 100, rule, half(len(items)), worse="low", missing=missing)


def _component(name: str, place: int, thresholds: tuple[Threshold, ...] = ()) -> Scale:
    low, high = _reach(place)
    return Scale(
        name, f"rand36_{name}", USED, low, high, component(place), len(SCALES), unit="t", worse="low",
        missing="every_scale", entered_as=name, thresholds=thresholds, is_steady=False,
    )  # fmt: skip


RAND36 = Instrument(
    id="rand36",
    items=tuple(Item(str(item), 1, len(RECODES[str(item)])) for item in range(1, 37)),
    scales=(
        *(_scale(name, tuple(map(str, items)), mean_of(RECODES)) for name, items in SCALES.items()),
        _scale("BP", ("21", "22"), bodily_pain),
        _component("PCS", 0, (Threshold(NOT_SEEN, points=4.9, status="unverified"),)),
        _component("MCS", 1),
    ),
    source="RAND 36-Item Health Survey 1.0; SF-36 v1 components: Ware 1994",
    version="1.0",
)
