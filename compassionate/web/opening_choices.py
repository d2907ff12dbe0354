"""The options of each page with one choice, on which a case is opened: the same person, medicine, lines, physician."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Product, ProductLine
from compassionate.services import openings
from compassionate.services.identity import Namesake
from compassionate.web.access import actor
from compassionate.web.templating import say
from compassionate.workflow.roles import Role

Option = dict[str, str]


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


OPTIONS: Mapping[str, Callable[[openings.Started], dict[str, Any]]] = {
    "person": _person,
    "product": _product,
    "lines": _lines,
    "physician": _physician,
}
