"""A PDF without what tells of its makers: what is shown stays, the file is written anew from its last state.

Left out are the document information, XMP of every object, page-piece data, thumbnails, dates and names of notes,
notes that no page shows, electronic signatures (any change breaks them: the original carries them), earlier states
of the file, and camera data inside its pictures. Copying what was copied gives the same bytes.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pikepdf

from compassionate.documents.active_content import dictionaries
from compassionate.documents.picture_copies import NotWhole, bare_jpeg

TELLING = ("/Metadata", "/PieceInfo", "/Thumb", "/LastModified", "/CreatorInfo", "/SpiderInfo")
OF_NOTES = ("/T", "/M", "/NM", "/CreationDate", "/RC", "/Subj", "/Popup", "/IRT")
SHOWN_NOTES = ("/Widget", "/Link")
UNSEEN_NOTES = ("/Text", "/Popup")
OF_SIGNATURES = ("/Perms", "/DSS", "/Legal", "/Extensions")
LARGEST_PICTURE = 64_000_000


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether the file carries an electronic signature, good or not."""
    return any(_signs(held) for held in dictionaries(pdf.objects))


def _signs(held: Any) -> bool:
    return "/ByteRange" in held and "/Contents" in held


def pdf_copy(data: bytes) -> bytes:
    """The same pages in a file that says nothing more; the same bytes each time. Raises what pikepdf raises.

    Written twice: a part that the first writing packs stands in another order only in the second.
    """
    return _written(_written(data))


def _written(data: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
        _bare_root(pdf)
        for held in list(dictionaries(pdf.objects)):
            _bare(held)
        for page in pdf.pages:
            _bare_notes(page.obj)
        pdf.save(
            out,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return out.getvalue()


def _bare_root(pdf: pikepdf.Pdf) -> None:
    for key in ("/Info", "/ID"):
        if key in pdf.trailer:
            del pdf.trailer[key]
    for key in OF_SIGNATURES:
        if key in pdf.Root:
            del pdf.Root[key]
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]


def _bare(held: Any) -> None:
    """Take out of one object what tells of its makers."""
    for key in TELLING:
        if key in held:
            del held[key]
    value = held.get("/V")
    if isinstance(value, pikepdf.Dictionary) and _signs(value):
        del held["/V"]
    if isinstance(held, pikepdf.Stream) and held.get("/Subtype") == pikepdf.Name.Image:
        _bare_picture(held)


def _bare_notes(page: Any) -> None:
    """Notes that people stuck on a page: those that it does not show go, the others lose who wrote them and when."""
    notes = page.get("/Annots")
    if not isinstance(notes, pikepdf.Array):
        return
    kept = [note for note in notes if isinstance(note, pikepdf.Dictionary) and _subtype(note) not in UNSEEN_NOTES]
    for note in kept:
        if _subtype(note) in SHOWN_NOTES:
            continue
        words = () if _subtype(note) == "/FreeText" else ("/Contents",)
        for key in (*OF_NOTES, *words):
            if key in note:
                del note[key]
    page["/Annots"] = pikepdf.Array(kept)


def _subtype(note: Any) -> str:
    return str(note.get("/Subtype", ""))


def _bare_picture(stream: Any) -> None:
    """A photograph inside the file is bare of its camera data, where it can be read."""
    named = stream.get("/Filter")
    filters = [str(each) for each in named] if isinstance(named, pikepdf.Array) else [str(named)]
    if filters not in (["/DCTDecode"], ["/FlateDecode", "/DCTDecode"]):
        return
    raw = stream.read_raw_bytes()
    with suppress(NotWhole, zlib.error):
        kept = raw if len(filters) == 1 else zlib.decompressobj().decompress(raw, LARGEST_PICTURE)
        bare = bare_jpeg(kept)
        if bare != raw:
            _replace(stream, bare, len(filters))


def _replace(stream: Any, bare: bytes, filters: int) -> None:
    settings = stream.get("/DecodeParms")
    if filters == 1:
        stream.write(bare, filter=pikepdf.Name.DCTDecode, decode_parms=settings)
    else:
        last = settings[1] if isinstance(settings, pikepdf.Array) and len(settings) > 1 else None
        stream.write(bare, filter=pikepdf.Name.DCTDecode, decode_parms=last)
