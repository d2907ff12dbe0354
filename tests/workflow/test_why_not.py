"""Why not, for every state, step and role: what refuses was said before, and what nothing was said against succeeds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from compassionate.errors import Reason
from compassionate.paths import CURES
from compassionate.workflow import engine
from compassionate.workflow.facts import (
    Asker,
    AuthorisationFacts,
    BatchFacts,
    ConsentFacts,
    Facts,
    LineFacts,
    RequestFacts,
)
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role
from compassionate.workflow.table import Region, Transition
from tests.workflow.situations import EARLIER, ELIGIBILITY, LATER, PATHWAY, TODAY, holding

# What only the values of a dose can tell: it cannot be said before they are typed.
TOLD_BY_VALUES = {
    *("stock.unknown_batch", "stock.not_released", "stock.expired", "stock.too_few", "packs.exhausted"),
    *("identity.not_checked", "authorisation.later_than_dose", "authorisation.expired", "consent.after_dose"),
}
ME = "whoever asks"
YES = some.booleans()
ROWS = [(region, row, state) for region in PATHWAY.regions for row in region.transitions for state in row.sources]
NAMES = [(region, name) for region in PATHWAY.regions for name in dict.fromkeys(row.name for row in region.transitions)]


def days(before: int, after: int) -> some.SearchStrategy[date]:
    return some.integers(-before, after).map(lambda number: TODAY + timedelta(days=number))


AUTHORISATIONS = some.none() | some.builds(
    AuthorisationFacts, some.just(EARLIER), YES, some.sampled_from([None, LATER, EARLIER])
)
CONSENTS = some.lists(
    some.builds(
        ConsentFacts,
        some.just("use"),
        some.sampled_from(["not_started", "informed", "signed", "revoked"]),
        some.sampled_from([None, EARLIER, TODAY]),
        some.sampled_from([None, EARLIER, TODAY]),
    ),
    max_size=1,
)
LINES = some.lists(some.sampled_from([0, 5, 10]), min_size=1, max_size=2).map(
    lambda used: tuple(LineFacts(n, packs_granted=1, units_per_pack=10, units_used=u) for n, u in enumerate(used, 1))
)
BATCHES = some.lists(
    some.builds(
        BatchFacts,
        some.integers(1, 2),
        some.sampled_from(["A", "B"]),
        some.sampled_from([LATER, EARLIER]),
        some.sampled_from(["released", "in_quarantine", "recalled"]),
        some.integers(0, 3),
        some.integers(0, 2),
    ),
    max_size=3,
    unique_by=lambda batch: (batch.line, batch.batch),
).map(tuple)


@some.composite
def situations(draw: some.DrawFn) -> Facts:
    """A case in which anything may hold or not."""
    answered = {name: answer for name, answer in ELIGIBILITY.items() if draw(YES)}
    return holding(
        patient_identified=draw(YES),
        product_chosen=draw(YES),
        hospital_centre=draw(YES),
        eligibility=answered,
        unmet_criteria=draw(some.sampled_from([(), ("D02",)])),
        sponsor_willing=draw(YES),
        sponsor_agreement=draw(some.sampled_from(["not_needed", "not_asked", "asked", "given", "refused"])),
        committee=draw(some.sampled_from(["not_needed", "asked", "favourable", "unfavourable"])),
        request=RequestFacts(0, *(draw(YES) for _ in range(6))),
        contributors=frozenset(draw(some.sampled_from([(), (ME,)]))),
        case_state=draw(some.sampled_from(["submitted", "authorised", "in_treatment", "in_follow_up"])),
        authorisation=draw(AUTHORISATIONS),
        consents=tuple(draw(CONSENTS)),
        lines=draw(LINES),
        batches=draw(BATCHES),
        insurance_held=draw(YES),
        doses_given=draw(some.integers(0, 1)),
        contact_attempts=draw(some.integers(0, 4)),
        open_clocks=draw(some.sampled_from([(), ("K-RES",)])),
        appeal_settled=draw(YES),
        request_filed=draw(YES),
        reactions_open=draw(some.integers(0, 1)),
        units_unaccounted=draw(some.sampled_from([{}, {1: 2}])),
        visits_owed=draw(some.sampled_from([(), ("m3",)])),
        follow_up_forms_owed=draw(YES),
    )


def before_values(region: Region) -> dict[str, Any] | None:
    """What the page of a step knows before its form is filled in: the line that it is about, if any."""
    return {"line_number": 1} if region.instances == "per_line" else None


def doses(facts: Facts) -> Iterator[dict[str, Any]]:
    """Every dose of one unit that could be typed today."""
    ways = itertools.product(facts.batches, ("dispensing", "administration"), (False, True))
    for batch, act, dispensed in ways:
        yield {
            "act": act,
            "line": batch.line,
            "batch": batch.batch,
            "units": 1,
            "given_on": facts.today,
            "from_dispensed": dispensed,
            "identity_checked": True,
        }


def forms(row: Transition, region: Region, facts: Facts) -> Iterator[dict[str, Any]]:
    """The ways in which the form of a step may rightly be filled in, as far as its conditions read it."""
    if any(asked.name == "identity_checked" for asked in row.inputs):
        yield from doses(facts)
    else:
        yield {asked.name: None for asked in row.inputs} | (before_values(region) or {})


def is_whole(reason: Reason) -> bool:
    """Whether a reason says what it rests on, who can do something about it, and where: a page open to them."""
    page = CURES.get(reason.cure, "")
    of_case = page.startswith("/expedientes/") and Role(reason.who) in READERS
    of_house = (reason.cure, reason.who) in {("centre", Role.ADMINISTRATOR), ("delegations", Role.DIRECTOR)}
    return bool(reason.legal_basis) and (of_case or of_house)


@settings(max_examples=150, deadline=None)
@given(situations(), some.sampled_from(ROWS), some.sampled_from(list(Role)))
def test_every_reason_says_what_it_rests_on_who_acts_and_on_which_page(facts: Facts, place: Any, role: Role):
    region, row, state = place
    asked = engine.ask(region, row.name, state, facts, Asker(ME, frozenset({role})), before_values(region))
    assert [reason for reason in asked.reasons if not is_whole(reason)] == []


def test_from_any_other_state_too_for_every_step_and_role():
    for (region, name), role in itertools.product(NAMES, Role):
        for state in [each.id for each in region.states]:
            asked = engine.ask(region, name, state, holding(), Asker(ME, frozenset({role})), before_values(region))
            assert [reason for reason in asked.reasons if not is_whole(reason)] == [], (region.name, name, state, role)


@settings(max_examples=25, deadline=None)
@given(situations())
def test_what_nothing_was_said_against_succeeds_for_every_state_step_and_role(facts: Facts):
    for (region, row, state), role in itertools.product(ROWS, Role):
        asker = Asker(ME, frozenset({role}))
        before = engine.ask(region, row.name, state, facts, asker, before_values(region))
        if before.allowed:
            filled = (
                engine.ask(region, row.name, state, facts, asker, form) for form in forms(before.row, region, facts)
            )
            assert any(after.allowed for after in filled), (region.name, row.name, state, role)
            assert engine.fire(region, row.name, state, facts) == (state, before.target)


@settings(max_examples=25, deadline=None)
@given(situations())
def test_what_refuses_was_said_before_or_is_told_by_the_values_alone(facts: Facts):
    for (region, row, state), role in itertools.product(ROWS, Role):
        asker = Asker(ME, frozenset({role}))
        before = engine.ask(region, row.name, state, facts, asker, before_values(region))
        for form in forms(before.row, region, facts) if before.allowed else ():
            after = engine.ask(region, row.name, state, facts, asker, form)
            assert {reason.code for reason in after.reasons} <= TOLD_BY_VALUES, (row.name, state, form)
            assert all(is_whole(reason) for reason in after.reasons)


@settings(max_examples=300, deadline=None)
@given(LINES, BATCHES)
def test_a_dose_is_offered_exactly_where_one_can_be_given(lines: Any, batches: Any):
    facts = holding(lines=lines, batches=batches)
    asked = (PATHWAY.case, "record_dose", "in_treatment", facts, Asker(ME, frozenset({Role.PHYSICIAN})))
    possible = [form for form in doses(facts) if engine.ask(*asked, form).allowed]
    assert engine.ask(*asked).allowed == bool(possible)
