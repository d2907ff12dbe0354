"""The treatment gate: what must hold at every dispensing and every dose, computed and never stored.

Authorisation in force, written consent, released stock, packs left, identity, insurance
(RD 1015/2009 art. 4, 8.2, 10.a, 11.1.b, 11.2; Ley 41/2002 art. 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from compassionate.errors import Reason
from compassionate.workflow.facts import BatchFacts, ConsentFacts, Facts
from compassionate.workflow.urgent import parts

Values = Mapping[str, Any]
Reasons = tuple[Reason, ...]
AUTHORISED_STATES = ("authorised", "in_treatment", "interrupted")
RECALLED = "recalled"
STOPPED = ("rejected", RECALLED)  # no unit of such a batch is given any more, not even one dispensed before


def _given_on(facts: Facts, values: Values | None) -> date:
    given = (values or {}).get("given_on")
    return given if isinstance(given, date) else facts.today


def authorisation_in_force(facts: Facts, values: Values | None) -> Reasons:
    """This case's own authorisation, in writing, not expired and not suspended (art. 10.a); never silence."""
    reason = Reason("authorisation.missing", "RD 1015/2009 art. 10.a", "pharmacist", "decision")
    held = facts.authorisation
    if held is None or facts.case_state not in AUTHORISED_STATES:
        return (reason,)
    if not held.written:
        return (Reason("authorisation.only_by_telephone", "RD 1015/2009 art. 10.a", "pharmacist", "decision"),)
    if _given_on(facts, values) < held.decided_on:
        return (Reason("authorisation.later_than_dose", "RD 1015/2009 art. 10.a", "pharmacist", "decision"),)
    if held.valid_until is not None and held.valid_until < _given_on(facts, values):
        return (
            Reason(
                "authorisation.expired",
                "RD 1015/2009 art. 10.a",
                "pharmacist",
                "continuations",
                {"on": held.valid_until},
            ),
        )
    return ()


def _consent_reasons(kind: str, held: ConsentFacts | None, given_on: date) -> Reasons:
    params = {"kind": kind}
    if held is None or held.state != "signed" or held.signed_on is None:
        state = held.state if held else "not_started"
        code = "consent.revoked" if state in ("revoked", "refused") else "consent.missing"
        return (Reason(code, "RD 1015/2009 art. 8.2, 11.2; Ley 41/2002 art. 8", "physician", "consent", params),)
    if held.informed_on is None or held.signed_on < held.informed_on:
        return (Reason("consent.before_information", "Ley 41/2002 art. 4, 8, 10", "physician", "consent", params),)
    if held.signed_on > given_on:
        return (Reason("consent.after_dose", "RD 1015/2009 art. 8.2", "physician", "consent", params),)
    return ()


def written_consent_held(facts: Facts, values: Values | None) -> Reasons:
    """Each kind that the programme asks for: current, in writing, after information and before the dose."""
    by_kind = {consent.kind: consent for consent in facts.consents}
    day = _given_on(facts, values)
    return tuple(
        reason for kind in facts.consents_required for reason in _consent_reasons(kind, by_kind.get(kind), day)
    )


def _wanted_units(values: Values | None) -> int:
    units = (values or {}).get("units")
    return units if isinstance(units, int) else 1


def _from_dispensed(values: Values | None) -> bool:
    """Whether the units were dispensed, and counted, before: only an administration can use such units."""
    given = values or {}
    return bool(given.get("from_dispensed")) and given.get("act") == "administration"


def _batch_reasons(batch: BatchFacts | None, day: date, units: int, from_dispensed: bool) -> Reasons:
    if batch is None:
        return (Reason("stock.unknown_batch", "RD 1015/2009 art. 11.2", "pharmacist", "supply"),)
    left = batch.dispensed_left if from_dispensed else batch.units_left
    params = {"batch": batch.batch, "left": left, "on": batch.expires_on}
    if batch.status == RECALLED:
        return (_recalled(batch),)
    if batch.status in STOPPED or (batch.status != "released" and not from_dispensed):
        return (Reason("stock.not_released", "RD 1015/2009 art. 11.2", "pharmacist", "supply", params),)
    if batch.expires_on < day:
        return (Reason("stock.expired", "RDLeg 1/2015 art. 111", "pharmacist", "supply", params),)
    if left < units:
        return (Reason("stock.too_few", "RD 1015/2009 art. 11.2", "pharmacist", "supply", params),)
    return ()


