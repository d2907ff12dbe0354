"""What a programme is, once read and found good: plain values that nothing changes afterwards.

A programme is one use of one kind of product (autologous cells in a lumbar disc): who may be treated, what is
measured and when, what the cells must pass before they are implanted, what has been published about it.
Nothing here is decided by code: it is data of a version, with the source of every number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from compassionate.questionnaires.model import Limit, Option, Phrase

Status = Literal["confirmed", "secondary", "derived", "partly", "unverified", "missing", "entered"]
"""How far a fact was checked: read at its source, elsewhere, calculated, in part, not seen, not found, typed in."""

CriterionKind = Literal["inclusion", "exclusion", "washout", "clock", "duty", "route", "procurement"]
Stage = Literal["screening", "endorsement", "submission", "first_dose", "procurement", "clock", "duty"]
AnswerType = Literal["boolean", "integer", "decimal", "date", "string", "text", "choice"]
Container = Literal["procurement", "transport", "primary", "shipping", "pack"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from, by the short name that rows use."""

    id: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Answers that several questions share: the grades of Pfirrmann, of Kellgren-Lawrence."""

    id: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a form: what is asked, in what unit, between which bounds; `scale` names its answers."""

    field: str
    type: AnswerType
    text: Phrase
    hint: Phrase | None = None
    required: bool = False
    unit: Phrase | None = None
    unit_code: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    scale: str = ""
    options: tuple[Option, ...] = ()
    limits: tuple[Limit, ...] = ()
    when: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """An answer to an earlier question that opens this one; any of several is enough."""

    field: str
    answer: bool | str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; `holds` names criteria and questions in the order in which they are asked."""

    id: str
    title: Phrase
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion as closed data; `title` stands above its questions where it has several.

    A clinical one is asked (`asks`: one question, or several that must hold together, with their limits). A legal
    one is held by the engine already, where `held` says: `guard:…`, `clock:…`, `step:…`, `consent:…`. `effect` is what
    happens where it does not hold; it never decides alone. `active` is False for what was not confirmed: it is shown
    and not asked until a hospital switches it on. `notes` keeps the thresholds of the trials that differ.
    """

    id: str
    kind: CriterionKind
    ground: Literal["legal", "clinical"]
    text: Phrase
    effect: Literal["blocks", "warns", "informs"]
    stage: Stage
    source: str
    status: Status
    notes: Phrase | None = None
    title: Phrase | None = None
    held: str = ""
    active: bool = True
    asks: tuple[Question, ...] = ()

    @property
    def field(self) -> str:
        """The first question that it reads; empty where the engine holds it."""
        return self.asks[0].field if self.asks else ""

    @property
    def operator(self) -> str:
        """The operator of its first limit."""
        return self.asks[0].limits[0].operator if self.asks and self.asks[0].limits else ""

    @property
    def value(self) -> tuple[bool | float | str, ...]:
        """The values of its first limit."""
        return self.asks[0].limits[0].values if self.asks and self.asks[0].limits else ()

    @property
    def unit(self) -> str:
        """The unit of its first question, as UCUM writes it."""
        return self.asks[0].unit_code if self.asks else ""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit of the schedule: `day` counted from the first administration, with its window around it."""

    name: str
    label: Phrase
    day: int
    before_days: int
    after_days: int
    instruments: tuple[str, ...] = ()
    imaging: tuple[str, ...] = ()
    is_baseline: bool = False
    months: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that a hospital may follow instead: data, in force for nobody until it is made the visits."""

    id: str
    label: Phrase
    source: str
    status: Status
    visits: tuple[PlannedVisit, ...]
    note: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A score of an instrument: `womac`, `total`; `score` is empty where the instrument has one alone."""

    instrument: str
    score: str = ""


@dataclass(frozen=True, slots=True)
class Primary:
    """The one figure that the programme is judged by."""

    measure: Measure
    visit: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A change that counts: `important` to the patient, beyond measurement `error`, or `success` in a trial."""

    id: str
    measure: Measure
    kind: Literal["important", "error", "success"]
    label: Phrase
    source: str
    status: Status
    points: float | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class ReleaseTest:
    """A test of the cells. A number passes within its `limits`, a choice when it is among `passes`.

    Without limits or passes it is the hospital's to set: the published text stands in `notes`. `may_follow`: its
    result may come after the use, stays pending until then and is chased `chase_after_days` after it was taken.
    """

    id: str
    stage: Literal["harvest", "process", "final"]
    text: Phrase
    kind: Literal["number", "choice"]
    effect: Literal["stops", "warns", "informs"]
    source: str
    status: Status
    unit: str = ""
    method: str = ""
    limits: tuple[Limit, ...] = ()
    choices: tuple[Option, ...] = ()
    passes: tuple[str, ...] = ()
    may_follow: bool = False
    chase_after_days: int | None = None
    notes: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Dispersion:
    """What was printed beside a figure: one number for SD or SE, two for a range; of each figure where given."""

    kind: Literal["SD", "SE", "CI", "IQR"]
    baseline: tuple[float, ...] = ()
    follow_up: tuple[float, ...] = ()
    change: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparator:
    """One published arm, as its source prints it; never a target, and no p value is ever held against it.

    `statistic` keeps means from medians, which no chart mixes. `efficacy` is per cent of the optimum as printed,
    `share_of_maximum` per cent of the largest improvement reached by then. `finding` says in words what has no
    figure of ours. `scale` is the range that the source used. `entered_by` names who typed it in, for a hospital's own.
    """

    id: str
    series: str
    arm: Phrase
    design: Phrase
    kind: Literal["cells", "surgery", "conservative", "injection", "review"]
    side: Literal["favourable", "neutral", "counter"]
    source: str
    status: Status
    n: int | None = None
    measure: Measure | None = None
    unit: str = ""
    scale: tuple[float, ...] = ()
    statistic: Literal["mean", "median", "percent", "count", "difference", "finding"] = "mean"
    months: float | None = None
    baseline: float | None = None
    follow_up: float | None = None
    change: float | None = None
    efficacy: float | None = None
    share_of_maximum: float | None = None
    percent: float | None = None
    count: int | None = None
    of_what: Phrase | None = None
    dispersion: Dispersion | None = None
    finding: Phrase | None = None
    note: Phrase | None = None
    entered_by: str = ""


