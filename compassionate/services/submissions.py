"""Taking back what the agency's application gave: reference, registry number, moment, who typed and checked, and what
had to be typed otherwise than it was prepared (RD 1015/2009 art. 6, 8.1; Ley 39/2015 art. 16).

How the agency's numbers look is not published: a centre may say it (`reference_shape`, `registry_shape`), where it
does not, any will do. What is checked always: nothing in the future, nothing before the endorsement, no number twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Account, Case, Membership, Request, Signature
from compassionate.services.binding import ENDORSEMENT
from compassionate.services.differences import Difference, in_words
from compassionate.services.facts import request_of, today_at
from compassionate.services.memberships import in_force_on
from compassionate.services.shapes import fits
from compassionate.services.step import Step
from compassionate.services.transcription import Typed, sheet
from compassionate.text import clean, single_line
from compassionate.workflow.permissions import READERS

SUBMIT = "submit"
FIELD, TYPED, WHY = "differs_field", "differs_typed", "differs_why"
LONGEST_TYPED, LONGEST_WHY, MOST_DIFFERENCES = 2000, 200, 40
OTHER_CHECKS = "checker_is_another"
NUMBERS = {"reference": "reference_shape", "registry_number": "registry_shape"}


def people(session: Session, case: Case, now: datetime) -> list[Account]:
    """Who may have typed or checked: whoever works with cases at the centre today, by name."""
    roles = [role.value for role in READERS]
    held = Account.memberships.any(
        (Membership.centre_id == case.centre_id) & Membership.role.in_(roles) & in_force_on(today_at(case, now))
    )
    return list(session.scalars(select(Account).where(held, Account.active.is_(True)).order_by(Account.name)))


def fields(session: Session, case: Case, number: int) -> dict[str, tuple[Typed, str]]:
    """The fields of the sheet by id, each with its label as it is told from the others."""
    return {
        field.id: (field, f"{field.label} ({part.line})" if part.line else field.label)
        for part in sheet(session, case, number)
        for field in part.fields
    }


def rows_in(given: Mapping[str, Any]) -> list[int]:
    """The numbers of the rows of a form that say something."""
    numbers = {int(end) for name in given for end in [name.rpartition(".")[2]] if _is_row(name, end)}
    return sorted(
        n for n in numbers if any(str(given.get(f"{each}.{n}") or "").strip() for each in (FIELD, TYPED, WHY))
    )


def _is_row(name: str, end: str) -> bool:
    return name.startswith((f"{FIELD}.", f"{TYPED}.", f"{WHY}.")) and end.isascii() and end.isdigit() and len(end) < 4


def differences(session: Session, case: Case, number: int, given: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differed, row by row of a form (`differs_field.N`, `differs_typed.N`, `differs_why.N`); raises Invalid."""
    numbers = rows_in(given)
    if not numbers:
        return ()
    known, errors = fields(session, case, number), list[FieldError]()
    found = [_difference(known, given, each, errors) for each in numbers[:MOST_DIFFERENCES]]
    if len({each.field for each in found}) < len(found):
        errors.append(FieldError(f"{FIELD}.{numbers[-1]}", "submission.field_twice"))
    if errors:
        raise Invalid(tuple(errors))
    return tuple(found)


def _difference(
    known: Mapping[str, tuple[Typed, str]], given: Mapping[str, Any], row: int, errors: list[FieldError]
) -> Difference:
    name = str(given.get(f"{FIELD}.{row}") or "")
    typed = clean(str(given.get(f"{TYPED}.{row}") or "")).strip()
    why = single_line(str(given.get(f"{WHY}.{row}") or ""))
    field, label = known.get(name, (Typed(name, "", ""), ""))
    if name not in known:
        errors.append(FieldError(f"{FIELD}.{row}", "value.not_a_choice" if name else "value.missing"))
    elif typed == field.text:
        errors.append(FieldError(f"{TYPED}.{row}", "submission.same_value"))
    if not why:
        errors.append(FieldError(f"{WHY}.{row}", "value.missing"))
    errors += [
        FieldError(f"{column}.{row}", "value.too_long", {"limit": limit, "length": len(text)})
        for column, text, limit in ((TYPED, typed, LONGEST_TYPED), (WHY, why, LONGEST_WHY))
        if len(text) > limit
    ]
    return Difference(name, label, field.text, typed, why)


