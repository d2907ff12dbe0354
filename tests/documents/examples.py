"""Three invented cases as documents see them: empty, typical, and extreme in length and number."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import struct_time

import pikepdf
from PIL import Image, ImageDraw

from compassionate.cells.labels import KINDS
from compassionate.documents.contexts.source import Annex, Issue
from compassionate.documents.pictures import page_pictures
from compassionate.documents.upload_copies import without_metadata
from compassionate.questionnaires import Catalogue, load_forms
from compassionate.snapshot import (
    CONSENT_WITNESS,
    AnswersSnapshot,
    CaseSnapshot,
    CentreSnapshot,
    ConsentSnapshot,
    DecisionSnapshot,
    DoseSnapshot,
    EventSnapshot,
    LabelSnapshot,
    LineSnapshot,
    PaperSnapshot,
    PatientSnapshot,
    Person,
    PosologySnapshot,
    ProductSnapshot,
    RectificationSnapshot,
    RegionSnapshot,
    RequestSnapshot,
    SignatureSnapshot,
    SupplySnapshot,
    VisitSnapshot,
    report_content,
    request_content,
    witnessed_content,
)
from compassionate.snapshot import sha256 as hashed

ON = struct_time((2026, 11, 18, 9, 0, 0, 2, 322, 0))
FORMS = Path(__file__).resolve().parents[2] / "forms"
AT = datetime(2026, 11, 22, 9, 35, tzinfo=UTC)
ISSUE = Issue(
    3, datetime(2026, 11, 24, 11, 5, 12, tzinfo=UTC), "7Q4M-2KXD-9F3T", "https://compasivo.hospital-alameda.example"
)


@cache
def forms() -> Catalogue:
    """The published forms."""
    return load_forms(FORMS)


@cache
def pdf_of(pages: int, wide: bool = False) -> bytes:
    """A PDF with that many pages, each with its number drawn large."""
    size = (1123, 794) if wide else (794, 1123)
    images = [_picture(f"Publicación {number}", size) for number in range(1, pages + 1)]
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=96, creationDate=ON, modDate=ON)
    return out.getvalue()


@cache
def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    _picture("Carta", (600, 800)).save(out, "PNG")
    return out.getvalue()


def png_of(size: tuple[int, int]) -> bytes:
    """An empty picture of that size."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return out.getvalue()


def _picture(words: str, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, size[0] - 30, size[1] - 30), outline="black", width=3)
    draw.text((80, 90), words, fill="black", font_size=48)
    for line in range(180, size[1] - 120, 34):
        draw.line((80, line, size[0] - 80, line), fill="grey", width=2)
    return image


def annex(kind: str, title: str, data: bytes, media_type: str, pages: int) -> Annex:
    """An annex with the hashes of its bytes and of its copy, and its pages drawn; of broken bytes there is no copy."""
    digest, copy = sha256(data).hexdigest(), b""
    with suppress(pikepdf.PdfError):
        copy = without_metadata(data, media_type)
    paper = PaperSnapshot(
        digest[:12], kind, title, f"{kind}.bin", media_type, len(data), pages, digest, date(2026, 11, 18),
        copy_sha256=sha256(copy).hexdigest() if copy else "",
    )  # fmt: skip
    return Annex(paper, data, copy, page_pictures(data, media_type, pages))


@cache
def annexes() -> tuple[Annex, ...]:
    """What a typical dossier carries: a paper of two pages, a wide one, the sponsor's letter."""
    return (
        annex("evidence", "Orozco et al. 2011, Transplantation 92:822-828", pdf_of(2), "application/pdf", 2),
        annex("evidence", "Ficha del manual del investigador", pdf_of(1, wide=True), "application/pdf", 1),
        annex("sponsor_agreement", "Carta de conformidad del promotor", png(), "image/png", 1),
    )


