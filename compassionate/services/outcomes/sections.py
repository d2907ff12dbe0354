"""The report of a cohort in tables and pictures: what the page, the PDF and nobody else says differently.

Patients first, then the figures of each visit, relief, what others published for and against, and what cannot be
concluded. Beside any published arm it is said that this is an uncontrolled series, and of how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.services.outcomes import pictures
from compassionate.services.outcomes.cohort import Cohort, Measured, attendance, is_after_surgery, measured
from compassionate.services.outcomes.comparators import Arm, counter_first, nearest, of_measure, plottable
from compassionate.services.outcomes.rows import PatientCourse, SeenVisit
from compassionate.services.outcomes.wording import Row, Wording
from compassionate.statistics.cohorts import BASELINE, At
from compassionate.statistics.tables import Kind, Mark, Report, Section, Table, Value
from compassionate.words import has_words

PER_CENT = "\u00a0%"
CAUTIONS = ("regression", "coupling", "survivors", "imputation", "unit", "many", "others", "order")
METHODS = ("change", "hodges_lehmann", "check", "responders", "efficacy", "share")
COUNTS: tuple[Kind, ...] = ("text", *("count",) * 7)
VISITS = ("due", "done", "off", "missed", "waived", "overdue", "not_due")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is of: the cohort, the published arms, the programme's name, its first measure, which measures."""

    held: Cohort
    arms: tuple[Arm, ...]
    name: str
    centres: str
    primary: str = "vas"
    only: tuple[str, ...] = ()
    with_codes: bool = False


def report(asked: Asked, now: datetime, least: int, language: str) -> Report:
    """The whole report; `least`: figures of fewer patients are not told (0 to those who treat them)."""
    words = Wording(language, least)
    found = [each for each in measured(asked.held) if not asked.only or each.measure.id in asked.only]
    found.sort(key=lambda each: each.measure.id != asked.primary)
    sections = [part for each in found for part in _of_measure(words, asked, each)]
    if asked.held.patients:
        sections.append(_attendance(words, asked))
    return Report(
        words.phrase("title", programme=asked.name),
        asked.centres,
        tuple(_about(words, asked, now)),
        (*sections, findings(words, asked), _cautions(words, asked, found)),
        language,
        asked.held.is_demo,
    )


def _about(words: Wording, asked: Asked, now: datetime) -> Iterator[tuple[str, str]]:
    held = asked.held
    yield words.phrase("about.treated"), str(len(held.patients))
    if held.patients:
        first, last = held.patients[0].treated_on, held.patients[-1].treated_on
        yield words.phrase("about.period"), words.phrase("said.period", first=words.day(first), last=words.day(last))
        yield words.phrase("about.operated"), str(sum(each.operated_on is not None for each in held.patients))
    yield words.phrase("about.design"), words.phrase("uncontrolled", n=len(held.patients))
    if held.filters.version:
        yield words.phrase("about.version"), held.filters.version
    apart = [words.phrase(f"said.{name}", count=getattr(held, name)) for name in ("repeated", "set_apart")
             if getattr(held, name)]  # fmt: skip
    if apart:
        yield words.phrase("about.apart"), "; ".join(apart)
    yield words.phrase("about.made_on"), words.day(civil_date(now, AGENCY_ZONE.key))
    if held.is_demo:
        yield words.phrase("about.demo"), words.phrase("demo")


def _of_measure(words: Wording, asked: Asked, each: Measured) -> Iterator[Section]:
    name = words.measure(each.measure.id)
    yield _section(words, "trajectories", each, _trajectories(words, asked, each, name))
    figures = (
        _change(words, each, name),
        _ranks(words, each, name),
        _responders(words, each, name),
        _efficacy(words, each, name),
    )
    yield _section(words, "figures", each, *figures)
    if told := _last(each):
        yield _section(words, "relief", each, _relief(words, asked, each, name, told))
    arms = [table for table in _arms(words, asked, each, name) if table.rows]
    if arms:
        beside = words.phrase("beside", n=len(asked.held.patients))
        yield replace(_section(words, "published", each, *arms), notes=(beside, words.phrase("pilot")))


