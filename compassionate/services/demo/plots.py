"""The plots: one or more for every state in which a case can stand but those of the cohort (year.py)."""

from __future__ import annotations

from random import Random

from compassionate.services import visits
from compassionate.services.demo import cells, ways
from compassionate.services.demo.cohort import knee_answers, tablet_answers
from compassionate.services.demo.lore import DISC, HOME, KNEE
from compassionate.services.demo.telling import Days, Plot, Tale

FIRST_SEEN = tablet_answers("not_assessable", "Valoración inicial antes de la primera toma.")
WEAK = ["weak_evidence", "trial_available"]


def draft(tale: Tale) -> Days:
    """Opened by a technician, nobody has looked at it yet."""
    tale.open("technician" if "technician" in tale.stage.actors else "pharmacist", physician=False)
    yield from ()


def screening(tale: Tale) -> Days:
    """The requirements are half answered."""
    yield from ways.screened(tale, "physician")
    yield from ways.answered(tale)


def referred(tale: Tale) -> Days:
    """It was an investigation after all."""
    yield from ways.screened(tale, "physician")
    yield tale.after(1)
    tale.step(
        "physician",
        "refer",
        route="research",
        reason="Hay un ensayo abierto en el propio centro y cumple los criterios.",
    )


def not_eligible(tale: Tale) -> Days:
    """A criterion of the programme is not met."""
    yield from ways.screened(tale)
    tale.lore["criteria"] |= {"k05": 34.2}
    yield from ways.answered(tale)
    yield tale.after(1)
    tale.step(
        "physician", "reject_eligibility", reason="Índice de masa corporal de 34,2: supera el límite del programa."
    )


def preparing(tale: Tale) -> Days:
    """Report signed, the sponsor has been asked and has not answered."""
    yield from ways.qualified(tale)
    yield from ways.reported(tale)
    tale.step("pharmacist", "ask_sponsor", contact="medical.info@hospital-demo.example")


def preparing_early(tale: Tale) -> Days:
    """The report is still to be written."""
    yield from ways.qualified(tale)


def withdrawn(tale: Tale) -> Days:
    """The patient changed their mind before anything was sent."""
    yield from preparing(tale)
    yield tale.after(6)
    tale.step("pharmacist", "withdraw_request", reason="La persona prefiere esperar a la cirugía programada.")


def correction_requested(tale: Tale) -> Days:
    """The agency wants more before it goes on."""
    yield from ways.submitted(tale)
    yield tale.after(2)
    paper = tale.paper("pharmacist", "agency_notice", "Requerimiento de la AEMPS", "Falta la resonancia de este año.")
    text = "Aporte la resonancia de los últimos doce meses y aclare el grado radiológico."
    tale.step("pharmacist", "record_correction_request", notified_on=tale.today, text=text, channel="mse", paper=paper)


def deemed_withdrawn(tale: Tale) -> Days:
    """Nobody answered in time, and the agency said so in a resolution."""
    yield from correction_requested(tale)
    yield tale.after(30)
    resolution = "Resolución de desistimiento DEMO-77"
    tale.step("regulatory_officer", "record_deemed_withdrawn", notified_on=tale.today, resolution=resolution)


def refusal_notified(tale: Tale) -> Days:
    """A possible refusal, with ten days to answer."""
    yield from ways.submitted(tale)
    yield tale.after(3)
    text = "La evidencia aportada no permite estimar el beneficio en esta línea de tratamiento."
    tale.step(
        "pharmacist", "record_refusal_notice", notified_on=tale.today, grounds=WEAK, grounds_text=text, channel="mse"
    )


def denied(tale: Tale) -> Days:
    """Heard, and refused."""
    yield from refusal_notified(tale)
    yield tale.after(6)
    text = "Se aporta el seguimiento de diez pacientes y la carta del promotor."
    tale.step("regulatory_officer", "file_representations", filed_at=tale.at.isoformat(), text=text)
    yield tale.after(9)
    paper = tale.paper("pharmacist", "agency_decision", "Resolución denegatoria", "Se deniega el acceso.")
    values = {"decided_on": tale.today, "notified_on": tale.today, "channel": "electronic_notice", "paper": paper}
    more = {"grounds": ["weak_evidence"], "appeal_named": "reposicion", "reference": "AEMPS-DEMO-D1"}
    tale.step("regulatory_officer", "record_denial", **values, **more)


