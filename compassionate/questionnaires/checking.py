"""What must hold inside a questionnaire beyond its shape: each rule says what is wrong with which item."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from compassionate.questionnaires import fhir
from compassionate.questionnaires.building import bound, is_help
from compassionate.questionnaires.checking_criteria import criterion_problems
from compassionate.text import is_clean

LINK_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
PROPERTIES: dict[str, frozenset[str]] = {
    "group": frozenset({"repeats", "required"}),
    "display": frozenset(),
    "boolean": frozenset({"required"}),
    "decimal": frozenset({"required", "limits", "unit"}),
    "integer": frozenset({"required", "limits", "unit"}),
    "date": frozenset({"required", "limits"}),
    "string": frozenset({"required", "max_length"}),
    "text": frozenset({"required", "max_length"}),
    "choice": frozenset({"required", "repeats", "options"}),
}


@dataclass(frozen=True)
class Place:
    """An item as written, with the groups around it."""

    item: fhir.ItemResource
    parents: tuple[fhir.ItemResource, ...]

    @property
    def row_group(self) -> str:
        """The repeating group that the item is inside of, or nothing."""
        return next((parent.link_id for parent in self.parents if parent.repeats), "")


def problems(resource: fhir.QuestionnaireResource) -> Iterator[tuple[str, str]]:
    """Every (linkId, problem) of a resource."""
    places = list(_places(resource.item, ()))
    head = _untranslatable(resource.title_translated, resource.description_translated)
    yield from (("", problem) for problem in head)
    yield from _repeated_ids(places)
    for position, place in enumerate(places):
        for rule in RULES:
            yield from ((place.item.link_id, problem) for problem in rule(place))
        earlier = {each.item.link_id: each for each in places[:position]}
        yield from ((place.item.link_id, problem) for problem in _conditions(place, earlier))


def _places(items: list[fhir.ItemResource], parents: tuple[fhir.ItemResource, ...]) -> Iterator[Place]:
    for item in items:
        yield Place(item, parents)
        yield from _places(item.item, (*parents, item))


def _repeated_ids(places: list[Place]) -> Iterator[tuple[str, str]]:
    for link_id, times in Counter(place.item.link_id for place in places).items():
        if times > 1:
            yield link_id, f"the linkId is used {times} times"


def _name(place: Place) -> Iterator[str]:
    if not LINK_ID.fullmatch(place.item.link_id):
        yield "a linkId is a letter, then letters, digits, - or _, at most 64"


def _words(place: Place) -> Iterator[str]:
    item = place.item
    said = [item.text, *(option.value_coding.display for option in item.answer_option)]
    if not item.text.strip():
        yield "has no text"
    if not all(map(is_clean, said)):
        yield "has a text with characters that cannot be printed, or spaces around it"


def _properties(place: Place) -> Iterator[str]:
    item, allowed = place.item, PROPERTIES[place.item.type]
    given = {
        "required": item.required,
        "repeats": item.repeats,
        "max_length": item.max_length is not None,
        "options": bool(item.answer_option),
        "unit": any(isinstance(each, fhir.Unit) for each in item.extension),
        "limits": any(isinstance(each, fhir.MinValue | fhir.MaxValue) for each in item.extension),
    }
    yield from (f"{name} is not supported on {item.type}" for name, on in given.items() if on and name not in allowed)


def _children(place: Place) -> Iterator[str]:
    item = place.item
    helps = [child for child in item.item if is_help(child)]
    if len(helps) > 1:
        yield "has more than one help"
    if item.type == "group" and len(helps) == len(item.item):
        yield "is a group with no items"
    if item.type != "group" and len(helps) < len(item.item):
        yield "only a group may have items; a question may have one help display"


def _groups(place: Place) -> Iterator[str]:
    item = place.item
    if item.type == "group" and item.required and not item.repeats:
        yield "required is supported on a repeating group only; mark its questions instead"
    if item.type == "group" and item.repeats and place.row_group:
        yield "a repeating group inside a repeating group is not supported"


def _options(place: Place) -> Iterator[str]:
    codes = [option.value_coding.code for option in place.item.answer_option]
    if place.item.type == "choice" and not codes:
        yield "is a choice with no answerOption"
    if len(set(codes)) < len(codes) or "" in codes:
        yield "has an answerOption with a code that is empty or repeated"


def _limits(place: Place) -> Iterator[str]:
    bounds = [each for each in place.item.extension if isinstance(each, fhir.MinValue | fhir.MaxValue)]
    field = f"value_{place.item.type}"
    if any(each.model_fields_set != {"url", field} for each in bounds):
        yield f"minValue and maxValue on {place.item.type} must give value{place.item.type.capitalize()}"
        return
    low, high = (_bound_of(place.item, kind) for kind in (fhir.MinValue, fhir.MaxValue))
    if low is not None and high is not None and low > high:
        yield "minValue is above maxValue"


def _bound_of(item: fhir.ItemResource, kind: Any) -> Any:
    return bound(next((each for each in item.extension if isinstance(each, kind)), None))


def _hidden(place: Place) -> Iterator[str]:
    item = place.item
    if not any(isinstance(each, fhir.Hidden) and each.value_boolean for each in item.extension):
        return
    if item.required or place.row_group or item.type in ("group", "display"):
        yield "hidden is supported on a question that is neither required nor in a repeating group"


def _extensions(place: Place) -> Iterator[str]:
    for url, times in Counter(each.url for each in place.item.extension).items():
        if times > 1:
            yield f"extension {url} is given {times} times"
    if any(isinstance(each, fhir.ItemControl) for each in place.item.extension) and not is_help(place.item):
        yield "itemControl is supported on a display only, with the code help"


def _translations(place: Place) -> Iterator[str]:
    item = place.item
    units = [each.value_coding for each in item.extension if isinstance(each, fhir.Unit)]
    codings = [*units, *(option.value_coding for option in item.answer_option)]
    yield from _untranslatable(item.text_translated, *(coding.display_translated for coding in codings))


def _untranslatable(*translated: fhir.Translated | None) -> Iterator[str]:
    for translation in (each for words in translated if words for each in words.extension):
        if sorted(part.url for part in translation.extension) != ["content", "lang"]:
            yield "a translation has one lang and one content"


def _criterion(place: Place) -> Iterator[str]:
    for extension in place.item.extension:
        if isinstance(extension, fhir.CriterionExtension):
            yield from criterion_problems(place.item, extension)
            if place.row_group:
                yield "a criterion is carried by a question outside a repeating group"


def _conditions(place: Place, earlier: dict[str, Place]) -> Iterator[str]:
    if place.item.enable_behavior and not place.item.enable_when:
        yield "enableBehavior without enableWhen"
    if len(place.item.enable_when) > 1 and place.item.enable_behavior is None:
        yield "several enableWhen need an enableBehavior"
    for when in place.item.enable_when:
        asked = earlier.get(when.question)
        if asked is None or asked.item.type in ("group", "display"):
            yield f"enableWhen asks {when.question!r}, which is no earlier question"
        elif asked.row_group not in ("", place.row_group):
            yield f"enableWhen asks {when.question!r}, which is inside another repeating group"
        else:
            yield from _condition_answer(when, asked.item)


def _condition_answer(when: fhir.EnableWhen, asked: fhir.ItemResource) -> Iterator[str]:
    given = when.model_fields_set - {"question", "operator"}
    wanted = {"text": "answer_string", "choice": "answer_coding"}.get(asked.type, f"answer_{asked.type}")
    if given != {"answer_boolean" if when.operator == "exists" else wanted}:
        yield f"enableWhen on {when.question!r} needs {wanted} with '=', answerBoolean with 'exists'"
    elif when.answer_coding and when.answer_coding.code not in {o.value_coding.code for o in asked.answer_option}:
        yield f"enableWhen asks {when.question!r} for {when.answer_coding.code!r}, which is no option of it"


RULES: tuple[Callable[[Place], Iterator[str]], ...] = (
    _name,
    _words,
    _properties,
    _children,
    _groups,
    _options,
    _limits,
    _hidden,
    _extensions,
    _translations,
    _criterion,
)
