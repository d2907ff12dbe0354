"""What the answers to the requirements say, for the page of their result."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.programmes.classification import Route
from compassionate.questionnaires import missing
from compassionate.questionnaires.criteria import Finding, assess
from compassionate.questionnaires.display import display
from compassionate.services import answers, classifying, criteria
from compassionate.services.facts import answers_of
from compassionate.web.editing import may
from compassionate.web.offers import offers, steps_of
from compassionate.web.presenters import present_reasons
from compassionate.web.templating import language, say
from compassionate.workflow.eligibility import advise

STEPS = ("start_screening", "accept_eligibility", "refer", "reject_eligibility", "reopen_screening")
TONES = {True: "good", False: "stop", None: "wait"}
WORDS = {True: "met", False: "not_met", None: "unanswered"}


def pages(case: Case, current: str, has_criteria: bool) -> list[dict[str, Any]]:
    """The pages of the requirements as links: legal, classification of cells, clinical, result."""
    named = [("legal", gettext("Requisitos legales"), "questionnaires.eligibility")]
    if classifying.asks(db(), case):
        named.append(("classification", gettext("Clasificación del producto"), "questionnaires.classification"))
    named += [("criteria", gettext("Criterios clínicos"), "questionnaires.clinical_criteria")] if has_criteria else []
    named += [("result", gettext("Resultado"), "questionnaires.result")]
    return [
        {"text": text, "href": url_for(endpoint, code=case.code), "current": name == current}
        for name, text, endpoint in named
    ]


def result(case: Case) -> dict[str, Any]:
    """Everything that the result page shows."""
    form = criteria.criteria_form(db(), case)
    steps = offers(case, steps_of(case), STEPS)
    return {
        "pages": pages(case, "result", bool(form)),
        "legal": _legal(case),
        "criteria": _criteria(case, form) if form else None,
        "advice": _advice(case),
        "classification": _classification(case),
        "steps": steps,
        "may_save": may(case, "eligibility"),
        "is_screening": case.state in ("draft", "screening"),
    }


def _legal(case: Case) -> dict[str, Any]:
    """The legal conditions, asked of the same guards that refuse, and how many questions are open."""
    form = answers.form_for(db(), case, "eligibility")
    given = answers_of(db(), case, "eligibility")
    gaps = missing(form, given)
    return {
        "missing": len(gaps),
        "is_begun": bool(given),
        "reasons": present_reasons(criteria.legal_reasons(db(), case), case.code),
        "sections": display(form, given, language()),
        "href": url_for("questionnaires.eligibility", code=case.code),
    }


def _classification(case: Case) -> dict[str, Any] | None:
    """Where the classification leads, each step with its article, what is doubtful, and the step to take."""
    if not classifying.asks(db(), case):
        return None
    href = url_for("questionnaires.classification", code=case.code)
    found = classifying.classification_of(db(), case)
    if found is None:
        return {"href": href, "route": "", "grounds": [], "doubts": [], "leaving": "", "tone": "wait"}
    step, _ = found.leaving
    stays = found.route is Route.COMPASSIONATE_USE
    return {
        "href": href,
        "route": say(f"classification.route.{found.route}"),
        "tone": "good" if stays and not found.doubts else "wait" if stays or not step else "stop",
        "grounds": [[say(f"classification.ground.{each.code}"), each.legal_basis] for each in found.grounds],
        "doubts": [[say(f"classification.doubt.{each.code}"), each.legal_basis] for each in found.doubts],
        "leaving": say(f"step.{step}") if step else "",
    }


def _criteria(case: Case, name: str) -> dict[str, Any]:
    form = answers.form_for(db(), case, name)
    given = answers_of(db(), case, name)
    found = assess(form, given, language())
    said = {row.path: row.text for section in display(form, given, language()) for row in section.rows}
    href = url_for("questionnaires.clinical_criteria", code=case.code)
    return {
        "title": form.title.said(language()),
        "rows": [_row(form.item, finding, said, href) for finding in found],
        "met": sum(1 for each in found if each.met is True),
        "unmet": sum(1 for each in found if each.met is False and each.blocking),
        "warnings": sum(1 for each in found if each.met is False and not each.blocking),
        "unknown": sum(1 for each in found if each.met is None and each.blocking),
        "href": href,
    }


def _row(item: Any, finding: Finding, said: dict[str, str], href: str) -> dict[str, Any]:
    labels = [item(link_id).text.said(language()) for link_id in finding.link_ids]
    texts = [said.get(link_id) or "–" for link_id in finding.link_ids]
    given = "; ".join(texts) if set(texts) != {"–"} else "–"
    tone = TONES[finding.met] if finding.blocking or finding.met is not False else "wait"
    return {
        "id": finding.criterion.upper(),
        "label": " / ".join(labels),
        "threshold": finding.threshold,
        "given": given,
        "finding": say(f"criterion.{WORDS[finding.met]}"),
        "tone": tone,
        "blocking": say("criterion.blocking" if finding.blocking else "criterion.warning"),
        "source": finding.source,
        "href": f"{href}#{finding.link_ids[0]}",
    }


def _advice(case: Case) -> list[dict[str, str]]:
    return [
        {
            "text": say(f"advice.{each.code}"),
            "legal_basis": each.legal_basis,
            "step": say(f"step.{each.step}"),
        }
        for each in advise(answers_of(db(), case, "eligibility"))
    ]
