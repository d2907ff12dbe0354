"""Stretches of road that several plots share: from the first page to the decision, and from the order to the dose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.services import charges
from compassionate.services.demo import cells
from compassionate.services.demo.lore import HOME
from compassionate.services.demo.telling import Days, Tale

UNPRICED = 5


def screened(tale: Tale, opener: str = "pharmacist") -> Days:
    """Opened, and the requirements being looked at."""
    tale.open(opener)
    if opener != "pharmacist":
        tale.name_team("physician" if opener == "physician" else "pharmacist")
    yield tale.after(1)
    tale.step("pharmacist", "start_screening")


def answered(tale: Tale) -> Days:
    """The resident fills in the requirements."""
    yield tale.after(1)
    role = "resident" if "resident" in tale.stage.actors else "physician"
    tale.answer(role, "eligibility", tale.lore["eligibility"])
    if tale.lore["criteria_form"]:
        tale.answer(role, tale.lore["criteria_form"], tale.lore["criteria"])


def qualified(tale: Tale) -> Days:
    """The requirements are met."""
    yield from screened(tale)
    yield from answered(tale)
    yield tale.after(1)
    tale.step("physician", "accept_eligibility")


def reported(tale: Tale) -> Days:
    """The clinical report is written and signed, doses and packs are stated, a publication is attached."""
    yield tale.after(2)
    tale.answer("physician", "clinical-report", tale.lore["report"])
    tale.posology(tale.lore["posology"])
    tale.paper(
        "pharmacist", "evidence", "Resumen de la evidencia", "Serie piloto: diez pacientes, un año de seguimiento."
    )
    yield tale.after(1)
    tale.packs("technician" if "technician" in tale.stage.actors else "pharmacist", tale.lore["packs"])
    tale.sign()


def agreed(tale: Tale) -> Days:
    """The sponsor agrees to this patient; the committee, where it is asked, has nothing against it."""
    tale.step("pharmacist", "ask_sponsor", contact="medical.info@hospital-demo.example")
    asks_committee = any(row.kind == "committee" and row.state == "not_asked" for row in tale.case.regions)
    if asks_committee:
        tale.step("pharmacist", "ask_committee")
    yield tale.after(5)
    paper = tale.paper("pharmacist", "sponsor_agreement", "Conformidad del promotor", "Conforme con el suministro.")
    tale.step("pharmacist", "record_sponsor_agreement", signed_by="Dirección médica del promotor", paper=paper)
    if asks_committee:
        tale.step("pharmacist", "record_committee_favourable")


def asked_endorsement(tale: Tale) -> Days:
    """Everything is ready for the management."""
    yield from qualified(tale)
    yield from reported(tale)
    yield from agreed(tale)
    yield tale.after(1)
    tale.step("pharmacist", "request_endorsement")


def endorsed(tale: Tale) -> Days:
    """The management has endorsed the request."""
    yield from asked_endorsement(tale)
    yield tale.after(1)
    tale.step("director", "endorse")


def submitted(tale: Tale) -> Days:
    """Typed into the agency's application, with the dossier at hand."""
    yield from endorsed(tale)
    yield from tale.issue("pharmacist", "dossier", "agency")
    reference, checker = f"DEMO-{tale.case.code}", tale.actor("regulatory_officer").username
    tale.step("pharmacist", "submit", submitted_at=tale.at.isoformat(), reference=reference, checked_by=checker)


def granted(tale: Tale, packs: tuple[int, ...] = (1,), **more: Any) -> Days:
    """The agency authorises, mostly within two days."""
    yield from submitted(tale)
    yield tale.after(2)
    authorise(tale, packs, **more)


def authorise(tale: Tale, packs: tuple[int, ...] = (1,), action: str = "record_authorisation", **more: Any) -> None:
    """Record an authorisation that came by the agency's application."""
    paper = tale.paper("pharmacist", "agency_decision", "Resolución de la AEMPS", "Se autoriza el acceso.")
    values: dict[str, Any] = {
        "channel": "mse",
        "decided_on": tale.today,
        "seen_on": tale.today,
        "reference": f"AEMPS-DEMO-{tale.case.code[-6:]}",
        "paper": paper,
    }
    values |= {f"packs_granted.{line}": number for line, number in enumerate(packs, start=1)}
    tale.step("pharmacist", action, **(values | more))


