"""The follow-up report: visits, scores and how they changed, as a chart and as numbers (RD 1015/2009 art. 11.1.d-e)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from compassionate.documents.answers import Shown
from compassionate.documents.blocks import Block, note, rows, section, table
from compassionate.documents.charts import chart
from compassionate.documents.contexts.source import Source
from compassionate.documents.contexts.treatment_record import identity
from compassionate.documents.phrases import NBSP, Phrases
from compassionate.instruments import SCALES, OutOfRange, Scale, change
from compassionate.questionnaires import display, relevant
from compassionate.questionnaires.patient_questions import all_questions
from compassionate.snapshot import VisitSnapshot

MINUS = "\u2212"
TITLES = {"high": "title", "low": "title_high"}
MOST_SERIES = 3
MOST_SCORES_ACROSS = 5
MOST_VISITS_ACROSS = 4
QUESTION_WIDTH = 36
FOLLOW_UP = "follow-up"


def visit_name(visit: VisitSnapshot, words: Phrases) -> str:
    """`Basal`, `3 meses`."""
    return (
        words.choice("visit", visit.name) if words.knows(f"visit.{visit.name}") else words.count(visit.months, "month")
    )


def scored(held: Source) -> list[str]:
    """The scores that at least one visit has, in the order of our own list, others after it."""
    present = {name for visit in held.case.visits for name in visit.scores}
    known = [name for name in SCALES if name in present]
    return known + sorted(present - set(known))


def instrument_name(name: str, words: Phrases) -> str:
    """A score's name."""
    return words.first(f"print.instrument.{name}", f"instrument.{name}.name", name)


def visits_tables(held: Source) -> list[Block]:
    """Every planned visit with its date and its scores: as many tables as the scores need columns."""
    names = scored(held)
    parts = [names[start : start + MOST_SCORES_ACROSS] for start in range(0, len(names), MOST_SCORES_ACROSS)]
    return [_visits_table(part, held) for part in parts or [[]]]


def _visits_table(names: list[str], held: Source) -> Block:
    words = held.words
    width = 52 // max(len(names), 1) if names else 0
    head: list[dict[str, Any]] = [
        {"code": code, "width": wide, "numeric": False}
        for code, wide in (("visit", 14), ("planned_on", 16), ("visit_done", 18 if names else 70))
    ]
    head += [{"said": instrument_name(name, words), "width": width, "numeric": True} for name in names]
    body = [_visit(visit, names, held) for visit in held.case.visits]
    return {"type": "table", "caption": "visits", "columns": head, "rows": body}


def _visit(visit: VisitSnapshot, names: list[str], held: Source) -> list[str]:
    words = held.words
    done = words.day(visit.done_on) or words.choice("visit_status", visit.status)
    told = (done, off_words(visit, words), visit.reason)
    return [
        visit_name(visit, words),
        words.day(visit.planned_on),
        "\n".join(part for part in told if part),
        *(score(visit, name, words) for name in names),
    ]


def off_words(visit: VisitSnapshot, words: Phrases) -> str:
    """How many days outside of its window a visit took place, in words; nothing for one inside."""
    off = visit.off_days or 0
    return words.say(f"print.off.{'late' if off > 0 else 'early'}", days=words.count(abs(off), "day")) if off else ""


def score(visit: VisitSnapshot, name: str, words: Phrases) -> str:
    """One score with at most one decimal."""
    return words.number(visit.scores[name], 1) if name in visit.scores else "—"


def changes_table(held: Source) -> Block | None:
    """Each score against the first one: points, per cent, and whether that is important or within error."""
    body = [line for name in scored(held) if _has_direction(name) for line in _changes(name, held)]
    columns = (("instrument", 30), ("visit", 14), ("change", 20), ("change_meaning", 36))
    return table("changes", columns, body, numeric="change") if body else None


def _has_direction(name: str) -> bool:
    return name in SCALES and SCALES[name].worse != "neither"


def _changes(name: str, held: Source) -> list[list[str]]:
    with_score = [visit for visit in held.case.visits if name in visit.scores]
    first = with_score[0] if with_score else None
    return [_change(name, first, visit, held.words) for visit in with_score[1:] if first]


def _change(name: str, first: VisitSnapshot, later: VisitSnapshot, words: Phrases) -> list[str]:
    start = [instrument_name(name, words), visit_name(later, words)]
    try:
        held = change(SCALES[name], first.scores[name], later.scores[name])
    except OutOfRange:
        return [*start, "—", ""]
    percent = f" ({_signed(held.percent, words, 0)}{NBSP}%)" if held.percent is not None else ""
    important = {None: "", True: words.say("print.mic.reached"), False: words.say("print.mic.not_reached")}[
        held.reaches_mic
    ]
    meaning = (important, words.say("print.mic.within_error") if held.within_error else "")
    return [*start, _signed(held.delta, words, 1) + percent, "; ".join(part for part in meaning if part)]


def _signed(value: float, words: Phrases, places: int) -> str:
    shown = words.number(abs(value), places)
    return shown if not float(shown.replace(NBSP, "").replace(",", ".")) else f"{'+' if value > 0 else MINUS}{shown}"


