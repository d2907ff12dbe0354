"""What the pages show on which a case is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Centre, Product, ProductLine
from compassionate.services import openings
from compassionate.services.identity import Namesake
from compassionate.services.patients import SEXES
from compassionate.web.access import actor
from compassionate.web.filling import Failure, fill, recovered_at, typed
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.roles import Role

Option = dict[str, str]


def begin(centres: Sequence[Centre], failure: Failure | None) -> dict[str, Any]:
    """The first page: centres to choose from, and what was left unfinished."""
    given = typed() or {}
    return {
        "centres": [{"value": centre.id, "text": centre.name} for centre in centres],
        "chosen": (given.get("centre") or [""])[0],
        "errors": present_errors(failure.errors) if failure else [],
        "by_field": errors_by_field(failure.errors) if failure else {},
        "unfinished": _all_unfinished(),
    }


def _all_unfinished() -> list[dict[str, str]]:
    return [_unfinished(each) for each in openings.unfinished(db(), actor(), clock.now())]


def first_patient(centre: Centre, failure: Failure | None) -> dict[str, Any]:
    """The patient as the first page, for who works at one centre."""
    return {
        "back": "/expedientes",
        "centre": centre.name,
        "filled": fill(dict.fromkeys(identity_labels(), ""), failure=failure, labels=identity_labels()),
        "sexes": sex_options(),
        "recovered": recovered_at(),
        "unfinished": _all_unfinished(),
        "is_first": True,
    }


def _unfinished(started: openings.Started) -> dict[str, str]:
    identity = started.identity
    product = openings.product_of(db(), started)
    parts = [identity.initials if identity else gettext("sin paciente"), product.name if product else ""]
    return {
        "id": started.id,
        "text": " · ".join(part for part in parts if part),
        "when": ago(started.at),
        "exact": exact(started.at),
        "href": url_for(f"opening.{openings.missing_part(started) or 'check'}", opening_id=started.id),
    }


def patient(started: openings.Started, failure: Failure | None) -> dict[str, Any]:
    """The patient's identifiers, as typed so far."""
    identity = started.identity
    stored: dict[str, Any] = asdict(identity) if identity else dict.fromkeys(identity_labels(), "")
    stored["birth_on"] = identity.birth_on.isoformat() if identity and identity.birth_on else ""
    return _common(started, "patient") | {
        "filled": fill(stored, failure=failure, labels=identity_labels()),
        "sexes": sex_options(),
        "recovered": recovered_at(),
    }


EARLIER = {"person": "patient", "product": "patient", "lines": "product", "physician": "product", "check": "physician"}


def identity_labels() -> dict[str, str]:
    """The words of the fields of an identity."""
    return {
        "given_name": gettext("Nombre"),
        "surnames": gettext("Apellidos"),
        "birth_on": gettext("Fecha de nacimiento"),
        "sex": gettext("Sexo"),
        "nhc": gettext("Historia clínica (NHC)"),
        "cip": gettext("Tarjeta sanitaria (CIP)"),
        "national_id": gettext("DNI o NIE"),
    }


def sex_options() -> list[tuple[str, str]]:
    """The sexes to choose from, in words."""
    return [(sex, say(f"sex.{sex}")) for sex in SEXES]


def _common(started: openings.Started, part: str) -> dict[str, Any]:
    earlier = EARLIER.get(part)
    back = url_for(f"opening.{earlier}", opening_id=started.id) if earlier else url_for("opening.begin")
    return {"started": started, "back": back, "centre": openings.centre_of(db(), started).name}


def is_asked(started: openings.Started, part: str) -> bool:
    """Whether a part that only some cases need is asked in this one."""
    if part == "person":
        return started.identity is not None
    return openings.product_of(db(), started) is not None


def choice(started: openings.Started, part: str, failure: Failure | None) -> dict[str, Any]:
    """A page with one choice: options, what was chosen, what is wrong."""
    makers = {"person": _person, "product": _product, "lines": _lines, "physician": _physician}
    given = typed()
    drawn = makers[part](started)
    if given is not None:
        drawn["chosen"] = given.get(part, [])
    errors = failure.errors if failure else ()
    return _common(started, part) | drawn | {
        "part": part,
        "errors": present_errors(errors),
        "error": errors_by_field(errors).get(part, ""),
    }  # fmt: skip


def _person(started: openings.Started) -> dict[str, Any]:
    found = openings.same_people(db(), actor(), started)
    options = [_namesake(each) for each in found]
    options.append(
        {
            "value": openings.OTHER,
            "text": gettext("Es otra persona"),
            "hint": gettext(
                "Se abrirá una ficha nueva. Por ejemplo, gemelos, o un número mal escrito en la otra ficha."
            ),
        }
    )
    return {
        "title": gettext("Puede que ya conozcamos a esta persona"),
        "hint": gettext(
            "En este centro ya hay alguien con el mismo dato. Compruébelo con la historia clínica. Si es la misma"
            " persona, se usa su ficha tal como está; después puede corregirla."
        ),
        "options": options,
        "chosen": [started.said.get("person") or ""],
    }


