"""Questionnaires: what people are asked, as FHIR R4 files in `forms/`, and what they answered."""

from compassionate.errors import FieldError
from compassionate.questionnaires.display import Row, Section, display
from compassionate.questionnaires.enabling import Field, enabled, fields, relevant
from compassionate.questionnaires.loading import Catalogue, FormsRefused, Problem, load_form, load_forms
from compassionate.questionnaires.model import Answers, Item, ItemType, Option, Phrase, Questionnaire
from compassionate.questionnaires.posting import ParsedAnswers, form_values, parse_form, row_count
from compassionate.questionnaires.responses import AnotherForm, canonical, from_response, to_response
from compassionate.questionnaires.validation import missing, validate

__all__ = [
    "AnotherForm",
    "Answers",
    "Catalogue",
    "Field",
    "FieldError",
    "FormsRefused",
    "Item",
    "ItemType",
    "Option",
    "ParsedAnswers",
    "Phrase",
    "Problem",
    "Questionnaire",
    "Row",
    "Section",
    "canonical",
    "display",
    "enabled",
    "fields",
    "form_values",
    "from_response",
    "load_form",
    "load_forms",
    "missing",
    "parse_form",
    "relevant",
    "row_count",
    "to_response",
    "validate",
]
