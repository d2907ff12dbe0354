"""What the signatures of a PDF are worth: who signed, whether all of it, what came after, and what could be checked.

A signature is judged by what it covers and by what was added behind it, never by its presence alone (SIG-05): a file
may carry a perfect signature over its first half. Nothing outside is asked unless the caller gives a way (`Trust.ask`).
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from compassionate.documents.certificates import fingerprint
from compassionate.documents.sealing import tops
from compassionate.documents.signature_bytes import has_tail
from compassionate.documents.signers import Signer, signer_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    from compassionate.documents.outside_world import Ask

# Its warnings quote what it reads, which is a patient's.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

WHOLE, EARLIER, PART = "whole", "earlier", "part"  # the file as it is; as it was once; only some of it
TRUSTED, UNCHECKED, UNKNOWN, EXPIRED, REVOKED = "trusted", "unchecked", "unknown", "expired", "revoked"
GOOD = "good"
STAMPED, CLAIMED = "stamped", "claimed"
SIGNATURE, STAMP = "signature", "time_stamp"
SIGNS = {"non_repudiation", "digital_signature"}  # uses of a key, either of which a person signs with
# Why a signature does not hold, worst first.
BROKEN, CHANGED, COVERS_PART, CHANGED_AFTER = "broken", "changed", "covers_part", "changed_after"
ALL_REASONS = (BROKEN, CHANGED, COVERS_PART, CHANGED_AFTER, REVOKED, EXPIRED, UNKNOWN)


class Unreadable(ValueError):
    """These bytes are no PDF that can be read to its end."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a reader believes: roots of people's certificates (DER; none: chains are not checked), our own seals
    (fingerprints), and how authorities are asked about revocation (None: nobody is asked)."""

    roots: tuple[bytes, ...] = ()
    seals: frozenset[str] = frozenset()
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One signature; `reason` is the first thing that stands against it, empty where nothing does."""

    kind: str
    field: str
    signer: Signer
    at: datetime | None
    moment: str
    covers: str
    chain: str
    revocation: str
    reason: str
    ends_at: int
    is_seal: bool

    @property
    def holds(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reason


def read(pdf: bytes) -> PdfFileReader:
    """A reader of these bytes; raises Unreadable."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        reader.root["/Pages"]
    except Exception as error:  # whatever a broken file makes the library meet is one thing to us
        raise Unreadable(type(error).__name__) from error
    return reader


def judge(pdf: bytes, trust: Trust, now: datetime) -> list[Judged]:
    """Every signature of a file, in the order in which they were made; raises Unreadable."""
    _policy()  # outside of what forgives a broken file: a fault of ours is none of the file's
    return asyncio.run(_Judge(read(pdf), trust, now).all())


def additions(pdf: bytes, original: bytes) -> bool:
    """Whether what was added behind an original is signatures and what belongs to them; raises Unreadable.

    Each later revision is compared with the original: a page painted over and restored again is found too.
    """
    from pyhanko.sign.diff_analysis import SuspiciousModification
    from pyhanko.sign.fields import MDPPerm

    if has_tail(pdf):
        return False
    first, policy = read(original).xrefs.total_revisions - 1, _policy()
    try:
        found = policy.review_file(read(pdf), first, doc_mdp=MDPPerm.FILL_FORMS)
    except Exception as error:  # as above
        raise Unreadable(type(error).__name__) from error
    return not isinstance(found, SuspiciousModification) and found.modification_level.value <= MDPPerm.FILL_FORMS.value


@cache
def _policy() -> Any:
    """The library's rules of later changes; a seen signature is as good as an unseen one (as for other readers)."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, FormUpdatingRule, StandardDiffPolicy
    from pyhanko.sign.diff_analysis.rules import form_field_rules as fields

    creation = fields.SigFieldCreationRule(allow_new_visible_after_certify=True)  # type: ignore[no-untyped-call]
    others = [fields.SigFieldModificationRule(), fields.GenericFieldModificationRule()]
    return StandardDiffPolicy(DEFAULT_DIFF_POLICY.global_rules, FormUpdatingRule([creation, *others]))


@dataclass(frozen=True, slots=True)
class _Judge:
    reader: PdfFileReader
    trust: Trust
    now: datetime

    async def all(self) -> list[Judged]:
        try:
            found = list(self.reader.embedded_signatures)
        except Exception as error:  # as above
            raise Unreadable(type(error).__name__) from error
        return [await self.one(each) for each in found]

    async def one(self, held: EmbeddedPdfSignature) -> Judged:
        kind = STAMP if held.sig_object_type == "/DocTimeStamp" else SIGNATURE
        try:
            ends_at = int(held.byte_range[2]) + int(held.byte_range[3])
            signer, mark = signer_of(held.signer_cert), fingerprint(held.signer_cert.dump())
            status = await self.status(held, kind, mark)
            chain, revocation = await self.chain(held, kind, mark, status)
        except Exception:  # noqa: BLE001 - a signature that cannot be read is broken, whatever the library met in it
            return _unreadable(kind, str(held.field_name))
        covers, (at, moment) = _covers(status.coverage), _moment(status)
        return Judged(
            kind, str(held.field_name), signer, at, moment, covers, chain, revocation,
            _reason(status, covers, chain), ends_at, mark in self.trust.seals,
        )  # fmt: skip

    async def status(self, held: Any, kind: str, mark: str, mode: str = "soft-fail") -> Any:
        from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
        from pyhanko.sign.validation.settings import KeyUsageConstraints

        context = self.context(held, mark, mode)
        if kind == STAMP:
            return await async_validate_pdf_timestamp(held, context, diff_policy=_policy())
        return await async_validate_pdf_signature(
            held,
            signer_validation_context=context,
            ts_validation_context=self.context(held, "", "soft-fail"),
            diff_policy=_policy(),
            key_usage_settings=KeyUsageConstraints(key_usage=SIGNS, match_all_key_usages=False),
        )

    def context(self, held: Any, mark: str, mode: str) -> Any:
        """Whom to believe: our own seals are known by name, everybody else by who vouches for them."""
        from asn1crypto import x509
        from pyhanko.sign.validation.dss import DocumentSecurityStore
        from pyhanko.sign.validation.errors import NoDSSFoundError
        from pyhanko_certvalidator import ValidationContext

        from compassionate.documents.outside_world import fetchers

        roots = [x509.Certificate.load(each) for each in self.trust.roots]
        given: dict[str, Any] = {
            "trust_roots": [held.signer_cert] if mark in self.trust.seals else (tops(roots) or roots),
            "other_certs": [*roots, *held.other_embedded_certs],
            "moment": self.now,
            "revocation_mode": mode,
            "allow_fetching": self.trust.ask is not None,
        }
        if self.trust.ask is not None:
            given["fetchers"] = fetchers(self.trust.ask)
        try:
            return DocumentSecurityStore.read_dss(self.reader).as_validation_context(given)
        except NoDSSFoundError:
            return ValidationContext(**given, crls=[], ocsps=[])

    async def chain(self, held: Any, kind: str, mark: str, status: Any) -> tuple[str, str]:
        """Who vouches for the certificate, and whether it was taken back."""
        if mark in self.trust.seals:
            return TRUSTED, UNCHECKED
        if status.revoked:
            return REVOKED, REVOKED
        if not held.signer_cert.not_valid_before <= self.now <= held.signer_cert.not_valid_after:
            return EXPIRED, UNCHECKED
        if not self.trust.roots:
            return UNCHECKED, UNCHECKED
        if not status.trusted:
            return UNKNOWN, UNCHECKED
        strict = await self.status(held, kind, mark, mode="require")
        return TRUSTED, GOOD if strict.trusted else UNCHECKED


def _unreadable(kind: str, field: str) -> Judged:
    return Judged(kind, field, Signer(), None, CLAIMED, PART, UNCHECKED, UNCHECKED, BROKEN, 0, is_seal=False)


def _covers(level: Any) -> str:
    from pyhanko.sign.validation.status import SignatureCoverageLevel as Level

    return {Level.ENTIRE_FILE: WHOLE, Level.ENTIRE_REVISION: EARLIER}.get(level, PART)


def _moment(status: Any) -> tuple[datetime | None, str]:
    stamp = getattr(status, "timestamp_validity", None)
    if stamp is not None and stamp.valid and stamp.intact and stamp.trusted:
        return stamp.timestamp, STAMPED
    if getattr(status, "timestamp", None) is not None:
        return status.timestamp, STAMPED if status.trusted else CLAIMED
    return getattr(status, "signer_reported_dt", None), CLAIMED


def _reason(status: Any, covers: str, chain: str) -> str:
    if not status.intact:
        return CHANGED
    if not status.valid:
        return BROKEN
    if covers == PART:
        return COVERS_PART
    if status.docmdp_ok is False:
        return CHANGED_AFTER
    return chain if chain in (REVOKED, EXPIRED, UNKNOWN) else ""