def _recalled(batch: BatchFacts) -> Reason:
    """Why no unit of a recalled batch is given, with the recall that says so."""
    params = {"batch": batch.batch, "recall": batch.recall}
    return Reason("stock.recalled", "RD 1015/2009 art. 11.2", "pharmacist", "supply", params)


def _usable(facts: Facts, values: Values | None) -> list[tuple[BatchFacts, bool]]:
    """The batches from which something may be given, each from the pharmacy or (True) from what was dispensed."""
    day, units = _given_on(facts, values), _wanted_units(values)
    ways = ((batch, dispensed) for batch in facts.batches for dispensed in (False, True))
    return [(batch, dispensed) for batch, dispensed in ways if not _batch_reasons(batch, day, units, dispensed)]


def _within_packs(facts: Facts, way: tuple[BatchFacts, bool], units: int) -> bool:
    """Whether what a batch gives is still within its line's packs; what was dispensed was counted then."""
    batch, dispensed = way
    line = facts.line(batch.line)
    return dispensed or (line is not None and line.units_left >= units)


def _some_way(facts: Facts, values: Values | None) -> bool:
    return any(_within_packs(facts, way, _wanted_units(values)) for way in _usable(facts, values))


def stock_released(facts: Facts, values: Values | None) -> Reasons:
    """The batch that is given is released, not expired and has enough left.

    Asked without a batch, any will do of a line that still has packs, or of what was dispensed before.
    """
    if values and values.get("batch"):
        wanted = (values.get("line"), values["batch"])
        batch = next((batch for batch in facts.batches if (batch.line, batch.batch) == wanted), None)
        return _batch_reasons(batch, _given_on(facts, values), _wanted_units(values), _from_dispensed(values))
    spent = not any(line.units_left >= _wanted_units(values) for line in facts.lines)
    if _some_way(facts, values) or (spent and _usable(facts, values)):
        return ()
    recalled = (batch for batch in facts.batches if batch.status == RECALLED)
    held = tuple(_recalled(batch) for batch in recalled if batch.units_left + batch.dispensed_left > 0)
    return held or (Reason("stock.none_released", "RD 1015/2009 art. 11.2", "pharmacist", "supply"),)


def packs_left(facts: Facts, values: Values | None) -> Reasons:
    """The units given stay within the packs granted, first and additional, of that line (art. 8.1.c, 10.a).

    Asked without a line, a line with packs left will do, or units dispensed before and not given yet.
    """
    reason = Reason("packs.exhausted", "RD 1015/2009 art. 8.1.c, 10.a", "pharmacist", "continuations")
    if _from_dispensed(values):
        return ()  # the dispensing was counted already
    if values and values.get("line"):
        line = facts.line(values["line"])
        return () if line is not None and line.units_left >= _wanted_units(values) else (reason,)
    left = any(line.units_left >= _wanted_units(values) for line in facts.lines)
    return () if left or _some_way(facts, values) else (reason,)


def identity_checked(facts: Facts, values: Values | None) -> Reasons:
    """Two identifiers of the patient were checked; asked only when a dose is recorded (resuming asks for none)."""
    if values is None or values.get("identity_checked", True) is True:
        return ()
    return (Reason("identity.not_checked", "Ley 41/2002 art. 16", "nurse", "treatment"),)


def insurance_held(facts: Facts, values: Values | None) -> Reasons:
    """A private centre holds civil liability cover (art. 4; Ley 44/2003 art. 46)."""
    if facts.insurance_held:
        return ()
    return (Reason("insurance.missing", "RD 1015/2009 art. 4; Ley 44/2003 art. 46", "administrator", "centre"),)


OWED = {
    "report": ("urgent.report_owed", "report"),
    "agreement": ("sponsor.agreement_missing", "sponsor"),
    "committee": ("committee.not_favourable", "committee"),
}


def owed_reasons(names: Iterable[str]) -> Reasons:
    """What an urgent filing left for later, each with its ground, who completes it and where (urgent_minimum.toml)."""
    owed = [parts()[name] for name in names]
    return tuple(Reason(OWED[part.name][0], part.legal_basis, part.who, OWED[part.name][1]) for part in owed)


def urgent_request_completed(facts: Facts, values: Values | None) -> Reasons:
    """What was filed urgently has been completed in all that bars a dose (art. 8.1, 10.a)."""
    return owed_reasons(name for name in facts.urgent_owed if parts()[name].before_dose)


TREATMENT_GATE: tuple[Callable[[Facts, Values | None], Reasons], ...] = (
    authorisation_in_force,
    urgent_request_completed,
    written_consent_held,
    stock_released,
    packs_left,
    identity_checked,
    insurance_held,
)
