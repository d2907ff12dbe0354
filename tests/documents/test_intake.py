"""An upload is what it is by content, name and declared type together; whatever else it is, the answer is Invalid."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from random import Random

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageFile

from compassionate.documents import intake
from compassionate.documents.intake import inspect
from compassionate.documents.pictures import page_pictures
from compassionate.errors import Invalid
from compassionate.words import has_words, say
from tests.documents.hostile import pdf

LIMIT = 10_000_000
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new(mode, size, "white" if mode == "RGB" else 0).save(out, kind)
    return out.getvalue()


def code_of(name: str, declared: str, data: bytes, limit: int = LIMIT) -> str:
    """The code that a file is refused with; empty where it is taken. Whatever else is raised is a failure."""
    try:
        inspect(name, declared, data, limit)
    except Invalid as refused:
        (error,) = refused.errors
        assert error.field == "file"
        assert has_words(f"error.{error.code}"), error.code
        assert "…" not in say(f"error.{error.code}", **error.params)
        return error.code.removeprefix("paper.")
    return ""


@pytest.mark.parametrize(
    ("name", "declared", "data", "media_type", "pages"),
    [
        ("informe.pdf", PDF, pdf(pages=3), PDF, 3),
        ("INFORME.PDF", "application/x-pdf", pdf(), PDF, 1),
        ("sin declarar.pdf", "", pdf(), PDF, 1),
        ("flujo.pdf", "application/octet-stream", pdf(), PDF, 1),
        ("con parámetros.pdf", "application/pdf; charset=binary", pdf(), PDF, 1),
        ("carta.png", PNG, picture("PNG"), PNG, 1),
        ("transparente.png", PNG, picture("PNG", mode="RGBA"), PNG, 1),
        ("foto.jpg", JPEG, picture("JPEG"), JPEG, 1),
        ("foto.jpeg", "image/pjpeg", picture("JPEG", mode="L"), JPEG, 1),
    ],
)
def test_papers_are_taken(name: str, declared: str, data: bytes, media_type: str, pages: int):
    found = inspect(name, declared, data, LIMIT)
    assert (found.media_type, found.pages, found.size) == (media_type, pages, len(data))
    assert found.sha256 == sha256(data).hexdigest()


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0"])
def test_every_version_of_pdf_is_known_by_its_content(version: str):
    assert code_of("a.pdf", PDF, pdf(force_version=version)) == ""


@pytest.mark.parametrize(
    ("name", "declared", "data", "code"),
    [
        ("vacío.pdf", PDF, b"", "empty"),
        ("texto.pdf", PDF, b"hola", "kind_text"),
        ("pagina.html", "text/html", b"<html><script>1</script></html>", "kind_web"),
        ("dibujo.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "kind_picture"),
        ("hoja.xlsx", PDF, b"PK\x03\x04" + b"\0" * 60, "kind_archive"),
        ("animado.gif", "image/gif", picture("GIF"), "kind_picture"),
        ("escaneo.tiff", "image/tiff", picture("TIFF"), "kind_tiff"),
        ("informe.png", PNG, pdf(), "name_mismatch"),
        ("informe", PDF, pdf(), "name_mismatch"),
        ("informe.pdf.exe", PDF, pdf(), "name_mismatch"),
        ("foto.pdf", PDF, picture("JPEG"), "name_mismatch"),
        ("informe.pdf", "text/html", pdf(), "name_mismatch"),
        ("foto.png", JPEG, picture("PNG"), "name_mismatch"),
        ("cortado.pdf", PDF, pdf()[:60], "broken"),
        ("cabecera.pdf", PDF, b"%PDF-1.7\n", "broken"),
        ("cortada.png", PNG, picture("PNG", (200, 200))[:-30], "broken"),
        ("cortada.jpg", JPEG, picture("JPEG", (900, 900))[:700], "broken"),
        ("sin páginas.pdf", PDF, pdf(pages=0), "no_pages"),
        ("protegido.pdf", PDF, pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "encrypted"),
        ("con permisos.pdf", PDF, pdf(encryption=pikepdf.Encryption(owner="a", user="")), "encrypted"),
    ],
)
def test_what_is_not_such_a_paper_is_refused(name: str, declared: str, data: bytes, code: str):
    assert code_of(name, declared, data) == code


@pytest.mark.parametrize(
    ("name", "declared", "data"),
    [("a.png", PNG, picture("PNG", (200, 200))), ("a.jpg", JPEG, picture("JPEG", (400, 400)))],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_a_picture_that_was_cut_off_is_broken(
    name: str, declared: str, data: bytes, lenient: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)  # the PDF engine turns it on for the whole process
    assert code_of(name, declared, data) == ""
    assert {code_of(name, declared, data[:-cut]) for cut in (30, len(data) // 2)} == {"broken"}


def test_a_file_over_the_limit_is_refused_with_both_sizes():
    with pytest.raises(Invalid) as refused:
        inspect("grande.pdf", PDF, b"%PDF-1.7" + b"\0" * 2_500_000, 2_000_000)
    (error,) = refused.value.errors
    assert (
        say(f"error.{error.code}", **error.params)
        == "El archivo «grande.pdf» ocupa 2,5 MB. Como máximo puede ocupar 2,0 MB."
    )


def test_a_pdf_with_too_many_pages_is_refused():
    assert code_of("libro.pdf", PDF, pdf(pages=intake.MOST_PAGES + 1)) == "too_many_pages"


def action(kind: str, **more: object) -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name("/" + kind), **more)


def opening(value: object) -> Callable[[pikepdf.Pdf], None]:
    def change(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = value

    return change


def annotation(**keys: object) -> Callable[[pikepdf.Pdf], None]:
    def change(made: pikepdf.Pdf) -> None:
        held = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **keys)
        made.pages[0].obj.Annots = Array([made.make_indirect(held)])

    return change


def root(**keys: object) -> Callable[[pikepdf.Pdf], None]:
    def change(made: pikepdf.Pdf) -> None:
        for key, value in keys.items():
            made.Root[f"/{key}"] = value

    return change


ACTIVE: dict[str, tuple[Callable[[pikepdf.Pdf], None], str]] = {
    "opening script": (opening(action("JavaScript", JS=String("app.alert(1)"))), "JavaScript"),
    "named scripts": (root(Names=Dictionary(JavaScript=Dictionary(Names=Array([])))), "JavaScript"),
    "script of a page": (
        lambda made: setattr(made.pages[0].obj, "AA", Dictionary(O=action("JavaScript"))),
        "JavaScript",
    ),
    "program": (annotation(Subtype=Name.Link, A=action("Launch", F=String("a.exe"))), "Launch"),
    "sending form": (annotation(Subtype=Name.Link, A=action("SubmitForm", F=String("http://a"))), "SubmitForm"),
    "other file": (annotation(Subtype=Name.Link, A=action("GoToR", F=String("b.pdf"))), "GoToR"),
    "embedded document": (annotation(Subtype=Name.Link, A=action("GoToE")), "GoToE"),
    "action after a harmless one": (opening(action("GoTo", D=Array([]), Next=action("Launch"))), "Launch"),
    "embedded files": (root(Names=Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))), "EmbeddedFiles"),
    "attachment": (annotation(Subtype=Name.FileAttachment), "EmbeddedFiles"),
    "XFA form": (root(AcroForm=Dictionary(XFA=String("x"), Fields=Array([]))), "XFA"),
    "rich media": (annotation(Subtype=Name.RichMedia), "RichMedia"),
    "web page on opening": (opening(action("URI", URI=String("http://a"))), "OpenAction"),
    "named action on opening": (opening(action("Named", N=Name.Print)), "OpenAction"),
    "movie": (annotation(Subtype=Name.Movie), "Movie"),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_would_act_by_itself_is_refused_and_named(name: str):
    change, found = ACTIVE[name]
    with pytest.raises(Invalid) as refused:
        inspect("activo.pdf", PDF, pdf(change), LIMIT)
    (error,) = refused.value.errors
    assert error.code == "paper.active"
    assert found in str(error.params["found"])


@pytest.mark.parametrize("name", ACTIVE)
def test_what_would_act_is_found_in_compressed_objects_too(name: str):
    hidden = pdf(ACTIVE[name][0], object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert code_of("activo.pdf", PDF, hidden) == "active"


def test_an_obfuscated_name_is_seen_through():
    assert code_of("a.pdf", PDF, pdf(ACTIVE["program"][0]).replace(b"/Launch", b"/L#61unch")) in ("active", "broken")


def test_a_script_that_no_page_uses_any_more_is_refused():
    assert code_of(
        "a.pdf", PDF, pdf(lambda made: made.make_indirect(action("JavaScript", JS=String("1"))) and None)
    ) in ("", "active")


@pytest.mark.parametrize(
    "change",
    [
        opening(Array([0, Name.Fit])),
        opening(action("GoTo", D=Array([0, Name.Fit]))),
        annotation(Subtype=Name.Link, A=action("URI", URI=String("https://doi.org/10.1097/TP.0b013e3182298a15"))),
    ],
)
def test_beginning_at_a_page_and_links_to_web_pages_are_no_harm(change: Callable[[pikepdf.Pdf], None]):
    assert code_of("articulo.pdf", PDF, pdf(change)) == ""


def test_deep_nesting_is_broken_not_a_crash():
    deep = b"<<" + b"/A [" * 3000 + b"]" * 3000 + b">>"
    data = pdf().replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + deep)
    assert code_of("hondo.pdf", PDF, data) in ("", "broken")


def test_a_page_tree_that_bites_its_tail_ends():
    def loop(made: pikepdf.Pdf) -> None:
        made.Root.Pages.Kids = Array([made.Root.Pages])

    assert code_of("bucle.pdf", PDF, pdf(loop)) in ("broken", "no_pages")


def test_a_picture_with_too_many_points_is_refused_before_it_is_drawn():
    header = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", (60000).to_bytes(4) * 2 + b"\x08\x02\0\0\0")
    assert (
        code_of("bomba.png", PNG, header + _chunk(b"IDAT", zlib.compress(b"\0" * 99)) + _chunk(b"IEND", b""))
        == "too_large_picture"
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def test_a_long_name_with_line_ends_is_told_on_one_line():
    with pytest.raises(Invalid) as refused:
        inspect("a\nb\u202e" * 200, PDF, b"x", LIMIT)
    name = str(refused.value.errors[0].params["filename"])
    assert "\n" not in name
    assert len(name) <= intake.LONGEST_NAME


BASES = {
    "uno.pdf": (PDF, pdf(ACTIVE["other file"][0], pages=2)),
    "dos.pdf": (PDF, pdf(pages=2, object_stream_mode=pikepdf.ObjectStreamMode.generate)),
    "tres.png": (PNG, picture("PNG", (60, 60))),
    "cuatro.jpg": (JPEG, picture("JPEG", (60, 60))),
}


def mutated(data: bytes, seed: int) -> bytes:
    """The file with some bytes changed, cut out, doubled or swapped."""
    chance = Random(seed)
    out = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(8, max(len(out), 9))
        match chance.randrange(4):
            case 0:
                out[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del out[place : place + chance.randint(1, 40)]
            case 2:
                out[place:place] = out[chance.randrange(len(out)) :][: chance.randint(1, 60)]
            case 3:
                out[place : place + 3] = str(chance.randrange(10**6)).encode()
    return bytes(out)


@pytest.mark.parametrize("name", BASES)
def test_damaged_files_are_taken_or_refused_and_then_drawn_without_another_word(name: str):
    declared, data = BASES[name]
    for seed in range(150):
        bad = mutated(data, seed)
        if code_of(name, declared, bad) == "":
            found = inspect(name, declared, bad, LIMIT)
            assert len(page_pictures(bad, found.media_type, found.pages)) == found.pages


@given(st.sampled_from([b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b""]), st.binary(max_size=400))
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_get_an_answer(start: bytes, rest: bytes):
    for name, declared in (("a.pdf", PDF), ("a.png", PNG), ("a.jpg", JPEG)):
        code_of(name, declared, start + rest)
