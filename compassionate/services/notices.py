"""Mails that tell a person what happened to their own account, in their language (ASVS 6.3.5, 6.3.7).

They name no patient, no case and no secret, and hold no link: who gets used to following links in such mails follows
a forged one as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE
from compassionate.models import Account, OutboxMessage, new_id
from compassionate.services.outbox import MAIL
from compassionate.words import say


def mail(language: str, code: str, to: str, **params: Any) -> dict[str, str]:
    """What the outbox keeps of a mail: the words of `mail.<code>` in that language."""
    subject, text = (say(f"mail.{code}.{part}", language, **params) for part in ("subject", "text"))
    return {"to": to, "subject": subject, "text": text}


def tell(session: Session, account: Account, what: str, now: datetime, to: str = "") -> None:
    """Let a mail wait in the transaction of what it tells; nothing for a person without an address."""
    address = to or account.email
    if not address:
        return
    zone = ZoneInfo(account.memberships[0].centre.zone) if account.memberships else AGENCY_ZONE
    payload = mail(account.language, what, address, when=f"{now.astimezone(zone):%d/%m/%Y %H:%M}")
    session.add(OutboxMessage(at=now, kind=MAIL, key=f"{what}-{new_id()}", payload=payload))
