"""Whatever people try, in any order: nobody is given cells that are held, expired, unreleased or another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from compassionate.workflow import engine
from compassionate.workflow.cell_facts import CellFacts
from compassionate.workflow.cells import CELLS
from compassionate.workflow.facts import Asker
from compassionate.workflow.roles import Role
from tests.workflow.situations import DOSE, NOW, PATHWAY, WITH_CELLS

PEOPLE = {f"{role.value}-{number}": role for role in Role for number in (1, 2)}
STEPS = sorted({row.name for row in CELLS.transitions})
ACTS = some.tuples(some.sampled_from([*STEPS, "dose", "dose"]), some.sampled_from(sorted(PEOPLE)), some.booleans())


class Course:
    """One batch as rules alone move it: what is recorded of it is kept by hand, independently of the services."""

    def __init__(self) -> None:
        self.state, self.at, self.held, self.released = "not_started", NOW, False, False
        self.checkers: list[str] = []
        self.testers: set[str] = set()
        self.accepted = self.released_by = ""
        self.expires: datetime | None = None
        self.temperature, self.failed = "", False
        self.implants: list[str] = []

    def facts(self) -> CellFacts:
        """What guards are told."""
        return replace(
            WITH_CELLS.cells, state=self.state, now=self.at, hold=("A", "B") if self.held else None,
            expires_at=self.expires, verified_at=self.at if len(self.checkers) > 1 else None,
            first_checker=self.checkers[0] if self.checkers else "", accepted_by=self.accepted,
            testers=frozenset(self.testers), temperature=self.temperature, dose_recorded=bool(self.implants),
            tests_failed=("R07",) if self.failed else (),
        )  # fmt: skip

    def act(self, name: str, who: str, odd: bool) -> None:
        """Somebody tries something; `odd`: what they read is another's, what they type is wrong, or time has passed."""
        self.at += timedelta(hours=30 if odd and name in ("dose", "finish_culture") else 1)
        asker, facts = Asker(who, frozenset({PEOPLE[who]})), replace(WITH_CELLS, cells=self.facts())
        if name == "dose":
            return self._dose(asker, facts, who, odd)
        reads = {"given_at": self.at, "arrived_at": self.at, "left_at": self.at, "early_reason": "x"}
        if not engine.ask(CELLS, name, self.state, facts, asker, reads).allowed:
            return None
        if odd and name in ("check_cells_identity", "receive_cells", "dispatch_cells", "receive_cells_at_hospital"):
            self.held, self.checkers = True, []
            return None
        self.state = engine.fire(CELLS, name, self.state, facts)[1]
        return self._keep(name, who, odd)

    def _dose(self, asker: Asker, facts: object, who: str, odd: bool) -> None:
        values = DOSE | {"given_at": self.at, "batch": "L1" if not odd else "L2"}
        row = engine.ask(PATHWAY.case, "record_dose", "in_treatment", facts, asker, values)
        if row.allowed:
            assert not odd, "another's batch was given"
            assert self.released
            assert (self.held, self.failed, self.temperature) == (False, False, "")
            assert self.at < (self.expires or self.at - timedelta(1))
            assert len(set(self.checkers)) == 2
            assert self.released_by not in self.testers | {self.accepted}
            self.implants.append(who)
            self.state = "applied"

    def _keep(self, name: str, who: str, odd: bool) -> None:
        if name == "hold_cells":
            self.held, self.checkers = True, self.checkers if len(self.checkers) > 1 else []
        elif name == "lift_identity_hold":
            self.held = False
        elif name == "judge_temperature":
            self.temperature = "unfit" if odd else ""
        elif name in ("receive_cells", "receive_cells_at_hospital"):
            self.temperature = self.temperature or ("open" if who.endswith("2") else "")
        elif name == "record_cell_test":
            self.testers.add(who)
            self.failed = self.failed or (odd and who.endswith("2"))
        elif name == "accept_cells":
            self.accepted = who
        elif name == "release_cells":
            self.released, self.released_by, self.expires = True, who, self.at + timedelta(hours=24)
        elif name == "check_cells_identity":
            self.checkers.append(who)
        elif name == "schedule_procurement":
            self.__dict__.update(Course().__dict__ | {"state": self.state, "at": self.at, "implants": self.implants})


USUAL = (
    ("start_donor_evaluation", "physician-1"), ("confirm_donation", "physician-1"),
    ("schedule_procurement", "physician-1"), ("record_procurement", "physician-1"), ("receive_cells", "cell_unit-1"),
    ("accept_cells", "responsible_person-1"), ("start_culture", "cell_unit-1"), ("finish_culture", "cell_unit-1"),
    ("record_cell_test", "cell_unit-1"), ("release_cells", "qualified_person-1"), ("dispatch_cells", "cell_unit-1"),
    ("receive_cells_at_hospital", "pharmacist-1"), ("check_cells_identity", "nurse-1"),
    ("check_cells_identity", "nurse-2"),
)  # fmt: skip


def test_the_usual_way_ends_in_an_implant():
    course = Course()
    for name, who in (*USUAL, ("dose", "physician-1")):
        course.act(name, who, False)
    assert course.implants == ["physician-1"]


@settings(max_examples=150, deadline=None)
@given(some.integers(0, len(USUAL)), some.lists(ACTS, max_size=12), some.integers(0, len(USUAL)))
def test_no_order_of_acts_gives_cells_that_are_not_to_be_given(begun: int, between: list, onwards: int):
    course = Course()
    for name, who in USUAL[:begun]:
        course.act(name, who, False)
    for name, who, odd in between:
        course.act(name, who, odd)
    for name, who in (*USUAL[onwards:], ("dose", "physician-1")):
        course.act(name, who, False)


LATE = some.sampled_from(
    [
        ("hold_cells", "nurse-1", False),
        ("lift_identity_hold", "responsible_person-1", False),
        ("record_cell_test", "cell_unit-2", True),
        ("record_cell_test", "cell_unit-1", False),
        ("record_cells_not_applied", "physician-1", False),
    ]
)


@settings(max_examples=60, deadline=None)
@given(some.lists(LATE, min_size=1, max_size=3))
def test_what_happens_at_the_bedside_still_stops_the_implant(late: list):
    course = Course()
    for name, who in USUAL:
        course.act(name, who, False)
    for name, who, odd in late:
        course.act(name, who, odd)
    course.act("dose", "physician-1", False)
