"""What guards may ask about the patient's own cells, and when a donor's sample may be relied on.

Facts of the newest attempt. A case whose programme works without cells has `CellFacts()`: nothing is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

SAMPLE_DAYS, BANKED_BEFORE, BANKED_AFTER, SECOND_AFTER = 7, 7, 30, 180
NEEDED_NOT = "not_needed"


@dataclass(frozen=True, slots=True)
class Sample:
    """The donor's sample: its day, the day of the taking, what may stand for the rule (RDL 9/2014 annex III 2.5)."""

    drawn_on: date | None = None
    taken_on: date | None = None
    banked: bool = False
    nat: bool = False
    repeated_on: date | None = None
    exception: bool = False

    @property
    def problem(self) -> str:
        """Why the sample may not be relied on; empty where it may.

        On the day of the taking or within seven days after it; where cells are kept long, from seven days before to
        thirty after, and again after 180 days unless the test was by NAT. For progenitors of the marrow a reason that
        was written down stands for the days, never for the results.
        """
        if self.drawn_on is None:
            return "sample_missing"
        if self.taken_on is None:
            return ""
        before, after = (BANKED_BEFORE, BANKED_AFTER) if self.banked else (0, SAMPLE_DAYS)
        away = (self.drawn_on - self.taken_on).days
        if not -before <= away <= after and not self.exception:
            return "sample_outside"
        if self.banked and not self.nat and not self._repeated():
            return "second_sample_missing"
        return ""

    def _repeated(self) -> bool:
        assert self.taken_on is not None
        return self.repeated_on is not None and self.repeated_on >= self.taken_on + timedelta(days=SECOND_AFTER)


@dataclass(frozen=True, slots=True)
class CellFacts:
    """Where the cells of a case stand; `testers`, `accepted_by` and `first_checker` are ids of accounts that acted.

    `hold` names both sides of a mismatch that stands: what was expected, what was found. `temperature` is empty,
    `open` (outside the specification, or none given, and not judged yet) or `unfit`.
    """

    state: str = NEEDED_NOT
    attempt: int = 0
    now: datetime | None = None
    serology: Mapping[str, str] = field(default_factory=dict)
    sample: Sample = Sample()
    hold: tuple[str, str] | None = None
    temperature: str = ""
    batch: str = ""
    line: int = 0
    expires_at: datetime | None = None
    verified_at: datetime | None = None
    first_checker: str = ""
    accepted_by: str = ""
    testers: frozenset[str] = frozenset()
    tests_missing: tuple[str, ...] = ()
    tests_failed: tuple[str, ...] = ()
    tests_chased: tuple[str, ...] = ()
    dose_recorded: bool = False
    dispatched: bool = False
    banked: bool = False

    @property
    def needed(self) -> bool:
        """Whether the case works with cells at all."""
        return self.state != NEEDED_NOT


NO_CELLS = CellFacts()
