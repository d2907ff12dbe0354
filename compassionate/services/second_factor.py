"""Codes of an authenticator app and recovery codes: the second thing that somebody shows at the log-in (AUT-04).

A code is good for its half minute and the ones beside it, by the clock of the server alone, and once (ASVS 6.5.1,
6.5.5, 6.5.8). The secret is sealed with a key of its own, which goes away with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Account, Authenticator, DataKey, Passkey, RecoveryCode, new_id
from compassionate.models.vault import seal, unseal, vault_of
from compassionate.services import accounts, audit, notices
from compassionate.services.actors import Actor

REQUIRED, OPTIONAL, OFF = "required", "optional", "off"
ISSUER = "Compassionate"
STEP_SECONDS, STEPS_BESIDE = 30, 1
RECOVERY_CODES, RECOVERY_SIGNS, GROUP = 8, 24, 6
# No 0, 1, I, O: codes are copied from paper.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
APP_CODE = re.compile(r"[0-9]{6}")


def authenticator(session: Session, account: Account, lock: bool = False) -> Authenticator | None:
    """The app of an account, confirmed or about to be."""
    wanted = select(Authenticator).where(Authenticator.account_id == account.id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def has_app(session: Session, account: Account) -> bool:
    """Whether the account shows codes of an app."""
    held = authenticator(session, account)
    return held is not None and held.confirmed_at is not None


def begin(session: Session, account: Account, now: datetime) -> Authenticator:
    """A fresh secret for an app, in place of one that was never confirmed; raises Invalid where an app is in use."""
    held = authenticator(session, account, lock=True)
    if held is not None and held.confirmed_at is not None:
        raise Invalid((FieldError("code", "second_factor.app_held"),))
    if held is not None:
        _drop(session, held)
    key = vault_of(session).new_key(session, "account")
    made = Authenticator(id=new_id(), account_id=account.id, key_id=key.id, created_at=now, last_step=0)
    seal(session, made, "secret", key.id, pyotp.random_base32())
    session.add(made)
    session.flush()
    return made


def secret_of(session: Session, held: Authenticator) -> str:
    """The secret, for the person to put into the app."""
    return str(unseal(session, held, "secret", held.key_id))


def address_of(session: Session, held: Authenticator, account: Account) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret_of(session, held)).provisioning_uri(name=account.username, issuer_name=ISSUER)


def confirm(session: Session, actor: Actor, account: Account, code: str, now: datetime) -> list[str]:
    """The app shows the right code: from now on it is asked for. Gives the recovery codes; raises Invalid."""
    held = authenticator(session, account, lock=True)
    if held is None or held.confirmed_at is not None or not _take(session, held, code, now):
        raise Invalid((FieldError("code", "second_factor.code_wrong"),))
    held.confirmed_at = now
    account.second_factor_at = account.second_factor_at or now
    accounts.end_sessions(account)
    notices.tell(session, account, "factor_added", now)
    audit.append(session, actor, "add_second_factor", now, account=account.id, factor="app")
    return renew_recovery_codes(session, actor, account, now)


def check(session: Session, account: Account, code: str, now: datetime) -> str:
    """Which factor a code proves (`app`, `recovery`); empty for a wrong one. What was taken is not good again."""
    typed = re.sub(r"[\s-]", "", code).upper()
    held = authenticator(session, account, lock=True)
    if APP_CODE.fullmatch(typed):
        return "app" if held is not None and held.confirmed_at and _take(session, held, typed, now) else ""
    return "recovery" if _take_recovery(session, account, typed, now) else ""


def _take(session: Session, held: Authenticator, code: str, now: datetime) -> bool:
    totp, here = pyotp.TOTP(secret_of(session, held)), int(now.timestamp()) // STEP_SECONDS
    typed = re.sub(r"\s", "", code)
    for step in range(here - STEPS_BESIDE, here + STEPS_BESIDE + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()) and step > held.last_step:
            held.last_step = step
            return True
    return False


def _digest(account: Account, typed: str) -> str:
    return hashlib.sha256(f"recovery {account.id} {typed}".encode()).hexdigest()


def _take_recovery(session: Session, account: Account, typed: str, now: datetime) -> bool:
    mine = RecoveryCode.account_id == account.id, RecoveryCode.digest == _digest(account, typed)
    taken = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=now)
    return len(session.scalars(taken.returning(RecoveryCode.id)).all()) == 1


def renew_recovery_codes(session: Session, actor: Actor, account: Account, now: datetime) -> list[str]:
    """Fresh recovery codes, told once; the earlier ones are dead."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["".join(secrets.choice(SIGNS) for _ in range(RECOVERY_SIGNS)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account.id, digest=_digest(account, code)) for code in codes)
    audit.append(session, actor, "renew_recovery_codes", now, account=account.id)
    return ["-".join(code[at : at + GROUP] for at in range(0, RECOVERY_SIGNS, GROUP)) for code in codes]