CENTRE = CentreSnapshot(
    "HGA", "Hospital General de Alameda", "280999", "ES-MD", "Europe/Madrid", "public",
    "Servicio de Farmacia, planta 0", "910 000 111",
    "farmacia@hga.example", "Dra. Remedios Aguado Prieto",
)  # fmt: skip
PATIENT = PatientSnapshot(
    "M. R. C.", "Marta", "Rivas Cifuentes", "H0048217", "CIPA99120045", "12345678Z", date(1987, 3, 9), "female"
)
PRODUCT = ProductSnapshot(
    "MSC-DISC", "Células mesenquimales autólogas de médula ósea", "Células mesenquimales autólogas expandidas",
    "Instituto de Terapia Celular, S. L.",
    "disc-msc", "EU CT", "2024-511234-12-00", "none", True, False, ("use", "donation"), "3.1", date(2026, 10, 2),
    "Dr. Iván Soler, Dirección médica",
    "ITC-2026-118",
)  # fmt: skip
LINE = LineSnapshot(
    1, "25 × 10⁶ células / 2 mL", "Suspensión inyectable", "Intradiscal", "Jeringa precargada", "jeringas", 1, True,
    None, "", "", None, 2, 2,
    "Un disco por jeringa, dos niveles", 2, 2,
)  # fmt: skip
SECOND_LINE = LineSnapshot(
    2,
    "10 mg",
    "Comprimido",
    "Oral",
    "Blíster de 30 comprimidos",
    "comprimidos",
    30,
    False,
    125050,
    "712345",
    "2",
    84,
    168,
    6,
    "",
    5,
    84,
)
ELIGIBILITY = {
    "disease_class": "severely_debilitating",
    "disease_class_reason": "Dolor lumbar incapacitante de cuatro años de evolución, con baja laboral.",
    "alternatives": [
        {"alternative": "Antiinflamatorios y opioides menores", "considered_how": "tried",
            "reason": "Sin alivio tras 18 meses."},
        {"alternative": "Artrodesis L4-L5", "considered_how": "unsuitable",
            "reason": "Edad y ausencia de inestabilidad."},
    ],
    "satisfactory_alternative_exists": False, "trial_status": "trial_ongoing", "trial_identifier": "NCT01860417",
    "trials_checked": [{"register": "reec", "identifier": "2024-511234-12-00",
        "trial_reason": "Reclutamiento cerrado desde junio."}],
    "trial_exclusion_reasons": "El único ensayo abierto excluye dos niveles.", "purpose_is_care": True,
    "same_institution": False, "atu_exists": False,
    "authorised_in_spain": False, "authorised_abroad": False,
}  # fmt: skip
REPORT = {
    "diagnosis": "Discopatía degenerativa lumbar L4-L5 y L5-S1", "diagnosis_code": "M51.36",
    "diagnosis_edition": "CIE-10-ES 2026",
    "stage": "Pfirrmann III", "symptom_onset": "2022", "weight_kg": 61.5, "height_cm": 168,
    "other_illnesses": "Hipotiroidismo", "allergies": "Ninguna conocida",
    "other_medicines": "Levotiroxina 50 µg/día",
    "clinical_summary": "Dolor axial continuo.\nFracaso de tres ciclos de rehabilitación.",
    "previous_treatments": [
        {"treatment": "Naproxeno", "from": "2022", "to": "2023", "response": "Parcial", "why_stopped": "Gastritis"},
        {"treatment": "Infiltración facetaria", "from": "03/2024", "to": "03/2024", "response": "Nula",
            "why_stopped": "Sin efecto"},
    ],
    "supporting_data": "Serie piloto no controlada (n = 10) con mejoría de dolor y discapacidad al año.",
    "expected_benefit": "Reducir el dolor al menos 15 mm en la EVA.",
    "monitoring_plan": "Visitas a los 3, 6 y 12 meses; resonancia al año.",
}  # fmt: skip
CRITERIA = {
    "d01": 48, "d02": 24, "d03": 72, "d04": 44, "d19": True, "d09": 39, "disc_levels": "L4-L5, L5-S1", "d06": 2,
    "d05": True, "d07": "pfirrmann_3",
    "d11_translation_mm": 1.5, "d11_angulation_deg": 4, "d12": "none", "d10": False, "d13": False, "d16": False,
    "d15": False,
    "d17_infection": False, "d17_neoplasia": False, "d17_immunosuppression": False, "d17_coagulopathy": False,
    "d17_pregnancy": False,
    "d17_mri": False,
}  # fmt: skip
POSOLOGY = PosologySnapshot(
    1,
    "25 × 10⁶ células por disco",
    "Dosis única en dos niveles",
    "Intradiscal",
    "Un solo acto",
    "Reposo relativo 48 h",
    date(2026, 12, 1),
)


