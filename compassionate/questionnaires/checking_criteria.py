"""What must hold of an eligibility criterion that a question carries."""

from collections import Counter
from collections.abc import Callable, Iterator

from compassionate.questionnaires import fhir

OPERATORS = {"=", "in", "<", "<=", ">", ">="}


def criterion_problems(item: fhir.ItemResource, extension: fhir.CriterionExtension) -> Iterator[str]:
    """Everything wrong with the criterion of an item."""
    yield from _facts(extension)
    for part in extension.extension:
        if isinstance(part, fhir.LimitExtension):
            yield from _limit(item, part)


def _facts(extension: fhir.CriterionExtension) -> Iterator[str]:
    urls = Counter(part.url for part in extension.extension)
    if any(urls[name] != 1 for name in ("id", "kind", "blocking", "source")) or not urls["limit"]:
        yield "a criterion has one id, kind, blocking and source, and at least one limit"
    for part in extension.extension:
        if part.url == "kind" and part.value_code not in ("inclusion", "exclusion", "washout"):
            yield "the kind of a criterion is inclusion, exclusion or washout"
        if part.url == "blocking" and part.value_boolean is None:
            yield "blocking is a valueBoolean"


def _limit(item: fhir.ItemResource, limit: fhir.LimitExtension) -> Iterator[str]:
    operators = [fact.value_code for fact in limit.extension if fact.url == "operator"]
    values = [fact for fact in limit.extension if fact.url == "value"]
    if len(operators) != 1 or operators[0] not in OPERATORS or not values:
        yield f"a limit has one operator ({', '.join(sorted(OPERATORS))}) and a value"
        return
    codes = {option.value_coding.code for option in item.answer_option}
    fits: dict[str, Callable[[fhir.Fact], bool]] = {
        "boolean": lambda fact: fact.value_boolean is not None and operators[0] == "=",
        "choice": lambda fact: fact.value_code in codes and operators[0] in ("=", "in"),
        "integer": lambda fact: fact.value_decimal is not None and operators[0] not in ("=", "in"),
        "decimal": lambda fact: fact.value_decimal is not None and operators[0] not in ("=", "in"),
    }
    if item.type not in fits or not all(map(fits[item.type], values)):
        yield f"the limit does not fit a question of type {item.type}"
