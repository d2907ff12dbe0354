"""The seal of the installation on what it issues: PAdES, not drawn, open to later signatures alone (SIG-05).

Without a time-stamp service B-B: who sealed and that nothing changed. With one B-LTA: also when, with all that a
reader needs to check it years later and offline. An authority that does not answer never costs the document: the
seal is then of a lower level, and says so. pyHanko is imported when something is sealed: it takes half a second.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compassionate.documents.certificates import Identity, fingerprint, raw_signature
from compassionate.documents.signature_bytes import seals_in

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer
    from pyhanko_certvalidator import ValidationContext

    from compassionate.documents.outside_world import Ask

FIELD, STAMP_FIELD = "Sello", "SelloDeTiempo"
FIELD_TIP = "Sello electrónico de quien emite el documento"
STAMP_TIP = "Sello de tiempo de una autoridad"
REASON = "Sello de emisión: identifica a la instalación que lo emitió y muestra cualquier cambio posterior"
BASELINE, STAMPED, ARCHIVED = "B-B", "B-T", "B-LTA"
NO_STAMP, NO_PROOF = "no_time_stamp", "no_validation_data"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Everything that sealing needs, as plain data: it may be done in another process.

    `tsa_url`: the authority that stamps time, where the hospital named one; `roots`: whom it trusts for that (DER).
    """

    identity: Identity
    location: str = ""
    tsa_url: str = ""
    roots: tuple[bytes, ...] = ()
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file, how far its seal goes, the certificate it was made with, and what it should have and has not."""

    pdf: bytes
    level: str
    certificate: bytes
    at: datetime
    lacks: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate."""
        return fingerprint(self.certificate)

    @property
    def digest(self) -> str:
        """SHA-256 of what was sealed: it stands, signed, in every copy, also in one that was changed."""
        return seals_in(self.pdf)[0].digest()


def seal(pdf: bytes, sealer: Sealer, at: datetime) -> Sealed:
    """The file with the seal of the installation, at the highest level to be had now; never fails for an authority.

    ETSI EN 319 142-1. The bytes given stay as they are, at the beginning of those that come back.
    """
    own = sealer.identity.certificate
    if not sealer.tsa_url or sealer.ask is None:
        return Sealed(_signed(pdf, sealer, at), BASELINE, own, at)
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError
    from pyhanko_certvalidator.errors import PathError, ValidationError

    try:
        return Sealed(_archived(pdf, sealer, at), ARCHIVED, own, at)
    except (OSError, TimestampRequestError):
        return Sealed(_signed(pdf, sealer, at), BASELINE, own, at, NO_STAMP)
    except (SigningError, PathError, ValidationError, ValueError):
        return _stamped(pdf, sealer, at)


def _stamped(pdf: bytes, sealer: Sealer, at: datetime) -> Sealed:
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    own = sealer.identity.certificate
    try:
        return Sealed(_signed(pdf, sealer, at, _stamper(sealer)), STAMPED, own, at, NO_PROOF)
    except (OSError, TimestampRequestError):
        return Sealed(_signed(pdf, sealer, at), BASELINE, own, at, NO_STAMP)


def _archived(pdf: bytes, sealer: Sealer, at: datetime) -> bytes:
    """Stamped, then all that proves it, then a time-stamp over everything: proof that outlives the certificates.

    The library would do the last two by itself, with a writer of its own that rewrites the metadata.
    """
    from pyhanko.sign.signers import PdfTimeStamper

    stamper, context = _stamper(sealer), _context(sealer)
    held = _signed(pdf, sealer, at, stamper)
    writer = _writer(held)
    _add_proof(writer, held, context)
    last = PdfTimeStamper(stamper, STAMP_FIELD, _unseen(), STAMP_TIP)
    return bytes(last.timestamp_pdf(writer, "sha256").getvalue())