def answered(form: str, answers: dict[str, object], subject: str = "") -> AnswersSnapshot:
    """Answers to the published version of a form."""
    return AnswersSnapshot(form, "2026-11", answers, subject, AT, "Dr. Tomás Vega Lillo")


def signed(case: CaseSnapshot) -> CaseSnapshot:
    """The same case with report and endorsement signed over its content."""
    report = SignatureSnapshot(
        "clinical_report", "Dr. Tomás Vega Lillo", "physician", AT, hashed(report_content(case)), "282812345"
    )
    case = replace(case, request=replace(case.request, signatures=(report,)))
    endorsement = SignatureSnapshot(
        "endorsement", "D. Andrés Peñalver Sanz", "director", AT + timedelta(days=1, hours=3),
        hashed(request_content(case)),
        delegation="P. D. de la Gerencia, resolución de 12/01/2026",
    )  # fmt: skip
    return replace(case, request=replace(case.request, signatures=(report, endorsement)))


@cache
def typical() -> CaseSnapshot:
    """A case with everything that the documents print, treated and closed."""
    return witnessed(signed(replace(_requested(), **_treated())))


def witnessed(case: CaseSnapshot) -> CaseSnapshot:
    """The same case, the first consent of which the physician signed to have seen on paper."""
    first, *others = case.consents
    digest = hashed(witnessed_content(case.code, first))
    seen = SignatureSnapshot(
        CONSENT_WITNESS, "Dr. Tomás Vega Lillo", "physician", AT + timedelta(days=2), digest, "282812345"
    )
    return replace(case, consents=(replace(first, witness=seen), *others))


@cache
def _requested() -> CaseSnapshot:
    request = RequestSnapshot(
        0, "individual", "", True, "Empeoramiento con ingreso previsto en diciembre.", True, "Alemania", 52,
        date(2026, 12, 1),
        "MSE-2026-004512", "REGAGE26e00112233", AT + timedelta(days=2), answered("clinical-report", REPORT), POSOLOGY,
        rectifications=(RectificationSnapshot(1, "note", 1, "Un disco", "Un disco por jeringa, dos niveles",
            "Faltaba el segundo nivel", date(2026, 11, 25), "Dña. Lucía Ferrer Moll"),),
    )  # fmt: skip
    return CaseSnapshot(
        "HGA-2026-00001X", "es-individual", "2026-11", "in_follow_up", CENTRE, PATIENT, PRODUCT, request,
        opened_at=AT - timedelta(days=20),
        physician=Person("Dr. Tomás Vega Lillo", "physician", "282812345", "Traumatología", "Unidad de Columna",
            "910 000 222", "tvega@hga.example"),
        pharmacist=Person("Dña. Lucía Ferrer Moll", "pharmacist", "28-4411"), lines=(LINE, SECOND_LINE),
        eligibility=answered("eligibility", ELIGIBILITY), criteria=answered("eligibility-disc-msc", CRITERIA),
        papers=tuple(each.paper for each in annexes()),
        regions=(
            RegionSnapshot("sponsor_agreement", "sponsor", "given", date(2026, 11, 12),
                           {"on": "2026-11-12", "signed_by": "Dr. Iván Soler", "reference": "ITC-CONF-77"}),
            RegionSnapshot("committee", "committee", "not_needed", date(2026, 11, 2)),
        ),
        is_demo=True,
    )  # fmt: skip


