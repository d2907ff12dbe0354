"""People who sign a PDF as AutoFirma does: a new revision with a field and a PAdES signature; and people who cheat."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.generic import DictionaryObject, NameObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from compassionate.documents.outside_world import Stamper
from compassionate.documents.signature_bytes import seals_in
from tests.pki import authorities


def signer(name: str) -> SimpleSigner:
    """A person of the test authorities, with the chain that AutoFirma puts in."""
    held = authorities()
    above = [] if name == "stranger" else ["issuer"]
    store = SimpleCertificateStore.from_certs([Certificate.load(held.certificate(each)) for each in above])
    key = PrivateKeyInfo.load(held.key(name))
    return SimpleSigner(Certificate.load(held.certificate(name)), key, store)


def sign(pdf: bytes, name: str = "ana", box: tuple[int, int, int, int] | None = None, stamped: bool = False) -> bytes:
    """The file as that person signs it; seen on the page where there is a box."""
    field = f"Signature-{name}"
    meta = PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256")
    spec = fields.SigFieldSpec(field, on_page=0, box=box)
    stamper = Stamper(authorities().ask, authorities().tsa_url) if stamped else None
    made = PdfSigner(meta, signer(name), timestamper=stamper, new_field_spec=spec)
    return bytes(made.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue())


def _saved(writer: IncrementalPdfFileWriter) -> bytes:
    held = io.BytesIO()
    writer.write(held)
    return held.getvalue()


def paint_over(pdf: bytes) -> bytes:
    """One more revision, in which something is painted over the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()
    drawn = writer.add_object(StreamObject(stream_data=b"1 g 0 0 300 300 re f"))
    before: Any = page.raw_get("/Contents")
    listed = list(before) if isinstance(before, list) else [before]
    from pyhanko.pdf_utils.generic import ArrayObject

    page[pdf_name("/Contents")] = ArrayObject([*listed, drawn])
    writer.update_container(page)
    return _saved(writer)


def add_note(pdf: bytes) -> bytes:
    """One more revision, with a text note on the first page."""
    from pyhanko.pdf_utils.generic import ArrayObject, NumberObject, TextStringObject

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()
    note = DictionaryObject(
        {
            pdf_name("/Type"): NameObject("/Annot"),
            pdf_name("/Subtype"): NameObject("/FreeText"),
            pdf_name("/Rect"): ArrayObject([NumberObject(each) for each in (50, 50, 200, 90)]),
            pdf_name("/Contents"): TextStringObject("Autorizado"),
        }
    )
    listed = page.get("/Annots", ArrayObject())
    page[pdf_name("/Annots")] = ArrayObject([*listed, writer.add_object(note)])
    writer.update_container(page)
    return _saved(writer)


def flip(pdf: bytes, place: int) -> bytes:
    """The file with one bit of one byte turned."""
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def widen_gap(pdf: bytes) -> bytes:
    """The last signature told to cover less than it seems: its second stretch begins later."""
    place = pdf.rindex(b"/ByteRange [")
    end = pdf.index(b"]", place)
    first, length, second, rest = map(int, pdf[place + 12 : end].split())
    told = f"{first} {length} {second + 10} {rest - 10}".encode().ljust(end - place - 12)
    return pdf[: place + 12] + told + pdf[end:]


def break_cms(pdf: bytes) -> bytes:
    """The last signature's own bytes made nonsense."""
    place = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    return pdf[:place] + b"00" * 40 + pdf[place + 80 :]


def sign_a_part(pdf: bytes, name: str = "ana") -> bytes:
    """A signature that holds, over a file of which it leaves some bytes out: its range was told so before."""
    field = f"Signature-{name}"
    meta = PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256")
    made = PdfSigner(meta, signer(name), new_field_spec=fields.SigFieldSpec(field, on_page=0))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    prepared, _, output = asyncio.run(made.async_digest_doc_for_signing(writer))
    told = widen_gap(output.getvalue())
    covered = seals_in(told)[-1]
    digest = hashlib.sha256(told[: covered.gap] + told[covered.second : covered.end]).digest()
    cms = asyncio.run(signer(name).async_sign(digest, "sha256", use_pades=True))
    held = io.BytesIO(told)
    prepared.fill_with_cms(held, cms)
    return held.getvalue()
