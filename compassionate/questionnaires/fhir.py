"""The closed subset of FHIR R4 Questionnaire that we read, as it is written in a file.

Whatever is not here is refused when the forms are loaded: an item that a form editor wrote and that
we did not understand would otherwise be asked wrongly, or not at all, without anybody noticing.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

CORE = "http://hl7.org/fhir/StructureDefinition/"

Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Part(BaseModel):
    """A part of a resource: unknown elements are errors, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Lang(Part):
    url: Literal["lang"]
    value_code: str


class Content(Part):
    url: Literal["content"]
    value_string: str


class Translation(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/translation"]
    extension: list[Annotated[Lang | Content, Field(discriminator="url")]]


class Translated(Part):
    """The `_text` beside a `text`: its translations."""

    extension: list[Translation]


class Coding(Part):
    system: str = ""
    code: str
    display: str = ""
    display_translated: Translated | None = Field(None, alias="_display")


class CodeableConcept(Part):
    coding: list[Coding]
    text: str = ""


class MinValue(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/minValue"]
    value_integer: int | None = None
    value_decimal: int | float | None = None
    value_date: Date | None = None


class MaxValue(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/maxValue"]
    value_integer: int | None = None
    value_decimal: int | float | None = None
    value_date: Date | None = None


class Unit(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/questionnaire-unit"]
    value_coding: Coding


class Hidden(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"]
    value_boolean: bool


class ItemControl(Part):
    url: Literal["http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"]
    value_codeable_concept: CodeableConcept


class Fact(Part):
    """A simple part of a criterion."""

    url: Literal["id", "kind", "blocking", "source", "operator", "value"]
    value_code: str | None = None
    value_boolean: bool | None = None
    value_string: str | None = None
    value_decimal: int | float | None = None


class LimitExtension(Part):
    url: Literal["limit"]
    extension: list[Fact]


class CriterionExtension(Part):
    """Our own extension: an eligibility threshold with its source, kept with the question it judges."""

    url: Literal["urn:compassionate-use:extension:eligibility-criterion"]
    extension: list[Annotated[Fact | LimitExtension, Field(discriminator="url")]]


ItemExtension = Annotated[
    MinValue | MaxValue | Unit | Hidden | ItemControl | CriterionExtension, Field(discriminator="url")
]


class AnswerOption(Part):
    value_coding: Coding


class EnableWhen(Part):
    question: str
    operator: Literal["=", "exists"]
    answer_boolean: bool | None = None
    answer_decimal: int | float | None = None
    answer_integer: int | None = None
    answer_date: Date | None = None
    answer_string: str | None = None
    answer_coding: Coding | None = None


class ItemResource(Part):
    link_id: str
    type: Literal["group", "display", "boolean", "decimal", "integer", "date", "string", "text", "choice"]
    text: str
    text_translated: Translated | None = Field(None, alias="_text")
    required: bool = False
    repeats: bool = False
    max_length: int | None = Field(None, gt=0)
    enable_when: list[EnableWhen] = []
    enable_behavior: Literal["any", "all"] | None = None
    answer_option: list[AnswerOption] = []
    extension: list[ItemExtension] = []
    item: list["ItemResource"] = []


class QuestionnaireResource(Part):
    resource_type: Literal["Questionnaire"]
    id: str
    url: str
    version: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    name: str = ""
    title: str
    title_translated: Translated | None = Field(None, alias="_title")
    status: Literal["draft", "active", "retired"]
    language: Literal["es", "en", "ca", "gl", "eu"] = "es"
    date: str = ""
    publisher: str = ""
    description: str = ""
    description_translated: Translated | None = Field(None, alias="_description")
    purpose: str = ""
    copyright: str = ""
    subject_type: list[Literal["Patient"]] = []
    item: list[ItemResource] = Field(min_length=1)