def _treated() -> dict[str, object]:
    return {
        "decisions": (
            DecisionSnapshot(0, "authorised", "mse", date(2026, 11, 26), date(2026, 11, 27), "AEMPS-2026-8891",
                date(2027, 11, 26),
                             "Remitir formulario de seguimiento a los 12 meses.", (), "", True, {"1": 2, "2": 5}),
        ),
        "posologies": (POSOLOGY,),
        "consents": (
            ConsentSnapshot("use", "signed", "3.1", date(2026, 11, 20), "Dr. Tomás Vega Lillo", date(2026, 11, 23),
                "patient", "", "Dña. Ana Popescu", True),
            ConsentSnapshot("donation", "informed", "3.1", date(2026, 11, 20), "Dr. Tomás Vega Lillo"),
        ),
        "supply": SUPPLY,
        "doses": (
            DoseSnapshot("dispensing", 2, "C-0098", date(2027, 6, 30), 84, date(2026, 12, 9),
                "Dña. Lucía Ferrer Moll", "su hermana", date(2027, 1, 20)),
            DoseSnapshot("administration", 1, "ITC-26-0301", date(2026, 12, 12), 2, date(2026, 12, 10),
                "Dr. Tomás Vega Lillo", note="Sin incidencias."),
        ),
        "visits": visits(), "events": EVENTS, "labels": labels(),
    }  # fmt: skip


PLACES = {
    "origin": "Hospital General A, quirófano 4", "origin_address": "Calle de la Salud 12, 28040 Madrid",
    "origin_telephone": "910 000 100", "origin_contact": "Dr. Tomás Vega Lillo",
    "destination": "Unidad de Producción Celular", "destination_address": "Avenida del Campus 3, 47011 Valladolid",
    "destination_telephone": "983 000 200", "destination_contact": "Dña. Marta Ruiz Cano",
}  # fmt: skip
NAMED = {"container": "HGA-2026-00001X-A1P", "patient": "HGA-2026-00001X", "cell_type": "Médula ósea aspirada"}


def labels(**changes: object) -> tuple[LabelSnapshot, ...]:
    """One label of each kind, as an order has them."""
    code = "ES000123A999926123456"
    expires = datetime(2026, 12, 12, 10, 30, tzinfo=UTC)
    whole = NAMED | {
        "batch": "ITC-26-0301", "establishment": "Unidad de Producción Celular, Valladolid (ES000123)",
        "expires_at": "12/12/2026 11:30 (+01:00)", "sec": "SEC: ES000123A999926123456 E000004200120261212",
        "conditions": "Entre 2 °C y 8 °C",
    }  # fmt: skip
    medicine = {
        "product": "Células mesenquimales autólogas de disco", "content": "Suspensión, 20 × 10⁶ células/2 ml",
        "excipients": "Ringer lactato, albúmina humana 2 %", "route": "Intradiscal", "conditions": "Entre 2 °C y 8 °C",
        "disposal": "Residuo biosanitario del grupo III", "holder": "Instituto de Terapia Celular",
    }  # fmt: skip
    made = {"european_code": f"{code}E000004200120261212", "batch": "ITC-26-0301", "expires_at": expires}
    first = LabelSnapshot(
        3, "procurement", NAMED["container"], NAMED["patient"], 2, "Sólo para uso autólogo",
        NAMED | {"donation": "A999926123456", "procured_at": "20/11/2026 09:10"}, (), ("riesgo biológico",),
        code, "", expires, "La primera se manchó", AT, "Dña. Marta Ruiz Cano",
    )  # fmt: skip
    box = replace(
        first, kind="transport", copies=1, phrase="Para uso autólogo exclusivamente", reason="",
        values=NAMED | PLACES | {"started_at": "20/11/2026 11:00", "conditions": "Entre 15 °C y 25 °C"},
        handling=("Muestra biológica de células/tejidos-Manejar con cuidado",),
        warnings=("NO CONGELAR", "NO IRRADIAR", "RIESGO DE CONTAMINACIÓN BIOLÓGICA"), expires_at=None,
    )  # fmt: skip
    bag = replace(box, kind="primary", phrase="para uso autólogo", values=whole, handling=(), warnings=(), **made)
    shipped = replace(box, kind="shipping", handling=("Contiene células humanas. Manejar con cuidado",))
    pack = replace(
        bag, kind="pack", phrase="Exclusivamente para uso autólogo", values=whole | medicine,
        handling=("Contiene células de origen humano",), warnings=("riesgo biológico",),
    )  # fmt: skip
    return tuple(replace(each, **changes) for each in (first, box, bag, shipped, pack))