def _namesake(held: Namesake) -> Option:
    born = (
        gettext("nacida en %(year)s", year=held.birth_year) if held.birth_year else gettext("sin fecha de nacimiento")
    )
    same = ", ".join(say(f"same_person.{field}") for field in held.fields)
    cases = ", ".join(held.cases) or gettext("sin expedientes que usted pueda ver")
    return {
        "value": held.patient_id,
        "text": gettext("Es la misma persona: %(initials)s, %(born)s", initials=held.initials, born=born),
        "hint": gettext("Coincide: %(same)s. Expedientes: %(cases)s.", same=same, cases=cases),
    }


def _product(started: openings.Started) -> dict[str, Any]:
    held = openings.products_for(db())
    return {
        "title": gettext("¿Qué medicamento?"),
        "hint": gettext("Si no está en la lista, lo da de alta Farmacia o la administración del sistema."),
        "options": [_product_option(each) for each in held],
        "chosen": [started.said.get("product") or ""],
        "empty": gettext("Todavía no hay ningún medicamento dado de alta."),
    }


def _product_option(product: Product) -> Option:
    return {"value": product.id, "text": product.name, "hint": f"{product.active_substance} · {product.sponsor.name}"}


def _lines(started: openings.Started) -> dict[str, Any]:
    product = openings.product_of(db(), started)
    assert product is not None
    return {
        "title": gettext("¿Qué presentaciones?"),
        "hint": gettext("Marque todas las que vaya a pedir. Los envases de cada una se calculan después."),
        "options": [line_option(line) for line in product.lines],
        "chosen": [str(position) for position in started.said.get("lines") or []],
        "several": True,
    }


def line_option(line: ProductLine) -> Option:
    """A presentation to choose, with what tells it from the others."""
    free = gettext("sin cargo") if line.is_free else gettext("con cargo")
    pack = gettext("%(count)s %(unit)s por envase", count=line.units_per_pack, unit=line.unit)
    text = " · ".join(part for part in (line.strength, line.form, line.route, line.presentation) if part)
    return {"value": str(line.position), "text": text, "hint": f"{pack} · {free}"}


def _physician(started: openings.Started) -> dict[str, Any]:
    centre, me = openings.centre_of(db(), started), actor()
    held = openings.physicians_of(db(), centre, clock.now())
    options: list[Option] = [
        {
            "value": each.id,
            "text": each.name,
            "hint": " · ".join(part for part in (each.specialty, each.service) if part),
        }
        for each in held
    ]
    options.append({"value": openings.LATER, "text": gettext("Se nombrará después"), "hint": ""})
    default = me.account_id if Role.PHYSICIAN in me.roles_at(centre.id) else ""
    return {
        "title": gettext("¿Quién es el médico responsable?"),
        "hint": gettext("Comprueba los requisitos, firma el informe y trata al paciente."),
        "options": options,
        "chosen": [started.said.get("physician") or default],
    }


def check(started: openings.Started) -> dict[str, Any]:
    """Everything that was said, each with the page on which it is changed."""
    rows = [
        (gettext("Centro"), openings.centre_of(db(), started).name, ""),
        *_patient_rows(started),
        *_medicine_rows(started),
    ]
    physicians = {
        each.id: each.name for each in openings.physicians_of(db(), openings.centre_of(db(), started), clock.now())
    }
    rows.append(
        (
            gettext("Médico responsable"),
            physicians.get(started.said["physician"], gettext("Se nombrará después")),
            "physician",
        )
    )
    return _common(started, "check") | {
        "rows": [
            {"key": key, "value": value or {"text": gettext("Sin dato")}, "href": _page(started, part)}
            for key, value, part in rows
        ],
        "is_complete": _is_complete(started),
    }


def _page(started: openings.Started, part: str) -> str:
    return url_for(f"opening.{part}", opening_id=started.id) if part else ""


def _is_complete(started: openings.Started) -> bool:
    return started.said["person"] != openings.OTHER or (started.identity is not None and started.identity.is_complete)


def _patient_rows(started: openings.Started) -> list[tuple[str, str, str]]:
    if started.said["person"] != openings.OTHER:
        known = {each.patient_id: each for each in openings.same_people(db(), actor(), started)}
        held = known.get(started.said["person"])
        words = f"{held.initials}, {', '.join(held.cases)}" if held else gettext("Ficha que ya existe")
        return [(gettext("Paciente"), gettext("La misma persona: %(who)s", who=words), "person")]
    identity = started.identity
    assert identity is not None
    labels = identity_labels()
    return [
        (gettext("Paciente"), f"{identity.given_name} {identity.surnames}", "patient"),
        (labels["birth_on"], day(identity.birth_on), "patient"),
        (labels["sex"], say(f"sex.{identity.sex}"), "patient"),
        *((labels[name], getattr(identity, name), "patient") for name in ("nhc", "cip", "national_id")),
    ]


def _medicine_rows(started: openings.Started) -> list[tuple[str, str, str]]:
    product = openings.product_of(db(), started)
    assert product is not None
    chosen = [line_option(line)["text"] for line in product.lines if line.position in started.said["lines"]]
    part = "lines" if len(product.lines) > 1 else "product"
    return [(gettext("Medicamento"), product.name, "product"), (gettext("Presentaciones"), "; ".join(chosen), part)]