def appealed(tale: Tale) -> Days:
    """Refused, and appealed against before the agency, which has a month to answer."""
    yield from denied(tale)
    yield tale.after(12)
    filed = {"filed_at": tale.at.isoformat(), "reference": "DEMO-REPOSICION-1"}
    tale.step("regulatory_officer", "file_appeal@appeal-0", **filed, note="Se aportan dos publicaciones posteriores.")


def authorised_by_telephone(tale: Tale) -> Days:
    """A call that says yes, whose writing is still owed: no dose yet."""
    yield from ways.granted(
        tale, (1,), channel="telephone", reference="", sender="Unidad de medicamentos en situaciones especiales"
    )
    yield tale.after(1)
    for kind in tale.product.consent_kinds:
        tale.step("physician", f"inform_patient@{kind}", sheet_version=tale.product.consent_sheet_version)


def authorised(tale: Tale) -> Days:
    """Authorised, consent signed, cells being grown."""
    yield from ways.granted(tale)
    yield from tale.issue("physician", "consent_form", days=1)
    yield from ways.consented(tale)
    yield from cells.taken(tale)
    tale.step("pharmacist", "order_supply@line-1", packs=1)
    tale.step(
        "pharmacist", "promise_supply@line-1", packs=1, expected_on=tale.today.fromordinal(tale.today.toordinal() + 18)
    )


def not_treated(tale: Tale) -> Days:
    """Authorised, and then the patient did not want it."""
    yield from ways.granted(tale)
    yield tale.after(8)
    reason = "La persona mejora con rehabilitación y renuncia al tratamiento."
    told = {"agency_told": True, "sponsor_told": True, "order_cancelled": True}
    tale.step("physician", "abandon_before_treatment", reason=reason, **told)


def in_treatment(tale: Tale) -> Days:
    """Third pack taken home; the request to go on waits for the management."""
    yield from ways.dispensed(tale, months=3, seen=FIRST_SEEN)
    yield from tale.issue("physician", "treatment_record", days=2)
    yield tale.after(3)
    tale.step("pharmacist", "open_continuation", request_kind="continuation")
    yield tale.after(1)
    yield from _continued(tale)


def _continued(tale: Tale) -> Days:
    report = {
        "assessed_on": str(tale.today),
        "response": "stable",
        "response_detail": "TAC a las diez semanas: enfermedad estable (inventado).",
        "continuation_reason": "Beneficio clínico sin toxicidad relevante; la interrupción llevaría a la progresión.",
        "reactions": False,
        "packs_used": 6,
        "packs_left": 0,
    }
    tale.answer("physician", "progress-report", report, subject="1")
    tale.posology(tale.lore["posology"], number=1)
    tale.packs("pharmacist", tale.lore["packs"], number=1)
    tale.sign(number=1)
    yield tale.after(1)
    tale.step("pharmacist", "request_endorsement@continuation-1")


def interrupted(tale: Tale) -> Days:
    """Stopped for a while, by the physician."""
    yield from ways.dispensed(tale, seen=FIRST_SEEN)
    yield tale.after(12)
    tale.step(
        "physician",
        "interrupt_treatment",
        reason="Elevación de transaminasas de grado 2; se repite la analítica en dos semanas.",
    )


def suspended(tale: Tale) -> Days:
    """Stopped by the sponsor until a batch has been looked at."""
    yield from ways.granted(tale)
    yield from ways.consented(tale)
    yield tale.after(4)
    paper = tale.paper("pharmacist", "agency_notice", "Aviso del promotor", "Se paraliza el suministro.")
    ground = "Resultado de esterilidad pendiente de repetir en el lote de origen."
    tale.step("regulatory_officer", "record_suspension", ordered_by="sponsor", ground=ground, paper=paper)


