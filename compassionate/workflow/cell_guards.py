"""Why a step with the patient's own cells may not be taken: RDL 9/2014, RD 824/2010, Regulation (EC) 1394/2007.

A positive test of the donor never stops the patient's own cells (annex II 2.1): it labels them and warns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from compassionate.cells import shelf_life
from compassionate.errors import Reason
from compassionate.workflow.cells import SEROLOGY
from compassionate.workflow.facts import Asker, Facts
from compassionate.workflow.treatment import AUTHORISED_STATES

Values = Mapping[str, Any]
Reasons = tuple[Reason, ...]
Guard = Callable[[Facts, Asker | None, Values | None], Reasons]

CELL_GUARDS: dict[str, Guard] = {}
UNTAKEN = ("not_needed", "not_started", "donor_evaluation", "donation_consented", "procurement_scheduled")
OVER = (
    *("referred", "not_eligible", "denied", "deemed_withdrawn", "withdrawn", "revoked", "not_treated", "in_follow_up"),
    *("lost_to_follow_up", "deceased", "closed"),
)
PAGE = "cells"


def guard(function: Guard) -> Guard:
    """Register a guard of the cells under its own name."""
    CELL_GUARDS[function.__name__] = function
    return function


def _unless(holds: bool, code: str, basis: str, who: str, cure: str = PAGE, **params: Any) -> Reasons:
    return () if holds else (Reason(f"cells.{code}", basis, who, cure, params),)


@guard
def donation_consent_held(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The consent to the donation, a written one of its own, is signed and not revoked (RDL 9/2014 art. 7)."""
    held = any(consent.kind == "donation" and consent.state == "signed" for consent in facts.consents)
    return _unless(held, "donation_consent_missing", "RDL 9/2014 art. 7; Ley 41/2002 art. 8.3", "physician", "consent")


