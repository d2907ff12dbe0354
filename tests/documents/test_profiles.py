"""Every document is PDF/A-3a and PDF/UA-1 in one file, and a file that is not does not pass for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Name, String

from compassionate.documents.attachments import Attachment, Finish
from compassionate.documents.finishing import finish
from compassionate.documents.packing import flat
from compassionate.documents.press import press
from compassionate.statistics.tables import Column, Report, Section, Table
from tests.documents import examples
from tests.documents.printed import CASES, COPIES, print_report, printed
from tests.documents.profiles import all_faults, faults

AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HTML = """<!doctype html><html lang="es"><head><title>t</title><style>
@font-face { font-family: f; src: url("font:SourceSans3-Regular.ttf") } * { font: 400 11pt f }
#foot { position: running(foot) } @page { @bottom-center { content: element(foot) } } h2 { break-before: page }
</style></head><body><p id="foot">Al pie</p><h1 id="a">Título</h1><p>Texto <a href="#b">al <b>final</b></a></p>
<svg viewBox="0 0 9 9" width="9" height="9" xmlns="http://www.w3.org/2000/svg"><title>Un punto</title>
<circle cx="5" cy="5" r="3" fill="#000"/></svg>
<table><thead><tr><th scope="col">Uno</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>
<h2 id="b">Final</h2></body></html>"""


def small(*attachments: Attachment) -> bytes:
    """A small document with a running foot, a link, a picture and a table."""
    return finish(press(HTML, "", {})[0], Finish("Prueba", "es", AT, attachments, "Ir a la página {page}"))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_every_document_holds_both_profiles(kind: str, copy: str, case: str):
    assert all_faults(printed(case, kind, copy).pdf) == []


def test_a_document_with_files_inside_holds_both_profiles():
    given = (
        Attachment("caso.json", "El expediente como datos", "Source", "application/json", b'{"a": 1}\n', AT),
        Attachment("anexo-1.pdf", "Copia del anexo 1", "Supplement", "application/pdf", b"%PDF-1.7 x\n", AT),
    )
    pdf = small(*given)
    assert all_faults(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        listed = [document.attachments[name] for name in ("caso.json", "anexo-1.pdf")]
        assert [held.get_file().read_bytes() for held in listed] == [each.data for each in given]
        assert [str(spec.AFRelationship) for spec in document.Root.AF] == ["/Supplement", "/Source"]


def _change(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _figures(document: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [
        each
        for each in document.objects
        if isinstance(each, pikepdf.Dictionary) and each.get(Name.S) == Name.Figure and Name.Alt in each
    ]


def _drop_alt(document: pikepdf.Pdf) -> None:
    for figure in _figures(document):
        del figure.Alt


def _drop_tags(document: pikepdf.Pdf) -> None:
    document.Root.StructTreeRoot.K = Array([])


def _drop_metadata_title(document: pikepdf.Pdf) -> None:
    stream = document.Root.Metadata
    stream.write(stream.read_bytes().replace(b"dc:title", b"dc:other"))


def _drop_font(document: pikepdf.Pdf) -> None:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and Name.FontFile2 in each:
            del each.FontFile2


SABOTAGE: dict[str, Callable[[pikepdf.Pdf], None]] = {
    "the tags": lambda document: document.Root.__delitem__("/StructTreeRoot"),
    "the roots of the tags": _drop_tags,
    "the title": _drop_metadata_title,
    "the title in the bar": lambda document: document.Root.__delitem__("/ViewerPreferences"),
    "the language": lambda document: document.Root.__delitem__("/Lang"),
    "the other words of a picture": _drop_alt,
    "the fonts": _drop_font,
    "the colours": lambda document: document.Root.__delitem__("/OutputIntents"),
    "the metadata": lambda document: document.Root.__delitem__("/Metadata"),
    "a language that is none": lambda document: setattr(document.Root, "Lang", String("klingon!")),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_what_is_taken_away_is_missed(what: str):
    assert all_faults(_change(small(), lambda document: None)) == []
    assert all_faults(_change(small(), SABOTAGE[what])) != []


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_no_stream_ends_in_a_line_end(end: bytes):
    """One validator counts such a stream a byte short; compressed bytes end so by chance, one in a hundred."""
    data = next(str(number).encode() for number in range(10_000, 100_000) if flat(str(number).encode())[-1:] == end)
    pdf = small(Attachment("uno.txt", "Un número", "Data", "text/plain", data, AT))
    assert re.findall(rb"[\r\n]\r?\nendstream", pdf) == []
    assert faults(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        assert document.attachments["uno.txt"].get_file().read_bytes() == data


def test_a_finished_document_says_nothing_of_people_or_programs():
    """PDF-07: title, language and the hour of issue, in both places where readers look; no author, no library."""
    pdf = printed("typical", "request_data").pdf
    with pikepdf.open(BytesIO(pdf)) as document:
        told = {str(key): str(value) for key, value in document.docinfo.items()}
        packet = document.Root.Metadata.read_bytes().decode()
    assert told.keys() == {"/Title", "/Producer", "/CreationDate", "/ModDate"}
    assert told["/Title"] == "Datos de la solicitud · HGA-2026-00001X · versión 3"
    assert told["/Producer"] == "Compassionate"
    patient = examples.typical().patient
    for words in (patient.surnames, patient.given_name, patient.nhc, "Vega", "Ferrer", "WeasyPrint", "pikepdf"):
        assert words not in packet
        assert words not in " ".join(told.values())


def report(rows: int) -> Report:
    """A committee's report with a picture, as long as it is asked to be."""
    columns = (Column("Servicio", width=30), Column("Solicitudes", "count"), Column("Importe", "money"))
    body = tuple((f"Servicio de {'Traumatología ' * (1 + n % 5)}{n}", n, n * 12_345) for n in range(rows))
    tables = (
        Table("by_unit", "Solicitudes por servicio", columns, body, ("Una nota.",), bars=1),
        Table("none", "Sin nada que contar", columns, ()),
    )
    sections = tuple(Section(code, f"Parte {code}", tables, ("Otra nota.",)) for code in ("summary", "requests"))
    return Report("Informe para la Comisión", "Tercer trimestre de 2026", (("Centro", "Hospital"),), sections)


@pytest.mark.parametrize("rows", [0, 4, 90])
def test_the_committees_report_holds_both_profiles(rows: int):
    assert all_faults(print_report(report(rows)).pdf) == []
