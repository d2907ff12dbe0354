"""A small document as it is issued, sealed by an installation of the tests: made once a run."""

from __future__ import annotations

import io
from functools import cache

import pikepdf

from compassionate.documents.certificates import Identity
from compassionate.documents.sealing import Sealed, Sealer, seal
from tests.pki import authorities
from tests.world import START as AT
from tests.world import own_identity as own


@cache
def hospital() -> Identity:
    """A hospital's own, from an authority."""
    held = authorities()
    above = (held.certificate("issuer"), held.certificate("root"))
    return Identity(held.certificate("seal"), held.key("seal"), above)


@cache
def unsealed() -> bytes:
    """Two pages with a line of text each."""
    file = pikepdf.new()
    for number in (1, 2):
        page = file.add_blank_page(page_size=(595, 842))
        page.Contents = file.make_stream(f"BT /F1 12 Tf 72 720 Td (Pagina {number}) Tj ET".encode())
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    held = io.BytesIO()
    file.save(held, deterministic_id=True)
    return held.getvalue()


def stamping(identity: Identity) -> Sealer:
    """A sealer that knows an authority of time, and whom it trusts for that."""
    held = authorities()
    roots = (held.certificate("root"), held.certificate("issuer"))
    return Sealer(identity, "Madrid", held.tsa_url, roots, held.ask)


@cache
def sealed() -> Sealed:
    """The document with the seal of the installation, no authority about."""
    return seal(unsealed(), Sealer(own(), "Madrid"), AT)


@cache
def archived() -> Sealed:
    """The same with everything that an authority of time adds."""
    return seal(unsealed(), stamping(own()), AT)
