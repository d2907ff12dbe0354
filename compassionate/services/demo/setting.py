"""The two hospitals of the demonstration, what they settled for themselves, and the medicines that they ask for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from compassionate.deadlines.calendars import SATURDAY
from compassionate.models import Centre, Product
from compassionate.services import calendar_entries, centres, instance, medicines, products
from compassionate.services.actors import Actor
from compassionate.services.demo.leaflets import leaflet
from compassionate.services.demo.lore import DISC, HOME, KNEE
from compassionate.services.operators import at_the_machine
from compassionate.services.papers import Upload

ACADEMIC, LABORATORY = "Instituto de Terapia Celular (demostración)", "Laboratorios Demostración, S. A."
LOCAL_DAYS = {
    "ES-MD/Madrid": ((5, 15, "San Isidro"), (11, 9, "La Almudena")),
    "ES-CT/Barcelona": ((5, 25, "Pascua Granada"), (9, 24, "La Mercè")),
}
VIAL = {"form": "Suspensión inyectable", "unit": "jeringa", "units_per_pack": 1, "is_free": True}
TABLET = {"form": "Comprimido recubierto", "route": "Oral", "unit": "comprimido"}
SHEET = "2025-01"

PRODUCTS: tuple[tuple[dict[str, Any], list[dict[str, Any]]], ...] = (
    (
        {
            "code": DISC,
            "name": "Células MSV autólogas, disco (demostración)",
            "active_substance": "Células mesenquimales autólogas expandidas de médula ósea",
            "sponsor": ACADEMIC,
            "programme": "disc-msc",
            "trial_register": "reec",
            "trial_number": "2019-000000-00",
            "agreement_per_patient": True,
            "consent_kinds": ["use", "donation"],
            "consent_sheet_version": SHEET,
        },
        [VIAL | {"strength": "25 millones de células / 2 ml", "route": "Intradiscal"}],
    ),
    (
        {
            "code": KNEE,
            "name": "Células MSV autólogas, rodilla (demostración)",
            "active_substance": "Células mesenquimales autólogas expandidas de médula ósea",
            "sponsor": ACADEMIC,
            "programme": "knee-msc",
            "trial_register": "clinicaltrials",
            "trial_number": "NCT00000000",
            "agreement_per_patient": True,
            "consent_kinds": ["use", "donation"],
            "consent_sheet_version": SHEET,
        },
        [VIAL | {"strength": "40 millones de células / 8 ml", "route": "Intraarticular"}],
    ),
    (
        {
            "code": HOME,
            "name": "Demostrinib comprimidos (inventado)",
            "active_substance": "Demostrinib",
            "sponsor": LABORATORY,
            "trial_register": "ctis",
            "trial_number": "2022-500000-00-00",
            "application_status": "under_evaluation",
            "needs_import": True,
            "origin_country": "Alemania",
            "agreement_per_patient": True,
            "taken_at_home": True,
            "hazardous": True,
            "consent_kinds": ["use"],
            "consent_sheet_version": SHEET,
        },
        [
            TABLET | {"strength": "40 mg", "units_per_pack": 56, "presentation": "Blíster, 56", "is_free": True},
            TABLET
            | {
                "strength": "80 mg",
                "units_per_pack": 28,
                "presentation": "Blíster, 28",
                "is_free": False,
                "price_cents": 182_000,
            },
        ],
    ),
)


def found_hospitals(session: Session, now: datetime) -> tuple[Centre, Centre]:
    """Two hospitals in different communities."""
    author = at_the_machine("demo")
    first = instance.add_centre(
        session, author, "HGA", "Hospital General A (demostración)", "ES-MD", now, "Madrid", is_demo=True
    )
    second = instance.add_centre(
        session, author, "HGB", "Hospital General B (demostración)", "ES-CT", now, "Barcelona", is_demo=True
    )
    return first, second


def settle(session: Session, administrator: Actor, centre: Centre, now: datetime) -> None:
    """What the administrator writes about the hospital: it asks its committee where the sponsor charges."""
    values = centres.values_of(centre) | {
        "official_code": "280000",
        "pharmacy_service": "Servicio de Farmacia",
        "telephone": "900 000 000",
        "email": "farmacia@hospital-demo.example",
        "committee": "charged",
        "is_hospital": "y",
        "consent_contact": "Servicio de Farmacia, 900 000 000",
        "data_protection_contact": "dpd@hospital-demo.example",
    }
    centres.edit(session, administrator, centre, values, now)


def enter_local_days(session: Session, administrator: Actor, now: datetime) -> None:
    """The local days of both towns, invented like everything here and named so; on a weekend the Monday after."""
    years = range(now.year, now.year + 4)
    for where, days in LOCAL_DAYS.items():
        named = {
            _monday(date(year, month, day)): f"{name} (demostración)" for year in years for month, day, name in days
        }
        calendar_entries.enter(session, administrator, where, named, "Inventado para la demostración", now)


def _monday(on: date) -> date:
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() >= SATURDAY else 0)


def add_products(session: Session, pharmacist: Actor, now: datetime) -> dict[str, Product]:
    """The medicines, each with its sponsor's willingness on paper, by code."""
    made = {}
    for facts, lines in PRODUCTS:
        product = products.create_product(session, pharmacist, facts, lines, now, is_demo=True)
        _record_willingness(session, pharmacist, product, now.date() - timedelta(days=20), now)
        made[product.code] = product
    return made


def _record_willingness(session: Session, pharmacist: Actor, product: Product, on: date, now: datetime) -> None:
    said = ["Declaramos nuestra disposición a suministrar el medicamento", "en uso compasivo (RD 1015/2009, art. 7.1)."]
    paper = Upload("disposicion.pdf", "application/pdf", leaflet(f"Disposición del promotor: {product.code}", said))
    values = {
        "willing_on": str(on),
        "willing_by": f"Dirección médica, {product.sponsor.name}",
        "willing_reference": f"DEMO-{product.code}",
    }
    medicines.record_willingness(session, pharmacist, product, values, paper, now)
