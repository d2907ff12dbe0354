"""The last hand on every PDF: what makes a tagged print PDF/A-3a and PDF/UA-1 at once, with files inside.

The same print and the same wishes give the same bytes. Nothing is said in the metadata but the title, the
language and the hour of issue (PDF-07): no author, no name of a library.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from compassionate.documents.attachments import Attachment, Finish
from compassionate.documents.declarations import PRODUCER, declared
from compassionate.documents.furniture import furniture_as_artifacts
from compassionate.documents.links import one_link_each
from compassionate.documents.packing import ENOUGH, NOT_AT_ALL, filed, flat, packed, streams_of
from compassionate.documents.typefaces import embed_whole
from compassionate.text import single_line

__all__ = ["Finish", "finish", "finished", "pdf_moment", "settle"]

PROFILE = Path(__file__).with_name("sRGB2014.icc")
DENSE = frozenset({"application/pdf", "image/jpeg", "image/png"})
PRINTED = 4  # the flag of an annotation that is there on paper too


def finish(pdf: bytes, wanted: Finish) -> bytes:
    """A tagged print made whole: both profiles declared and held, files attached, ready to be sealed."""
    with pikepdf.open(BytesIO(pdf)) as document:
        settle(document)
        return finished(document, wanted)


def settle(document: pikepdf.Pdf) -> None:
    """What the press leaves to be put right in each of its prints, before any is joined with others."""
    furniture_as_artifacts(document)
    one_link_each(document)


def finished(document: pikepdf.Pdf, wanted: Finish) -> bytes:
    """The same for a document that is open already and settled."""
    embed_whole(document)
    _say(document, wanted)
    _intend(document)
    _mend_pages(document, wanted.go_to)
    _attach(document, wanted.attachments)
    streams = streams_of(document)
    _mend_pictures(streams)
    return packed(document, streams)


def _say(document: pikepdf.Pdf, wanted: Finish) -> None:
    root, moment = document.Root, pdf_moment(wanted.created)
    root.Lang = String(wanted.language)
    root.MarkInfo = Dictionary(Marked=True)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    if Name.Outlines in root:
        root.PageMode = Name.UseOutlines
    metadata = Stream(document, declared(wanted.title, wanted.language, wanted.created))
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    root.Metadata = document.make_indirect(metadata)
    document.trailer.Info = document.make_indirect(
        Dictionary(
            Title=String(single_line(wanted.title)),
            Producer=String(PRODUCER),
            CreationDate=String(moment),
            ModDate=String(moment),
        )
    )


def pdf_moment(moment: datetime) -> str:
    """An instant as PDF writes it: D:20261122103000+01'00'."""
    offset = moment.strftime("%z") or "+0000"
    return f"D:{moment:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}'"


@cache
def _profile() -> bytes:
    return flat(PROFILE.read_bytes())


def _intend(document: pikepdf.Pdf) -> None:
    """The colours mean sRGB, on screen and on paper."""
    profile = filed(document, _profile(), N=3)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB2014"),
        Info=String("sRGB2014"),
        DestOutputProfile=profile,
    )
    document.Root.OutputIntents = Array([intent])


def _mend_pages(document: pikepdf.Pdf, go_to: str) -> None:
    """Blending in the colours of the intent, tabbing in the order of the tags, links that say where they go."""
    blending = document.make_indirect(Dictionary(Type=Name.Group, S=Name.Transparency, CS=Name.DeviceRGB))
    pages = {page.obj.objgen: number for number, page in enumerate(document.pages, 1)}
    for page in document.pages:
        page.obj.Group, page.obj.Tabs = blending, Name.S
        for note in page.obj.get(Name.Annots, ()):
            note.F = PRINTED
            place = _page_of(document, note, pages)
            if place is not None:
                note.Contents = String(go_to.format(page=place))


def _mend_pictures(streams: Iterable[Stream]) -> None:
    """No picture is smoothed by whoever shows it (ISO 19005-3, 6.2.8.1)."""
    for each in streams:
        if Name.Interpolate in each:
            del each.Interpolate


def _page_of(document: pikepdf.Pdf, note: pikepdf.Object, pages: dict[tuple[int, int], int]) -> int | None:
    """The number of the page that a link of this document leads to."""
    goal = note.get(Name.Dest)
    if isinstance(goal, String):
        goal = _named(document).get(str(goal))
    if isinstance(goal, Dictionary):
        goal = goal.get(Name.D)
    return pages.get(goal[0].objgen) if isinstance(goal, Array) else None


def _named(document: pikepdf.Pdf) -> pikepdf.NameTree | dict[str, pikepdf.Object]:
    names = document.Root.get(Name.Names)
    return pikepdf.NameTree(names.Dests) if names is not None and Name.Dests in names else {}


def _attach(document: pikepdf.Pdf, attachments: tuple[Attachment, ...]) -> None:
    """Files inside, each with its relationship to the document, in the order of their names."""
    if not attachments:
        return
    given = sorted(attachments, key=lambda each: each.name)
    specs = [(each.name, document.make_indirect(_spec(document, each))) for each in given]
    names = document.Root.get(Name.Names)
    if names is None:
        names = document.Root.Names = document.make_indirect(Dictionary())
    names.EmbeddedFiles = Dictionary(Names=Array([each for name, spec in specs for each in (String(name), spec)]))
    document.Root.AF = Array([spec for _, spec in specs])


def _spec(document: pikepdf.Pdf, given: Attachment) -> Dictionary:
    moment = String(pdf_moment(given.at))
    held = filed(
        document,
        flat(given.data, NOT_AT_ALL if given.media_type in DENSE else ENOUGH),
        Type=Name.EmbeddedFile,
        Subtype=Name(f"/{given.media_type}"),
        Params=Dictionary(Size=len(given.data), CreationDate=moment, ModDate=moment),
    )
    return Dictionary(
        Type=Name.Filespec,
        F=String(given.name),
        UF=String(given.name),
        Desc=String(single_line(given.description)),
        AFRelationship=Name(f"/{given.relationship}"),
        EF=Dictionary(F=held, UF=held),
    )
