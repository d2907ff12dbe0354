"""What the invented patients have and what is asked for them: answers to the questionnaires, product by product."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

Answers = dict[str, Any]
DISC, KNEE, HOME = "MSV-DISCO", "MSV-RODILLA", "DEMOSTRINIB"

WOMEN = ("Aurora", "Beatriz", "Clara", "Dolores", "Emilia", "Fátima", "Gloria", "Inés", "Julia", "Leonor", "Mercedes")
MEN = ("Adrián", "Bruno", "César", "Diego", "Enrique", "Félix", "Gonzalo", "Hugo", "Ismael", "Javier", "Lorenzo")
SECOND = ("Arroyo", "Bosque", "Cumbre", "Dehesa", "Encina", "Fuente", "Granado", "Huerta", "Jara", "Laguna", "Molino")
LEVELS = ("L4-L5", "L5-S1", "L3-L4")


def patient(random: Random, number: int, youngest: int, oldest: int) -> dict[str, str]:
    """An invented person: the first surname says so, the record number is of no hospital."""
    is_woman = random.random() < 0.5
    year, month, day = 2025 - random.randint(youngest, oldest), random.randint(1, 12), random.randint(1, 28)
    return {
        "given_name": random.choice(WOMEN if is_woman else MEN),
        "surnames": f"Demostración {random.choice(SECOND)}",
        "birth_on": f"{year:04}-{month:02}-{day:02}",
        "sex": "female" if is_woman else "male",
        "nhc": f"DEMO-{number:05}",
    }


def _eligibility(disease: str, reason: str, alternatives: tuple[tuple[str, str, str], ...], trial: str) -> Answers:
    return {
        "disease_class": disease,
        "disease_class_reason": reason,
        "alternatives": [
            {"alternative": name, "considered_how": how, "reason": why} for name, how, why in alternatives
        ],
        "satisfactory_alternative_exists": False,
        "trial_status": "trial_ongoing",
        "trial_identifier": trial,
        "trials_checked": [
            {"register": "reec", "identifier": trial, "trial_reason": "Reclutamiento cerrado en España."}
        ],
        "trial_exclusion_reasons": "El ensayo ya no admite pacientes en España; el centro más próximo está fuera.",
        "purpose_is_care": True,
        "same_institution": False,
        "atu_exists": False,
        "authorised_in_spain": False,
        "authorised_abroad": False,
    }


def disc(random: Random) -> Mapping[str, Answers]:
    """Degenerative disc disease, after years of treatment."""
    level, months, pain = random.choice(LEVELS), random.randint(18, 110), random.randint(62, 86)
    years = max(2, months // 12)
    eligibility = _eligibility(
        "severely_debilitating",
        f"Dolor lumbar de {years} años que le impide trabajar y dormir de forma continuada.",
        (
            ("Fisioterapia y ejercicio", "tried", "Dos ciclos de seis meses sin mejoría mantenida."),
            ("Antiinflamatorios y tramadol", "tried", "Alivio parcial; retirados por gastritis."),
            ("Artrodesis lumbar", "unsuitable", "La persona la rechaza; riesgo de degeneración del nivel adyacente."),
        ),
        "2019-000000-00 (inventado)",
    )
    criteria = dict.fromkeys(DISC_EXCLUSIONS, False) | {
        "d01": months,
        "d02": random.randint(12, months),
        "d03": pain,
        "disc_levels": level,
        "d06": 1,
        "d05": True,
        "d07": random.choice(("pfirrmann_3", "pfirrmann_4")),
        "d08": random.randint(60, 85),
        "d11_translation_mm": 1.5,
        "d11_angulation_deg": 6,
        "d12": "none",
        "d14": random.choice(("modic_0", "modic_1")),
    }
    report = _report(
        random,
        f"Degeneración discal lumbar {level} con dolor discogénico crónico.",
        "M51.36",
        "Pfirrmann III-IV",
        (
            ("Fisioterapia y ejercicio dirigido", "Sin mejoría mantenida", "Fin del programa"),
            ("Naproxeno 500 mg cada 12 h", "Parcial y pasajera", "Gastritis"),
            ("Infiltración epidural", "Alivio de tres semanas", "Sin efecto en la segunda"),
        ),
        "Serie piloto de diez pacientes con seguimiento de un año: mejoría del dolor y de la discapacidad desde el "
        "tercer mes. Sin grupo de control. Manual del investigador del promotor, edición 4.",
        "Menos dolor y discapacidad; evitar o retrasar la cirugía.",
    )
    posology = {
        "dose": "25 millones de células en 2 ml",
        "schedule": "Dosis única intradiscal, guiada por fluoroscopia",
        "route": "Intradiscal",
        "duration_weeks": "52",
    }
    packs = {"units_a_day.1": "1", "days.1": "1", "needs_import": "no"}
    return _told(eligibility, "eligibility-disc-msc", criteria, report, posology, packs)


DISC_EXCLUSIONS = ("d10", "d13", "d16", "d15", "d17_infection", "d17_neoplasia", "d17_immunosuppression",
                   "d17_coagulopathy", "d17_pregnancy", "d17_mri")  # fmt: skip
KNEE_EXCLUSIONS = ("k06", "k08", "k09_neoplasia", "k09_immunosuppression", "k09_pregnancy", "k10")


def knee(random: Random) -> Mapping[str, Answers]:
    """Osteoarthritis of the knee that is not yet for a prosthesis."""
    side, months = random.choice(("derecha", "izquierda")), random.randint(14, 80)
    eligibility = _eligibility(
        "severely_debilitating",
        f"Gonartrosis {side} con dolor diario desde hace {max(2, months // 12)} años y marcha limitada a 300 metros.",
        (
            ("Paracetamol y antiinflamatorios", "tried", "Insuficientes; contraindicados ya por función renal."),
            ("Ácido hialurónico intraarticular", "tried", "Sin efecto después de tres meses."),
            ("Prótesis de rodilla", "unsuitable", "Edad y demanda funcional; se quiere retrasar."),
        ),
        "NCT00000000 (inventado)",
    )
    criteria = dict.fromkeys(KNEE_EXCLUSIONS, False) | {
        "knee_side": "right" if side == "derecha" else "left",
        "k01_observer_1": "kl_3",
        "k01_observer_2": random.choice(("kl_2", "kl_3")),
        "k02": months,
        "k03": random.randint(5, 7),
        "k05": round(random.uniform(22.5, 28.9), 1),
        "k11": True,
    }
    report = _report(
        random,
        f"Gonartrosis primaria {side}, Kellgren-Lawrence III.",
        "M17.11" if side == "derecha" else "M17.12",
        "Kellgren-Lawrence III",
        (
            ("Paracetamol 1 g cada 8 h", "Parcial", "Insuficiente"),
            ("Ácido hialurónico, tres infiltraciones", "Ninguna a los tres meses", "Falta de efecto"),
        ),
        "Ensayo aleatorizado con 30 pacientes: mejoría del dolor y de la calidad del cartílago al año. "
        "Manual del investigador del promotor, edición 3.",
        "Menos dolor al caminar y retraso de la prótesis.",
    )
    posology = {
        "dose": "40 millones de células en 8 ml",
        "schedule": "Dosis única intraarticular",
        "route": "Intraarticular",
        "duration_weeks": "52",
    }
    packs = {"units_a_day.1": "1", "days.1": "1", "needs_import": "no"}
    return _told(eligibility, "eligibility-knee-msc", criteria, report, posology, packs)


def home(random: Random) -> Mapping[str, Answers]:
    """A rare tumour after every authorised line, with an oral medicine under investigation."""
    eligibility = _eligibility(
        "life_threatening",
        "Carcinoma adrenocortical metastásico en progresión; supervivencia esperada de meses.",
        (
            ("Mitotano", "tried", "Progresión a los nueve meses con niveles en rango."),
            ("Etopósido, doxorrubicina y cisplatino", "tried", "Progresión después de seis ciclos."),
            ("Cirugía de las metástasis", "unsuitable", "Enfermedad hepática y pulmonar múltiple."),
        ),
        "2022-500000-00-00 (inventado)",
    )
    report = _report(
        random,
        "Carcinoma adrenocortical metastásico (hígado y pulmón), en progresión.",
        "C74.00",
        "ENSAT IV, ECOG 1",
        (
            ("Mitotano", "Estabilización de nueve meses", "Progresión"),
            ("Etopósido, doxorrubicina y cisplatino + mitotano", "Respuesta parcial", "Progresión"),
        ),
        "Ensayo de fase II en curso: control de la enfermedad en 14 de 31 pacientes. Resumen del promotor con datos "
        "de seguridad de 120 pacientes.",
        "Frenar la enfermedad y mantener la autonomía.",
    )
    posology = {
        "dose": "80 mg por la mañana (un comprimido de 80 mg) y 80 mg por la noche (dos de 40 mg)",
        "schedule": "Diaria, sin descansos, con alimento",
        "route": "Oral",
        "duration_weeks": "26",
        "instructions": "Control de transaminasas y presión arterial cada dos semanas durante los dos primeros meses.",
    }
    packs = {
        "units_a_day.1": "2",
        "days.1": "84",
        "units_a_day.2": "1",
        "days.2": "84",
        "needs_import": "yes",
        "origin_country": "Alemania",
    }
    return _told(eligibility, "", {}, report, posology, packs)


TOLD = {DISC: disc, KNEE: knee, HOME: home}


def _told(
    eligibility: Answers, form: str, criteria: Answers, report: Answers, posology: Answers, packs: Answers
) -> dict[str, Any]:
    return {
        "eligibility": eligibility,
        "criteria_form": form,
        "criteria": criteria,
        "report": report,
        "posology": posology,
        "packs": packs,
    }


def _report(
    random: Random,
    diagnosis: str,
    code: str,
    stage: str,
    treatments: tuple[tuple[str, str, str], ...],
    data: str,
    benefit: str,
) -> Answers:
    return {
        "diagnosis": diagnosis,
        "diagnosis_code": code,
        "diagnosis_edition": "2024",
        "stage": stage,
        "weight_kg": round(random.uniform(58, 88), 1),
        "height_cm": random.randint(157, 184),
        "other_illnesses": random.choice(("Hipertensión arterial tratada.", "Hipotiroidismo tratado.", "Ninguna.")),
        "allergies": random.choice(("No conocidas", "Penicilina (exantema)")),
        "other_medicines": random.choice(("Enalapril 10 mg al día.", "Levotiroxina 75 µg al día.", "Ninguno.")),
        "clinical_summary": "Persona inventada para la demostración. Evolución progresiva pese a los tratamientos "
        "autorizados; repercusión diaria en el sueño, la marcha y el trabajo.",
        "previous_treatments": [
            {"treatment": name, "response": response, "why_stopped": why} for name, response, why in treatments
        ],
        "supporting_data": data,
        "expected_benefit": benefit,
        "monitoring_plan": "Visitas programadas con escala de dolor y discapacidad, analítica en cada visita, y "
        "notificación inmediata de toda sospecha de reacción adversa.",
    }
