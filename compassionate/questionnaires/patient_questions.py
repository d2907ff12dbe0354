"""What a patient is asked by telephone: questions in our own words, taken from what the form of the visit measures.

Only questions of which the wording may be shown are here: pain as a number, and what daily life says of it.
The sections of an instrument whose wording is protected (ODI, WOMAC, KOOS, EQ-5D and the like) are never asked so: a
patient fills the licensed sheet, and a clinician enters its scores.
"""

from __future__ import annotations

from compassionate.questionnaires.model import Condition, Item, ItemType, Phrase, Questionnaire
from compassionate.words import has_words, say

NAME, VERSION = "patient-questions", "2026-12"
URL = f"urn:compassionate-use:questionnaire:{NAME}"
ASKED = ("vas_pain", "vas_leg_pain", "nrs_pain", "nrs_leg_pain", "analgesics", "work_status")
SYMPTOMS, SYMPTOMS_TEXT = "symptoms", "symptoms_text"
LONGEST = 2000


def patient_questions(visit: Questionnaire) -> Questionnaire:
    """What a patient is asked before the visit that this form is of; of symptoms they are always asked."""
    asked = tuple(_asked(visit.item(link_id)) for link_id in ASKED if visit.has(link_id))
    return Questionnaire(
        name=NAME,
        version=VERSION,
        url=URL,
        title=_phrase("title"),
        status="active",
        language="es",
        items=(*asked, *_symptoms()),
        sha256="",
    )


def all_questions(forms: tuple[Questionnaire, ...]) -> Questionnaire:
    """Every question that a patient may be asked, whichever form their visit has: to read answers that were given."""
    items: dict[str, Item] = {}
    for form in forms:
        items |= {item.link_id: item for item in patient_questions(form).items}
    return Questionnaire(NAME, VERSION, URL, _phrase("title"), "active", "es", tuple(items.values()), "")


def _asked(item: Item) -> Item:
    """The question in our words, over the range and the choices of the form."""
    return Item(
        link_id=item.link_id,
        type=item.type,
        text=_phrase(f"{item.link_id}.text"),
        hint=_phrase(f"{item.link_id}.hint") if has_words(f"patient_question.{item.link_id}.hint") else None,
        minimum=item.minimum,
        maximum=item.maximum,
        options=item.options,
    )


def _symptoms() -> tuple[Item, ...]:
    said = Condition(SYMPTOMS, "=", True)
    asked = Item(SYMPTOMS, ItemType.BOOLEAN, _phrase(f"{SYMPTOMS}.text"))
    words = _phrase(f"{SYMPTOMS_TEXT}.text"), _phrase(f"{SYMPTOMS_TEXT}.hint")
    return asked, Item(SYMPTOMS_TEXT, ItemType.TEXT, *words, max_length=LONGEST, enable_when=(said,))


def _phrase(code: str) -> Phrase:
    words = f"patient_question.{code}"
    return Phrase(say(words, "es"), {"en": say(words, "en")})
