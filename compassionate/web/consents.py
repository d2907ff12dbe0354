"""Information and consent of a patient, kind by kind: who signs, where it stands, what is owed, every round."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, Consent, Region
from compassionate.services import consents, documents, papers, signature_states
from compassionate.services.advance import Possible
from compassionate.services.facts import today_at
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.signing import shown
from compassionate.web.step_words import state_tone, state_words
from compassionate.web.templating import day, language, say

blueprint = Blueprint("consents", __name__)
STEPS = ("inform_patient", "record_consent", "record_consent_refusal", "record_consent_revocation", "supersede_consent")
MAIN = {"informed": "record_consent", "signed": ""}


@blueprint.get("/expedientes/<code>/consentimientos")
@readers
def index(code: str) -> Any:
    """Every kind of consent of the case."""
    return _page(load_case(code))


@blueprint.post("/expedientes/<code>/consentimientos/<kind>/escrito")
@readers
def write(code: str, kind: str) -> Any:
    """The writing that a refusal or a revocation by word of mouth still owed."""
    case, given = load_case(code), request.form
    if failure := attempt(
        lambda: consents.record_writing(
            db(), actor(), case, kind, given.get("on", ""), given.get("paper", ""), clock.now()
        )
    ):
        return _page(case, kind, failure), failure.status
    flash(gettext("Escrito registrado."), "success")
    return redirect(url_for("consents.index", code=case.code), 303)


def _page(case: Case, kind: str = "", failure: Failure | None = None) -> Any:
    regions = [region for region in case.regions if region.kind == "consent"]
    if kind and kind not in {region.instance for region in regions}:
        raise NotFound
    held, steps = consents.rounds(db(), case), steps_of(case)
    issued = documents.latest(db(), case, "consent_form", "hospital", 0)
    return render_template(
        "consents/index.html",
        **frame(case),
        kinds=[_kind(case, region, held[region.instance], steps) for region in regions],
        signer=consents.usual_signer(db(), case, today_at(case, clock.now())),
        sheet_version=case.product.consent_sheet_version,
        form_url=_document_url(case, issued.id) if issued and not documents.is_stale(db(), case, issued) else "",
        filled=fill({"on": "", "paper": ""}, case=case, failure=failure),
        filled_kind=kind,
        signed_papers=_papers(case),
        may_write=may(case, "papers"),
        who=who_may(case, "papers"),
        recovered=recovered_at(),
    )


def _document_url(case: Case, document_id: str) -> str:
    return url_for("documents.download", code=case.code, document_id=document_id)


def _papers(case: Case) -> list[dict[str, str]]:
    return [
        {"value": each.row.id, "text": each.title}
        for each in papers.listed(db(), case)
        if each.row.kind == "signed_consent" and each.row.withdrawn_at is None
    ]


def _kind(case: Case, region: Region, held: list[consents.Round], steps: list[Possible]) -> dict[str, Any]:
    main = MAIN.get(region.state, "inform_patient")
    offered = offers(case, steps, sorted(STEPS, key=lambda name: name != main), region.instance)
    return {
        "id": region.instance,
        "title": say(f"consent_kind.{region.instance}"),
        "state": state_words("consent", region.state),
        "tone": state_tone(case, "consent", region.state),
        "stops_doses": region.state != "signed",
        "is_over": region.state in ("refused", "revoked"),
        "latest": _round(case, held[0]) if held else None,
        "earlier": [_round(case, each) for each in held[1:]],
        "steps": offered,
        "has_main": any(step["name"] == main for step in offered["ready"]),
    }


def _round(case: Case, held: consents.Round) -> dict[str, Any]:
    row = held.row
    return {
        "number": row.number,
        "sheet_version": row.sheet_version,
        "is_old_sheet": bool(
            row.sheet_version
            and case.product.consent_sheet_version
            and row.sheet_version != case.product.consent_sheet_version
        ),
        "informed_on": day(row.informed_on),
        "informed_by": held.informed_by,
        "language": held.language,
        "interpreter": held.interpreter,
        "signed_on": day(row.signed_on),
        "signed_by": say(f"choice.signed_by.{row.signed_by}") if row.signed_by else "",
        "representative": held.representative,
        "hearing": held.hearing_of_minor,
        "copy_given": row.copy_given,
        "witness": _witness(case, row),
        "paper": _paper_url(case, row.paper_id),
        "ended_on": day(row.ended_on),
        "ended_by_word": row.ended_by_word,
        "written_on": day(held.written_on),
        "ending_paper": _paper_url(case, held.ending_paper_id),
        "owes_writing": held.owes_writing,
    }


def _witness(case: Case, row: Consent) -> dict[str, Any] | None:
    if row.signed_on is None:
        return None
    return shown(signature_states.state(db(), case, consents.witnessing(db(), case, row), language()))


def _paper_url(case: Case, paper_id: str | None) -> str:
    return url_for("papers.card", code=case.code, paper_id=paper_id) if paper_id else ""
