"""The treatment gate: no dose without authorisation, written consent, released stock, packs, identity and insurance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from compassionate.workflow import engine
from compassionate.workflow.facts import AuthorisationFacts, BatchFacts, ConsentFacts, Facts, LineFacts
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.request_part import AGENCY, PREPARATION
from tests.workflow.published_table import STATES
from tests.workflow.situations import DOSE, EARLIER, EVERYTHING_HOLDS, LATER, PATHWAY, TODAY, asker, holding

gate = GUARDS["treatment_gate"]
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
GATED = [("start_treatment", "authorised"), ("record_dose", "in_treatment"), ("resume_treatment", "interrupted")]


def codes(facts: Facts, values: dict[str, Any] | None = None) -> list[str]:
    return [reason.code for reason in gate(facts, None, values)]


def batch(**changed: Any) -> tuple[BatchFacts, ...]:
    return (replace(EVERYTHING_HOLDS.batches[0], **changed),)


def consent(**changed: Any) -> tuple[ConsentFacts, ...]:
    return (replace(EVERYTHING_HOLDS.consents[0], **changed),)


def test_a_dose_passes_when_everything_holds():
    assert codes(EVERYTHING_HOLDS) == []
    assert codes(EVERYTHING_HOLDS, DOSE) == []


# Authorisation.


@pytest.mark.parametrize("state", sorted(set(STATES) - {"authorised", "in_treatment", "interrupted"}))
def test_no_other_state_of_the_case_permits_a_dose(state: str):
    assert codes(holding(case_state=state), DOSE) == ["authorisation.missing"]


def test_without_a_decision_there_is_no_dose_however_long_the_agency_is_silent():
    assert codes(holding(authorisation=None), DOSE) == ["authorisation.missing"]


def test_a_telephone_call_permits_no_dose():
    by_telephone = AuthorisationFacts(EARLIER, written=False)
    assert codes(holding(authorisation=by_telephone), DOSE) == ["authorisation.only_by_telephone"]


def test_no_dose_is_earlier_than_the_decision():
    facts = holding(authorisation=AuthorisationFacts(TODAY, written=True))
    assert codes(facts, DOSE) == []
    assert codes(facts, DOSE | {"given_on": YESTERDAY}) == ["authorisation.later_than_dose"]


def test_an_authorisation_serves_until_its_last_day():
    last_day = holding(authorisation=AuthorisationFacts(EARLIER, True, TODAY))
    assert codes(last_day) == []
    over = holding(authorisation=AuthorisationFacts(EARLIER, True, YESTERDAY))
    assert codes(over) == ["authorisation.expired"]
    assert codes(over, DOSE | {"given_on": YESTERDAY}) == []
    assert gate(over, None, None)[0].params == {"on": YESTERDAY}


# Consent.


def test_each_kind_of_consent_that_the_programme_asks_for_is_needed():
    facts = holding(consents_required=("use", "donation", "implantation"))
    reasons = gate(facts, None, DOSE)
    assert [(reason.code, reason.params["kind"]) for reason in reasons] == [
        ("consent.missing", "donation"),
        ("consent.missing", "implantation"),
    ]


@pytest.mark.parametrize("state", ["not_started", "informed", "superseded"])
def test_a_consent_that_is_not_signed_in_its_present_version_is_missing(state: str):
    assert codes(holding(consents=consent(state=state)), DOSE) == ["consent.missing"]


@pytest.mark.parametrize("state", ["refused", "revoked"])
def test_a_consent_refused_or_revoked_stops_the_doses(state: str):
    assert codes(holding(consents=consent(state=state)), DOSE) == ["consent.revoked"]


def test_a_signature_without_a_date_is_none():
    assert codes(holding(consents=consent(signed_on=None)), DOSE) == ["consent.missing"]


def test_a_signature_comes_after_the_information():
    assert codes(holding(consents=consent(informed_on=None)), DOSE) == ["consent.before_information"]
    assert codes(holding(consents=consent(informed_on=TODAY)), DOSE) == ["consent.before_information"]


def test_a_signature_comes_before_the_dose():
    facts = holding(consents=consent(signed_on=TODAY))
    assert codes(facts, DOSE) == []
    assert codes(facts, DOSE | {"given_on": YESTERDAY}) == ["consent.after_dose"]


@pytest.mark.parametrize(("step", "state"), GATED)
def test_consent_guards_every_dose(step: str, state: str):
    for held in ((), consent(state="informed"), consent(state="revoked"), consent(state="superseded")):
        facts = holding(consents=held, case_state=state)
        answer = engine.ask(PATHWAY.case, step, state, facts, asker("physician"), DOSE)
        assert any(reason.code.startswith("consent.") for reason in answer.reasons)


@pytest.mark.parametrize("row", PREPARATION + AGENCY, ids=lambda row: row.name)
def test_consent_never_guards_the_request(row: Any):
    for held in ((), consent(state="revoked")):
        facts = holding(consents=held, consents_required=("use", "donation"))
        assert engine.ask(PATHWAY.case, row.name, row.sources[0], facts, asker(*row.roles)).allowed


# Stock.


@pytest.mark.parametrize("status", ["in_quarantine", "rejected"])
def test_only_a_released_batch_is_given(status: str):
    facts = holding(batches=batch(status=status))
    assert codes(facts) == ["stock.none_released"]
    assert codes(facts, DOSE) == ["stock.not_released"]


def test_a_recalled_batch_is_not_given_and_the_reason_says_that_it_was_recalled():
    in_the_pharmacy = holding(batches=batch(status="recalled"))
    at_home = holding(batches=batch(status="recalled", units_left=0, dispensed_left=5))
    assert codes(in_the_pharmacy) == codes(in_the_pharmacy, DOSE) == ["stock.recalled"]
    assert codes(at_home) == codes(at_home, DOSE | {"from_dispensed": True}) == ["stock.recalled"]


def test_a_batch_serves_until_the_day_of_its_expiry():
    assert codes(holding(batches=batch(expires_on=TODAY)), DOSE) == []
    assert codes(holding(batches=batch(expires_on=YESTERDAY)), DOSE) == ["stock.expired"]
    assert codes(holding(batches=batch(expires_on=YESTERDAY))) == ["stock.none_released"]


def test_no_more_is_given_than_the_batch_holds():
    assert codes(holding(batches=batch(units_left=2)), DOSE) == []
    assert codes(holding(batches=batch(units_left=1)), DOSE) == ["stock.too_few"]
    assert codes(holding(batches=batch(units_left=0))) == ["stock.none_released"]


def test_a_batch_of_another_line_or_another_name_is_unknown():
    assert codes(EVERYTHING_HOLDS, DOSE | {"batch": "L9"}) == ["stock.unknown_batch"]
    two_lines = holding(lines=(*EVERYTHING_HOLDS.lines, LineFacts(2, packs_granted=1, units_per_pack=10)))
    assert codes(two_lines, DOSE | {"line": 2}) == ["stock.unknown_batch"]


# Units dispensed before.


def test_units_dispensed_before_are_given_without_counting_them_again():
    facts = holding(
        batches=batch(units_left=0, dispensed_left=5),
        lines=(LineFacts(1, packs_granted=1, units_per_pack=5, units_used=5),),
    )
    assert codes(facts) == []
    assert codes(facts, DOSE | {"from_dispensed": True}) == []
    assert codes(facts, DOSE | {"from_dispensed": True, "units": 6}) == ["stock.too_few"]
    assert codes(facts, DOSE) == ["stock.too_few", "packs.exhausted"]


def test_a_dispensing_never_counts_as_dispensed_before():
    facts = holding(
        batches=batch(status="in_quarantine", units_left=9, dispensed_left=5),
        lines=(LineFacts(1, packs_granted=1, units_per_pack=5, units_used=5),),
    )
    again = DOSE | {"act": "dispensing", "from_dispensed": True}
    assert codes(facts, again) == ["stock.not_released", "packs.exhausted"]


def test_units_at_home_of_a_batch_that_was_rejected_are_not_given():
    facts = holding(batches=batch(status="rejected", units_left=0, dispensed_left=5))
    assert codes(facts) == ["stock.none_released"]
    assert codes(facts, DOSE | {"from_dispensed": True}) == ["stock.not_released"]


def test_a_new_delivery_of_a_batch_in_quarantine_does_not_stop_what_was_dispensed_of_it():
    facts = holding(batches=batch(status="in_quarantine", dispensed_left=5))
    assert codes(facts, DOSE | {"from_dispensed": True}) == []


# Packs.


def test_no_more_is_given_than_the_packs_granted_of_that_line():
    facts = holding(lines=(LineFacts(1, packs_granted=1, units_per_pack=10, units_used=9),))
    assert codes(facts) == []
    assert codes(facts, DOSE) == ["packs.exhausted"]
    assert codes(facts, DOSE | {"units": 1}) == []


def test_packs_of_one_line_do_not_serve_another():
    lines = (LineFacts(1), LineFacts(2, packs_granted=9, units_per_pack=10))
    facts = holding(lines=lines)
    assert codes(facts) == ["stock.none_released"]  # its batch is of the line without packs
    assert codes(facts, DOSE) == ["packs.exhausted"]


def test_a_line_that_the_case_lacks_has_no_packs():
    assert codes(EVERYTHING_HOLDS, DOSE | {"line": 7}) == ["stock.unknown_batch", "packs.exhausted"]


def test_once_all_is_used_nothing_can_be_given():
    used_up = holding(lines=(LineFacts(1, packs_granted=1, units_per_pack=10, units_used=10),))
    assert codes(used_up) == ["packs.exhausted"]


# Identity and insurance.


def test_the_identity_is_checked_at_every_dose_and_not_asked_when_resuming():
    assert codes(EVERYTHING_HOLDS, DOSE | {"identity_checked": False}) == ["identity.not_checked"]
    assert codes(EVERYTHING_HOLDS, {"note": None}) == []


def test_a_private_centre_without_cover_gives_nothing():
    assert codes(holding(insurance_held=False), DOSE) == ["insurance.missing"]


# The whole gate, restated.

days = st.dates(min_value=TODAY - timedelta(days=4), max_value=TODAY + timedelta(days=4))
maybe_days = st.none() | days
few = st.integers(min_value=0, max_value=4)
authorisations = st.builds(AuthorisationFacts, days, st.booleans(), maybe_days)
consent_states = st.sampled_from(
    ["not_started", "informed", "signed", "signed", "signed", "refused", "revoked", "superseded"]
)
kinds = st.sampled_from(["use", "donation", "implantation"])
consents = st.lists(
    st.builds(ConsentFacts, kinds, consent_states, maybe_days, maybe_days), max_size=3, unique_by=lambda held: held.kind
)
statuses = st.sampled_from(["released", "released", "in_quarantine", "rejected", "recalled"])
batches = st.lists(
    st.builds(BatchFacts, st.sampled_from([1, 2]), st.sampled_from(["L1", "L2"]), days, statuses, few, few),
    max_size=3,
    unique_by=lambda held: (held.line, held.batch),
)
lines = st.lists(
    st.builds(LineFacts, st.sampled_from([1, 2]), few, few, st.sampled_from([1, 3]), few),
    max_size=2,
    unique_by=lambda line: line.number,
)
case_states = st.sampled_from(["authorised", "in_treatment", "interrupted", "suspended", "revoked", "submitted"])
situations = st.builds(
    Facts,
    today=st.just(TODAY),
    case_state=case_states,
    authorisation=st.none() | authorisations,
    consents_required=st.sampled_from([("use",), ("use", "donation")]),
    consents=consents.map(tuple),
    lines=lines.map(tuple),
    batches=batches.map(tuple),
    insurance_held=st.booleans(),
)
doses = st.fixed_dictionaries(
    {
        "act": st.sampled_from(["dispensing", "administration"]),
        "line": st.sampled_from([1, 2]),
        "batch": st.sampled_from(["L1", "L2"]),
        "units": st.integers(min_value=1, max_value=3),
        "given_on": days,
        "from_dispensed": st.booleans(),
        "identity_checked": st.sampled_from([True, True, False]),
    }
)


def authorised(facts: Facts, day: date) -> bool:
    """In writing, of this case, decided by that day, not ended before it, not suspended."""
    held = facts.authorisation
    if held is None or not held.written or facts.case_state not in {"authorised", "in_treatment", "interrupted"}:
        return False
    return held.decided_on <= day <= (held.valid_until or date.max)


def consented(facts: Facts, day: date) -> bool:
    """Every kind asked for is signed now, after the information and by that day."""
    held = {
        each.kind
        for each in facts.consents
        if each.state == "signed" and each.informed_on and each.signed_on and each.informed_on <= each.signed_on <= day
    }
    return held >= set(facts.consents_required)


def supplied(facts: Facts, dose: dict[str, Any]) -> bool:
    """The batch of that line is good on that day and enough of it is there, within the packs granted."""
    wanted = [each for each in facts.batches if each.line == dose["line"] and each.batch == dose["batch"]]
    good = [
        each for each in wanted if each.expires_on >= dose["given_on"] and each.status not in ("rejected", "recalled")
    ]
    if dose["from_dispensed"] and dose["act"] == "administration":
        return any(each.dispensed_left >= dose["units"] for each in good)
    stocked = any(each.status == "released" and each.units_left >= dose["units"] for each in good)
    granted = {line.number: line.packs_granted * line.units_per_pack - line.units_used for line in facts.lines}
    return stocked and granted.get(dose["line"], 0) >= dose["units"]


@given(facts=situations, dose=doses)
def test_the_gate_opens_exactly_when_every_condition_holds(facts: Facts, dose: dict[str, Any]):
    day = dose["given_on"]
    expected = (
        authorised(facts, day)
        and consented(facts, day)
        and supplied(facts, dose)
        and dose["identity_checked"]
        and facts.insurance_held
    )
    event(f"opens: {expected}")
    assert (gate(facts, None, dose) == ()) is expected


ALMOST = {
    "authorisation": st.none() | authorisations,
    "consents": consents.map(tuple),
    "batches": batches.map(tuple),
    "lines": lines.map(tuple),
    "insurance_held": st.booleans(),
    "case_state": case_states,
}


@given(
    changed=st.sampled_from(sorted(ALMOST)).flatmap(lambda name: st.fixed_dictionaries({name: ALMOST[name]})),
    dose=doses,
)
def test_the_gate_opens_for_a_good_case_with_one_part_changed_exactly_when_it_should(
    changed: dict[str, Any], dose: dict[str, Any]
):
    facts, day = holding(**changed), dose["given_on"]
    expected = authorised(facts, day) and consented(facts, day) and supplied(facts, dose) and facts.insurance_held
    assert (gate(facts, None, dose) == ()) is (expected and dose["identity_checked"])


@given(facts=situations)
def test_what_is_refused_before_the_form_could_not_have_been_taken_with_any_dose_of_today(facts: Facts):
    if gate(facts, None, None):
        for line in (1, 2):
            for name in ("L1", "L2"):
                for dispensed in (False, True):
                    dose = DOSE | {"line": line, "batch": name, "units": 1, "from_dispensed": dispensed}
                    assert gate(facts, None, dose)


rows = st.sampled_from([(region, row.name) for region in PATHWAY.regions for row in region.transitions])
askers = st.none() | st.sampled_from(["physician", "pharmacist", "director", "regulatory_officer", "nurse"]).map(asker)
loose_values = (
    st.none()
    | doses
    | st.dictionaries(
        st.sampled_from([*DOSE, "line_number", "note"]),
        st.none() | st.booleans() | st.text(max_size=3) | st.integers(0, 3),
    )
)


@given(where=rows, facts=situations, who=askers, values=loose_values, pick=st.integers(0, 40))
def test_asking_never_falls_over(where: Any, facts: Facts, who: Any, values: Any, pick: int):
    region, name = where
    states = ["none", *(state.id for state in region.states)]
    answer = engine.ask(region, name, states[pick % len(states)], facts, who, values)
    assert answer.allowed is (answer.reasons == ())


def test_the_dates_of_these_tests_are_in_order():
    assert EARLIER < YESTERDAY < TODAY < TOMORROW < LATER
