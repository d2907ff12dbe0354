"""What a signature rests on: that the signer showed who they are, just now, for this act and this content alone.

The first signing of a series takes two identification components or more, the ones after it one at least that only
the signer has (21 CFR 11.200(a)(1); RD 311/2022 op.acc.6 r6; ASVS 7.5.3). A series is one log-in, and at most an hour
since all components were shown. A proof is good for one signature, of one person, under one content (SIG-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from compassionate.errors import Reason, Refused
from compassionate.models import new_id
from compassionate.snapshot import sha256

SERIES_LASTS = timedelta(hours=1)
LASTS = timedelta(minutes=5)
LEGAL_BASIS = "21 CFR 11.200(a)(1); RD 311/2022 op.acc.6"
# What people show. The user name is one component (an identification code); a passkey looks at a finger, a face or a
# PIN on the person's own device, and the hospital's log-in asks for its own two: each of them is whole by itself.
NAME, PASSWORD, APP, RECOVERY, PASSKEY, HOSPITAL = "name", "password", "app", "recovery", "passkey", "hospital"
WHOLE = frozenset((PASSKEY, HOSPITAL))
ONLY_MINE = frozenset((PASSWORD, APP, RECOVERY, PASSKEY, HOSPITAL))
DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class SigningAct:
    """One act of signing: which meaning, in which case, about what, over which content.

    `content` is the SHA-256 of what was read; of an act that writes what it signs, of what it starts from.
    """

    meaning: str
    case_id: str
    number: int = 0
    subject: str = ""
    content: str = ""

    @property
    def digest(self) -> str:
        """The act as one number that a browser may carry: a proof that was made for another one does not fit."""
        return sha256([self.meaning, self.case_id, self.number, self.subject, self.content])


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody showed who they are, for one act; `writes` where the act itself writes the content that it signs."""

    id: str
    account_id: str
    act: SigningAct
    components: tuple[str, ...]
    at: datetime
    writes: bool = False

    @property
    def shown(self) -> str:
        """The components as they are kept with the signature."""
        return "+".join(self.components)


def proof(
    account_id: str,
    act: SigningAct,
    components: tuple[str, ...],
    now: datetime,
    *,
    is_first: bool = True,
    writes: bool = False,
) -> Proof:
    """A proof from components that were looked at and found right; raises Refused for too few (11.200(a)(1)(i))."""
    shown = set(components)
    enough = shown & WHOLE or ((len(shown) > 1 or not is_first) and shown & ONLY_MINE)
    if not enough:
        raise Refused((Reason("signature.identity", LEGAL_BASIS, "", "case"),))
    return Proof(new_id(), account_id, act, components, now, writes)


def of_demonstration(account_id: str, act: SigningAct, now: datetime) -> Proof:
    """A proof for the invented people of a demonstration; whoever asks has made sure that it is one."""
    return Proof(new_id(), account_id, act, (DEMONSTRATION,), now, writes=True)


def fits(held: Proof | None, account_id: str, act: SigningAct, now: datetime) -> bool:
    """Whether a proof is this person's, of a moment ago, and for this act over this content."""
    if held is None or held.account_id != account_id or not timedelta() <= now - held.at <= LASTS:
        return False
    asked = held.act
    same = (asked.meaning, asked.case_id, asked.number) == (act.meaning, act.case_id, act.number)
    return same and asked.subject == act.subject and (held.writes or asked.content == act.content)