def consented(tale: Tale) -> Days:
    """The patient is informed, and signs on another day, each kind that the product asks for."""
    kinds = list(tale.product.consent_kinds)
    for kind in kinds:
        tale.step("physician", f"inform_patient@{kind}", sheet_version=tale.product.consent_sheet_version)
    yield tale.after(2)
    for kind in kinds:
        paper = tale.paper("physician", "signed_consent", "Consentimiento firmado", "Firmado por el paciente.")
        tale.step("physician", f"record_consent@{kind}", signed_by="patient", copy_given=True, paper=paper)


def batch_code(tale: Tale, line: int = 1) -> str:
    """The batch of a line of this case: autologous cells have one of their own."""
    digits = tale.case.code.rsplit("-", 1)[-1]
    return f"DM{digits}" if tale.product.code != HOME else f"DB{digits[:3]}{line}"


def stocked(tale: Tale, packs: tuple[int, ...] = (1,), days: float = 21, shelf_days: int = 400) -> Days:
    """Ordered, delivered, checked and released."""
    for line, number in enumerate(packs, start=1):
        tale.step("pharmacist", f"order_supply@line-{line}", packs=number)
    yield tale.after(days)
    for line, number in enumerate(packs, start=1):
        expiry = tale.at.date().fromordinal(tale.today.toordinal() + shelf_days)
        values = {"batch": batch_code(tale, line), "expires_on": expiry, "packs": number}
        tale.step("pharmacist", f"receive_supply@line-{line}", delivery_note=f"ALB-{line}-DEMO", **values)
    yield tale.after(1)
    for line in range(1, len(packs) + 1):
        tale.step("pharmacist", f"release_supply@line-{line}", batch=batch_code(tale, line))
        charged(tale, line)


def charged(tale: Tale, line: int) -> None:
    """What the delivery cost, with invented prices and numbers; of every fifth case nobody has written it down yet."""
    digits = int(tale.case.code.rsplit("-", 1)[-1][:-1])  # the last character is the check
    if not digits % UNPRICED:
        return
    session, row = tale.stage.session, next(each.product_line for each in tale.case.lines if each.number == line)
    latest = [each for each in charges.deliveries(session, tale.case) if each.entry.line_number == line][-1]
    given = charges.values_of(tale.case, latest) | {"invoice": "" if row.is_free else f"F-DEMO-{digits}"}
    charges.record_charge(session, tale.actor("pharmacist"), tale.case, latest.entry.id, given, tale.now())


def dose(tale: Tale, action: str, role: str, line: int = 1, units: int = 1, **more: Any) -> None:
    """Give or dispense from the batch of a line."""
    usual: dict[str, Any] = {"act": "administration", "line": line, "batch": batch_code(tale, line), "units": units}
    usual |= {"given_on": tale.today, "identity_checked": True}
    tale.step(role, action, **(usual | more))


def treated(tale: Tale) -> Days:
    """Cells are grown and given once."""
    yield from granted(tale)
    yield tale.after(1)
    yield from consented(tale)
    yield from cells.taken(tale)
    yield from cells.released(tale)
    yield from cells.verified(tale)
    charged(tale, 1)
    dose(tale, "start_treatment", "physician", note="Procedimiento sin incidencias.", given_at=tale.at.isoformat())
    cells.settled(tale)


def dispensed(tale: Tale, months: int = 1, seen: Mapping[str, Any] | None = None) -> Days:
    """Seen before the first of them (`seen`: the answers), then tablets for four weeks, and again every four weeks."""
    yield from granted(tale, (3, 3), conditions="Control analítico cada dos semanas.", follow_up_forms=True)
    yield tale.after(1)
    yield from consented(tale)
    yield from stocked(tale, (3, 3), days=9)
    if seen is not None:
        tale.visit("baseline", seen)
    for month in range(months):
        yield tale.after(1 if month == 0 else 28)
        action = "start_treatment" if month == 0 else "record_dose"
        more = {"act": "dispensing", "collected_by": "La propia persona"}
        dose(tale, action, "pharmacist", 1, 56, next_on=tale.today.fromordinal(tale.today.toordinal() + 28), **more)
        dose(tale, "record_dose", "pharmacist", 2, 28, **more)
