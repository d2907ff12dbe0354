"""How scores are computed from answered items: each function makes a rule out of published numbers."""

from collections.abc import Mapping, Sequence

from compassionate.instruments.model import Answered, Item, Rule

Recode = Mapping[float, float]


def numbered(prefix: str, count: int, minimum: float, maximum: float, step: float = 1) -> tuple[Item, ...]:
    """Items `prefix1` … that all take the same numbers."""
    return tuple(Item(f"{prefix}{number}", minimum, maximum, step) for number in range(1, count + 1))


def names(items: Sequence[Item]) -> tuple[str, ...]:
    """The names of items, in their order."""
    return tuple(item.name for item in items)


def summed(given: Answered) -> float:
    """The sum of what was answered."""
    return sum(given.values())


def share_of_highest(highest: float) -> Rule:
    """100 times the sum over the highest sum that the answered items could give."""
    return lambda given: 100 * sum(given.values()) / (highest * len(given))


def turned_mean(highest: float) -> Rule:
    """100 less the mean as per cent of the highest answer."""
    return lambda given: 100 - 100 * sum(given.values()) / len(given) / highest


def mean_of(recodes: Mapping[str, Recode]) -> Rule:
    """The mean of the recoded answers."""
    return lambda given: sum(recodes[name][value] for name, value in given.items()) / len(given)


def looked_up(table: Sequence[float]) -> Rule:
    """The entry of a table at the raw sum."""
    return lambda given: table[round(sum(given.values()))]


def weighted(constant: float, weights: Mapping[str, Sequence[float]], lowest: int = 1) -> Rule:
    """A constant and the weight of each answer's level; `lowest` is the number of the first level."""
    return lambda given: constant + sum(weights[name][int(value) - lowest] for name, value in given.items())


def reach(constant: float, weights: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """The lowest and the highest value that a weighted rule can give."""
    lowest = constant + sum(min(levels) for levels in weights.values())
    return lowest, constant + sum(max(levels) for levels in weights.values())
