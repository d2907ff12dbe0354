"""Documents are functions of a snapshot: every value is in print, every page says what it belongs to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from compassionate.documents.catalogue import AGENCY, HOSPITAL, annex_papers
from compassionate.documents.content import CONTENTS
from compassionate.documents.render import AnnexMismatch, document_html, render
from compassionate.errors import UnknownCode
from compassionate.snapshot import PatientAnswersSnapshot
from compassionate.words import catalogue
from tests.documents import examples
from tests.documents.printed import COPIES, pages, pages_of, print_case, printed, sheets, squeezed

ROOT = Path(__file__).resolve().parents[2]
CODES = frozenset(code.rsplit(".", 1)[-1] for code in catalogue("es"))
NOT_PRINTED = frozenset(
    {"language", "zone", "form", "region", "instance", "name", "id", "media_type", "before", "carried"}
)


def texts_in(content: Any, key: str = "") -> Iterator[str]:
    """Everything in a content that people wrote: no codes, no ISO dates."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name not in NOT_PRINTED or (name == "name" and "after" not in content and "months" not in content):
                yield from texts_in(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from texts_in(value, key)
    elif isinstance(content, str) and content not in CODES and not re.match(r"\d{4}-\d\d-\d\d", content):
        yield content


def is_code_of_a_form(text: str) -> bool:
    """Whether a text is the code of an option rather than something written."""
    return any(item.option(text) for form in examples.forms() for item in form.walk())


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_every_text_of_the_case_that_a_document_says_is_in_print(kind: str, copy: str):
    case = examples.typical()
    said = squeezed(" ".join(pages("typical", kind, copy)))
    content = CONTENTS[kind](case, copy, annex_papers(case, kind, copy))
    wanted = [text for text in texts_in(content) if text and not is_code_of_a_form(text)]
    assert [text for text in wanted if squeezed(text) not in said] == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("dossier",
            ["09/03/1987", "61,5 kg", "168 cm", "1,69 m²", "Gravemente debilitante", "52 semanas", "01/12/2026"]),
        ("dossier",
            ["2 × 84 días = 168 unidades", "168 ÷ 30 = 5,6 → 6 envases", "12 unidades", "Médico responsable",
            "Pfirrmann III"]),
        ("dossier", ["23/11/2026, 13:35 (Europe/Madrid, UTC+01:00)", "P. D. de la Gerencia"]),
        ("request_data", ["1250,50 €", "Sin cargo", "Alemania", "24/11/2026, 10:35 (Europe/Madrid, UTC+01:00)"]),
        ("treatment_record",
            ["Dispensación", "Administración", "30/06/2027", "84 de 150 unidades (56 %)", "26/11/2027"]),
        ("follow_up_report",
            ["28,9", "−34 (−47 %)", "alcanza el cambio mínimo importante", "dentro del error de medida", "72 mm"]),
        ("closing_report",
            ["Tratamiento completado", "02/03/2027", "Medicamento recibido, en cuarentena", "Línea 2", "150"]),
        ("consent_form",
            ["Naturaleza", "Riesgos probables", "Contraindicaciones", "Revocación", "Intérprete", "oído el menor"]),
    ],
)  # fmt: skip
def test_values_are_said_as_people_write_them(kind: str, words: list[str]):
    said = squeezed(" ".join(pages("typical", kind)))
    assert [each for each in words if squeezed(each).lower() not in said.lower()] == []


@pytest.mark.parametrize(("kind", "copy"), [pair for pair in COPIES if pair[1] == AGENCY])
def test_the_agency_never_reads_about_consent(kind: str, copy: str):
    case = examples.typical()
    ended = replace(
        case.events[-1], inputs={"ending": "consent_revoked", "on": "2027-03-02", "note": "Revoca el consentimiento."}
    )
    html = document_html(replace(case, events=(*case.events[:-1], ended)), kind, copy, examples.ISSUE, examples.forms())
    text = " ".join(pages("typical", kind, copy))
    assert [word for word in ("onsent", "Revoca") if word in text or word in html] == []
    assert "Rivas" not in text
    assert "12345678Z" not in text