def revoked(tale: Tale) -> Days:
    """The authorisation was taken back while the patient was being treated."""
    yield from ways.dispensed(tale, months=2)
    yield tale.after(10)
    values = {
        "resolution": "Resolución DEMO-R4",
        "basis_stated": "Relación beneficio-riesgo desfavorable según nuevos datos.",
    }
    tale.step("regulatory_officer", "record_revocation", **values)


def deceased(tale: Tale) -> Days:
    """Died under treatment; whether the medicine had to do with it is still to be settled."""
    yield from ways.dispensed(tale, months=2, seen=FIRST_SEEN)
    yield tale.after(20)
    tale.step("physician", "record_death", cause="Progresión de la enfermedad (inventado).")


def lost(tale: Tale) -> Days:
    """Treated, seen at three months, and not reached since."""
    random = Random(7)  # noqa: S311 - invented outcomes, not secrets
    yield from ways.treated(tale)
    tale.visit("baseline", knee_answers(random, 1.0))
    yield tale.after(3)
    tale.step("physician", "end_treatment", ending="completed")
    yield tale.after(90)
    tale.visit("m3", knee_answers(random, 0.6), role="nurse")
    for days, channel in ((100, "telephone"), (6, "telephone"), (9, "letter")):
        yield tale.after(days)
        given = {"on": str(tale.today), "channel": channel, "outcome": "Sin respuesta."}
        visits.record_attempt(tale.stage.session, tale.actor("nurse"), tale.case, given, tale.now())
    yield tale.after(2)
    tale.step("nurse", "record_lost_to_follow_up")


def held(tale: Tale) -> Days:
    """Cells grow, and a label does not say what the record says: everything stands still."""
    yield from ways.granted(tale)
    yield tale.after(1)
    yield from ways.consented(tale)
    yield from cells.taken(tale)
    yield tale.after(3)
    expected = f"Placa de {cells.batch(tale)}"
    tale.step(
        "cell_unit", "hold_cells", expected=expected, found="Placa sin código legible en el incubador 2 (inventado)."
    )


def taken_again(tale: Tale) -> Days:
    """The first batch failed; marrow will be taken once more."""
    yield from ways.granted(tale)
    yield tale.after(1)
    yield from ways.consented(tale)
    yield from cells.taken(tale)
    yield tale.after(9)
    tale.step("qualified_person", "fail_batch", reason="Crecimiento insuficiente en el pase 1 (inventado).")
    yield tale.after(2)
    planned = tale.today.fromordinal(tale.today.toordinal() + 9)
    where = {"site": "Quirófano 2 (demostración)", "establishment": cells.ESTABLISHMENT}
    tale.step("cell_unit", "schedule_procurement", planned_on=planned, **where)


# Product, how many days ago it was opened, and what happened; two that stand together are printed together.
FIRST: tuple[tuple[str, int, Plot], ...] = (
    (HOME, 2, draft),
    (KNEE, 6, screening),
    (DISC, 75, referred),
    (KNEE, 61, not_eligible),
    (DISC, 12, preparing),
    (HOME, 9, preparing_early),
    (HOME, 19, ways.asked_endorsement),
    (DISC, 18, ways.endorsed),
    (DISC, 90, withdrawn),
    (KNEE, 24, ways.submitted),
    (DISC, 24, correction_requested),
    (HOME, 30, refusal_notified),
    (DISC, 30, authorised_by_telephone),
    (DISC, 45, authorised),
    (KNEE, 46, suspended),
    (KNEE, 118, denied),
    (KNEE, 47, appealed),
    (KNEE, 117, deemed_withdrawn),
    (DISC, 113, not_treated),
    (HOME, 112, in_treatment),
    (HOME, 54, interrupted),
    (HOME, 205, revoked),
    (HOME, 204, deceased),
    (KNEE, 352, lost),
    (DISC, 34, held),
    (DISC, 43, taken_again),
)
SECOND: tuple[tuple[str, int, Plot], ...] = (
    (DISC, 4, draft),
    (KNEE, 15, preparing),
    (DISC, 28, ways.asked_endorsement),
)
