"""What the pages of a request show: tasks, posology, packs."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext

from compassionate import clock
from compassionate.documents.contexts.packs import calculation
from compassionate.documents.phrases import Phrases
from compassionate.extensions import db
from compassionate.models import Account, Case, Posology
from compassionate.models.vault import unseal
from compassionate.paths import cure_url
from compassionate.services import preparation, urgent
from compassionate.services.conversation import open_by_part
from compassionate.services.facts import request_state
from compassionate.services.precedents import precedents
from compassionate.services.requests import MOST_DAYS, POSOLOGY_TEXTS, posologies, the_request
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import LineSnapshot
from compassionate.web.access import actor
from compassionate.web.changed_values import since_filed
from compassionate.web.editing import may, who_may
from compassionate.web.endorsement import given
from compassionate.web.filed import filed
from compassionate.web.filling import Failure, fill, recovered_at
from compassionate.web.forecasting import forecast_shown, shown_precedents
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import line_words, present, state_words
from compassionate.web.templating import ago, day, exact, language, say

FORWARD_STEPS = ("start_screening", "accept_eligibility", "request_endorsement", "endorse", "submit", "prepare_again")
OTHER_STEPS = ("return_for_changes", "reopen_preparation", "withdraw_request")
TONES = {
    "done": "done",
    "signed": "done",
    "count": "done",
    "not_needed": "",
    "optional": "",
    "begun": "info",
    "todo": "neutral",
    "waiting": "wait",
    "unsigned": "neutral",
    "stale": "stop",
    "refused": "stop",
}


def heading(case: Case, number: int) -> dict[str, Any]:
    """How a request is named on its pages, and where it stands."""
    kind = the_request(case, number).kind
    state = request_state(case, number)
    return {
        "number": number,
        "request_name": say(f"request_name.{kind}", number=number),
        "request_state": state_words("continuation" if number else "case", state),
        "instance": f"continuation-{number}" if number else "",
    }


def tasks(case: Case, number: int) -> dict[str, Any]:
    """The task list of a request with the steps that leave where it stands."""
    head, stands = heading(case, number), snapshot(db(), case, number)
    held = preparation.tasks(db(), case, number, clock.now(), stands)
    settled, counts = sum(1 for task in held if task.is_settled), open_by_part(db(), case)
    return head | {
        "tasks": [_asked(_task(case, number, task), counts.get(task.cure, 0)) for task in held],
        "progress": gettext("%(done)s de %(all)s partes completas", done=settled, all=len(held)),
        "is_ready": settled == len(held),
        "filed": filed(db(), case, number),
        "mine": next((_task(case, number, task) for task in held if _is_mine(case, task)), None),
        **steps_offered(case, head["instance"]),
        "forecast": forecast_shown(case, number, stands),
        "signatures": given(db(), case, stands),
        "precedents": shown_precedents(precedents(db(), case)),
        "urgent_owed": _urgent_owed(case, number),
        "since_filed": since_filed(db(), case, number),
        "is_filed": the_request(case, number).submitted_at is not None,
        "others": [heading(case, row.number) for row in case.requests if row.number != number],
    }


def steps_offered(case: Case, instance: str) -> dict[str, Any]:
    """The steps that take a request forward, and apart from them those that take it back or end it."""
    possible = steps_of(case)
    return {
        "steps": offers(case, possible, FORWARD_STEPS, instance),
        "other_steps": offers(case, possible, OTHER_STEPS, instance)["ready"],
    }


def _urgent_owed(case: Case, number: int) -> dict[str, Any] | None:
    """What an urgent request still owes since it was filed, and by when."""
    held = urgent.owed(db(), case, number, clock.now())
    if held is None:
        return None
    return {"reasons": present(case, held.reasons, number), "by": day(held.due_on), "is_late": held.is_late}


PREPARES_FOR = {"resident": "physician", "technician": "pharmacist"}


def _is_mine(case: Case, task: preparation.Task) -> bool:
    """Whether a part waits for whoever looks, or for the senior for whom they prepare (who alone signs)."""
    held = {role.value for role in actor().roles_at(case.centre_id)}
    if task.name != "signatures":
        held |= {PREPARES_FOR.get(role, role) for role in held}
    return not task.is_settled and bool(held & set(task.who))


def _task(case: Case, number: int, task: preparation.Task) -> dict[str, str]:
    who = "" if task.is_settled else ", ".join(say(f"turn.{each}") for each in task.who)
    return {
        "title": say(f"task.{task.name}"),
        "href": cure_url(task.cure, case.code, number),
        "status": say(f"task_status.{task.status}", count=task.count),
        "tone": TONES[task.status],
        "hint": gettext("Le toca a: %(who)s", who=who) if who else _advice(task),
    }


def posology(case: Case, number: int, failure: Failure | None = None) -> dict[str, Any]:
    """The form of a posology, filled from its newest version, and every version with its date."""
    request, state = the_request(case, number), request_state(case, number)
    versions = posologies(db(), case)
    newest = _details(case, versions[-1]) if versions else dict.fromkeys(POSOLOGY_TEXTS, "")
    from_on = versions[-1].from_on if versions else None
    stored = newest | {
        "from_on": from_on.isoformat() if from_on else "",
        "duration_weeks": request.duration_weeks or "",
        "start_wished_on": request.start_wished_on.isoformat() if request.start_wished_on else "",
    }
    return heading(case, number) | {
        "filled": fill(
            stored, case=case, edit="edit_posology", instance=str(number), failure=failure, labels=_posology_labels()
        ),
        "versions": [_version(case, row) for row in reversed(versions)],
        "limits": POSOLOGY_TEXTS,
        "may_save": may(case, "posology", state),
        "who": who_may(case, "posology", state),
        "recovered": recovered_at(),
    }


def _posology_labels() -> dict[str, str]:
    return {
        "dose": gettext("Dosis"),
        "schedule": gettext("Pauta"),
        "route": gettext("Vía"),
        "cycles": gettext("Ciclos"),
        "instructions": gettext("Instrucciones"),
        "duration_weeks": gettext("Duración prevista"),
        "start_wished_on": gettext("Inicio previsto"),
        "from_on": gettext("Esta pauta vale desde"),
    }


def _asked(shown: dict[str, str], total: int) -> dict[str, str]:
    """A part with how many questions about it are open."""
    if not total:
        return shown
    words = ngettext("%(num)d pregunta abierta", "%(num)d preguntas abiertas", total)
    return shown | {"hint": f"{shown['hint']} · {words}" if shown["hint"] else words}


def _advice(task: preparation.Task) -> str:
    return say(f"task_hint.{task.status}") if task.status == "optional" else ""


def _details(case: Case, row: Posology) -> dict[str, str]:
    details: dict[str, str] = unseal(db(), row, "details", case.key_id)
    return details


def _version(case: Case, row: Posology) -> dict[str, Any]:
    author = db().get(Account, row.by_id)
    return _details(case, row) | {
        "version": row.version,
        "from_on": day(row.from_on),
        "by": author.name if author else "",
        "when": ago(row.at),
        "exact": exact(row.at),
    }


def packs(case: Case, number: int, failure: Failure | None = None) -> dict[str, Any]:
    """The form of the packs: a calculation or a stated number a line, import and urgency."""
    request, state = the_request(case, number), request_state(case, number)
    held = snapshot(db(), case, number)
    stored = _stored_packs(case, number, held.lines)
    words = {"needs_import": say("answer.yes" if request.needs_import else "answer.no")}
    lines = [_line(case, line) for line in held.lines]
    return heading(case, number) | {
        "filled": fill(
            stored,
            case=case,
            edit="edit_packs",
            instance=str(number),
            failure=failure,
            words=words,
            labels=_packs_labels(lines),
        ),
        "lines": lines,
        "duration_weeks": request.duration_weeks,
        "duration_days": request.duration_weeks * 7 if request.duration_weeks else None,
        "most_days": MOST_DAYS,
        "may_save": may(case, "packs", state),
        "who": who_may(case, "packs", state),
        "product_import": case.product.needs_import,
        "recovered": recovered_at(),
    }


def _packs_labels(lines: list[dict[str, Any]]) -> dict[str, str]:
    of_a_line = {
        "units_a_day": gettext("Unidades al día"),
        "days": gettext("Días"),
        "packs": gettext("Envases"),
        "note": gettext("De dónde sale el número"),
    }
    several = len(lines) > 1
    return {
        f"{name}.{line['number']}": f"{words} ({line['words']})" if several else words
        for line in lines
        for name, words in of_a_line.items()
    } | {
        "needs_import": gettext("Importación"),
        "origin_country": gettext("País de origen"),
        "urgent_reason": gettext("Por qué es urgente"),
    }


def _line(case: Case, line: LineSnapshot) -> dict[str, Any]:
    words = next(line_words(row) for row in case.lines if row.number == line.number)
    phrases = Phrases(language(), case.centre.zone)
    return {
        "number": line.number,
        "words": words,
        "unit": line.unit,
        "units_per_pack": line.units_per_pack,
        "packs": line.packs_requested,
        "calculation": calculation(line, phrases) if line.packs_requested else "",
    }


def _stored_packs(case: Case, number: int, lines: tuple[LineSnapshot, ...]) -> dict[str, Any]:
    request = the_request(case, number)
    needs_import = case.product.needs_import if request.needs_import is None else request.needs_import
    stored: dict[str, Any] = {
        "needs_import": "yes" if needs_import else "" if request.needs_import is None else "no",
        "origin_country": request.origin_country or (case.product.origin_country if needs_import else ""),
        "urgent": "1" if request.urgent else "",
        "urgent_reason": unseal(db(), request, "urgent_reason", case.key_id) or "",
    }
    for line in lines:
        stored |= {
            f"units_a_day.{line.number}": line.units_a_day.replace(".", ","),
            f"days.{line.number}": line.days or "",
            f"packs.{line.number}": "" if line.units_a_day else line.packs_requested or "",
            f"note.{line.number}": line.packs_note,
        }
    return stored