@pytest.mark.parametrize("kind", ["dossier", "closing_report"])
def test_the_hospital_reads_where_consent_stands(kind: str):
    assert "Consentimiento" in " ".join(pages("typical", kind, HOSPITAL))


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_every_page_says_case_version_number_instant_and_verification(kind: str, copy: str):
    texts = [squeezed(page) for page in pages("typical", kind, copy)]
    assert len(texts) == printed("typical", kind, copy).pages
    wanted = [
        "HGA-2026-00001X",
        "versión 3",
        "24/11/2026, 12:05 (Europe/Madrid, UTC+01:00)",
        "7Q4M-2KXD-9F3T",
        "persona inventada",
    ]
    for number, text in enumerate(texts[: sheets("typical", kind, copy)], 1):
        assert [each for each in (*wanted, f"página {number} de {len(texts)}") if squeezed(each) not in text] == []


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_a_document_has_a_language_tags_and_a_title_without_the_patient(kind: str, copy: str):
    with pikepdf.open(BytesIO(printed("typical", kind, copy).pdf)) as pdf:
        title = str(pdf.docinfo["/Title"])
        assert str(pdf.Root.Lang) == "es"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert "/Author" not in pdf.docinfo
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261124110512")
    assert "HGA-2026-00001X" in title
    assert not {"Marta", "Rivas", "M. R. C.", "H0048217"} & set(title.split())


@pytest.mark.parametrize("name", ["typical", "extreme"])
def test_contents_give_the_pages_on_which_sections_begin(name: str):
    texts = [squeezed(page) for page in pages(name, "dossier", AGENCY)]
    listed = pages(name, "dossier", AGENCY)[1]
    found = re.findall(r"^\s*(\d|[A-G])\s+(\S.*?)\s+(\d+)\s*$", listed.replace("\r", ""), re.MULTILINE)
    assert [number for number, _, _ in found] == ["1", *"ABCDEFG", *"23456789"]  # 2: what was rectified
    for number, title, page in found:
        assert squeezed(f"{number}{title}") in texts[int(page) - 1], title
    assert int(found[0][2]) == 3  # a page of summary, a page of contents


def test_contents_and_bookmarks_lead_to_every_annex():
    held = printed("typical", "dossier", AGENCY)
    texts = pages("typical", "dossier", AGENCY)
    for number, title, page in re.findall(r"^Anexo (\d)\. (.+?) (\d+)\s*$", texts[1].replace("\r", ""), re.MULTILINE):
        assert squeezed(f"Anexo {number}. {title}") in squeezed(texts[int(page) - 1])
    document = pypdfium2.PdfDocument(held.pdf)
    bookmarks = [mark.get_title() for mark in document.get_toc(max_depth=9)]
    document.close()
    assert "Anexo 1. Orozco et al. 2011, Transplantation 92:822-828" in bookmarks
    assert "Anexo 1, página 2 de 2" in bookmarks


def test_annexes_are_pages_with_their_hashes_listed():
    texts = pages("typical", "dossier", AGENCY)
    assert [text for text in texts if "Anexo 1, página 1 de 2" in text]
    assert [text for text in texts if "Anexo 3, página 1 de 1" in text]
    listed = squeezed(" ".join(texts))
    assert [annex.paper.sha256 for annex in examples.annexes() if annex.paper.sha256 not in listed] == []


def test_an_annex_keeps_its_orientation():
    document = pypdfium2.PdfDocument(printed("typical", "dossier", AGENCY).pdf)
    sizes = [page.get_size() for page in document]
    document.close()
    assert [width > height for width, height in sizes[-4:]] == [False, False, True, False]


def test_a_picture_stays_on_the_page_of_its_caption_however_long_the_title():
    wide = examples.pdf_of(1, wide=True)
    given = (
        examples.annex("evidence", "W" * 200, examples.pdf_of(2), "application/pdf", 2),
        examples.annex("evidence", "Ñ" * 61 + " W" * 60, wide, "application/pdf", 1),
        examples.annex("other", "Un punto", examples.png_of((1, 1)), "image/png", 1),
    )
    case = replace(examples.empty(), papers=tuple(annex.paper for annex in given))
    texts = pages_of(render(case, "dossier", AGENCY, given, examples.ISSUE, examples.forms()).pdf)
    wanted = ["1, página 1 de 2", "1, página 2 de 2", "2, página 1 de 1", "3, página 1 de 1"]
    assert [each in text for each, text in zip(wanted, texts[-4:], strict=True)] == [True] * 4


