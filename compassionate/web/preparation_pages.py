"""What the pages of patient, medicine, sponsor and committee show."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate.extensions import db
from compassionate.models import Case, Paper
from compassionate.services import identity as identities
from compassionate.services.facts import region_of
from compassionate.services.patients import Identity, identity_of
from compassionate.services.snapshots import willingness_papers
from compassionate.web.access import actor
from compassionate.web.downloads import size_words
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, fill, recovered_at
from compassionate.web.offers import offers, steps_of
from compassionate.web.opening_choices import line_option
from compassionate.web.opening_pages import identity_labels, sex_options
from compassionate.web.programme_words import programme_words
from compassionate.web.step_words import state_tone, state_words
from compassionate.web.templating import ago, day, exact, say

AGREEMENT_STEPS = ("ask_sponsor", "record_sponsor_agreement", "record_sponsor_refusal")
COMMITTEE_STEPS = ("ask_committee", "record_committee_favourable", "record_committee_unfavourable")
LONGEST_POSITION = 4
Row = tuple[str, str]


def position(text: str) -> int:
    """The position of a presentation as its box sends it; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION else 0


def patient(case: Case, failure: Failure | None) -> dict[str, Any]:
    """The identity as a form for who may correct it, as facts for who may read it."""
    held = identity_of(db(), case.patient)
    stored = asdict(held) | {"birth_on": held.birth_on.isoformat() if held.birth_on else ""}
    words = {"sex": say(f"sex.{held.sex}"), "birth_on": day(held.birth_on)}
    asks_who = bool(failure and any(error.field == "another_person" for error in failure.errors))
    return {
        "filled": fill(stored, case=case, edit="edit_patient", failure=failure, words=words, labels=identity_labels()),
        "sexes": sex_options(),
        "rows": [{"key": key, "value": value} for key, value in _identity_rows(held)],
        "asks_who": asks_who,
        "cases": [code for code in identities.cases_of(db(), actor(), case.patient) if code != case.code],
        "may_save": may(case, "patient"),
        "who": who_may(case, "patient"),
        "is_complete": held.is_complete,
        "recovered": recovered_at(),
    }


def _identity_rows(held: Identity) -> list[Row]:
    shown = asdict(held) | {"birth_on": day(held.birth_on), "sex": say(f"sex.{held.sex}")}
    return [(label, str(shown[name])) for name, label in identity_labels().items()]


def product(case: Case, failure: Failure | None) -> dict[str, Any]:
    """The facts of the medicine, and its presentations to choose from."""
    chosen = [str(line.product_line.position) for line in case.lines]
    by_position = {str(line.position): line_option(line)["text"] for line in case.product.lines}
    words = {"lines": "; ".join(by_position[position] for position in chosen)}
    return {
        "filled": fill({"lines": chosen}, case=case, edit="edit_product", failure=failure, words=words),
        "options": [line_option(line) for line in case.product.lines],
        "facts": [{"key": key, "value": value} for key, value in _product_rows(case)],
        "may_save": may(case, "product"),
        "who": who_may(case, "product"),
        "recovered": recovered_at(),
    }


def _product_rows(case: Case) -> list[Row]:
    row = case.product
    status = say(f"print.application_status.{row.application_status}") if row.application_status else ""
    asked = say("answer.yes" if row.agreement_per_patient else "answer.no")
    rows = [
        (gettext("Medicamento"), f"{row.name} ({row.code})"),
        (gettext("Principio activo"), row.active_substance),
        (gettext("Promotor"), row.sponsor.name),
        (gettext("Ensayo clínico"), " ".join(part for part in (row.trial_register, row.trial_number) if part)),
        (gettext("Solicitud de autorización"), status),
        (gettext("Programa"), programme_words(row.programme)),
        (gettext("Hay que importarlo"), say("answer.yes" if row.needs_import else "answer.no")),
        (gettext("País de origen"), row.origin_country),
        (gettext("El promotor acepta paciente por paciente"), asked),
        (gettext("Se toma en casa"), say("answer.yes" if row.taken_at_home else "answer.no")),
    ]
    return [(key, value) for key, value in rows if value]


def sponsor(case: Case, failure: Failure | None) -> dict[str, Any]:
    """Willingness as a fact of the medicine with its form; the agreement with its steps; a letter to copy."""
    row = case.product
    stored = {
        "willing_on": row.willing_on.isoformat() if row.willing_on else "",
        "willing_by": row.willing_by,
        "willing_reference": row.willing_reference,
    }
    labels = {
        "willing_on": gettext("Fecha del documento"),
        "willing_by": gettext("Quién lo firma"),
        "willing_reference": gettext("Referencia"),
        "paper": gettext("Documento del promotor"),
    }
    region = region_of(case, "sponsor_agreement")
    return {
        "filled": fill(stored, case=case, edit="record_willingness", failure=failure, labels=labels),
        "willing": {"on": day(row.willing_on), "by": row.willing_by, "reference": row.willing_reference},
        "papers": [_paper(case, paper) for paper in willingness_papers(db(), row)],
        "contact": _contact(case),
        "agreement": _region(case, "sponsor_agreement"),
        "steps": offers(case, steps_of(case), AGREEMENT_STEPS, region.instance if region else ""),
        "letter": _letter(case),
        "may_save": may(case, "sponsor_willingness"),
        "who": who_may(case, "sponsor_willingness"),
        "recovered": recovered_at(),
    }


def _paper(case: Case, paper: Paper) -> dict[str, str]:
    return {
        "text": gettext("Documento del promotor, %(size)s", size=size_words(paper.size)),
        "href": url_for("preparation.willingness_paper", code=case.code, paper_id=paper.id),
        "when": ago(paper.uploaded_at),
        "exact": exact(paper.uploaded_at),
    }


def _contact(case: Case) -> list[dict[str, str]]:
    held = case.product.sponsor
    rows = [
        (gettext("Promotor"), held.name),
        (gettext("Contacto"), held.contact),
        (gettext("Correo electrónico"), held.email),
        (gettext("Teléfono"), held.telephone),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _letter(case: Case) -> str:
    """A request for agreement to paste into a mail: the case's code, never the patient's name."""
    centre = case.centre
    wanted = "\n".join(f"- {line_option(line.product_line)['text']}" for line in case.lines)
    return say(
        "letter.sponsor",
        centre=centre.name,
        product=case.product.name,
        case=case.code,
        lines=wanted,
        service=centre.pharmacy_service or gettext("Servicio de Farmacia"),
        contact=", ".join(part for part in (centre.telephone, centre.email) if part),
    ).strip()


def _region(case: Case, kind: str) -> dict[str, str]:
    region = region_of(case, kind)
    state = region.state if region else "not_needed"
    return {
        "state": state,
        "words": state_words(kind, state),
        "tone": state_tone(case, kind, state),
        "since": ago(region.since_at) if region else "",
        "exact": exact(region.since_at) if region else "",
    }


def committee(case: Case) -> dict[str, Any]:
    """The committee's region, the centre's own rule, and its steps."""
    region = region_of(case, "committee")
    return {
        "region": _region(case, "committee"),
        "rule": say(f"committee_rule.{case.centre.committee}"),
        "is_charged": any(not line.product_line.is_free for line in case.lines),
        "steps": offers(case, steps_of(case), COMMITTEE_STEPS, region.instance if region else ""),
    }
