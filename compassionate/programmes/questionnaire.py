"""The forms of a programme, made from its data: its criteria before the treatment, its scores at every visit.

They are questionnaires like those in `forms/`, with the same linkIds, so that pages, documents and exports know no
difference and answers given before programmes were data read on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256

from compassionate.instruments import instrument
from compassionate.instruments.labels import choice_label, part_label, title
from compassionate.instruments.model import Instrument
from compassionate.instruments.model import Part as Entered
from compassionate.programmes.model import Criterion, Frame, Programme, Question
from compassionate.programmes.reading import frame, published
from compassionate.questionnaires import Catalogue
from compassionate.questionnaires.model import (
    Condition,
    Item,
    ItemType,
    Number,
    Option,
    Phrase,
    Questionnaire,
)
from compassionate.questionnaires.model import Criterion as Held

URL = "urn:compassionate-use:questionnaire:"
CRITERIA, VISITS = "eligibility-", "follow-up-"
OTHERS = ("en",)
SCORES, IMAGING = "instruments", "imaging"
POINTS = Phrase("puntos", {"en": "points"})
UNCONFIRMED = Phrase("Sin confirmar en su fuente.", {"en": "Not confirmed at its source."})
CRITERIA_TITLE = Phrase("Criterios clínicos: ", {"en": "Clinical criteria: "})
CRITERIA_ABOUT = Phrase(
    "Criterios publicados, con el umbral y la fuente de cada uno. Los ensayos no coinciden entre sí: el hospital puede "
    "fijar otros en una versión nueva.",
    {
        "en": "Published criteria, each with its threshold and source. Trials differ from one another: the hospital "
        "may set others in a new version."
    },
)
VISIT_TITLE = Phrase("Visita de seguimiento: ", {"en": "Follow-up visit: "})
VISIT_ABOUT = Phrase(
    "Puntuaciones, medicación, trabajo y acontecimientos adversos.",
    {"en": "Scores, medication, work and adverse events."},
)


def forms_of_programme(programme: Programme) -> tuple[Questionnaire, Questionnaire]:
    """Its criteria form and its visit form, in the version of the programme."""
    return criteria_form(programme), visit_form(programme, frame(programme.frame))


def catalogue(base: Catalogue, programmes: Iterable[Programme]) -> Catalogue:
    """The forms of files with those of programmes; where a file is of the same name and version, the file stands."""
    made = [form for programme in programmes for form in forms_of_programme(programme)]
    return Catalogue([*(form for form in made if not base.has(form.name, form.version)), *base])


@cache
def with_published(base: Catalogue) -> Catalogue:
    """The forms of files with those of the programmes that come with the application."""
    return catalogue(base, published())


def criteria_form(programme: Programme) -> Questionnaire:
    """What a physician answers before a patient is eligible: every criterion that is asked, with its threshold."""
    criteria = {each.id: each for each in programme.criteria if each.active and each.asks}
    plain = {each.field: each for each in programme.questions}
    groups = tuple(
        Item(section.id, ItemType.GROUP, section.title, items=tuple(_held(programme, section.holds, criteria, plain)))
        for section in programme.sections
    )
    return _questionnaire(programme, CRITERIA, CRITERIA_TITLE, CRITERIA_ABOUT, groups, programme.sha256)


def visit_form(programme: Programme, around: Frame) -> Questionnaire:
    """What is asked at a visit: the scores of the programme's instruments, and what every visit asks."""
    groups: list[Item] = []
    for part in around.parts:
        if part.id == SCORES:
            groups += (_instrument(instrument(name), programme, around) for name in programme.instruments)
            continue
        asked = [*part.questions, *(programme.visit_questions if part.id == IMAGING else ())]
        groups.append(Item(part.id, ItemType.GROUP, part.title, items=tuple(_item(programme, each) for each in asked)))
    seal = sha256(f"{programme.sha256} {around}".encode()).hexdigest()
    return _questionnaire(programme, VISITS, VISIT_TITLE, VISIT_ABOUT, tuple(groups), seal)


def _questionnaire(
    programme: Programme, kind: str, heading: Phrase, about: Phrase, items: tuple[Item, ...], seal: str
) -> Questionnaire:
    name = f"{kind}{programme.id}"
    return Questionnaire(
        name, programme.version, URL + name, _after(heading, programme.name), "active", "es", items, seal, about
    )


def _after(heading: Phrase, name: Phrase) -> Phrase:
    """A heading with the name of a programme behind it, in every language that both have."""
    words = {language: heading.said(language) + _lower(name.said(language)) for language in OTHERS}
    return Phrase(heading.own + _lower(name.own), words)