def _add_proof(writer: Any, held: bytes, context: ValidationContext) -> None:
    """The certificates of the seal and of its time-stamp, and that none was taken back; raises for a lack."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import DocumentSecurityStore, collect_validation_info

    (signature,) = PdfFileReader(io.BytesIO(held)).embedded_signatures
    paths = asyncio.run(collect_validation_info(signature, context))
    DocumentSecurityStore.supply_dss_in_writer(writer, signature.pkcs7_content, paths=paths, validation_context=context)


def _signed(pdf: bytes, sealer: Sealer, at: datetime, stamper: Any = None) -> bytes:
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfSignatureMetadata

    meta = PdfSignatureMetadata(
        field_name=FIELD,
        reason=REASON,
        location=sealer.location or None,
        certify=True,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,  # people may sign after us; anything else shows
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    spec = fields.SigFieldSpec(FIELD, on_page=0, invis_sig_settings=_unseen(), readable_field_name=FIELD_TIP)
    signer = _dated(at)(meta, _signer(sealer.identity), timestamper=stamper, new_field_spec=spec)
    return bytes(signer.sign_pdf(_writer(pdf)).getvalue())


def _writer(pdf: bytes) -> Any:
    """An incremental writer that leaves Info, XMP and the version of PDF as they are: the profiles rest on them."""
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            return

        def ensure_output_version(self, version: Any) -> None:
            return

    writer = Writer(io.BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()  # type: ignore[no-untyped-call]
    if page.get("/Tabs") != "/S":  # a page with a field is walked in the order of its structure (PDF/UA-1 7.18.3)
        page[pdf_name("/Tabs")] = pdf_name("/S")
        writer.update_container(page)
    return writer


def _unseen() -> Any:
    """No mark on the page, outside of it: a seen one without tags breaks PDF/UA, a hidden one PDF/A."""
    from pyhanko.sign.fields import InvisSigSettings

    return InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)


def _dated(at: datetime) -> Any:
    """A signer whose claimed time is the one that is printed, not the moment of the machine."""
    from pyhanko.sign.signers import PdfSigner

    class Dated(PdfSigner):
        def init_signing_session(self, *given: Any, **named: Any) -> Any:
            session = super().init_signing_session(*given, **named)
            session.system_time = at
            return session

    return Dated


def _signer(identity: Identity) -> Signer:
    from asn1crypto.keys import PrivateKeyInfo
    from pyhanko.sign.signers import SimpleSigner

    class Quick(SimpleSigner):
        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            return raw_signature(identity.key, data)

    return Quick(
        signing_cert=_loaded([identity.certificate])[0],
        signing_key=PrivateKeyInfo.load(identity.key),
        cert_registry=_registry(identity.chain),
        embed_roots=True,
    )


def _registry(certificates: Iterable[bytes]) -> Any:
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    return SimpleCertificateStore.from_certs(_loaded(certificates))  # type: ignore[no-untyped-call]


def _stamper(sealer: Sealer) -> Any:
    from compassionate.documents.outside_world import Stamper

    assert sealer.ask is not None
    return Stamper(sealer.ask, sealer.tsa_url)


def _context(sealer: Sealer) -> ValidationContext:
    """Whom we believe while we gather what a later reader needs: the authority's roots and our own chain's top."""
    from pyhanko_certvalidator import ValidationContext

    from compassionate.documents.outside_world import fetchers

    assert sealer.ask is not None
    own, theirs = _loaded([sealer.identity.certificate, *sealer.identity.chain]), _loaded(sealer.roots)
    return ValidationContext(
        trust_roots=[*(tops(own) or own[:1]), *(tops(theirs) or theirs)],
        other_certs=[*own, *theirs],
        allow_fetching=True,
        fetchers=fetchers(sealer.ask),
        revocation_mode="hard-fail",
    )


def tops(certificates: Iterable[Any]) -> list[Any]:
    """Those that nobody stands above: a file of roots may hold what is below them too."""
    return [each for each in certificates if each.subject == each.issuer]


def _loaded(certificates: Iterable[bytes]) -> list[Any]:
    from asn1crypto import x509

    return [x509.Certificate.load(each) for each in certificates]