SUPPLY = (
    SupplySnapshot(1, "ordered", date(2026, 11, 28), 2, 2, reference="PED-311", by="Dña. Lucía Ferrer Moll"),
    SupplySnapshot(
        1, "received", date(2026, 12, 9), 2, 2, "ITC-26-0301", date(2026, 12, 12), "ALB-9", "Dña. Lucía Ferrer Moll"
    ),
    SupplySnapshot(
        1, "administered", date(2026, 12, 10), 2, None, "ITC-26-0301", date(2026, 12, 12), "", "Dr. Tomás Vega Lillo"
    ),
    SupplySnapshot(2, "ordered", date(2026, 11, 28), 150, 5, reference="PED-312", by="Dña. Lucía Ferrer Moll"),
    SupplySnapshot(
        2, "received", date(2026, 12, 3), 150, 5, "C-0098", date(2027, 6, 30), "ALB-10", "Dña. Lucía Ferrer Moll"
    ),
    SupplySnapshot(
        2, "dispensed", date(2026, 12, 9), 84, None, "C-0098", date(2027, 6, 30), "", "Dña. Lucía Ferrer Moll"
    ),
    SupplySnapshot(
        2, "returned", date(2027, 3, 2), 30, 1, "C-0098", date(2027, 6, 30), "DEV-2", "Dña. Lucía Ferrer Moll"
    ),
    SupplySnapshot(
        2, "destroyed", date(2027, 3, 9), 36, None, "C-0098", date(2027, 6, 30), "CERT-55", "Dña. Lucía Ferrer Moll"
    ),
)
EVENTS = (
    EventSnapshot(AT - timedelta(days=20), "open_case", "case", "", "", "draft", "Dña. Lucía Ferrer Moll",
        "pharmacist"),
    EventSnapshot(AT - timedelta(days=19), "start_screening", "case", "", "draft", "screening",
        "Dña. Lucía Ferrer Moll", "pharmacist"),
    EventSnapshot(AT - timedelta(days=2), "inform_patient", "consent", "use", "not_started", "informed",
        "Dr. Tomás Vega Lillo", "physician",
                  {"on": "2026-11-20", "note": "Trae a su hermana."}),
    EventSnapshot(AT + timedelta(days=2), "submit", "case", "", "ready_to_submit", "submitted",
        "Dña. Lucía Ferrer Moll", "pharmacist"),
    EventSnapshot(AT + timedelta(days=5), "record_authorisation", "case", "", "submitted", "authorised",
        "Dña. Lucía Ferrer Moll", "pharmacist"),
    EventSnapshot(AT + timedelta(days=17), "receive_supply", "supply", "line-2", "ordered", "in_quarantine",
        "Dña. Lucía Ferrer Moll", "pharmacist"),
    EventSnapshot(AT + timedelta(days=18), "start_treatment", "case", "", "authorised", "in_treatment",
        "Dña. Lucía Ferrer Moll", "pharmacist"),
    EventSnapshot(AT + timedelta(days=100), "end_treatment", "case", "", "in_treatment", "in_follow_up",
        "Dr. Tomás Vega Lillo", "physician",
                  {"ending": "completed", "on": "2027-03-02", "note": "Pauta completa."}),
)  # fmt: skip


