"""Programmes: the use of one kind of product, as versioned data that a hospital may add to without code."""

from compassionate.programmes.model import (
    CellSpecification,
    Comparator,
    Criterion,
    Measure,
    PlannedVisit,
    Primary,
    Programme,
    ReleaseTest,
    Schedule,
    Threshold,
)
from compassionate.programmes.reading import ProgrammeRefused, published, read_programme

__all__ = [
    "CellSpecification",
    "Comparator",
    "Criterion",
    "Measure",
    "PlannedVisit",
    "Primary",
    "Programme",
    "ProgrammeRefused",
    "ReleaseTest",
    "Schedule",
    "Threshold",
    "published",
    "read_programme",
]
