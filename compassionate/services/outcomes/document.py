"""The cohort as one JSON document, for scripts (product/interfaces: `outcomes cohort`). Nothing is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compassionate.services.outcomes.cohort import Cohort, Measured, attendance, measured
from compassionate.services.outcomes.comparators import Arm
from compassionate.statistics.cohorts import At, Responders
from compassionate.statistics.estimates import Bounds, Estimate


def document(held: Cohort, arms: Sequence[Arm]) -> dict[str, Any]:
    """The table of section 6: measures, visits, responders, efficacy; published arms; who was counted."""
    return {
        "programme": held.programme,
        "n": len(held.patients),
        "is_demo": held.is_demo,
        "design": "uncontrolled",
        "left_out": {"further_cases_of_a_patient": held.repeated, "demonstration": held.set_apart},
        "operated": sum(each.operated_on is not None for each in held.patients),
        "attendance": [_attendance(each) for each in attendance(held)],
        "measures": [_measure(each) for each in measured(held)],
        "comparators": [_arm(each) for each in arms],
    }


def _attendance(each: Any) -> dict[str, Any]:
    names = ("visit", "months", "due", "done", "off", "missed", "waived", "overdue", "not_due")
    return {name: getattr(each, name) for name in names}


def _measure(held: Measured) -> dict[str, Any]:
    scale = held.measure.scale
    return {
        "instrument": held.measure.id,
        "unit": held.measure.unit,
        "range": [scale.minimum, scale.maximum],
        "better": held.measure.better,
        "visits": [_visit(each) for each in held.at],
    }


def _visit(at: At) -> dict[str, Any]:
    return {
        "visit": at.visit,
        "n": at.n,
        "paired": at.paired,
        "missing": at.missing,
        "not_due": at.not_due,
        "operated": at.operated,
        "mean": at.mean.value,
        "mean_ci": _bounds(at.mean.interval),
        "median": at.median,
        "change": at.change.value,
        "ci": _bounds(at.change.interval),
        "change_why": at.change.why,
        "hodges_lehmann": at.hodges_lehmann.value,
        "hodges_lehmann_ci": _bounds(at.hodges_lehmann.interval),
        "wilcoxon": _check(at),
        "responders": [_responders(each) for each in at.responders],
        "efficacy": [{"formula": name, **_estimate(each)} for name, each in at.efficacy],
        "share_of_max": at.share_of_max,
        "share_why": at.share_why,
    }


def _check(at: At) -> dict[str, Any]:
    held = at.signed_ranks
    return {
        "n": held.n,
        "level": held.level,
        "least_possible": held.floor,
        "exact": held.level is not None and not held.inexact,
        "why": held.why or held.inexact,
    }


def _responders(held: Responders) -> dict[str, Any]:
    limit = held.limit
    return {
        "threshold": {"kind": limit.kind, "value": limit.value, "source": limit.source},
        "count": held.count,
        "of": held.share.n,
        "share": held.share.value,
        "ci": _bounds(held.share.interval),
    }


def _estimate(held: Estimate) -> dict[str, Any]:
    return {"value": held.value, "ci": _bounds(held.interval), "n": held.n, "method": held.method, "why": held.why}


def _bounds(interval: Bounds | None) -> list[float] | None:
    return list(interval) if interval else None


def _arm(arm: Arm) -> dict[str, Any]:
    names = ("id", "series", "arm", "design", "kind", "side", "n", "measure", "unit", "months", "statistic", "baseline",
             "follow_up", "change", "efficacy", "computed", "share_of_max", "percent", "count", "of_what", "finding",
             "note", "source", "status", "entered_by")  # fmt: skip
    return {name: getattr(arm, name) for name in names}