def visits() -> tuple[VisitSnapshot, ...]:
    """Four planned visits: three done, one missed."""
    measured = (("baseline", 0, 72, 44.0), ("m3", 3, 38, 28.888888888888889), ("m6", 6, 31, 24.0))
    done = tuple(_visit(name, months, vas, odi) for name, months, vas, odi in measured)
    return (*done, VisitSnapshot("m12", 12, "missed", date(2027, 12, 10), None, "No localizable en tres intentos."))


def _visit(name: str, months: int, vas: int, odi: float) -> VisitSnapshot:
    answers = {"vas_pain": vas, "analgesics": "occasional", "adverse_events": False} | {
        f"odi_{part}": 2 for part in range(1, 11)
    }
    planned = date(2026, 12, 10) + timedelta(days=30 * months)
    return VisitSnapshot(
        name,
        months,
        "done",
        planned,
        planned + timedelta(days=1),
        "",
        answered("follow-up-disc", answers, name),
        {"vas": vas, "odi": odi},
    )


@cache
def empty() -> CaseSnapshot:
    """A case just opened: nothing but its code, a centre, a product's code and initials."""
    return CaseSnapshot(
        "HGB-2026-00002K", "es-individual", "2026-11", "draft", CentreSnapshot("HGB", "Hospital B"),
        PatientSnapshot("X."),
        ProductSnapshot("P", "", "", ""), RequestSnapshot(),
    )  # fmt: skip


@cache
def extreme() -> CaseSnapshot:
    """Names as long as the product stores them, forty rows of everything, words without a break."""
    long_name = "Hospital Universitario Nuestra Señora de la Inmaculada Concepción y San Telmo de los Caballeros"
    word = "Hidroxipropilmetilcelulosaftalato" * 4
    text = "El paciente presenta una evolución tórpida con múltiples recaídas. " * 60
    case = _requested()
    lines = tuple(
        replace(SECOND_LINE, number=number, strength=f"{number} mg de {word}", packs_note="Nota larga. " * 30)
        for number in range(1, 4)
    )
    report = REPORT | {
        "diagnosis": text, "supporting_data": text, "allergies": word,
        "previous_treatments": [REPORT["previous_treatments"][0] | {"treatment": f"Línea {n}",
            "response": text[:300]} for n in range(8)],
    }  # fmt: skip
    alternatives = ELIGIBILITY | {
        "alternatives": [ELIGIBILITY["alternatives"][0] | {"alternative": f"Alternativa {n}"} for n in range(25)]
    }
    person = Person(
        "Dra. " + "María de los Ángeles Fernández-Villaverde y " * 4, "physician", "282812345", "Traumatología", word
    )
    treated = _treated() | {
        "supply": tuple(replace(SUPPLY[4], line_number=1 + n % 3, batch=f"LOTE-{word[:30]}-{n}") for n in range(120)),
        "doses": tuple(replace(typical().doses[0], line_number=1 + n % 3,
            given_on=date(2026, 12, 1) + timedelta(days=n)) for n in range(60)),
        "decisions": tuple(replace(typical().decisions[0], request_number=n, conditions=text[:900]) for n in range(4)),
        "events": tuple(EVENTS[n % len(EVENTS)] for n in range(80)),
        "visits": tuple(_visit(f"m{n}", n, 100 - 6 * n, 90.0 - 7 * n) for n in range(12)),
        "labels": tuple(replace(each, values={name: (f"{text.upper()} " * 9)[: KINDS[each.kind].longest]
            for name, text in each.values.items()}) for each in labels(reason=text[:300], by=long_name)),
    }  # fmt: skip
    request = replace(case.request, report=answered("clinical-report", report), urgent_reason=text[:1000])
    return signed(
        replace(
            case, centre=replace(CENTRE, name=long_name, pharmacy_service=long_name),
            patient=replace(PATIENT, surnames=word, given_name=long_name),
            product=replace(PRODUCT, name=f"{long_name} {word}", sponsor=long_name), lines=lines, physician=person,
            pharmacist=person, request=request,
            eligibility=answered("eligibility", alternatives), papers=(), is_demo=False, **treated,
        )
    )  # fmt: skip
