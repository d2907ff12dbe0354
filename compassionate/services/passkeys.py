"""Passkeys: a key in the person's own device, which signs a number that we chose a moment ago (WebAuthn level 2).

The device looks at a finger, a face or a PIN first (`user verification`), so that a passkey is two factors in one.
Each number is good once and for five minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Challenge, Passkey, new_id
from compassionate.models.access import CREDENTIAL_LENGTH
from compassionate.services import audit, notices, second_factor
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre

LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 10
NAME_LENGTH = 60
LARGEST_ANSWER = 20_000
ENDS_BYTES, RANDOM_BYTES = 8, 24
ANYBODY = ""
VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Place:
    """Where the browser stands: the host that passkeys are bound to, the origin that signs, and our own secret."""

    host: str
    origin: str
    secret: str


def listed(session: Session, account: Account) -> list[Passkey]:
    """The passkeys of an account, oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id)))


def own(session: Session, account: Account, passkey_id: str) -> Passkey:
    """One of the account's own; raises NotFound."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.account_id != account.id:
        raise NotFound
    return found


def registration(session: Session, account: Account, place: Place, now: datetime) -> str:
    """What the browser needs to make a passkey, as JSON; raises Invalid where there are enough."""
    held = listed(session, account)
    if len(held) >= MOST_PASSKEYS:
        raise Invalid((FieldError("name", "second_factor.many_passkeys", {"most": MOST_PASSKEYS}),))
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=second_factor.ISSUER,
        user_id=account.id.encode(),
        user_name=account.username,
        user_display_name=account.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id)) for row in held],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        challenge=_new_challenge(place, account.id, now),
    )
    return options_to_json(options)


def add(
    session: Session, actor: Actor, account: Account, name: str, answer: str, place: Place, now: datetime
) -> list[str]:
    """Keep the passkey that a browser made; gives recovery codes where these are the first. Raises Invalid."""
    named = _name(name)
    proven = _registered(session, account, answer, place, now)
    credential_id = bytes_to_base64url(proven.credential_id)
    if len(credential_id) > CREDENTIAL_LENGTH or _by_credential(session, credential_id) is not None:
        raise Invalid((FieldError("name", "second_factor.passkey_wrong"),))
    row = Passkey(
        id=new_id(),
        account_id=account.id,
        name=named,
        credential_id=credential_id,
        public_key=proven.credential_public_key,
        sign_count=proven.sign_count,
        created_at=now,
    )
    session.add(row)
    second_factor.settle(session, account, now)
    notices.tell(session, account, "factor_added", now)
    audit.append(session, actor, "add_second_factor", now, account=account.id, factor="passkey", passkey=row.id)
    left = second_factor.recovery_codes_left(session, account)
    return [] if left else second_factor.renew_recovery_codes(session, actor, account, now)


def _name(name: str) -> str:
    named = name.strip()
    if not named or len(named) > NAME_LENGTH:
        raise Invalid((FieldError("name", "second_factor.passkey_name", {"most": NAME_LENGTH}),))
    return named


def rename(session: Session, actor: Actor, account: Account, passkey: Passkey, name: str, now: datetime) -> None:
    """Call a passkey something else; raises Invalid."""
    before, passkey.name = passkey.name, _name(name)
    kept = of_centre(session, actor, differing({"name": before}, {"name": passkey.name}))
    audit.append(session, actor, "rename_passkey", now, account=account.id, passkey=passkey.id, **kept)


def _registered(session: Session, account: Account, answer: str, place: Place, now: datetime) -> Any:
    credential, challenge = _read(answer)
    if credential is None or not _spend(session, place, challenge, account.id, now):
        raise Invalid((FieldError("name", "second_factor.passkey_wrong"),))
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid((FieldError("name", "second_factor.passkey_wrong"),)) from error


def invitation(place: Place, now: datetime) -> str:
    """What the browser needs to log in with any passkey that it holds for us, as JSON; names nobody."""
    challenge = _new_challenge(place, ANYBODY, now)
    return options_to_json(
        webauthn.generate_authentication_options(rp_id=place.host, user_verification=VERIFIED, challenge=challenge)
    )


def signing_invitation(session: Session, account: Account, act: str, place: Place, now: datetime) -> str:
    """What the browser needs to sign one act with one's own passkey, as JSON: the number is good for nothing else."""
    own = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id)) for row in listed(session, account)]
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        user_verification=VERIFIED,
        challenge=_new_challenge(place, _signer(account, act), now),
        allow_credentials=own,
    )
    return options_to_json(options)


def signs(session: Session, account: Account, act: str, answer: str, place: Place, now: datetime) -> bool:
    """Whether one of the account's own passkeys answered for this very act, for the first time."""
    credential, challenge = _read(answer)
    if credential is None or not _spend(session, place, challenge, _signer(account, act), now):
        return False
    row = _by_credential(session, str(credential.get("id", "")), lock=True)
    if row is None or row.account_id != account.id or not _signed(row, credential, challenge, place):
        return False
    row.used_at = now
    return True


def _signer(account: Account, act: str) -> str:
    return f"{account.id} signs {act}"


def account_of(session: Session, answer: str, place: Place, now: datetime) -> Account | None:
    """Whose passkey signed; None for any answer that proves nothing."""
    credential, challenge = _read(answer)
    if credential is None or not _spend(session, place, challenge, ANYBODY, now):
        return None
    row = _by_credential(session, str(credential.get("id", "")), lock=True)
    if row is None or not _signed(row, credential, challenge, place):
        return None
    row.used_at = now
    return session.get_one(Account, row.account_id, with_for_update=True)


def _signed(row: Passkey, credential: dict[str, Any], challenge: bytes, place: Place) -> bool:
    try:
        proven = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    row.sign_count = proven.new_sign_count
    return True


def _by_credential(session: Session, credential_id: str, lock: bool = False) -> Passkey | None:
    wanted = select(Passkey).where(Passkey.credential_id == credential_id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def _read(answer: str) -> tuple[dict[str, Any] | None, bytes]:
    """The browser's answer and the number that it says it signed."""
    try:
        credential: Any = json.loads(answer) if len(answer) <= LARGEST_ANSWER else None
        client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        return credential, base64url_to_bytes(client["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, b""


def _new_challenge(place: Place, account_id: str, now: datetime) -> bytes:
    """A number of ours that needs no row until it was signed: when it ends, at random, and our mark on both."""
    head = int((now + LIFETIME).timestamp()).to_bytes(ENDS_BYTES, "big") + os.urandom(RANDOM_BYTES)
    return head + _mark(place, account_id, head)


def _mark(place: Place, account_id: str, head: bytes) -> bytes:
    return hmac.digest(place.secret.encode(), f"passkey {account_id} ".encode() + head, hashlib.sha256)


def _spend(session: Session, place: Place, challenge: bytes, account_id: str, now: datetime) -> bool:
    """Whether a number is ours, for this person, of a moment ago, and comes for the first time."""
    head, mark = challenge[: ENDS_BYTES + RANDOM_BYTES], challenge[ENDS_BYTES + RANDOM_BYTES :]
    is_ours = hmac.compare_digest(mark, _mark(place, account_id, head))
    ends_at, digest = int.from_bytes(head[:ENDS_BYTES], "big"), hashlib.sha256(challenge).hexdigest()
    if not is_ours or now.timestamp() > ends_at or session.get(Challenge, digest) is not None:
        return False
    session.execute(delete(Challenge).where(Challenge.until < now))
    session.add(Challenge(digest=digest, until=now + LIFETIME))
    session.flush()
    return True
