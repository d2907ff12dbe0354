"""The report of a cohort in tables and pictures: what the page, the PDF and nobody else says differently.

Patients first, then the figures of each visit, relief, what others published for and against, and what cannot be
concluded. Beside any published arm it is said that this is an uncontrolled series, and of how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compassionate import words as catalogue
from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.services.outcomes import pictures
from compassionate.services.outcomes.cohort import Cohort, Measured, attendance, is_after_surgery, measured
from compassionate.services.outcomes.comparators import Arm, of_measure, plottable
from compassionate.services.outcomes.rows import PatientCourse, SeenVisit
from compassionate.services.outcomes.wording import Row, Wording
from compassionate.statistics.cohorts import BASELINE
from compassionate.statistics.tables import Mark, Report, Section, Table, Value

PER_CENT = "\u00a0%"
CAUTIONS = ("regression", "coupling", "survivors", "imputation", "unit", "many", "others", "order")
METHODS = ("change", "hodges_lehmann", "check", "responders", "efficacy", "share")
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
    figures = (_change(words, each, name), _responders(words, each, name), _efficacy(words, each, name))
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
    heads = (("visit", 16), ("n", 7), ("missing", 9), ("operated", 10), ("mean", 10), ("median", 10), ("change", 24),
             ("hodges_lehmann", 24), ("check", 28))  # fmt: skip
    rows = [
        (
            words.visit(at.visit),
            at.n,
            at.missing,
            at.operated,
            words.maybe(at.mean.value) if words.is_told(at.n) else Mark.HIDDEN,
            words.maybe(at.median) if words.is_told(at.n) else Mark.HIDDEN,
            *_changes(words, each, at.visit),
        )
        for at in each.at
    ]
    return words.table("change", heads, rows, ("text", "count", "count", "count"), measure=name)


def _changes(words: Wording, each: Measured, visit: str) -> Row:
    at = each.visit(visit)
    if at is None or visit == BASELINE:
        return (Mark.NOTHING,) * 3
    return words.estimate(at.change), words.estimate(at.hodges_lehmann), words.check(at)


def _later(each: Measured) -> list[str]:
    return [at.visit for at in each.at if at.visit != BASELINE]


def _responders(words: Wording, each: Measured, name: str) -> Table:
    later = [at for at in each.at if at.visit != BASELINE]
    rows = [
        (words.limit(limit, each.measure), *(words.share(at.responders[place]) for at in later))
        for place, limit in enumerate(each.measure.scale.limits)
    ]
    return words.by_visit("responders", "threshold", _later(each), rows, measure=name)


def _efficacy(words: Wording, each: Measured, name: str) -> Table:
    later = [at for at in each.at if at.visit != BASELINE]
    formulas = [formula for formula, _ in later[0].efficacy] if later else []
    rows: list[Row] = [
        (words.phrase(f"formula.{formula}"), *(words.estimate(dict(at.efficacy)[formula], PER_CENT) for at in later))
        for formula in formulas
    ]
    if later:
        rows.append((words.phrase("formula.share_of_max"), *(_share(words, each, at.visit) for at in later)))
    return words.by_visit("efficacy", "formula", _later(each), rows, measure=name)


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
    arms = pictures.arm_dots(plottable(asked.arms, each.measure.id))
    rows: list[Row] = [
        (str(number), _whose(words, asked, number), Mark.NOTHING, words.score(dot.start), words.score(dot.relief))
        for number, dot in own
    ]
    rows += [
        (dot.mark, f"{arm.series}: {arm.arm} ({_months(words, arm)})", _counted(arm), words.number(dot.start),
         words.number(dot.relief))
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


def _months(words: Wording, arm: Arm) -> str:
    return catalogue.say("outcomes.column.months", words.language).lower() + f" {arm.months:g}" if arm.months else "–"


def _counted(arm: Arm) -> Value:
    return Mark.UNKNOWN if arm.n is None else arm.n


ARM_HEADS = (("side", 15), ("series", 17), ("arm", 28), ("design", 24), ("n", 7), ("months", 9), ("before", 10),
             ("after", 10), ("eff", 11), ("source", 34))  # fmt: skip


def _arms(words: Wording, asked: Asked, each: Measured, name: str) -> Iterator[Table]:
    """Means and what was printed as change in one table, medians in another: they never stand together."""
    found = _counter_first(of_measure(asked.arms, each.measure.id))
    for code, wanted in (("arms", False), ("medians", True)):
        rows = [_arm(words, arm) for arm in found if (arm.statistic == "median") is wanted]
        yield words.table(code, ARM_HEADS, rows, ("text",) * 4 + ("count",), measure=name)


def _counter_first(found: Sequence[Arm]) -> list[Arm]:
    order = ("counter", "favourable", "neutral")
    return sorted(found, key=lambda arm: (order.index(arm.side), arm.series, arm.arm, arm.months or 0))


def _arm(words: Wording, arm: Arm) -> Row:
    efficacy = Mark.NOTHING if arm.efficacy is None else words.number(arm.efficacy) + PER_CENT
    after: Value = words.maybe(arm.follow_up)
    if arm.follow_up is None and arm.change is not None:
        after = f"Δ {words.number(arm.change)}"
    return (
        words.phrase(f"side.{arm.side}"), arm.series, arm.arm, arm.design, _counted(arm),
        Mark.UNKNOWN if arm.months is None else f"{arm.months:g}", words.maybe(arm.baseline), after, efficacy,
        words.whose(arm),
    )  # fmt: skip


def findings(words: Wording, asked: Asked) -> Section:
    """What others found that is no figure of ours, for and against in one table, whatever measure is looked at."""
    heads = (("side", 16), ("series", 18), ("arm", 30), ("design", 26), ("n", 7), ("months", 9), ("finding", 44),
             ("source", 32))  # fmt: skip
    ours = {each.measure.id for each in measured(asked.held)}
    rows = [
        (words.phrase(f"side.{arm.side}"), arm.series, arm.arm, arm.design, _counted(arm),
         Mark.UNKNOWN if arm.months is None else f"{arm.months:g}", found, words.whose(arm))
        for arm in _counter_first(asked.arms)
        if arm.measure not in ours and (found := _found(words, arm))
    ]  # fmt: skip
    notes = (words.phrase("beside", n=len(asked.held.patients)), words.phrase("pilot"))
    made = words.table("findings", heads, rows, ("text",) * 4 + ("count",))
    return Section("findings", words.phrase("section.published"), (made,), notes)


def _found(words: Wording, arm: Arm) -> str:
    figure = next((each for each in (arm.efficacy, arm.share_of_max, arm.percent) if each is not None), None)
    said = [arm.finding]
    if figure is not None:
        said.append(f"{words.number(figure)}{PER_CENT} {arm.of_what}".strip())
    if arm.count is not None:
        said.append(f"{words.phrase('of', count=arm.count, n=arm.n)} {arm.of_what}".strip())
    return " ".join(part for part in (*said, arm.note) if part)


def _attendance(words: Wording, asked: Asked) -> Section:
    heads = (("visit", 24), ("due", 14), ("done", 14), ("late", 14), ("missed", 14), ("waived", 14), ("overdue", 14),
             ("not_due", 14))  # fmt: skip
    rows = [(words.visit(each.visit), *(getattr(each, name) for name in VISITS)) for each in attendance(asked.held)]
    made = words.table("attendance", heads, rows, ("text",) + ("count",) * len(VISITS))
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
