"""Files that want to harm whoever reads them, each made by code: what they are called, said to be, hold, and end as.

`HOSTILE`: name of the file, declared type, a maker of its bytes, and the codes one of which refuses it. "" stands for
a file that may be taken: then it is drawn too, and what it would do happens where it does no harm.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
KEPT = {
    "stream_decode_level": pikepdf.StreamDecodeLevel.none,
    "compress_streams": False,
    "object_stream_mode": pikepdf.ObjectStreamMode.disable,
}
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Hostile:
    filename: str
    declared: str
    make: Callable[[], bytes]
    codes: tuple[str, ...]


def pdf(change: Callable[[pikepdf.Pdf], Any] | None = None, pages: int = 1, **saved: Any) -> bytes:
    """A PDF with something done to it."""
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        if change:
            change(made)
        out = BytesIO()
        made.save(out, **saved)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (40, 30), **saved: Any) -> bytes:
    """A red picture."""
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **saved)
    return out.getvalue()


def zeros(megabytes: int, layers: int = 1, start: bytes = b"") -> bytes:
    """So many megabytes of nothing behind a start, packed so many times; one megabyte is packed and said again."""
    packer = zlib.compressobj(9, wbits=-15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = zlib.adler32(start)
    for _ in range(megabytes):
        check = zlib.adler32(bytes(MEGABYTE), check)
    packed = b"\x78\xda" + first + again * megabytes + packer.flush() + check.to_bytes(4)
    for _ in range(layers - 1):
        packed = zlib.compress(packed, 9)
    return packed


def stream(made: pikepdf.Pdf, raw: bytes, layers: int = 1, **keys: Any) -> Any:
    """Packed bytes as a part of a PDF."""
    held = Stream(made, b"")
    held.write(raw, filter=Array([Name.FlateDecode] * layers) if layers > 1 else Name.FlateDecode)
    for key, value in keys.items():
        held[f"/{key}"] = value
    return made.make_indirect(held)


def content_bomb(megabytes: int, layers: int = 1) -> bytes:
    """A page whose drawing unpacks into hundreds of megabytes."""

    def change(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Contents = stream(made, zeros(megabytes, layers), layers)

    return pdf(change, **KEPT)


def image_bomb() -> bytes:
    """A picture in a page that says it has ten thousand million points."""

    def change(made: pikepdf.Pdf) -> None:
        keys = {"Subtype": Name.Image, "Width": 100_000, "Height": 100_000, "ColorSpace": Name.DeviceGray}
        held = stream(made, zlib.compress(b"\0" * 99), BitsPerComponent=8, **keys)
        made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=held))
        made.pages[0].obj.Contents = Stream(made, b"q 600 0 0 600 0 0 cm /I Do Q")

    return pdf(change, **KEPT)


def jpeg2000_lie() -> bytes:
    """A picture of JPEG 2000 whose own head says 60000 × 60000 in a page that says 10 × 10."""

    def change(made: pikepdf.Pdf) -> None:
        size = struct.pack(">HHIIIIIIIIH", 47, 0, 60000, 60000, 0, 0, 60000, 60000, 0, 0, 3) + b"\x07\x01\x01" * 3
        held = Stream(made, b"\xff\x4f\xff\x51" + size)
        held["/Filter"], held["/Subtype"] = Name.JPXDecode, Name.Image
        held["/Width"], held["/Height"] = 10, 10
        made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=made.make_indirect(held)))
        made.pages[0].obj.Contents = Stream(made, b"q 600 0 0 600 0 0 cm /I Do Q")

    return pdf(change)


def billion_forms(depth: int = 12) -> bytes:
    """Drawings that each draw another ten times: a page that takes for ever."""

    def change(made: pikepdf.Pdf) -> None:
        inner: Any = Stream(made, b"0 0 9 9 re f")
        inner["/Type"], inner["/Subtype"], inner["/BBox"] = Name.XObject, Name.Form, Array([0, 0, 600, 600])
        for _ in range(depth):
            outer = Stream(made, b"/F Do " * 10)
            outer["/Type"], outer["/Subtype"], outer["/BBox"] = Name.XObject, Name.Form, Array([0, 0, 600, 600])
            outer["/Resources"] = Dictionary(XObject=Dictionary(F=made.make_indirect(inner)))
            inner = outer
        made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(F=made.make_indirect(inner)))
        made.pages[0].obj.Contents = Stream(made, b"/F Do")

    return pdf(change, pages=2)


def object_bomb(megabytes: int = 200) -> bytes:
    """A list of objects that unpacks without end, in which the root of the file stands."""
    packed = zeros(megabytes, start=b"2 0 <</Type/Catalog/Pages 4 0 R>>")
    listed = b"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + str(len(packed)).encode()
    body = b"%PDF-1.7\n" + listed + b">>stream\n" + packed + b"\nendstream\nendobj\n"
    rows = b"\0\0\0\0\0\0" + b"\1" + (9).to_bytes(4) + b"\0" + b"\2" + (1).to_bytes(4) + b"\0"
    table = b"3 0 obj\n<</Type/XRef/Size 3/W[1 4 1]/Root 2 0 R/Length 18>>stream\n" + rows
    return body + table + b"\nendstream\nendobj\nstartxref\n" + str(len(body)).encode() + b"\n%%EOF"


def table_loop() -> bytes:
    """A table of contents that says the one before it is itself."""
    data = pdf()
    place = data.rfind(b"xref\n", 0, data.rfind(b"startxref"))
    return data.replace(b"trailer <<", b"trailer << /Prev %d " % place)


def lying_count() -> bytes:
    """A tree of pages that says it has a hundred million of them."""

    def change(made: pikepdf.Pdf) -> None:
        made.Root.Pages.Count = 100_000_000

    return pdf(change)


def tail_biter() -> bytes:
    """A tree of pages whose branch is the tree."""

    def change(made: pikepdf.Pdf) -> None:
        made.Root.Pages.Kids = Array([made.Root.Pages])

    return pdf(change)


def deep_tree(depth: int = 3000) -> bytes:
    """A page behind thousands of branches."""

    def change(made: pikepdf.Pdf) -> None:
        branch: Any = made.pages[0].obj
        for _ in range(depth):
            branch = made.make_indirect(Dictionary(Type=Name.Pages, Count=1, Kids=Array([branch])))
        made.Root.Pages = branch

    return pdf(change)


def deep_nesting(depth: int = 200_000) -> bytes:
    """Brackets in brackets, deeper than any stack."""
    deep = b"<</A " + b"[" * depth + b"]" * depth + b">>"
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + deep)


def acting(kind: str, **more: Any) -> Callable[[], bytes]:
    """A PDF that does something when it is opened."""

    def change(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = Dictionary(S=Name("/" + kind), **more)

    return lambda: pdf(change)


def rooted(**keys: Any) -> Callable[[], bytes]:
    """A PDF with more in its root."""

    def change(made: pikepdf.Pdf) -> None:
        for key, value in keys.items():
            made.Root[f"/{key}"] = value

    return lambda: pdf(change)


def noted(**keys: Any) -> Callable[[], bytes]:
    """A PDF with a note on its page."""

    def change(made: pikepdf.Pdf) -> None:
        held = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **keys)
        made.pages[0].obj.Annots = Array([made.make_indirect(held)])

    return lambda: pdf(change)


def archive(name: str = "a.exe", stored: bytes = b"MZ") -> bytes:
    """A ZIP archive with one file."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        held.writestr(name, stored)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png_bomb(side: int) -> bytes:
    """A small PNG of a huge picture."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", side.to_bytes(4) * 2 + b"\x08\x02\0\0\0")
    return head + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    """A PNG with a note that unpacks into hundreds of megabytes."""
    data = picture("PNG")
    return data[:33] + chunk(b"zTXt", b"Comment\0\0" + zeros(120)) + data[33:]


def jpeg_bomb() -> bytes:
    """A JPEG whose head says 65000 × 65000."""
    data = picture("JPEG")
    place = data.index(b"\xff\xc0")
    return data[: place + 5] + (65000).to_bytes(2) * 2 + data[place + 9 :]


LONG = "ñ" * 300
TRAVERSAL, REVERSED = "../../../etc/passwd\0.pdf", "informe\u202efdp.exe"
REFUSED_ACTIVE = ("active",)
HOSTILE: dict[str, Hostile] = {
    "encrypted": Hostile("a.pdf", PDF, lambda: pdf(encryption=pikepdf.Encryption(owner="a", user="b")), ("encrypted",)),
    "no pages": Hostile("a.pdf", PDF, lambda: pdf(pages=0), ("no_pages",)),
    "too many pages": Hostile("a.pdf", PDF, lambda: pdf(pages=301), ("too_many_pages",)),
    "truncated": Hostile("a.pdf", PDF, lambda: pdf(pages=3)[:200], ("broken", "no_pages")),
    "table loop": Hostile("a.pdf", PDF, table_loop, ("", "broken")),
    "script": Hostile("a.pdf", PDF, acting("JavaScript", JS=String("app.alert(1)")), REFUSED_ACTIVE),
    "program": Hostile("a.pdf", PDF, acting("Launch", F=String("cmd.exe")), REFUSED_ACTIVE),
    "sending form": Hostile("a.pdf", PDF, acting("SubmitForm", F=String("http://a")), REFUSED_ACTIVE),
    "other file": Hostile("a.pdf", PDF, acting("GoToR", F=String("//host/share")), REFUSED_ACTIVE),
    "embedded files": Hostile(
        "a.pdf", PDF, rooted(Names=Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))), REFUSED_ACTIVE
    ),
    "XFA": Hostile("a.pdf", PDF, rooted(AcroForm=Dictionary(XFA=String("x"), Fields=Array([]))), REFUSED_ACTIVE),
    "rich media": Hostile("a.pdf", PDF, noted(Subtype=Name.RichMedia), REFUSED_ACTIVE),
    "attachment": Hostile("a.pdf", PDF, noted(Subtype=Name.FileAttachment), REFUSED_ACTIVE),
    "lying count": Hostile("a.pdf", PDF, lying_count, ("broken", "")),
    "tail biter": Hostile("a.pdf", PDF, tail_biter, ("broken", "no_pages")),
    "deep tree": Hostile("a.pdf", PDF, deep_tree, ("broken", "too_demanding", "")),
    "deep nesting": Hostile("a.pdf", PDF, deep_nesting, ("broken", "too_demanding", "")),
    "content bomb": Hostile("a.pdf", PDF, lambda: content_bomb(120), ("too_demanding",)),
    "content bomb in a bomb": Hostile("a.pdf", PDF, lambda: content_bomb(120, 2), ("too_demanding",)),
    "object bomb": Hostile("a.pdf", PDF, object_bomb, ("broken", "too_demanding", "no_pages")),
    "picture bomb": Hostile("a.pdf", PDF, image_bomb, ("too_demanding",)),
    "JPEG 2000 lie": Hostile("a.pdf", PDF, jpeg2000_lie, ("",)),
    "PDF and ZIP": Hostile("a.pdf", PDF, lambda: pdf() + archive(), ("two_files",)),
    "ZIP and PDF": Hostile("a.pdf", PDF, lambda: archive() + pdf(), ("kind_archive",)),
    "PDF and HTML": Hostile("a.pdf", PDF, lambda: pdf().replace(b"\n", b"\n%<html><script>\n", 1), ("two_files",)),
    "HTML and PDF": Hostile("a.pdf", PDF, lambda: b"<html><script>1</script>" + pdf(), ("kind_web",)),
    "something before": Hostile("a.pdf", PDF, lambda: b"\x01\x02\x03" + pdf(), ("two_files",)),
    "something behind": Hostile("a.pdf", PDF, lambda: pdf() + b"\xfe" * 5000, ("two_files",)),
    "PNG and ZIP": Hostile("a.png", PNG, lambda: picture("PNG") + archive(), ("two_files",)),
    "PNG bomb": Hostile("a.png", PNG, lambda: png_bomb(60_000), ("too_large_picture",)),
    "PNG text bomb": Hostile("a.png", PNG, png_text_bomb, ("broken", "too_demanding", "")),
    "JPEG bomb": Hostile("a.jpg", JPEG, jpeg_bomb, ("too_large_picture",)),
    "wrong extension": Hostile("a.png", PNG, pdf, ("name_mismatch",)),
    "wrong declared type": Hostile("a.pdf", "text/html", pdf, ("name_mismatch",)),
    "name that climbs": Hostile(TRAVERSAL, PDF, pdf, ("",)),
    "name that turns round": Hostile(REVERSED, PDF, pdf, ("name_mismatch",)),
    "endless name": Hostile(f"{LONG}.pdf", PDF, pdf, ("",)),
    "program in disguise": Hostile("a.pdf", PDF, lambda: b"MZ" + bytes(500), ("kind_program",)),
}