@dataclass(frozen=True, slots=True)
class LabelPhrase:
    """A phrase that a container must carry: always, or where serology, cold or radiation asks for it."""

    container: Container
    text: str
    when: Literal["always", "biohazard", "not_frozen", "viable"]
    source: str


@dataclass(frozen=True, slots=True)
class SerologyTest:
    """A test of the donor: a positive one labels the patient's own cells, never bars them (RDL 9/2014 annex II 2.1)."""

    id: str
    text: Phrase
    always: bool = True


@dataclass(frozen=True, slots=True)
class CellSpecification:
    """What must be known of the cells themselves; None is what a hospital must set before it can treat.

    `dose_low` and `dose_high` are in `dose_unit` for each `dose_per` (a disc, a knee).
    """

    material: Phrase
    consents: tuple[str, ...]
    serology: tuple[SerologyTest, ...]
    phrases: tuple[LabelPhrase, ...]
    source: str
    serology_days: int | None = None
    shelf_life_hours: int | None = None
    shelf_life_note: Phrase | None = None
    temperature_low: float | None = None
    temperature_high: float | None = None
    temperature_note: Phrase | None = None
    dose_low: float | None = None
    dose_high: float | None = None
    dose_unit: str = ""
    dose_per: Phrase | None = None
    dose_note: Phrase | None = None
    retention_years: int = 30

    def phrases_of(self, container: Container) -> tuple[LabelPhrase, ...]:
        """What that container must carry."""
        return tuple(phrase for phrase in self.phrases if phrase.container == container)

    def wanting(self) -> tuple[str, ...]:
        """What the hospital must still set."""
        held = {
            "shelf_life_hours": self.shelf_life_hours,
            "temperature_low": self.temperature_low,
            "temperature_high": self.temperature_high,
        }
        return tuple(name for name, value in held.items() if value is None)


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme in one version; `sha256` is of the file as it was published."""

    id: str
    version: str
    name: Phrase
    condition: Phrase
    disease_words: tuple[str, ...]
    route_note: Phrase
    frame: str
    sections: tuple[Section, ...]
    criteria: tuple[Criterion, ...]
    visits: tuple[PlannedVisit, ...]
    primary: Primary
    thresholds: tuple[Threshold, ...] = ()
    release_tests: tuple[ReleaseTest, ...] = ()
    comparators: tuple[Comparator, ...] = ()
    cells: CellSpecification | None = None
    schedule_source: str = ""
    schedule_status: Status = "confirmed"
    schedule_note: Phrase | None = None
    alternatives: tuple[Schedule, ...] = ()
    scales: tuple[Scale, ...] = ()
    questions: tuple[Question, ...] = ()
    visit_questions: tuple[Question, ...] = ()
    caution: Phrase | None = None
    sources: tuple[Source, ...] = ()
    sha256: str = ""

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument that some visit asks, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for visit in self.visits for name in visit.instruments))

    def visit(self, name: str) -> PlannedVisit | None:
        """The planned visit of that name."""
        return next((visit for visit in self.visits if visit.name == name), None)

    def criterion(self, name: str) -> Criterion | None:
        """The criterion of that id."""
        return next((criterion for criterion in self.criteria if criterion.id == name), None)

    def test(self, name: str) -> ReleaseTest | None:
        """The release test of that id."""
        return next((test for test in self.release_tests if test.id == name), None)

    def scale(self, name: str) -> tuple[Option, ...]:
        """The answers of a scale; empty where there is none of that name."""
        return next((scale.options for scale in self.scales if scale.id == name), ())

    def every_question(self) -> Iterator[Question]:
        """Every question of the criteria form, those of criteria that are switched on and the plain ones."""
        yield from (ask for criterion in self.criteria if criterion.active for ask in criterion.asks)
        yield from self.questions


@dataclass(frozen=True, slots=True)
class Part:
    """A part of every visit form with its questions."""

    id: str
    title: Phrase
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """How the scores of an instrument are written down: said above them on the visit form."""

    instrument: str
    hint: Phrase


@dataclass(frozen=True, slots=True)
class Frame:
    """What every visit form asks whatever the programme: pain relief taken, daily life, safety, images.

    The part `instruments` stands where the programme's own instruments are asked; its questions in `imaging`.
    """

    version: str
    parts: tuple[Part, ...]
    entries: tuple[Entry, ...] = ()
    scales: tuple[Scale, ...] = ()