def test_a_page_that_cannot_be_drawn_is_said_not_left_out():
    broken = examples.annex("evidence", "Artículo dañado", b"%PDF-1.4 nothing", "application/pdf", 2)
    case = replace(examples.empty(), papers=(broken.paper,))
    held = render(case, "dossier", AGENCY, (broken,), examples.ISSUE, examples.forms())
    assert sum("no se puede mostrar" in page for page in pages_of(held.pdf)) == 2


def test_other_annexes_than_those_listed_are_refused():
    first, *rest = examples.annexes()
    changed = replace(first, data=first.data + b" ")
    for given in (tuple(rest), (changed, *rest), (), (*rest, first)):
        with pytest.raises(AnnexMismatch):
            render(examples.typical(), "dossier", AGENCY, given, examples.ISSUE, examples.forms())


def test_consent_papers_and_letters_of_the_agency_are_never_annexed():
    kinds = (
        "signed_consent",
        "agency_decision",
        "agency_notice",
        "serology",
        "release_certificate",
        "sponsor_agreement",
        "evidence",
    )
    papers = tuple(replace(examples.typical().papers[0], kind=kind) for kind in kinds)
    listed = annex_papers(replace(examples.typical(), papers=papers), "dossier", HOSPITAL)
    assert [paper.kind for paper in listed] == ["evidence", "sponsor_agreement"]


@pytest.mark.parametrize(
    ("kind", "copy"),
    [("consent_form", AGENCY), ("treatment_record", AGENCY), ("dossier", "court"), ("letter", HOSPITAL)],
)
def test_a_kind_or_copy_that_there_is_not_is_refused(kind: str, copy: str):
    with pytest.raises(UnknownCode):
        print_case(examples.typical(), kind, copy)


@pytest.mark.parametrize("name", ["typical", "empty", "extreme"])
@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_every_code_has_words(name: str, kind: str, copy: str):
    case = {"typical": examples.typical, "empty": examples.empty, "extreme": examples.extreme}[name]()
    html = document_html(case, kind, copy, examples.ISSUE, examples.forms())
    assert re.findall(r"(?:print|reason|state|region_state|choice|role|done|document_kind)\.[a-z_.]+", html) == []


@pytest.mark.parametrize("kind", ["dossier", "closing_report"])
def test_an_empty_case_says_what_is_not_there(kind: str):
    assert "No consta" in " ".join(pages("empty", kind))


def test_only_invented_people_are_marked_as_such():
    assert "DEMOSTRACIÓN" not in " ".join(pages("empty", "request_data"))


def test_english_words_print_too():
    html = document_html(
        replace(examples.typical(), language="en"), "closing_report", AGENCY, examples.ISSUE, examples.forms()
    )
    assert '<html lang="en">' in html
    assert "History of the case" in html


def test_the_same_case_and_issue_give_the_same_bytes():
    assert print_case(examples.typical(), "follow_up_report").pdf == printed("typical", "follow_up_report").pdf


def test_the_same_case_gives_the_same_bytes_in_another_process():
    program = (
        "from hashlib import sha256\n"
        "from tests.documents.printed import printed\n"
        "print(sha256(printed('typical', 'dossier', 'agency').pdf).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == sha256(printed("typical", "dossier", AGENCY).pdf).hexdigest()


def test_another_issue_changes_number_and_time_alone():
    later = replace(examples.ISSUE, version=4)
    first = document_html(examples.typical(), "dossier", AGENCY, examples.ISSUE, examples.forms())
    second = document_html(examples.typical(), "dossier", AGENCY, later, examples.forms())
    assert first != second
    assert first.replace("versión 3", "versión 4") == second


def test_a_follow_up_report_says_what_the_patient_answered_and_how_late_a_visit_was():
    case = examples.typical()
    said = PatientAnswersSnapshot(examples.ISSUE.at, {"vas_pain": 35, "symptoms": True, "symptoms_text": "Fiebre"})
    visits = tuple(replace(each, by_patient=(said,), off_days=5) if each.name == "m3" else each for each in case.visits)
    held = replace(case, visits=visits)
    html = document_html(held, "follow_up_report", HOSPITAL, examples.ISSUE, examples.forms())
    for words in ("Lo que contestó el paciente", "Fiebre", "Pendiente de aceptar", "5 días después de su plazo"):
        assert squeezed(words) in squeezed(html)
    content, before = (str(CONTENTS["follow_up_report"](each, HOSPITAL, ())) for each in (held, case))
    assert "Fiebre" in content
    assert "by_patient" not in before
    assert "off_days" not in before
