"""What the types cannot say of a programme: that its parts fit one another, and the application."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from compassionate.deadlines.rules import rules
from compassionate.errors import FieldError
from compassionate.instruments import INSTRUMENTS
from compassionate.programmes import reading
from compassionate.programmes.checking_cells import cell_problems, release_problems
from compassionate.programmes.checking_questions import LINK_ID, question_problems
from compassionate.programmes.model import Comparator, Criterion, Measure, PlannedVisit, Programme
from compassionate.workflow.guards import GUARDS

CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")
VERSION = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d{2})?")
HELD = re.compile(r"(guard|clock|step|consent|cells):([A-Za-z0-9_-]+)")
VISIT = re.compile(r"[a-z][a-z0-9]{0,19}")
NOT_CONFIRMED = ("unverified", "missing", "partly")
FURTHEST, WIDEST = 3660, 365


def problems(programme: Programme) -> Iterator[FieldError]:
    """Every mistake of a programme whose types hold, with its path."""
    yield from _names(programme)
    yield from _page(programme)
    for criterion in programme.criteria:
        yield from _criterion(criterion)
    yield from question_problems(programme)
    yield from _schedule(programme.visits, "visits")
    for schedule in programme.alternatives:
        yield from _schedule(schedule.visits, f"alternatives[{schedule.id}].visits")
    yield from _measures(programme)
    yield from release_problems(programme)
    for comparator in programme.comparators:
        yield from _comparator(comparator)
    yield from cell_problems(programme)


def _names(programme: Programme) -> Iterator[FieldError]:
    if not CODE.fullmatch(programme.id):
        yield FieldError("id", "programme.bad_code")
    if not VERSION.fullmatch(programme.version):
        yield FieldError("version", "programme.bad_version")
    if not reading.has_frame(programme.frame):
        yield FieldError("frame", "programme.no_frame", {"given": programme.frame})
    lists: dict[str, Iterable[str]] = {
        "criteria": (each.id for each in programme.criteria),
        "sections": (each.id for each in programme.sections),
        "scales": (each.id for each in programme.scales),
        "visits": (each.name for each in programme.visits),
        "alternatives": (each.id for each in programme.alternatives),
        "thresholds": (each.id for each in programme.thresholds),
        "release_tests": (each.id for each in programme.release_tests),
        "comparators": (each.id for each in programme.comparators),
        "sources": (each.id for each in programme.sources),
    }
    for name, ids in lists.items():
        for each, count in Counter(ids).items():
            if count > 1:
                yield FieldError(f"{name}[{each}]", "programme.twice", {"given": each})
            if not each.strip():
                yield FieldError(f"{name}[{each}]", "programme.empty_id")


def _page(programme: Programme) -> Iterator[FieldError]:
    """Each criterion that is asked, and each plain question, stands once in the sections."""
    asked = [each.id for each in programme.criteria if each.asks] + [each.field for each in programme.questions]
    places = Counter(name for section in programme.sections for name in section.holds)
    for section in programme.sections:
        if not LINK_ID.fullmatch(section.id):
            yield FieldError(f"sections[{section.id}].id", "programme.bad_field")
        for name in section.holds:
            if name not in asked:
                yield FieldError(f"sections[{section.id}].holds", "programme.not_asked", {"given": name})
    for name in asked:
        if places[name] != 1:
            code = "programme.in_no_section" if not places[name] else "programme.in_two_sections"
            yield FieldError(f"criteria[{name}]", code, {"given": name})


def _criterion(criterion: Criterion) -> Iterator[FieldError]:
    path = f"criteria[{criterion.id}]"
    if criterion.effect == "blocks" and criterion.status in NOT_CONFIRMED:
        yield FieldError(f"{path}.effect", "programme.unconfirmed_blocks", {"status": criterion.status})
    if criterion.ground == "legal":
        yield from _legal(criterion, path)
    elif not criterion.asks:
        yield FieldError(f"{path}.asks", "programme.nothing_asked")
    if not criterion.source.strip():
        yield FieldError(f"{path}.source", "programme.no_source")


def _legal(criterion: Criterion, path: str) -> Iterator[FieldError]:
    """A legal criterion is the engine's: it says where, and is not asked a second time."""
    found = HELD.fullmatch(criterion.held)
    known = {"guard": GUARDS, "clock": rules()}
    if found is None:
        yield FieldError(f"{path}.held", "programme.bad_held")
    elif found[1] in known and found[2] not in known[found[1]]:
        yield FieldError(f"{path}.held", "programme.unknown_held", {"given": criterion.held})
    if criterion.asks:
        yield FieldError(f"{path}.asks", "programme.legal_asked")
    if not criterion.active:
        yield FieldError(f"{path}.active", "programme.legal_off")