def recovery_codes_left(session: Session, account: Account) -> int:
    """How many recovery codes were not used yet."""
    unused = RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def remove_app(session: Session, actor: Actor, account: Account, now: datetime, rule: str) -> None:
    """Take one's own app away; raises Invalid where a second factor is required and it is the last."""
    held = authenticator(session, account, lock=True)
    if held is None:
        return
    _refuse_last(session, account, rule, passkeys_left=passkeys_of(session, account))
    _drop(session, held)
    notices.tell(session, account, "factor_removed", now)
    audit.append(session, actor, "remove_second_factor", now, account=account.id, factor="app")
    settle(session, account, now)


def remove_passkey(
    session: Session, actor: Actor, account: Account, passkey: Passkey, now: datetime, rule: str
) -> None:
    """Take one's own passkey away; raises Invalid where a second factor is required and it is the last."""
    if not has_app(session, account):
        _refuse_last(session, account, rule, passkeys_left=passkeys_of(session, account) - 1)
    session.delete(passkey)
    notices.tell(session, account, "factor_removed", now)
    audit.append(session, actor, "remove_second_factor", now, account=account.id, factor="passkey", passkey=passkey.id)
    settle(session, account, now)


def _refuse_last(session: Session, account: Account, rule: str, passkeys_left: int) -> None:
    if rule == REQUIRED and passkeys_left < 1:
        raise Invalid((FieldError("password", "second_factor.last"),))


def take_away(session: Session, actor: Actor | None, account: Account, now: datetime) -> None:
    """Take a lost second factor away from somebody else, audited; raises Invalid for one's own (ENS op.acc.3)."""
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("account", "account.own_factor"),))
    held = authenticator(session, account, lock=True)
    if held is not None:
        _drop(session, held)
    session.execute(delete(Passkey).where(Passkey.account_id == account.id))
    notices.tell(session, account, "factor_removed", now)
    audit.append(session, actor, "take_second_factor_away", now, account=account.id)
    settle(session, account, now)


def settle(session: Session, account: Account, now: datetime) -> None:
    """Note whether the account still has a second factor; without one its recovery codes go. Its sessions end."""
    session.flush()
    if has_app(session, account) or passkeys_of(session, account):
        account.second_factor_at = account.second_factor_at or now
    else:
        account.second_factor_at = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    accounts.end_sessions(account)


def passkeys_of(session: Session, account: Account) -> int:
    """How many passkeys an account has."""
    return session.scalar(select(func.count()).select_from(Passkey).where(Passkey.account_id == account.id)) or 0


def _drop(session: Session, held: Authenticator) -> None:
    key_id = held.key_id
    session.delete(held)
    session.flush()
    session.execute(delete(DataKey).where(DataKey.parent_id == key_id))  # those that it replaced
    session.execute(delete(DataKey).where(DataKey.id == key_id))
    vault_of(session).forget(key_id)
