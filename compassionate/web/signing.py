"""Signing on a page: what is signed, by whom and as what, and the proof that it is they, for this act alone (SIG-01).

The first signature of a series takes every component that the person has: the password and, where there is a second
factor, a code of it; or a passkey, or the hospital's log-in, each of which is whole by itself. The ones after it,
within the same log-in and the hour, take one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request, session
from flask_login import current_user

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import begin_writing, commit, db, reads_first
from compassionate.models import Account, Case
from compassionate.services import passkeys, second_factor
from compassionate.services.actors import Actor
from compassionate.services.proofs import HOSPITAL, NAME, PASSKEY, PASSWORD, SERIES_LASTS, SigningAct, proof
from compassionate.services.signature_states import CHANGED, SignatureState
from compassionate.web.access import actor, signed_in
from compassionate.web.credentials import check_code, prove, prove_by_hospital, prove_by_passkey
from compassionate.web.factor_rule import is_off
from compassionate.web.hospital_link import DIGEST, signs_by_hospital
from compassionate.web.log_in import place
from compassionate.web.templating import exact, say
from compassionate.words import has_words
from compassionate.workflow.roles import Role

blueprint = Blueprint("signing", __name__)
SERIES = "signing"
CODE, CREDENTIAL = "code", "credential"


def offer(case: Case, act: SigningAct, role: Role) -> dict[str, Any]:
    """What a page needs to ask for a signature: who signs as what, with which meaning, what they have to show."""
    person, account, first = actor(), current_user.account, _is_first()
    return {
        "act": act.digest,
        "name": person.name,
        "username": account.username,
        "collegiate_number": person.collegiate_number,
        "role": say(f"role.{role.value}"),
        "delegation": person.delegation_at(case.centre_id, role),
        "meaning": say(f"signature_meaning.{act.meaning}"),
        "fingerprint": act.content[:16],
        "is_first": first,
        "by_hospital": signs_by_hospital(act.digest),
        "needs_code": first and _has_factor(account),
        "has_passkey": not is_off() and second_factor.passkeys_of(db(), account) > 0,
    }


def shown(state: SignatureState | None) -> dict[str, Any] | None:
    """A signature as every page shows it: name, role, meaning, instant with its zone, and whether it stands (11.50)."""
    if state is None:
        return None
    row = state.row
    return {
        "name": row.name,
        "role": say(f"role.{row.role}") if has_words(f"role.{row.role}") else row.role,
        "delegation": row.delegation,
        "collegiate_number": row.collegiate_number,
        "meaning": say(f"signature_meaning.{row.meaning}"),
        "at": exact(row.at),
        "iso": row.at.isoformat(),
        "is_valid": not state.why,
        "void": _void_words(state),
        "changes": [f"{each.section}. {each.label}: {each.old} → {each.new}" for each in state.changes],
    }


def _void_words(state: SignatureState) -> str:
    if not state.why:
        return ""
    code = f"{state.why}_by" if state.why == CHANGED and state.by else state.why
    if state.at is None or not has_words(f"signature_void.{code}"):
        code = "changed"
    return say(f"signature_void.{code}", at=exact(state.at), name=state.by)


def signer(act: SigningAct, *, writes: bool = False) -> Actor:
    """Whoever is logged in, having shown again who they are with what the form sent, for this one act.

    Raises Invalid, by field, with the attempt counted as one to log in; what the request wrote so far must be nothing.
    """
    first = _is_first()
    shown = _shown(act, first)
    now = clock.now()
    made = proof(current_user.account.id, act, shown, now, is_first=first, writes=writes)
    if first:
        session[SERIES] = {"key": current_user.account.session_key, "at": now.isoformat()}
    return replace(actor(), proof=made)


def _is_first() -> bool:
    """Whether no series of signatures runs: of this very log-in, begun within the hour (11.200(a)(1)(i))."""
    note = session.get(SERIES)
    if note is None or note["key"] != current_user.account.session_key:
        return True
    return clock.now() - datetime.fromisoformat(note["at"]) > SERIES_LASTS


def _has_factor(account: Account) -> bool:
    return account.second_factor_at is not None and not is_off()


def _shown(act: SigningAct, first: bool) -> tuple[str, ...]:
    """Which components were shown and are right."""
    form, account = request.form, current_user.account
    if form.get(CREDENTIAL) and not is_off():
        prove_by_passkey(form[CREDENTIAL], act.digest, place())
        return (PASSKEY,)
    code, needs_code = form.get(CODE, "").strip(), first and _has_factor(account)
    wrong = []
    if account.password and not form.get(PASSWORD):
        wrong.append(FieldError(PASSWORD, "signature.password_missing"))
    if needs_code and not code:
        wrong.append(FieldError(CODE, "signature.code_missing"))
    if wrong:
        raise Invalid(tuple(wrong))
    own = (HOSPITAL,) if not account.password else (PASSWORD,)
    if account.password:
        prove(form.get(PASSWORD, ""), PASSWORD, "signature.password_wrong")
    factor = _second(account, code) if needs_code else ""
    if not account.password:  # last: what the hospital's log-in vouched for is used up by being looked at
        prove_by_hospital(PASSWORD, act.digest)
    return (NAME, *own, *([factor] if factor else [])) if first else own


def _second(account: Account, code: str) -> str:
    factor = check_code(account, code)
    if not factor:
        begin_writing()
        raise Invalid((FieldError(CODE, "signature.code_wrong"),))
    commit()
    begin_writing()
    return factor


@blueprint.post("/cuenta/firma/llave/opciones")
@signed_in
@reads_first
def passkey_options() -> Any:
    """The number that one's own passkey is to sign for one act."""
    act = request.form.get("act", "")
    if is_off() or not DIGEST.fullmatch(act):
        abort(404)
    options = passkeys.signing_invitation(db(), current_user.account, act, place(), clock.now())
    return Response(options, mimetype="application/json")