def with_differences(given: Mapping[str, Any], found: tuple[Difference, ...]) -> dict[str, Any]:
    """What was typed into the step, with the rows of its form told in its own field."""
    told = [text for text in (str(given.get("differing_fields") or "").strip(), in_words(found)) if text]
    return dict(given) | {"differing_fields": "\n".join(told)}


def submit(step: Step) -> None:
    """Write down the filing; raises Invalid with every number, person or moment that cannot be so."""
    request = request_of(step.case, step.request_number)
    assert request is not None
    values = step.values
    persons, errors = _persons(step)
    errors += list(_wrong_numbers(step, request))
    endorsed = _endorsed_at(step)
    if endorsed is not None and values["submitted_at"] < endorsed.replace(second=0, microsecond=0):
        errors.append(FieldError("submitted_at", "submission.before_endorsement"))
    if errors:
        raise Invalid(tuple(errors))
    request.reference, request.registry_number = values["reference"], values.get("registry_number") or ""
    request.submitted_at, request.submitted_by_id = values["submitted_at"], step.actor.account_id
    request.typed_by_id, request.checked_by_id = (
        persons.get("typed_by", step.actor.account_id),
        persons.get("checked_by"),
    )


def undo(request: Request) -> None:
    """A request that is prepared again was not filed."""
    request.submitted_at = request.submitted_by_id = None
    request.typed_by_id = request.checked_by_id = request.typed_differently = None
    request.report_owed = False


def _endorsed_at(step: Step) -> datetime | None:
    wanted = select(func.max(Signature.at)).where(
        Signature.case_id == step.case.id,
        Signature.request_number == step.request_number,
        Signature.meaning == ENDORSEMENT,
        Signature.voided_at.is_(None),
    )
    return step.session.scalar(wanted)


def _persons(step: Step) -> tuple[dict[str, str], list[FieldError]]:
    """Accounts of who typed and who checked, by user name or whole name as the centre knows them."""
    named = {name: step.values.get(name) for name in ("typed_by", "checked_by") if step.values.get(name)}
    known = people(step.session, step.case, step.now) if named else []
    found: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, text in named.items():
        ids = [each.id for each in known if str(text).casefold() in (each.username.casefold(), each.name.casefold())]
        if len(ids) == 1:
            found[name] = ids[0]
        else:
            errors.append(FieldError(name, "submission.nobody"))
    typist = found.get("typed_by", step.actor.account_id)
    if found.get("checked_by") == typist and step.case.centre.settings.get(OTHER_CHECKS, True):
        errors.append(FieldError("checked_by", "submission.checks_own"))
    return found, errors


def _wrong_numbers(step: Step, request: Request) -> Iterator[FieldError]:
    for name, setting in NUMBERS.items():
        text = step.values.get(name) or ""
        shape = str(step.case.centre.settings.get(setting, ""))
        if text and shape and not fits(shape, text):
            yield FieldError(name, "submission.shape", {"shape": shape})
        elif text:
            yield from _taken(step, request, name, text)


def _taken(step: Step, request: Request, name: str, text: str) -> Iterator[FieldError]:
    """A number belongs to one request. Rows of proof are written one after the other, so two cannot pass at once."""
    same = func.lower(getattr(Request, name)) == text.lower()
    wanted = select(Case, Request).join(Request, Request.case_id == Case.id).where(same, Request.id != request.id)
    held = step.session.execute(wanted.order_by(Case.centre_id != step.case.centre_id, Case.code)).first()
    if held is None:
        return
    case, other = held
    if case.centre_id == step.case.centre_id:
        code = "submission.number_of_continuation" if other.number else "submission.number_of_case"
        yield FieldError(name, code, {"case": case.code, "number": other.number})
    else:
        yield FieldError(name, "submission.number_elsewhere")
