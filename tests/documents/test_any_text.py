"""No text that people can store makes a document impossible, or says something else than it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import cycle
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Name

from compassionate.documents.letters import drawable
from compassionate.documents.press import STATIC_FONTS
from compassionate.documents.render import document_html
from compassionate.snapshot import CaseSnapshot
from compassionate.text import clean
from tests.documents import examples
from tests.documents.printed import pages_of, print_case, squeezed
from tests.documents.profiles import all_faults

BUNDLED = {path.stem for path in STATIC_FONTS.glob("*.ttf")}
A_PAGE = 4000
CODES = {
    "kind",
    "language",
    "zone",
    "state",
    "pathway",
    "pathway_version",
    "programme",
    "code",
    "form",
    "form_version",
    "consent_kinds",
}
NASTY = {
    "paragraph separator between spaces": "antes \u2029 después",
    "line separators": "uno\u2028dos\x85tres\x0bcuatro\x0ccinco",
    "lone surrogate": "roto \ud800 aquí",
    "control characters": "a\x00b\x07c\x1bd\x7fe",
    "emoji with joiners": "👩🏽‍⚕️ 🇪🇸 ❤️",
    "right to left with override": "\u202eodatsuj\u202c ‎مريض عمره ٤٢ سنة‏ עברית",
    "a word without end": "Hidroxi" * 400,
    "a word of ten thousand letters": "Hidroxi" * 1430,
    "zero width": "a\u200bb\u2060c\ufeffd\u00ade",
    "combining marks": "Z" + "\u0301\u0327\u0334" * 60 + "algo",
    "private and unassigned": "\ue000\uf8ff\U000f0000\u0378\U0010ffff",
    "markup": "</td></table><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=y>",
    "style": "<style>@import url(http://127.0.0.1:9/)</style> { } url(file:///etc/passwd) ; --x: 1",
    "template": "{{ 7 * 7 }} {% for x in y %} {0} {name} {{''.__class__}} %s %(a)s",
    "entities": "&lt; &amp;nbsp; &#0; &#x2029; & < > \" '",
    "many lines": "línea\n" * 25,
    "tabs and wide spaces": "a\t\tb\u3000c\u00a0d\u2003e",
    "signs": "IFN-β ≤ 5 ≥ 3 ≠ ≈ 10⁶⁺ ✓ ☐ ½ µg °C € – — … « » ñ ç à l·l",
}  # fmt: skip


def everywhere(value: Any, text: str | Callable[[], str]) -> Any:
    """The same case with a text (or the next of many) in every field that people write."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        changes = {name: everywhere(getattr(value, name), text) for name in names if name not in CODES}
        return replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(everywhere(each, text) for each in value)
    if not isinstance(value, str):
        return value
    return text if isinstance(text, str) else text()


def written(text: str) -> CaseSnapshot:
    """A small case in which every field holds that text."""
    case = replace(
        examples.typical(),
        eligibility=None,
        criteria=None,
        papers=(),
        regions=(),
        events=(),
        supply=(),
        visits=(),
        consents=(),
    )
    report = (
        replace(case.request.report, answers={"diagnosis": text, "allergies": text}) if case.request.report else None
    )
    bare = everywhere(
        replace(case, request=replace(case.request, report=None, signatures=()), doses=(), decisions=()), text
    )
    return replace(bare, request=replace(bare.request, report=report))


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_text_prints(name: str):
    text = NASTY[name]
    pdf = print_case(written(text), "follow_up_report").pdf
    assert all_faults(pdf) == []
    assert fonts_of(pdf) <= BUNDLED
    printed = " ".join(pages_of(pdf))
    if text.isascii() and "\x00" not in text and len(text) < A_PAGE:
        assert squeezed(clean(text)) in squeezed(printed)


def test_nasty_texts_print_side_by_side():
    texts = cycle(NASTY.values())
    case = written("")
    mixed = replace(
        case,
        centre=everywhere(case.centre, lambda: next(texts)),
        product=everywhere(case.product, lambda: next(texts)),
        lines=everywhere(case.lines, lambda: next(texts)),
        physician=everywhere(examples.typical().physician, lambda: next(texts)),
    )
    held = print_case(mixed, "request_data")
    assert held.pages < 30
    assert all_faults(held.pdf) == []


def fonts_of(pdf: bytes) -> set[str]:
    """The names of the fonts that a document uses: a bundled one has no mark of a subset."""
    with pikepdf.open(BytesIO(pdf)) as document:
        fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and Name.BaseFont in each]
        return {str(each.BaseFont).removeprefix("/") for each in fonts}


def test_a_sign_that_no_bundled_font_has_is_told_by_its_number():
    assert drawable("IFN-β ≥ 10⁶ ŀ ✓ Ñ · €") == "IFN-β ≥ 10⁶ ŀ ✓ Ñ · €"
    assert drawable("👩🏽\u200d⚕️ y م") == "[U+1F469][U+1F3FD][U+2695] y [U+0645]"
    assert drawable("ancho\u3000fin \ufffd") == "ancho fin [U+FFFD]"
    said = " ".join(pages_of(print_case(written("árbol 🌳 y مريض"), "follow_up_report").pdf))
    assert "[U+1F333]" in squeezed(said)
    assert "[U+0645][U+0631]" in squeezed(said)


@pytest.mark.parametrize("name", ["markup", "style", "template", "entities"])
def test_markup_in_a_text_stays_text(name: str):
    html = document_html(written(NASTY[name]), "request_data", "hospital", examples.ISSUE, examples.forms())
    assert "<script" not in html
    assert "onerror=y>" not in html
    assert "<style>" not in html
    assert "49" not in html.split("</head>")[1].split("Diagnóstico")[1]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_prints(text: str):
    assert print_case(written(text), "follow_up_report").pages >= 1


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=400))
@settings(max_examples=40)
def test_any_text_becomes_a_template_that_is_escaped(text: str):
    html = document_html(written(text), "request_data", "hospital", examples.ISSUE, examples.forms())
    html.encode()
    assert html.count("<script") == 0