def charts(held: Source) -> list[Block]:
    """Scores that share their range and their better end share a chart, at most three; none where 0 is not the foot."""
    alike: dict[tuple[float, str], list[str]] = {}
    for name in scored(held):
        if _has_direction(name) and SCALES[name].minimum == 0:
            alike.setdefault(_span(SCALES[name]), []).append(name)
    parts = [
        (names[start : start + MOST_SERIES], top, worse)
        for (top, worse), names in alike.items()
        for start in range(0, len(names), MOST_SERIES)
    ]
    return [drawn for names, top, worse in parts if (drawn := _chart(names, top, worse, held))]


def _span(scale: Scale) -> tuple[float, str]:
    return scale.maximum, scale.worse


def _chart(names: list[str], top: float, worse: str, held: Source) -> Block | None:
    visits = sorted(held.case.visits, key=lambda visit: visit.months)
    series = [(instrument_name(name, held.words), [visit.scores.get(name) for visit in visits]) for name in names]
    if (
        sum(value is not None for _, values in series for value in values) < MOST_SERIES - 1
        or len(visits) < MOST_SERIES - 1
    ):
        return None
    points = [(visit.months, visit_name(visit, held.words)) for visit in visits]
    return chart(
        held.words.say(f"print.chart.{TITLES[worse]}", names=", ".join(name for name, _ in series)),
        points,
        series,
        top,
        held.words,
    )


def _sources(held: Source) -> Block | None:
    known = [SCALES[name] for name in scored(held) if _has_direction(name)]
    cited = sorted(
        {each.mics[0].source for each in known if each.mics} | {each.sdc.source for each in known if each.sdc}
    )
    return note("print.note.mic_sources", sources="; ".join(cited)) if cited else None


def _answers(held: Source) -> list[Block]:
    """What was answered, visits side by side, a table a part of the form; questions nobody answered are left out."""
    given = [(visit, form) for visit in held.case.visits if (form := held.shown(visit.answers))]
    blocks: list[Block] = []
    for _, group in groupby(given, key=lambda pair: (pair[1].questionnaire.name, pair[1].questionnaire.version)):
        visits = list(group)
        for start in range(0, len(visits), MOST_VISITS_ACROSS):
            blocks += _side_by_side(visits[start : start + MOST_VISITS_ACROSS], held)
    return blocks


def _side_by_side(visits: list[tuple[VisitSnapshot, Shown]], held: Source) -> list[Block]:
    parts: dict[str, dict[str, str]] = {}
    for _, form in visits:
        for part in form.sections:
            questions = parts.setdefault(part.title, {})
            questions |= {row.path: row.label for row in part.rows if row.text}
    width = (100 - QUESTION_WIDTH) // len(visits)
    heads: list[dict[str, Any]] = [{"code": "question", "width": QUESTION_WIDTH, "numeric": False}]
    heads += [{"said": visit_name(visit, held.words), "width": width, "numeric": False} for visit, _ in visits]
    return [
        {"type": "table", "caption": "answers", "said": title, "columns": heads, "rows": _lines(questions, visits)}
        for title, questions in parts.items()
        if questions
    ]


def _lines(questions: dict[str, str], visits: list[tuple[VisitSnapshot, Shown]]) -> list[list[str]]:
    return [[label, *(form.text(path) or "—" for _, form in visits)] for path, label in questions.items()]


def _by_patient(held: Source) -> Block | None:
    """What the patient answered by themselves, with the day and with what a clinician decided on it."""
    form = all_questions(tuple(held.forms.latest(name) for name in held.forms.names() if name.startswith(FOLLOW_UP)))
    body = [
        [visit_name(visit, held.words), held.words.short_moment(said.answered_at), row.label, row.text,
         held.words.say(f"patient_verdict.{said.verdict or 'waiting'}")]
        for visit in held.case.visits
        for said in visit.by_patient
        for part in display(form, relevant(form, dict(said.answers)), held.words.language)
        for row in part.rows
        if row.text
    ]  # fmt: skip
    columns = (("visit", 14), ("when", 16), ("question", 32), ("answer", 20), ("verdict", 18))
    return table("by_patient", columns, body) if body else None


def results(held: Source) -> list[Block]:
    """Table of visits, charts, changes and where the thresholds come from."""
    changes = changes_table(held)
    more = [block for block in (changes, _sources(held) if changes else None) if block]
    return [*visits_tables(held), *charts(held), *more]


def context(held: Source) -> dict[str, Any]:
    """The follow-up report."""
    visits, said = _answers(held), _by_patient(held)
    listed = [
        section("paciente", "print.section.patient", identity(held), _treated(held)),
        section("resultados", "print.section.results", *results(held)),
        *([section("visitas", "print.section.visit_answers", *visits)] if visits else []),
        *([section("paciente-dice", "print.section.by_patient", said)] if said else []),
        section("firmas", "print.section.hand_signatures", {"type": "hand", "labels": ["physician"]}),
    ]  # fmt: skip
    return {"sections": listed, "contents": False}


def _treated(held: Source) -> Block:
    given = sorted(dose.given_on for dose in held.case.doses)
    words = held.words
    return rows(
        ("first_dose", words.day(given[0]) if given else ""),
        ("last_dose", words.day(given[-1]) if given else ""),
        ("doses", words.number(len(given))),
    )
