"""What a file is that is no PDF, PNG or JPEG, by its content: each kind is converted in another way.

The code that is answered names a sentence (`error.paper.<code>`) that tells what it is and how to make a PDF of it.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

UNKNOWN = "kind_not_taken"
STARTS = (
    (b"{\\rtf", "kind_word"),
    (b"II*\0", "kind_tiff"),
    (b"MM\0*", "kind_tiff"),
    (b"II+\0", "kind_tiff"),
    (b"GIF8", "kind_picture"),
    (b"BM", "kind_picture"),
    (b"8BPS", "kind_picture"),
    (b"\0\0\0\x0cjP  ", "kind_picture"),
    (b"\0\0\0\x0cJXL ", "kind_picture"),
    (b"\xff\x0a", "kind_picture"),
    (b"%!PS", "kind_postscript"),
    (b"\xc5\xd0\xd3\xc6", "kind_postscript"),
    (b"Rar!", "kind_archive"),
    (b"7z\xbc\xaf\x27\x1c", "kind_archive"),
    (b"\x1f\x8b", "kind_archive"),
    (b"BZh", "kind_archive"),
    (b"\xfd7zXZ\0", "kind_archive"),
    (b"ID3", "kind_recording"),
    (b"OggS", "kind_recording"),
    (b"fLaC", "kind_recording"),
    (b"\x1a\x45\xdf\xa3", "kind_recording"),
    (b"MZ", "kind_program"),
    (b"\x7fELF", "kind_program"),
    (b"#!", "kind_program"),
)
ISO_PICTURES = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
RIFF_PICTURE = b"WEBP"
OFFICE_OLD = (
    ("EncryptedPackage", "kind_office_locked"),
    ("WordDocument", "kind_word"),
    ("Workbook", "kind_excel"),
    ("PowerPoint Document", "kind_powerpoint"),
    ("__properties_version1.0", "kind_mail"),
)
IN_ZIP = (
    ("word/", "kind_word"),
    ("xl/", "kind_excel"),
    ("ppt/", "kind_powerpoint"),
    ("META-INF/signatures", "kind_signed_parcel"),
    ("META-INF/asic", "kind_signed_parcel"),
    ("FixedDocSeq.fdseq", "kind_postscript"),
)
ZIPPED_TYPES = (
    (b"application/vnd.oasis.opendocument", "kind_opendocument"),
    (b"application/vnd.etsi.asic", "kind_signed_parcel"),
)
HEAD, MOST_NAMES = 4096, 2000
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # CMS: PKCS#7 signed data, 1.2.840.113549.1.7.2
MAIL = re.compile(
    rb"\A(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,40}?(?:From|Received|Return-Path|MIME-Version):", re.IGNORECASE
)
WEB = re.compile(
    rb"\A[\s\xef\xbb\xbf]*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|script)", re.IGNORECASE | re.DOTALL
)
SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
XML = re.compile(rb"\A[\s\xef\xbb\xbf]*<(?:\?xml|[A-Za-z])")
SIGNED_XML = re.compile(rb"<(?:\w+:)?Signature[\s>]")


def foreign_kind(data: bytes) -> str:
    """The code of the sentence for a file of another kind; `kind_not_taken` for what nobody knows."""
    head = data[:HEAD]
    for start, code in STARTS:
        if head.startswith(start):
            return code
    for look in (_boxed, _old_office, _zipped, _medical, _tagged):
        if code := look(data):
            return code
    return _written(data)


def _boxed(data: bytes) -> str:
    """Files made of boxes: pictures of phones, films; and those of Windows, pictures and sounds."""
    if data[4:8] == b"ftyp":
        return "kind_heic" if data[8:12] in ISO_PICTURES else "kind_recording"
    if data[:4] == b"RIFF":
        return "kind_picture" if data[8:12] == RIFF_PICTURE else "kind_recording"
    return ""


def _old_office(data: bytes) -> str:
    if not data.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        return ""
    found = (code for name, code in OFFICE_OLD if name.encode("utf-16-le") in data)
    return next(found, "kind_office_locked" if b"E\0n\0c\0r\0y\0p\0t\0" in data else "kind_word")


def _zipped(data: bytes) -> str:
    if not data.startswith(b"PK"):
        return ""
    for name, code in ZIPPED_TYPES:
        if name in data[:200]:
            return code
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()[:MOST_NAMES]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        names = []
    return next((code for start, code in IN_ZIP if any(name.startswith(start) for name in names)), "kind_archive")


def _medical(data: bytes) -> str:
    return "kind_dicom" if data[128:132] == b"DICM" else ""


def _tagged(data: bytes) -> str:
    """Signed parcels (.p7m, .xsig), pages of the web, drawings, other XML."""
    head = data[:HEAD]
    if head[:1] == b"\x30" and SIGNED_DATA in head[:64]:
        return "kind_signed_parcel"
    if WEB.search(head):
        return "kind_web"
    if not XML.search(head):
        return ""
    if SVG.search(head):
        return "kind_picture"
    return "kind_signed_parcel" if SIGNED_XML.search(data) else "kind_xml"


def _written(data: bytes) -> str:
    """Mails and plain text; anything that nobody can read is unknown."""
    head = data[:HEAD]
    try:
        text = head.decode("utf-8", "strict" if len(data) <= HEAD else "ignore")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    if MAIL.search(head.replace(b"\r\n", b"\n")):
        return "kind_mail"
    unseen = sum(1 for char in text if not (char.isprintable() or char in "\r\n\t\f\ufeff"))
    return "kind_text" if text.strip() and unseen == 0 else UNKNOWN