def _lower(words: str) -> str:
    """Within a sentence; an abbreviation keeps its capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _held(
    programme: Programme, names: tuple[str, ...], criteria: dict[str, Criterion], plain: dict[str, Question]
) -> Iterator[Item]:
    """The questions of a section, in its order; several of one criterion stand together under its title."""
    for name in names:
        if name in plain:
            yield _item(programme, plain[name])
        elif name in criteria:
            criterion = criteria[name]
            items = tuple(_asked(programme, criterion, each) for each in criterion.asks)
            yield _together(criterion, items) if len(items) > 1 else items[0]


def _together(criterion: Criterion, items: tuple[Item, ...]) -> Item:
    hint = None if any(item.hint for item in items) else criterion.notes
    return Item(criterion.id.lower(), ItemType.GROUP, criterion.title or criterion.text, hint=hint, items=items)


def _asked(programme: Programme, criterion: Criterion, question: Question) -> Item:
    hint = question.hint or (criterion.notes if len(criterion.asks) == 1 else None)
    if criterion.status in ("unverified", "missing"):
        hint = _joined(hint, UNCONFIRMED)
    kind = criterion.kind if criterion.kind in ("exclusion", "washout") else "inclusion"
    held = Held(criterion.id, kind, criterion.effect == "blocks", question.limits, criterion.source)
    return _item(programme, question, hint, held)


def _joined(hint: Phrase | None, more: Phrase) -> Phrase:
    if hint is None:
        return more
    both = {language: f"{hint.said(language)} {more.said(language)}" for language in OTHERS}
    return Phrase(f"{hint.own} {more.own}", both)


def _item(programme: Programme, question: Question, hint: Phrase | None = None, held: Held | None = None) -> Item:
    kind = ItemType(question.type)
    return Item(
        link_id=question.field,
        type=kind,
        text=question.text,
        hint=hint or question.hint,
        required=question.required,
        max_length=question.max_length,
        minimum=_bound(kind, question.minimum),
        maximum=_bound(kind, question.maximum),
        unit=question.unit,
        unit_code=question.unit_code,
        options=question.options or programme.scale(question.scale),
        enable_when=tuple(Condition(each.field, "=", each.answer) for each in question.when),
        enable_any=len(question.when) > 1,
        criterion=held,
    )


def _bound(kind: ItemType, bound: float | None) -> Number | None:
    return int(bound) if bound is not None and kind is ItemType.INTEGER else bound


def _instrument(held: Instrument, programme: Programme, around: Frame) -> Item:
    """The scores of an instrument under its name; those of the primary one must be answered."""
    hint = next((entry.hint for entry in around.entries if entry.instrument == held.id), None)
    must = held.id == programme.primary.measure.instrument
    parts = tuple(_entered(held, part, must) for part in held.entry_parts())
    return Item(f"group_{held.id.replace('-', '_')}", ItemType.GROUP, _named(held), hint=hint, items=parts)


def _named(held: Instrument) -> Phrase:
    return Phrase(title(held), {language: title(held, language) for language in OTHERS})


def _entered(held: Instrument, part: Entered, must: bool) -> Item:
    label = Phrase(part_label(held, part), {language: part_label(held, part, language) for language in OTHERS})
    is_whole = part.step > 0 and part.step == int(part.step)
    kind = ItemType.CHOICE if part.words else ItemType.INTEGER if is_whole else ItemType.DECIMAL
    unit, code = _unit(held, part)
    return Item(
        link_id=part.link_id,
        type=kind,
        text=label,
        required=must and not part.is_optional,
        minimum=None if part.words else _bound(kind, part.minimum),
        maximum=None if part.words else _bound(kind, part.maximum),
        unit=unit,
        unit_code=code,
        options=_choices(held, part),
    )


def _unit(held: Instrument, part: Entered) -> tuple[Phrase | None, str]:
    """The unit of what is entered: millimetres of a line, points of a scale that was added up elsewhere."""
    if any(scale.unit == "mm" for scale in held.scales):
        return Phrase("mm"), "mm"
    return (POINTS, "{score}") if part.scale and not part.words else (None, "")


def _choices(held: Instrument, part: Entered) -> tuple[Option, ...]:
    return tuple(
        Option(
            word,
            Phrase(choice_label(held, word), {language: choice_label(held, word, language) for language in OTHERS}),
        )
        for word in part.words
    )