def _section(words: Wording, code: str, each: Measured, *tables: Table) -> Section:
    unique = [replace(table, code=f"{table.code}-{each.measure.id}") for table in tables]
    title = f"{words.phrase(f'section.{code}')}: {words.measure(each.measure.id)}"
    return Section(f"{code}-{each.measure.id}", title, tuple(unique))


def _last(each: Measured) -> str:
    """The last visit at which anybody is measured with a first score to hold it against."""
    return next((at.visit for at in reversed(each.at) if at.paired and at.visit != BASELINE), "")


def _with_patients(words: Wording, held: Cohort) -> str:
    """Why patients are not shown by themselves; empty where they are."""
    if not words.is_told(len(held.patients)):
        return words.phrase("few_lines", least=words.least)
    return "" if held.by_patient else words.phrase("own_only")


def _trajectories(words: Wording, asked: Asked, each: Measured, name: str) -> Table:
    held, names = asked.held, [visit for visit, _ in asked.held.visits]
    why = _with_patients(words, held)
    rows = [] if why else [_patient(words, asked, each, number, patient, names)
                           for number, patient in enumerate(held.patients, start=1)]  # fmt: skip
    means = [_mean(words, each, visit) for visit in names]
    rows.append((words.phrase("mean_row"), *means))
    made = words.by_visit("trajectories", "who", names, rows, (why,) if why else (), measure=name)
    return replace(made, picture=pictures.lines_of(words, held, each, with_patients=not why))


def _mean(words: Wording, each: Measured, visit: str) -> Value:
    at = each.visit(visit)
    if at is None or at.mean.value is None:
        return Mark.NOTHING
    return words.number(at.mean.value) if words.is_told(at.n) else Mark.HIDDEN


def _patient(
    words: Wording, asked: Asked, each: Measured, number: int, patient: PatientCourse, names: Sequence[str]
) -> Row:
    label = f"{number}. {patient.code}" if asked.with_codes else words.phrase("patient", number=number)
    return (label, *(_seen(words, each, patient, patient.visit(name)) for name in names))


def _seen(words: Wording, each: Measured, patient: PatientCourse, visit: SeenVisit | None) -> Value:
    if visit is None or not visit.is_due:
        return Mark.NOTHING
    if is_after_surgery(patient, visit):
        return words.phrase("operated", on=words.day(patient.operated_on))
    value = visit.scores.get(each.measure.id)
    if value is None:
        return Mark.UNKNOWN
    return words.phrase("off", value=words.score(value)) if visit.is_off else words.score(value)


def _change(words: Wording, each: Measured, name: str) -> Table:
    heads = (("visit", 18), ("n", 8), ("missing", 11), ("operated", 14), ("mean", 12), ("median", 12), ("change", 28))
    rows = [
        (
            words.visit(at.visit),
            at.n,
            at.missing,
            at.operated,
            words.maybe(at.mean.value) if words.is_told(at.n) else Mark.HIDDEN,
            words.maybe(at.median) if words.is_told(at.n) else Mark.HIDDEN,
            Mark.NOTHING if at.visit == BASELINE else words.estimate(at.change),
        )
        for at in each.at
    ]
    return words.table("change", heads, rows, ("text", "count", "count", "count"), measure=name)


def _ranks(words: Wording, each: Measured, name: str) -> Table:
    heads = (("visit", 18), ("hodges_lehmann", 34), ("check", 56))
    rows = [(words.visit(at.visit), words.estimate(at.hodges_lehmann), words.check(at)) for at in _after(each)]
    return words.table("ranks", heads, rows, measure=name)


def _after(each: Measured) -> list[At]:
    return [at for at in each.at if at.visit != BASELINE]


def _responders(words: Wording, each: Measured, name: str) -> Table:
    later = _after(each)
    rows = [
        (words.limit(limit, each.measure), *(words.share(at.responders[place]) for at in later))
        for place, limit in enumerate(each.measure.scale.limits)
    ]
    return words.by_visit("responders", "threshold", [at.visit for at in later], rows, measure=name)