@guard
def procurement_permitted(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The agency authorised the use; before that, only with a clinical reason and who pays if it is denied."""
    if facts.case_state in OVER:
        return _unless(False, "case_over", "RD 1015/2009 art. 10.a", "physician", "case")
    if (facts.authorisation is not None and facts.case_state in AUTHORISED_STATES) or values is None:
        return ()
    explained = bool(values.get("early_reason")) and bool(values.get("payer_if_denied"))
    return _unless(explained, "before_authorisation", "RD 1015/2009 art. 10.a; norma interna", "physician")


@guard
def destination_told(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """What became of cells that had left for the hospital is told before others are taken (RDL 9/2014 art. 28.3)."""
    told = facts.cells.state != "destroyed" or not facts.cells.dispatched
    return _unless(told, "destination_owed", "RDL 9/2014 art. 28.3, 33.4", "pharmacist")


@guard
def no_identity_hold(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Nothing that was read contradicts what was expected, or somebody responsible has settled it (art. 33)."""
    expected, found = facts.cells.hold or ("", "")
    return _unless(facts.cells.hold is None, "identity_hold", "RDL 9/2014 art. 33; Reglamento (CE) 1394/2007 art. 15",
                   "responsible_person", expected=expected, found=found)  # fmt: skip


@guard
def identity_hold_stands(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """There is a hold to lift."""
    return _unless(facts.cells.hold is not None, "no_hold", "RDL 9/2014 art. 33", "responsible_person")


@guard
def serology_complete(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every test of annex III has a result, from a sample of the right days; which result never stops own cells."""
    basis, held = "RDL 9/2014 anexos II 2.1, III 1.1, 2.5", facts.cells
    missing = tuple(test for test in SEROLOGY if held.serology.get(test) not in ("negative", "positive"))
    problem = held.sample.problem
    return _unless(not missing, "serology_missing", basis, "physician", tests=missing) + _unless(
        not problem, problem, basis, "physician", drawn=held.sample.drawn_on, taken=held.sample.taken_on
    )


@guard
def temperature_accepted(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """What the journeys measured is within the specification, or the qualified person judged it fit (annex V)."""
    held = facts.cells.temperature
    code = "temperature_unfit" if held == "unfit" else "temperature_open"
    return _unless(not held, code, "RDL 9/2014 anexo V; especificación del programa", "qualified_person")


@guard
def temperature_to_judge(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """There is a temperature to judge."""
    return _unless(facts.cells.temperature == "open", "no_excursion", "RDL 9/2014 anexo V", "qualified_person")


@guard
def tests_passed(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every test that stops a release has passed; only one whose result may follow is waited for (RD 824/2010)."""
    basis, held = "RD 824/2010 art. 15-18; especificación del programa", facts.cells
    return _unless(not held.tests_failed, "tests_failed", basis, "qualified_person", tests=held.tests_failed) + _unless(
        not held.tests_missing, "tests_missing", basis, "cell_unit", tests=held.tests_missing
    )


@guard
def released_by_another(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Who releases typed none of the results and is not who accepted the cells (RD 824/2010; RD 311/2022 op.acc.3)."""
    basis = "RD 824/2010 art. 15-18; RD 311/2022 op.acc.3"
    who = asker.account_id if asker else ""
    own = _unless(not who or who not in facts.cells.testers, "own_tests", basis, "qualified_person")
    return own + _unless(not who or who != facts.cells.accepted_by, "same_person_accepted", basis, "qualified_person")


def _instant(facts: Facts, values: Values | None) -> datetime | None:
    """When the thing asked about happens: what was typed, else now."""
    given = next((values[name] for name in ("given_at", "arrived_at", "left_at") if values and values.get(name)), None)
    return given if isinstance(given, datetime) else facts.cells.now


@guard
def cells_not_expired(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The shelf life, in hours, is not over at that instant (RDLeg 1/2015 art. 111; programme's specification)."""
    end, at = facts.cells.expires_at, _instant(facts, values)
    fresh = end is not None and at is not None and not shelf_life.is_expired(end, at)
    return _unless(fresh, "expired", "RDLeg 1/2015 art. 111; especificación del programa", "qualified_person", at=end)


@guard
def first_check_due(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Nobody has compared patient and product yet."""
    return _unless(not facts.cells.first_checker, "first_check_done", "RDL 9/2014 art. 33", "nurse")


@guard
def second_check_due(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """One person has compared patient and product."""
    return _unless(bool(facts.cells.first_checker), "first_check_owed", "RDL 9/2014 art. 33", "nurse")


@guard
def checker_is_another(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The second of the two who compare patient and product is another person than the first."""
    other = asker is None or asker.account_id != facts.cells.first_checker
    return _unless(other, "same_checker", "RDL 9/2014 art. 33; norma interna", "nurse")


@guard
def cells_dose_recorded(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The implant is in the record of the treatment: with it the cells move on by themselves."""
    return _unless(facts.cells.dose_recorded, "dose_owed", "RD 1015/2009 art. 11.2", "physician", "treatment")


@guard
def late_results_known(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every result that could follow the release has come."""
    held = facts.cells.tests_chased
    return _unless(not held, "results_owed", "Especificación del programa", "cell_unit", tests=held)


@guard
def cells_released(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Whoever is given cells is given their own: released, verified by two, in time, nothing on hold.

    Asked at every dose of a case that works with cells (Regulation (EC) 1394/2007 art. 15; RDL 9/2014 art. 33).
    """
    if not facts.cells.needed:
        return ()
    place = {"state": facts.cells.state, "region": "cells"}
    basis = "RDL 9/2014 art. 33; Reglamento (CE) 1394/2007 art. 15"
    verified = _unless(facts.cells.state == "identity_verified", "not_verified", basis, "nurse", **place)
    always = no_identity_hold(facts, asker, values) + temperature_accepted(facts, asker, values)
    late = tuple(reason for reason in tests_passed(facts, asker, values) if reason.code == "cells.tests_failed")
    return verified + always + late + cells_not_expired(facts, asker, values) + _the_same(facts, values)


def _the_same(facts: Facts, values: Values | None) -> Reasons:
    """What a dose names is what two people compared, at an instant after they did."""
    if values is None or "batch" not in values:
        return ()
    held, basis = facts.cells, "RDL 9/2014 art. 33; RD 1015/2009 art. 11.2"
    same = (values.get("line"), values.get("batch")) == (held.line, held.batch)
    at = values.get("given_at")
    since = held.verified_at.replace(second=0, microsecond=0) if held.verified_at else None  # pages give minutes
    after = isinstance(at, datetime) and since is not None and at >= since
    return (
        _unless(same, "other_batch", basis, "physician", expected=held.batch, found=values.get("batch"))
        + _unless(isinstance(at, datetime), "time_missing", basis, "physician")
        + _unless(after or not isinstance(at, datetime), "before_check", basis, "physician", at=held.verified_at)
    )


@guard
def cells_accounted(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """What became of every cell that was taken is known, and told where it is owed (RDL 9/2014 art. 28.3, 33.4)."""
    held = facts.cells
    settled = held.state in (*UNTAKEN, "destination_reported") or (held.state == "destroyed" and not held.dispatched)
    return _unless(settled, "unaccounted", "RDL 9/2014 art. 28.3, 33.4", "pharmacist", state=held.state, region="cells")