def _schedule(visits: tuple[PlannedVisit, ...], path: str) -> Iterator[FieldError]:
    if sum(visit.is_baseline for visit in visits) != 1:
        yield FieldError(path, "programme.one_baseline")
    if [visit.day for visit in visits] != sorted(visit.day for visit in visits):
        yield FieldError(path, "programme.visits_in_order")
    for visit in visits:
        here = f"{path}[{visit.name}]"
        if not VISIT.fullmatch(visit.name):
            yield FieldError(f"{here}.name", "programme.bad_visit")
        if abs(visit.day) > FURTHEST:
            yield FieldError(f"{here}.day", "programme.out_of_range", {"low": -FURTHEST, "high": FURTHEST})
        for name, days in (("before_days", visit.before_days), ("after_days", visit.after_days)):
            if not 0 <= days <= WIDEST:
                yield FieldError(f"{here}.{name}", "programme.out_of_range", {"low": 0, "high": WIDEST})
        for name in visit.instruments:
            if name not in INSTRUMENTS:
                yield FieldError(f"{here}.instruments", "programme.unknown_instrument", {"given": name})


def _measures(programme: Programme) -> Iterator[FieldError]:
    """What is judged is measured: the primary score at its visit and at the start."""
    yield from _measure(programme.primary.measure, "primary.measure")
    visit = programme.visit(programme.primary.visit)
    if visit is None:
        yield FieldError("primary.visit", "programme.no_visit", {"given": programme.primary.visit})
    asked = [each for each in programme.visits if each.is_baseline or each == visit]
    if any(programme.primary.measure.instrument not in each.instruments for each in asked):
        yield FieldError("primary.measure", "programme.primary_not_measured")
    for threshold in programme.thresholds:
        path = f"thresholds[{threshold.id}]"
        yield from _measure(threshold.measure, f"{path}.measure")
        if threshold.points is None and threshold.percent is None:
            yield FieldError(path, "programme.no_figure")


def _measure(measure: Measure, path: str) -> Iterator[FieldError]:
    held = INSTRUMENTS.get(measure.instrument)
    if held is None:
        yield FieldError(f"{path}.instrument", "programme.unknown_instrument", {"given": measure.instrument})
    elif not (measure.score in {scale.name for scale in held.scales} or (not measure.score and len(held.scales) == 1)):
        yield FieldError(f"{path}.score", "programme.unknown_score", {"given": measure.score})


def _comparator(row: Comparator) -> Iterator[FieldError]:
    """A published arm says at least one thing, of whom, and where it was read."""
    path = f"comparators[{row.id}]"
    figures = (row.follow_up, row.change, row.efficacy, row.share_of_maximum, row.percent, row.count, row.finding)
    if all(each is None for each in figures):
        yield FieldError(path, "programme.no_figure")
    if row.n is not None and row.n < 1:
        yield FieldError(f"{path}.n", "programme.out_of_range", {"low": 1, "high": ""})
    if row.count is not None and row.n is not None and not 0 <= row.count <= row.n:
        yield FieldError(f"{path}.count", "programme.out_of_range", {"low": 0, "high": row.n})
    if row.status in ("unverified", "missing"):
        yield FieldError(f"{path}.status", "programme.unverified_figure")
    if row.status == "entered" and not row.entered_by.strip():
        yield FieldError(f"{path}.entered_by", "programme.missing")
    if not row.source.strip():
        yield FieldError(f"{path}.source", "programme.no_source")
    if row.measure:
        yield from _measure(row.measure, f"{path}.measure")
    if row.scale and not (len(row.scale) == 2 and row.scale[0] < row.scale[1]):
        yield FieldError(f"{path}.scale", "programme.not_a_range")