def _efficacy(words: Wording, each: Measured, name: str) -> Table:
    later = _after(each)
    formulas = [formula for formula, _ in later[0].efficacy] if later else []
    rows: list[Row] = [
        (words.phrase(f"formula.{formula}"), *(words.estimate(dict(at.efficacy)[formula], PER_CENT) for at in later))
        for formula in formulas
    ]
    if later:
        rows.append((words.phrase("formula.share_of_max"), *(_share(words, each, at.visit) for at in later)))
    return words.by_visit("efficacy", "formula", [at.visit for at in later], rows, measure=name)


def _share(words: Wording, each: Measured, visit: str) -> Value:
    at = each.visit(visit)
    if at is None or not words.is_told(at.paired):
        return Mark.HIDDEN
    if at.share_of_max is None:
        return words.phrase(f"why.{at.share_why}")
    return words.number(at.share_of_max) + PER_CENT


def _relief(words: Wording, asked: Asked, each: Measured, name: str, visit: str) -> Table:
    """Own patients as dots and published arms as other marks, each with its row; where figures run from 0 to 100."""
    why = _with_patients(words, asked.held)
    own = [] if why else pictures.dots_of(asked.held, each, visit)
    found = nearest(of_measure(asked.arms, each.measure.id), _month(asked, visit))
    arms = pictures.arm_dots(plottable(found))
    rows: list[Row] = [
        (str(number), _whose(words, asked, number), Mark.NOTHING, words.score(dot.start), words.score(dot.relief))
        for number, dot in own
    ]
    rows += [
        (dot.mark, _named(words, arm), _counted(arm), words.number(dot.start), words.number(dot.relief))
        for arm, dot in arms
    ]  # fmt: skip
    heads = (("mark", 8), ("what", 60), ("n", 8), ("start", 14), ("relief", 14))
    notes = ((why,) if why else ()) + (words.phrase("beside", n=len(asked.held.patients)),)
    made = words.table("relief", heads, rows, ("text", "text", "count"), notes, measure=name, visit=words.visit(visit))
    dots = [dot for _, dot in own] + [dot for _, dot in arms]
    return replace(made, picture=pictures.relief_of(words, each.measure.id, dots)) if dots else made


def _whose(words: Wording, asked: Asked, number: int) -> str:
    patient = asked.held.patients[number - 1]
    return patient.code if asked.with_codes else words.phrase("patient", number=number)


def _named(words: Wording, arm: Arm) -> str:
    when = f" ({_months(words, arm)})" if arm.months is not None else ""
    return f"{arm.series}: {arm.arm}{when}"


def _months(words: Wording, arm: Arm) -> str:
    return words.phrase("said.months", months=f"{arm.months:g}") if arm.months is not None else ""


def _counted(arm: Arm) -> Value:
    return Mark.NOTHING if arm.n is None else arm.n


ARM_HEADS = (("side", 17), ("arm", 42), ("design", 32), ("n", 9), ("months", 10), ("values", 22), ("eff", 14),
             ("source", 36))  # fmt: skip


def _arms(words: Wording, asked: Asked, each: Measured, name: str) -> Iterator[Table]:
    """Means and what was printed as change in one table, medians in another: they never stand together.

    Of each arm the follow-up nearest to the visit that is looked at; whatever was found against stands on top.
    """
    found = nearest(of_measure(asked.arms, each.measure.id), _month(asked, _last(each)))
    for code, wanted in (("arms", False), ("medians", True)):
        told = [_arm(words, arm) for arm in counter_first(found) if (arm.statistic == "median") is wanted]
        if told and not wanted:
            told = [*(_arm(words, arm) for arm in asked.arms if arm.side == "counter" and not arm.measure), *told]
        yield words.table(code, ARM_HEADS, told, ("text", "text", "text", "count"), measure=name)


def _month(asked: Asked, visit: str) -> int:
    return dict(asked.held.visits).get(visit, 0)


