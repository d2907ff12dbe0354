"""The counted report in words: the same tables for page, workbook and PDF."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from compassionate.services.committee import costing, timing
from compassionate.services.committee.figures import SETTLED, Figures
from compassionate.services.committee.periods import Period
from compassionate.services.committee.rows import day_of
from compassionate.services.committee.wording import (
    ENDINGS,
    GROUNDS,
    KINDS,
    REACTIONS,
    RESPONSES,
    VISITS,
    Wording,
    marks,
)
from compassionate.statistics.tables import Mark, Report, Section, Table, Value

if TYPE_CHECKING:
    from compassionate.services.committee.report import Counted

DEFINED = ("filed", "kinds", "decided", "pending", "agency", "asked", "treated", "visits", "response", "reactions",
           "cost", "case_cost", "stages", "owners", "before", "hidden", "unknown", "zone")  # fmt: skip


def report(counted: Counted, now: datetime, least: int, language: str) -> Report:
    """Every section, the summary first and the definitions last."""
    words = Wording(
        language, least, period_words(counted.period, language), period_words(counted.period.before(), language)
    )
    built = (_summary, _requests, _decisions, _treatments, _outcomes, costing.section, timing.section)
    parts = [build(words, counted) for build in built]
    return Report(
        words.phrase("title"),
        f"{counted.centre.name} · {words.period}",
        _about(words, counted, now),
        (*parts, _definitions(words)),
        language,
        counted.centre.is_demo,
    )


def period_words(period: Period, language: str) -> str:
    """A period as people name it: 2.º trimestre de 2026, or its first and last day."""
    words = Wording(language, 0, "", "")
    if period.quarter is not None:
        year, number = period.quarter
        return words.phrase("quarter", year=year, number=number)
    return words.phrase("days", first=f"{period.from_on:%d/%m/%Y}", last=f"{period.last_on:%d/%m/%Y}")


def _about(words: Wording, counted: Counted, now: datetime) -> tuple[tuple[str, str], ...]:
    period, before = counted.period, counted.period.before()
    rows = [
        (name, f"{each.from_on:%d/%m/%Y}–{each.last_on:%d/%m/%Y}")
        for name, each in (("dates", period), ("before", before))
    ]
    rows += [("made_on", f"{day_of(now):%d/%m/%Y}")]
    if counted.centre.is_demo:
        rows += [("demo", words.phrase("demo"))]
    if period.until_on > day_of(now):
        rows += [("unfinished", words.phrase("unfinished"))]
    return tuple((words.phrase(f"about.{name}"), value) for name, value in rows)


def _summary(words: Wording, counted: Counted) -> Section:
    """What a committee asks first, beside the period before."""
    measures = [(name, _measure(name, counted.now), _measure(name, counted.before)) for name in MEASURES]
    rows = [words.compared(words.phrase(f"measure.{name}"), now, before) for name, now, before in measures]
    rows += costing.totals(words, counted)
    return words.section("summary", words.compared_table("summary", "measure", rows), costing.spent(words, counted))


MEASURES = ("filed", "granted", "refused", "lapsed", "withdrawn", "otherwise", "upheld", "pending", "corrections",
            "begun", "ended", "not_begun", "visits", "missed", "overdue", "reactions")  # fmt: skip
_SETTLED = dict(zip(("granted", "refused", "lapsed", "withdrawn", "otherwise"), SETTLED, strict=True))


def _measure(name: str, held: Figures) -> int:
    if name in _SETTLED:
        return held.settled[_SETTLED[name]]
    if name == "reactions":
        return held.reactions.total()
    if name in ("missed", "overdue", "visits"):
        return held.visits["done" if name == "visits" else name]
    value: int = getattr(held, name)
    return value


def _requests(words: Wording, counted: Counted) -> Section:
    now, before = counted.now, counted.before
    kinds = [words.compared(words.of("request_kind", kind), now.kinds[kind], before.kinds[kind]) for kind in KINDS]
    kinds += [words.compared(words.phrase("urgent"), now.urgent, before.urgent)]
    return words.section(
        "requests",
        words.compared_table("kinds", "kind", kinds, bars=1),
        _by_product(words, counted),
        words.parts_table("indications", "indication", words.gathered(counted.indications)),
    )


def _by_product(words: Wording, counted: Counted) -> Table:
    now = counted.now
    columns = (now.filed_by_product, now.granted_by_product, now.refused_by_product, now.begun_by_product)
    ids = sorted({each for column in columns for each in column}, key=lambda each: counted.products.get(each, ""))
    told = [words.told([column[each] for each in ids]) for column in columns]
    rows = [(counted.products.get(each, each), *values) for each, *values in zip(ids, *told, strict=True)]
    heads = ("product", "filed", "granted", "refused", "begun")
    return words.table("products", heads, rows, "count")


_ASKED = {
    "corrections": "corrections",
    "answered": "corrections_answered",
    "hearings": "hearings",
    "heard": "hearings_answered",
}


def _decisions(words: Wording, counted: Counted) -> Section:
    now, before = counted.now, counted.before
    ways = [
        words.compared(words.phrase(f"measure.{name}"), now.settled[code], before.settled[code])
        for name, code in _SETTLED.items()
    ]
    ways += [
        words.compared(words.phrase(f"measure.{name}"), _measure(name, now), _measure(name, before))
        for name in ("upheld", "pending")
    ]
    asked = [
        words.compared(words.phrase(f"asked.{name}"), getattr(now, field), getattr(before, field))
        for name, field in _ASKED.items()
    ]
    days = [(words.phrase("agency_days"), now.agency_days), (words.phrase("agency_days_before"), before.agency_days)]
    notes = [
        words.phrase(f"note.{name}", count=getattr(now, name)) for name in ("clashing", "unfiled") if getattr(now, name)
    ]
    return words.section(
        "decisions",
        words.compared_table("ways", "way", ways, bars=1),
        words.parts_table("grounds", "ground", _grounds(words, now)),
        words.spread_table("agency", "what", days, notes),
        words.compared_table("asked", "what", asked),
    )


def _grounds(words: Wording, now: Figures) -> list[tuple[str, Value]]:
    """How often each ground was given, little ones not told."""
    counts = words.few([now.grounds[ground] for ground in GROUNDS], now.settled[_SETTLED["refused"]])
    return [(words.of("choice.grounds", ground), count) for ground, count in zip(GROUNDS, counts, strict=True)]


def _treatments(words: Wording, counted: Counted) -> Section:
    now, before = counted.now, counted.before
    rows = [
        words.compared(words.phrase(f"measure.{name}"), getattr(now, name), getattr(before, name))
        for name in ("begun", "ended", "not_begun")
    ]
    why = words.told([now.endings[ending] for ending in ENDINGS])
    named = [
        (words.phrase("death") if ending == "death" else words.of("choice.ending", ending), value)
        for ending, value in zip(ENDINGS, why, strict=True)
    ]
    return words.section(
        "treatments",
        words.compared_table("treatments", "what", rows),
        words.parts_table("endings", "ending", named, bars=1),
    )


def _outcomes(words: Wording, counted: Counted) -> Section:
    now, before = counted.now, counted.before
    visits = [words.compared(words.phrase(f"visit.{name}"), now.visits[name], before.visits[name]) for name in VISITS]
    responses = words.told([now.responses[each] for each in RESPONSES])
    reactions = words.told([now.reactions[each] for each in REACTIONS])
    pain = [
        (words.of("visit", name), count, words.enough(count, value))
        for name, (count, value) in sorted(now.pain.items())
    ]
    return words.section(
        "outcomes",
        words.compared_table("visits", "what", visits),
        words.parts_table(
            "responses",
            "response",
            [(words.phrase(f"response.{each}"), value) for each, value in zip(RESPONSES, responses, strict=True)],
            bars=1,
        ),
        words.table("pain", ("visit", "told", "median_points"), pain, "count", last="decimal"),
        words.parts_table(
            "reactions",
            "reaction",
            [(words.phrase(f"reaction.{each}"), value) for each, value in zip(REACTIONS, reactions, strict=True)],
            notes=[words.phrase("note.reactions_open", count=now.reactions_open)] if now.reactions_open else [],
        ),
    )


def _definitions(words: Wording) -> Section:
    rows: list[tuple[Value, ...]] = [
        (words.phrase(f"define.{name}.name"), words.phrase(f"define.{name}.text", least=words.least))
        for name in DEFINED
    ]
    signs = [
        (marks(words.language)[mark], words.phrase(f"mark_means.{mark.value}", least=words.least)) for mark in Mark
    ]
    return words.section(
        "definitions",
        words.table("definitions", ("name", "meaning"), rows, "text"),
        words.table("marks", ("mark", "meaning"), signs, "text"),
    )
