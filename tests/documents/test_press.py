"""The printing press opens nothing but bundled fonts, this document's pictures and `data:`, and draws what it says."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from compassionate.documents.press import STATIC_FONTS, ClosedError, Fetcher, press
from compassionate.documents.render import TEMPLATES
from tests.documents import examples

ROOT = Path(__file__).resolve().parents[2]
PAGE = '<!doctype html><html lang="es"><head><title>x</title>{head}</head><body>{body}</body></html>'
SIGNS = "βγαµ≤≥≠≈×÷→−⁶⁺²ñÇéü·€…«»¿¡✓☐☑"
SVG = 'xmlns="http://www.w3.org/2000/svg" width="9" height="9"'
ADDRESSES = (
    "http://127.0.0.1:{port}/a", "https://127.0.0.1:{port}/a", "ftp://127.0.0.1:{port}/a", "file:///etc/passwd",
    "file:/etc/passwd",
    "//127.0.0.1:{port}/a", "/etc/passwd", "../../etc/passwd", "font:../../../config.py", "font:", "picture:1-1",
    "FILE:///etc/passwd",
    "compassionate:/x", "jar:http://127.0.0.1:{port}/a", "about:blank", "javascript:1", "a b c",
)  # fmt: skip
MARKUP = {
    "image": '<img src="{url}" alt="x">',
    "source set": '<img srcset="{url} 2x" src="{url}" alt="x">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": "<style>@import url('{url}');</style>",
    "background": "<p style=\"background: url('{url}')\">x</p>",
    "list mark": "<ul style=\"list-style-image: url('{url}')\"><li>x</li></ul>",
    "content": "<style>p::before {{ content: url('{url}') }}</style><p>x</p>",
    "font": "<style>@font-face {{ font-family: q; src: url('{url}') }} p {{ font-family: q }}</style><p>x</p>",
    "object": '<object data="{url}">x</object>',
    "embed": '<embed src="{url}">',
    "drawing": f'<svg {SVG}><image href="{{url}}" width="9" height="9"/></svg>',
    "used drawing": f'<svg {SVG}><use href="{{url}}#a"/></svg>',
    "attachment": '<link rel="attachment" href="{url}">',
    "attached link": '<a rel="attachment" href="{url}">x</a>',
}  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine: its port, and what it was asked for."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, seen
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_fetcher_refuses_an_address(address: str, asked: tuple[int, list[str]]):
    fetcher = Fetcher({"1-2": b"jpeg"})
    with pytest.raises(ClosedError):
        fetcher.fetch(address.format(port=asked[0]))
    assert fetcher.refused


def test_the_fetcher_gives_what_is_ours():
    fetcher = Fetcher({"1-2": b"jpeg"})
    assert fetcher.fetch("picture:1-2").read() == b"jpeg"
    assert fetcher.fetch("font:SourceSans3-Regular.ttf").read()[:4] == b"\x00\x01\x00\x00"
    assert fetcher.fetch("data:text/plain,hola").read() == b"hola"
    assert fetcher.refused == []


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/leak", "file://" + str(TEMPLATES / "document.css")])
def test_no_markup_reaches_out(name: str, address: str, asked: tuple[int, list[str]]):
    port, seen = asked
    html = PAGE.format(head="", body=MARKUP[name].format(url=address.format(port=port)))
    try:
        pdf, _ = press(html, "", {})
    except ClosedError:
        pdf = b""
    assert seen == []
    assert b"/EmbeddedFile" not in pdf


def test_every_style_of_type_is_bundled_whole():
    assert {path.name for path in STATIC_FONTS.glob("*.ttf")} == {
        f"SourceSans3-{style}.ttf" for style in ("Regular", "It", "Semibold", "Bold")
    }


def test_only_bundled_type_is_used():
    pdf = examples_pdf()
    fonts = {name.split(b"+")[-1] for name in pdf.split(b"/BaseFont /")[1:] for name in [name.split()[0]]}
    assert fonts
    assert all(name.startswith(b"SourceSans3-") for name in fonts), fonts


def examples_pdf() -> bytes:
    import pikepdf

    from tests.documents.printed import printed

    out = BytesIO()
    with pikepdf.open(BytesIO(printed("typical", "request_data").pdf)) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out.getvalue()


def _drawn_by_us(sign: str) -> Image.Image:
    font = ImageFont.truetype(str(STATIC_FONTS / "SourceSans3-Regular.ttf"), 72)
    image = Image.new("L", (140, 140), 255)
    ImageDraw.Draw(image).text((30, 20), sign, fill=0, font=font)
    return _cropped(image)


def _cropped(image: Image.Image) -> Image.Image:
    box = ImageChops.invert(image).getbbox()
    assert box is not None, "nothing was drawn"
    canvas = Image.new("L", (96, 96), 255)
    shown = image.crop(box)
    canvas.paste(shown, ((96 - shown.width) // 2, (96 - shown.height) // 2))
    return canvas


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


def test_signs_are_drawn_as_what_they_are():
    """A subset font once drew "β" as "g" while the text could still be read out rightly: look at the picture."""
    css = (TEMPLATES / "document.css").read_text(
        "utf-8"
    ) + "p.sign { font-size: 72px; line-height: 140px; break-after: page; margin: 0 }"
    body = "".join(f'<p class="sign">{sign}</p>' for sign in SIGNS)
    pdf, pages = press(PAGE.format(head="", body=body), css, {})
    document = pypdfium2.PdfDocument(pdf)
    ours = {sign: _drawn_by_us(sign) for sign in SIGNS}
    wrong = []
    for number, sign in enumerate(SIGNS):
        picture = _cropped(document[number].render(scale=96 / 72).to_pil().convert("L"))
        nearest = min(ours, key=lambda each: _difference(picture, ours[each]))
        if nearest != sign:
            wrong.append((sign, nearest))
    document.close()
    assert wrong == []
    assert pages >= len(SIGNS)


def test_nothing_is_loaded_before_it_is_needed():
    program = "import sys, compassionate.documents.render, compassionate.documents.intake; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"weasyprint", "flask", "sqlalchemy"} & set(loaded.stdout.split()) == set()


def test_templates_see_plain_data_in_a_sandbox():
    from jinja2.exceptions import SecurityError, UndefinedError

    from compassionate.documents.render import _environment

    environment = _environment("es")
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nobody.knows }}").render()
    with pytest.raises(SecurityError):
        environment.from_string("{{ ''.__class__.__mro__ }}").render()
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    assert examples.ISSUE.version == 3
