"""From the resource as written to the questionnaire as used: plain values, nothing judged here."""

from typing import Any, TypeVar

from compassionate.questionnaires import fhir
from compassionate.questionnaires.model import (
    Condition,
    Criterion,
    Item,
    ItemType,
    Limit,
    Option,
    Phrase,
    Questionnaire,
)

T = TypeVar("T")


def build(resource: fhir.QuestionnaireResource, sha256: str) -> Questionnaire:
    """The questionnaire of a resource that has passed the subset."""
    return Questionnaire(
        name=resource.id,
        version=resource.version,
        url=resource.url,
        title=phrase(resource.title, resource.title_translated),
        status=resource.status,
        language=resource.language,
        items=tuple(map(build_item, resource.item)),
        sha256=sha256,
        description=phrase(resource.description, resource.description_translated) if resource.description else None,
    )


def phrase(own: str, translated: fhir.Translated | None) -> Phrase:
    """Words with their translations by language."""
    translations: dict[str, str] = {}
    for translation in translated.extension if translated else []:
        languages = [part.value_code for part in translation.extension if isinstance(part, fhir.Lang)]
        contents = [part.value_string for part in translation.extension if isinstance(part, fhir.Content)]
        translations |= dict(zip(languages, contents, strict=True))
    return Phrase(own, translations)


def build_item(resource: fhir.ItemResource) -> Item:
    """One item; a child display with the control `help` becomes the hint of its parent."""
    helps = [child for child in resource.item if is_help(child)]
    unit = _extension(resource, fhir.Unit)
    hidden = _extension(resource, fhir.Hidden)
    return Item(
        link_id=resource.link_id,
        type=ItemType(resource.type),
        text=phrase(resource.text, resource.text_translated),
        hint=phrase(helps[0].text, helps[0].text_translated) if helps else None,
        required=resource.required,
        repeats=resource.repeats,
        hidden=bool(hidden and hidden.value_boolean),
        max_length=resource.max_length,
        minimum=bound(_extension(resource, fhir.MinValue)),
        maximum=bound(_extension(resource, fhir.MaxValue)),
        unit=phrase(unit.value_coding.display, unit.value_coding.display_translated) if unit else None,
        unit_code=unit.value_coding.code if unit else "",
        options=tuple(_option(option) for option in resource.answer_option),
        enable_when=tuple(map(_condition, resource.enable_when)),
        enable_any=resource.enable_behavior == "any",
        criterion=_criterion(_extension(resource, fhir.CriterionExtension)),
        items=tuple(build_item(child) for child in resource.item if not is_help(child)),
    )


def is_help(resource: fhir.ItemResource) -> bool:
    """Whether the item is a hint: a display whose control is `help`."""
    control = _extension(resource, fhir.ItemControl)
    codes = [coding.code for coding in control.value_codeable_concept.coding] if control else []
    return resource.type == "display" and codes == ["help"]


def bound(extension: fhir.MinValue | fhir.MaxValue | None) -> int | float | str | None:
    """The value of a minValue or maxValue extension."""
    if extension is None:
        return None
    value: int | float | str | None = _first(extension.value_integer, extension.value_decimal, extension.value_date)
    return value


def _option(option: fhir.AnswerOption) -> Option:
    coding = option.value_coding
    return Option(coding.code, phrase(coding.display or coding.code, coding.display_translated), coding.system)


def _condition(when: fhir.EnableWhen) -> Condition:
    coded = when.answer_coding.code if when.answer_coding else None
    plain = _first(
        when.answer_boolean, when.answer_decimal, when.answer_integer, when.answer_date, when.answer_string, coded
    )
    return Condition(when.question, when.operator, plain)


def _criterion(extension: fhir.CriterionExtension | None) -> Criterion | None:
    if extension is None:
        return None
    facts = {part.url: _fact(part) for part in extension.extension if isinstance(part, fhir.Fact)}
    limits = [part for part in extension.extension if isinstance(part, fhir.LimitExtension)]
    return Criterion(
        id=str(facts.get("id", "")),
        kind=facts.get("kind", "inclusion"),
        is_blocking=facts.get("blocking") is True,
        limits=tuple(map(_limit, limits)),
        source=str(facts.get("source", "")),
    )


def _limit(extension: fhir.LimitExtension) -> Limit:
    operators = [_fact(fact) for fact in extension.extension if fact.url == "operator"]
    values = tuple(_fact(fact) for fact in extension.extension if fact.url == "value")
    return Limit(operators[0] if operators else "=", values)


def _fact(fact: fhir.Fact) -> Any:
    return _first(fact.value_code, fact.value_boolean, fact.value_string, fact.value_decimal)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _extension(resource: fhir.ItemResource, kind: type[T]) -> T | None:
    return next((each for each in resource.extension if isinstance(each, kind)), None)
