"""What the pages show on which a case is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Centre
from compassionate.services import openings
from compassionate.services.patients import SEXES
from compassionate.web.access import actor
from compassionate.web.filling import Failure, fill, recovered_at, typed
from compassionate.web.opening_choices import OPTIONS, line_option
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import ago, day, exact, say


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
    given = typed()
    drawn = OPTIONS[part](started)
    if given is not None:
        drawn["chosen"] = given.get(part, [])
    errors = failure.errors if failure else ()
    return _common(started, part) | drawn | {
        "part": part,
        "errors": present_errors(errors),
        "error": errors_by_field(errors).get(part, ""),
    }  # fmt: skip


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
