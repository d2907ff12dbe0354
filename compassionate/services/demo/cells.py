"""Cells grown for one patient: from the taking to the bedside, as the cell unit, the pharmacy and the ward live it."""

from __future__ import annotations

from datetime import timedelta

from compassionate.programmes.model import ReleaseTest
from compassionate.services.cells import rows
from compassionate.services.cells.facts import cell_facts
from compassionate.services.demo.telling import Days, Tale
from compassionate.services.patients import identity_of
from compassionate.services.programmes import programme_of
from compassionate.workflow.cells import SEROLOGY

WARM = {"temperature_low": "17,5", "temperature_high": "21", "seal_intact": True}
ESTABLISHMENT = "Establecimiento de tejidos de demostración"
IN_DAYS, HOURS = 21, 72


def taken(tale: Tale) -> Days:
    """The donor is evaluated, the marrow taken, and cells begin to grow."""
    tale.step("physician", "start_donor_evaluation", justification="Uso autólogo: células del propio paciente.")
    tale.step("physician", "confirm_donation")
    site = "Quirófano 2 (demostración)"
    tale.step("cell_unit", "schedule_procurement", planned_on=tale.today, site=site, establishment=ESTABLISHMENT)
    yield tale.after(1)
    tale.step("physician", "record_serology", drawn_on=tale.today, **dict.fromkeys(SEROLOGY, "negative"))
    _procured(tale)
    _accepted(tale)


def _procured(tale: Tale) -> None:
    began, told = tale.at.isoformat(), {"identified_by": "Nuria Casas Demostración", "volume_ml": "98,5"}
    label = {"container_code": _label(tale, "procurement"), "patient_code": _bracelet(tale)}
    told |= {"began_at": began, "ended_at": tale.at.isoformat(), "procedure": "PNT-MO-01 v3"}
    tale.step("physician", "record_procurement", **label, **told)
    box = _label(tale, "transport")
    tale.step("nurse", "hand_over_cells", left_at=tale.at.isoformat(), carrier="Mensajería", container_code=box)
    tale.step("cell_unit", "receive_cells", arrived_at=tale.at.isoformat(), container_code=box, **WARM)


def _accepted(tale: Tale) -> None:
    _judged(tale)
    tale.step("responsible_person", "accept_cells")
    label = _label(tale, "procurement")
    tale.step("cell_unit", "start_culture", began_at=tale.at.isoformat(), batch=batch(tale), container_code=label)


def _judged(tale: Tale) -> None:
    """Where the programme leaves the temperature to the hospital and it has not set it, the qualified person judges."""
    if cell_facts(tale.stage.session, tale.case, tale.at).temperature == "open":
        reason = "Registro continuo sin incidencias (inventado)."
        tale.step("qualified_person", "judge_temperature", judgement="fit", reason=reason)


def released(tale: Tale) -> Days:
    """Three weeks later they are tested and released."""
    yield tale.after(IN_DAYS)
    tale.step("cell_unit", "finish_culture", ended_at=tale.at.isoformat())
    programme = programme_of(tale.stage.session, tale.case)
    for test in programme.release_tests if programme else ():
        if test.effect == "stops" and not test.may_follow:
            tale.step("cell_unit", "record_cell_test", test=test.id, result=passing(test))
    expires = (tale.at + timedelta(hours=HOURS)).isoformat()
    tale.step("qualified_person", "release_cells", expires_at=expires)


def verified(tale: Tale) -> Days:
    """The next day they are sent, received, and compared with the patient by two people."""
    yield tale.after(1)
    box = _label(tale, "shipping")
    tale.step("cell_unit", "dispatch_cells", left_at=tale.at.isoformat(), carrier="Mensajería", container_code=box)
    at = tale.at.isoformat()
    tale.step("pharmacist", "receive_cells_at_hospital", arrived_at=at, container_code=box, **WARM)
    _judged(tale)
    read = {"patient_code": _bracelet(tale), "container_code": _label(tale, "primary")}
    for role in ("nurse", "physician"):
        tale.step(role, "check_cells_identity", **read)


def settled(tale: Tale) -> None:
    """The last results arrive, and the establishment is told that the cells were implanted."""
    programme = programme_of(tale.stage.session, tale.case)
    for test in programme.release_tests if programme else ():
        if test.effect == "stops" and test.may_follow:
            tale.step("cell_unit", "record_cell_test", test=test.id, result=passing(test))
    tale.step("pharmacist", "report_destination", became="implanted", reported_to=ESTABLISHMENT)


def passing(test: ReleaseTest) -> str:
    """A result with which a test passes, a little away from its limit."""
    if test.kind == "choice":
        return test.passes[0]
    low = next((limit.values[0] for limit in test.limits if limit.operator.startswith(">")), None)
    high = next((limit.values[0] for limit in test.limits if limit.operator.startswith("<")), None)
    if isinstance(low, int | float):
        return f"{low + (float(high) - low) / 2 if isinstance(high, int | float) else low + 3:g}"
    return f"{float(high) / 2:g}" if isinstance(high, int | float) else "40"


def batch(tale: Tale) -> str:
    """The batch of the cells of this case: they have one of their own."""
    return f"DM{tale.case.code.rsplit('-', 1)[-1]}"


def _label(tale: Tale, kind: str) -> str:
    session = tale.stage.session
    held = rows.current(session, tale.case)
    assert held is not None
    return rows.containers(session, held, [kind])[0].code


def _bracelet(tale: Tale) -> str:
    identity = identity_of(tale.stage.session, tale.case.patient)
    return identity.nhc or identity.cip or tale.case.code
