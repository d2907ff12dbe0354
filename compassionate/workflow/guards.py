"""The conditions of the law, each a function that returns every reason why not; empty means yes.

The page asks *why not* of the same function that refuses. Articles without a norm are of RD 1015/2009.
A guard reads facts, who asks and, where the step was filled in, its values (None while only asking).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from compassionate.errors import Reason
from compassionate.workflow.cell_guards import CELL_GUARDS
from compassionate.workflow.facts import Asker, BatchFacts, Facts
from compassionate.workflow.treatment import STOPPED, TREATMENT_GATE

Values = Mapping[str, Any]
Reasons = tuple[Reason, ...]
Guard = Callable[[Facts, Asker | None, Values | None], Reasons]

GUARDS: dict[str, Guard] = dict(CELL_GUARDS)
# There is nothing yet, or nothing any more, that a step could be taken with: its time has not come.
NOTHING_TO_MOVE = frozenset(
    {"supply.no_batch", "supply.none_in_quarantine", "supply.none_to_reject", "supply.none_left"}
)
DISEASE_CLASSES = ("chronic", "severely_debilitating", "life_threatening")


def guard(function: Guard) -> Guard:
    """Register a guard under its own name, the name that tables use."""
    GUARDS[function.__name__] = function
    return function


def _holds(fact: bool, reason: Reason) -> Reasons:
    return () if fact else (reason,)


@guard
def patient_identified(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The patient has a name, a birth date and at least one identifier."""
    return _holds(
        facts.patient_identified, Reason("patient.not_identified", "Ley 41/2002 art. 16", "pharmacist", "patient")
    )