def _arm(words: Wording, arm: Arm) -> Row:
    efficacy = Mark.NOTHING if arm.efficacy is None else words.number(arm.efficacy) + PER_CENT
    return (
        words.phrase(f"side.{arm.side}"), " ".join(part for part in (f"{arm.series}: {arm.arm}.", arm.finding) if part),
        arm.design, _counted(arm), Mark.NOTHING if arm.months is None else f"{arm.months:g}", _values(words, arm),
        efficacy if arm.measure else Mark.NOTHING, words.whose(arm),
    )  # fmt: skip


def _values(words: Wording, arm: Arm) -> Value:
    """Before and after as printed, or the change alone."""
    if arm.baseline is not None and arm.follow_up is not None:
        return f"{words.number(arm.baseline)} → {words.number(arm.follow_up)}"
    if arm.change is not None:
        return words.phrase("said.change", value=words.number(arm.change))
    return Mark.NOTHING


def findings(words: Wording, asked: Asked) -> Section:
    """What others found that is no figure of the measures here, for and against in one table."""
    heads = (("side", 17), ("arm", 40), ("design", 30), ("n", 9), ("months", 10), ("finding", 42), ("source", 34))
    ours = {each.measure.id for each in measured(asked.held)}
    rows = [
        (words.phrase(f"side.{arm.side}"), f"{arm.series}: {arm.arm}", arm.design, _counted(arm),
         Mark.NOTHING if arm.months is None else f"{arm.months:g}", found, words.whose(arm))
        for arm in counter_first(asked.arms)
        if arm.measure not in ours and (found := _found(words, arm))
    ]  # fmt: skip
    notes = (words.phrase("beside", n=len(asked.held.patients)), words.phrase("pilot"))
    made = words.table("findings", heads, rows, ("text", "text", "text", "count"))
    return Section("findings", words.phrase("section.published"), (made,), notes)


def _found(words: Wording, arm: Arm) -> str:
    """What was found in words: nothing where a row tells neither a figure nor a sentence."""
    said, values = [arm.finding], _values(words, arm)
    if isinstance(values, str):
        said.append(f"{_measured(words, arm)}: {values}")
    figure = next((each for each in (arm.efficacy, arm.share_of_max, arm.percent) if each is not None), None)
    if figure is not None and not arm.computed:
        said.append(f"{words.number(figure)}{PER_CENT} {arm.of_what}".strip())
    if arm.count is not None:
        said.append(f"{words.phrase('of', count=arm.count, n=arm.n)} {arm.of_what}".strip())
    told = [part for part in said if part]
    return ". ".join(part.rstrip(".") for part in (*told, arm.note) if part) if told else ""


def _measured(words: Wording, arm: Arm) -> str:
    """What a figure measures: an instrument by its name, and other things as the row calls them."""
    name = f"instrument.{arm.measure}.name"
    if arm.measure and has_words(name):
        return words.measure(arm.measure)
    return f"{arm.measure or arm.of_what} {arm.unit}".strip()


def _attendance(words: Wording, asked: Asked) -> Section:
    heads = (("visit", 24), ("due", 14), ("done", 14), ("late", 14), ("missed", 14), ("waived", 14), ("overdue", 14),
             ("not_due", 14))  # fmt: skip
    rows = [(words.visit(each.visit), *(getattr(each, name) for name in VISITS)) for each in attendance(asked.held)]
    made = words.table("attendance", heads, rows, COUNTS)
    return Section("attendance", words.phrase("section.attendance"), (made,))


def _cautions(words: Wording, asked: Asked, found: Sequence[Measured]) -> Section:
    first = next((each for each in found if each.measure.id == asked.primary), None)
    last = first.at[-1] if first and first.at else None
    told = {
        "missing": last.missing if last else 0,
        "operated": last.operated if last else 0,
        "primary": words.measure(asked.primary),
    }
    heads = (("name", 34), ("meaning", 100))
    cautions = [
        (words.phrase(f"caution.{code}.name"), words.phrase(f"caution.{code}.text", **told)) for code in CAUTIONS
    ]
    methods = [(words.phrase(f"method.{code}.name"), words.phrase(f"method.{code}.text")) for code in METHODS]
    return Section(
        "cautions",
        words.phrase("section.cautions"),
        (words.table("cautions", heads, cautions), words.table("formulas", heads, methods)),
    )