@guard
def product_chosen(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The medicine and at least one of its lines are chosen."""
    return _holds(facts.product_chosen, Reason("product.not_chosen", "RD 1015/2009 art. 8.1", "pharmacist", "product"))


@guard
def hospital_centre(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Compassionate use is confined to hospitals (preamble of RD 1015/2009)."""
    return _holds(
        facts.hospital_centre, Reason("centre.not_hospital", "RD 1015/2009 preámbulo", "administrator", "centre")
    )


@guard
def disease_qualifies(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Chronic, severely debilitating or life-threatening disease, with its reason (art. 2.1)."""
    held = facts.eligibility.get("disease_class") in DISEASE_CLASSES
    reasons = _holds(held, Reason("eligibility.disease_class", "RD 1015/2009 art. 2.1", "physician", "eligibility"))
    unmet = (
        Reason(
            "eligibility.criterion_unmet",
            "Protocolo del programa",
            "physician",
            "criteria",
            {"criteria": facts.unmet_criteria},
        ),
    )
    return reasons + (unmet if facts.unmet_criteria else ())


# What another route asks to be done, so that nobody is stopped without knowing where to go.
OTHER_ROUTES = {
    "tissue_law": Reason("eligibility.route_tissue_law", "RDL 9/2014 art. 1", "physician", "classification"),
    "hospital_exemption": Reason("eligibility.route_hospital_exemption", "RD 477/2014", "physician", "classification"),
    "single_patient": Reason("eligibility.route_single_patient", "RD 477/2014 art. 14", "physician", "classification"),
    "trial": Reason("eligibility.route_trial", "RD 1015/2009 art. 1.2", "physician", "classification"),
}


@guard
def route_fits(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The classification of the product, where it was done, does not lead to another route (art. 2.1; RD 477/2014)."""
    other = OTHER_ROUTES.get(facts.route)
    return (other,) if other else ()


@guard
def alternatives_documented(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """No satisfactory authorised medicine, with a written reason for each alternative (art. 2.1, 8.1.a)."""
    written = [row for row in facts.eligibility.get("alternatives") or () if row.get("reason")]
    reasons = _holds(
        bool(written), Reason("eligibility.alternatives", "RD 1015/2009 art. 8.1.a", "physician", "eligibility")
    )
    excluded = facts.eligibility.get("satisfactory_alternative_exists") is False
    return reasons + _holds(
        excluded, Reason("eligibility.alternative_exists", "RD 1015/2009 art. 2.1", "physician", "eligibility")
    )


@guard
def product_under_investigation(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The product is in clinical trials or under application; a trial number is never demanded (art. 2.1)."""
    held = facts.eligibility.get("trial_status") in ("trial_ongoing", "ma_applied")
    return _holds(
        held, Reason("eligibility.not_under_investigation", "RD 1015/2009 art. 2.1", "physician", "eligibility")
    )


@guard
def trial_reasons_given(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Why this patient cannot enter a trial is written; an open trial never refuses by itself (art. 8.1.a)."""
    held = bool(facts.eligibility.get("trial_exclusion_reasons"))
    return _holds(held, Reason("eligibility.trial_reasons", "RD 1015/2009 art. 8.1.a", "physician", "eligibility"))


@guard
def purpose_is_care(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The aim is care; an investigation is a clinical trial (art. 1.2)."""
    held = facts.eligibility.get("purpose_is_care") is True
    return _holds(held, Reason("eligibility.purpose", "RD 1015/2009 art. 1.2", "physician", "eligibility"))


@guard
def clinical_report_signed(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The responsible physician signed the clinical report as it stands (art. 8.1.a, 11.1.a)."""
    return _holds(
        facts.request.report_signed,
        Reason("report.not_signed", "RD 1015/2009 art. 8.1.a, 11.1.a", "physician", "report"),
    )


@guard
def posology_and_duration_stated(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Posology and expected duration are stated (art. 8.1.a, 11.1.a)."""
    return _holds(
        facts.request.posology_stated,
        Reason("posology.missing", "RD 1015/2009 art. 8.1.a, 11.1.a", "physician", "posology"),
    )


@guard
def packs_calculated(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The number of packs is stated for each line, with its calculation (art. 8.1.c)."""
    return _holds(
        facts.request.packs_calculated, Reason("packs.missing", "RD 1015/2009 art. 8.1.c", "pharmacist", "packs")
    )


@guard
def sponsor_willing(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The sponsor declared beforehand that it is willing to supply: always asked (art. 7.1)."""
    return _holds(
        facts.sponsor_willing, Reason("sponsor.willingness_missing", "RD 1015/2009 art. 7.1", "pharmacist", "sponsor")
    )


def _agreement(facts: Facts) -> Reasons:
    held = facts.sponsor_agreement in ("not_needed", "given")
    return _holds(held, Reason("sponsor.agreement_missing", "RD 1015/2009 art. 8.1.b, 12.c", "pharmacist", "sponsor"))


def _committee(facts: Facts) -> Reasons:
    held = facts.committee in ("not_needed", "favourable")
    return _holds(held, Reason("committee.not_favourable", "Norma interna del centro", "pharmacist", "committee"))


@guard
def sponsor_agreement_given(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Where the product needs it, the sponsor agreed to this patient (art. 8.1.b, 11.2, 12.c); urgent: may follow."""
    return () if "agreement" in facts.request.follows else _agreement(facts)


@guard
def committee_favourable(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Where the centre asks its committee, it answered favourably (a rule of the centre); urgent: it may follow."""
    return () if "committee" in facts.request.follows else _committee(facts)


@guard
def import_stated(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The request says whether the medicine must be imported (art. 5)."""
    return _holds(
        facts.request.import_stated, Reason("import.not_stated", "RD 1015/2009 art. 5", "pharmacist", "import")
    )


@guard
def not_own_request(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Nobody endorses what they opened, edited or signed (art. 8.1, 11.2; RD 311/2022 op.acc.3)."""
    own = asker is not None and asker.account_id in facts.contributors
    return _holds(
        not own,
        Reason("endorsement.own_request", "RD 1015/2009 art. 8.1; RD 311/2022 op.acc.3", "director", "delegations"),
    )


@guard
def endorsement_current(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The management's endorsement is there and binds to the content as it stands (art. 8.1, 11.2)."""
    return _holds(
        facts.request.endorsement_current,
        Reason("endorsement.not_current", "RD 1015/2009 art. 8.1", "director", "request"),
    )


@guard
def dossier_current(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """A dossier was issued from the content as it stands (art. 6, 8.1)."""
    return _holds(
        facts.request.dossier_current,
        Reason("dossier.not_current", "RD 1015/2009 art. 6, 8.1", "pharmacist", "documents"),
    )


@guard
def treatment_gate(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every condition of a dose or a dispensing, asked each time (see treatment.py)."""
    return tuple(reason for condition in TREATMENT_GATE for reason in condition(facts, values))


@guard
def authorisation_held(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Medicine is ordered only once the agency has authorised it (art. 10.a)."""
    held = facts.authorisation is not None and facts.case_state in ("authorised", "in_treatment", "interrupted")
    return _holds(held, Reason("authorisation.missing", "RD 1015/2009 art. 10.a", "pharmacist", "decision"))


@guard
def treatment_running(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """More medicine is asked for only while an authorised treatment is there to go on."""
    held = facts.case_state in ("authorised", "in_treatment", "interrupted")
    return _holds(held, Reason("continuation.no_treatment", "RD 1015/2009 art. 8", "physician", "case"))


@guard
def treated(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """At least one dose was dispensed or given."""
    return _holds(
        facts.doses_given > 0, Reason("treatment.none_given", "RD 1015/2009 art. 11.1", "physician", "treatment")
    )


@guard
def never_treated(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """No dose was dispensed or given."""
    return _holds(
        facts.doses_given == 0, Reason("treatment.already_given", "RD 1015/2009 art. 11.1", "physician", "treatment")
    )


@guard
def attempts_documented(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The attempts to reach the patient that the centre's setting asks for are written down."""
    enough = (
        facts.contact_attempts >= facts.contact_attempts_wanted
        and facts.contact_channels >= facts.contact_channels_wanted
    )
    params = {
        "wanted": facts.contact_attempts_wanted,
        "channels": facts.contact_channels_wanted,
        "done": facts.contact_attempts,
    }
    return _holds(enough, Reason("follow_up.attempts_missing", "Ajuste del centro", "nurse", "follow_up", params))


@guard
def no_open_clocks(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """No legal clock of the case is still open."""
    params = {"clocks": facts.open_clocks}
    return _holds(
        not facts.open_clocks,
        Reason("clocks.open", "Ley 39/2015 art. 21, 68, 123", "regulatory_officer", "deadlines", params),
    )


@guard
def appeal_settled(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """No appeal of the case is still undecided (Ley 39/2015 art. 123-124)."""
    return _holds(
        facts.appeal_settled, Reason("appeal.open", "Ley 39/2015 art. 123-124", "regulatory_officer", "deadlines")
    )


@guard
def reposition_fits(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The denial does not name an appeal to the superior body: reposición may be lodged (Ley 39/2015 art. 123.1)."""
    basis = "Ley 39/2015 art. 112, 121, 123.1"
    return _holds(
        facts.appeal_named != "alzada", Reason("appeal.higher_named", basis, "regulatory_officer", "decision")
    )


@guard
def higher_appeal_fits(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The denial names an appeal to the superior body (Ley 39/2015 art. 121)."""
    return _holds(
        facts.appeal_named == "alzada",
        Reason("appeal.higher_not_named", "Ley 39/2015 art. 121", "regulatory_officer", "decision"),
    )


@guard
def answer_overdue(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The agency's term to answer the appeal is over: only then is there silence (Ley 39/2015 art. 24.1)."""
    due = facts.appeal_answer_due_on
    params = {"due": due}
    reason = Reason("appeal.answer_in_time", "Ley 39/2015 art. 122.2, 124.2", "regulatory_officer", "deadlines", params)
    return _holds(due is None or due < facts.today, reason)


@guard
def court_route_open(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """What names an appeal to the superior body goes to court after it only (Ley 39/2015 art. 114.1.a)."""
    is_open = facts.appeal_named != "alzada" or "K-CON" in facts.open_clocks
    return _holds(
        is_open,
        Reason(
            "appeal.higher_first", "Ley 39/2015 art. 114.1.a; Ley 29/1998 art. 25.1", "regulatory_officer", "deadlines"
        ),
    )


@guard
def notification_expected(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The agency notifies whoever filed a request with it (Ley 39/2015 art. 40-43)."""
    held = facts.request_filed and facts.case_state != "closed"
    return _holds(held, Reason("notification.none_expected", "Ley 39/2015 art. 40, 43", "pharmacist", "case"))


def _notification_term(facts: Facts, values: Values | None) -> tuple[date, date] | None:
    return facts.notification_terms.get(str((values or {}).get("instance")))


@guard
def notification_in_time(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """A notification is opened within ten calendar days, or is rejected by the law (Ley 39/2015 art. 43.2)."""
    term, on = _notification_term(facts, values), (values or {}).get("accessed_on")
    if term is None or on is None or term[0] <= on <= term[1]:
        return ()
    code = "notification.too_early" if on < term[0] else "notification.too_late"
    params = {"since": term[0], "due": term[1]}
    return (Reason(code, "Ley 39/2015 art. 43.2", "regulatory_officer", "deadlines", params),)


@guard
def notification_lapsed(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The ten days are over: only then is it rejected (Ley 39/2015 art. 43.2)."""
    term = _notification_term(facts, values)
    params = {"due": term[1] if term else None}
    reason = Reason("notification.still_open", "Ley 39/2015 art. 43.2", "regulatory_officer", "deadlines", params)
    return _holds(term is None or term[1] < facts.today, reason)


@guard
def reactions_settled(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every suspected reaction, and the triage that a death after treatment owes, is settled (art. 11.1.c)."""
    params = {"open": facts.reactions_open}
    return _holds(
        not facts.reactions_open, Reason("reactions.open", "RD 1015/2009 art. 11.1.c", "physician", "reactions", params)
    )


def _batches_of(facts: Facts, values: Values | None) -> list[BatchFacts]:
    """The batches of the line that is asked about, of every line where none is."""
    line = (values or {}).get("line_number")
    return [batch for batch in facts.batches if line in (None, batch.line)]


def _some_batch(held: bool, facts: Facts, values: Values | None, otherwise: str) -> Reasons:
    """None where there is a batch to move; else what to do: receive one, or what the batches that came lack."""
    code = otherwise if _batches_of(facts, values) else "supply.no_batch"
    return _holds(held, Reason(code, "RD 1015/2009 art. 11.2, 12.d", "pharmacist", "supply"))


@guard
def batch_to_release(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """A batch of the line waits in quarantine (art. 11.2)."""
    held = any(batch.status == "in_quarantine" and batch.units_left > 0 for batch in _batches_of(facts, values))
    return _some_batch(held, facts, values, "supply.none_in_quarantine")


@guard
def batch_to_reject(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """A batch of the line not stopped yet is in the pharmacy or at the patient's home (art. 11.2)."""
    batches = (batch for batch in _batches_of(facts, values) if batch.status not in STOPPED)
    return _some_batch(
        any(batch.units_left + batch.dispensed_left > 0 for batch in batches), facts, values, "supply.none_to_reject"
    )


@guard
def batch_to_take(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Units of the line are left in the pharmacy, to be returned or destroyed (art. 12.d)."""
    held = any(batch.units_left > 0 for batch in _batches_of(facts, values))
    return _some_batch(held, facts, values, "supply.none_left")


@guard
def line_accounted(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Nothing of a line is left in the pharmacy."""
    line = (values or {}).get("line_number")
    left = sum(batch.units_left for batch in facts.batches if batch.line == line)
    return _holds(
        left == 0, Reason("supply.units_left", "RD 1015/2009 art. 12.d", "pharmacist", "supply", {"units": left})
    )


@guard
def supply_accounted(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """Every unit received was dispensed, returned or destroyed."""
    left = sum(abs(units) for units in facts.units_unaccounted.values())  # one line never makes up for another
    return _holds(
        left == 0, Reason("supply.unaccounted", "RD 1015/2009 art. 12.d", "pharmacist", "supply", {"units": left})
    )


@guard
def follow_up_complete(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """From follow-up, every planned visit was done, missed with its reason or waived (art. 11.1.e)."""
    owed = facts.visits_owed if facts.case_state == "in_follow_up" else ()
    params = {"visits": owed}
    return _holds(
        not owed, Reason("follow_up.visits_owed", "RD 1015/2009 art. 11.1.d-e", "physician", "follow_up", params)
    )


@guard
def follow_up_forms_sent(facts: Facts, asker: Asker | None, values: Values | None) -> Reasons:
    """The follow-up forms that the authorisation asked for were sent (art. 11.1.d)."""
    return _holds(
        not facts.follow_up_forms_owed,
        Reason("follow_up.forms_owed", "RD 1015/2009 art. 11.1.d", "physician", "follow_up"),
    )
