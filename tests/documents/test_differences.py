"""What two issues of a document say differently: found where their hashes differ, told in words, nothing else."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import pytest

from compassionate import snapshot
from compassionate.documents.catalogue import AGENCY, HOSPITAL, content_sha256
from compassionate.documents.difference_words import Teller
from compassionate.documents.differences import content, differences
from compassionate.documents.phrases import Phrases, phrases
from tests.documents import examples
from tests.documents.printed import COPIES
from tests.documents.test_content import CHANGES, changed, hashed

FREE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")  # two words joined by an underscore: nobody types that


def told(before, after, kind, copy):
    teller = Teller(phrases(after), examples.forms())
    return [teller.tell(each) for each in differences(content(before, kind, copy), content(after, kind, copy))]


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_hashes_differ_exactly_where_a_difference_is_found_and_each_is_told_in_words(kind, copy):
    case, wrong, raw = examples.typical(), [], []
    before, moves, teller = content(case, kind, copy), hashed(kind, copy), Teller(phrases(case), examples.forms())
    for path, new in CHANGES:
        found = differences(before, content(changed(case, path, new), kind, copy))
        wrong += [path] if bool(found) != moves[path] else []
        for each in map(teller.tell, found):
            said = f"{each.section} | {each.label} | {each.old} | {each.new}"
            raw += [said] if FREE.search(said) or re.search(r"[{}\[\]]|None|True|False", said) else []
    assert wrong == []
    assert raw == []


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_from_nothing_to_everything_and_back_is_told_in_words(kind, copy):
    bare, full = examples.empty(), examples.extreme()
    for before, after in ((bare, full), (full, bare)):
        found = told(before, after, kind, copy)
        assert found
        assert [each for each in found if FREE.search(f"{each.section} {each.label}")] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_field_of_a_snapshot_has_words(language):
    words, lacking = Phrases(language), set()
    for kind in vars(snapshot).values():
        if dataclasses.is_dataclass(kind):
            for field in dataclasses.fields(kind):
                codes = ("content_section", "content_field", "changed_field", "input")
                lacking |= set() if any(words.knows(f"{each}.{field.name}") for each in codes) else {field.name}
    assert lacking == set()


def test_a_paper_a_line_and_a_nested_answer_are_told_apart_by_name():
    case = examples.typical()
    fewer = replace(case, papers=case.papers[1:])
    found = {each.section: each for each in told(case, fewer, "dossier", AGENCY)}
    assert set(found) == {"Papeles", "Visto bueno de la Dirección"}  # which speaks for other papers
    paper = found["Papeles"]
    assert (paper.section, paper.kind) == ("Papeles", "removed")
    assert case.papers[0].title in paper.label
    line = replace(case.lines[0], packs_requested=9)
    packs = told(case, replace(case, lines=(line, *case.lines[1:])), "request_data", HOSPITAL)[0]
    assert packs.label == f"Presentación {line.number}: Envases solicitados"
    assert packs.new == "9"
    report = case.request.report
    rows = [dict(row) for row in report.answers["previous_treatments"]]
    rows[0]["response"] = "Ninguna"
    later = replace(
        case,
        request=replace(case.request, report=replace(report, answers={**report.answers, "previous_treatments": rows})),
    )
    answer = next(each for each in told(case, later, "dossier", AGENCY) if each.new == "Ninguna")
    assert "(1)" in answer.label
    assert "previous_treatments" not in answer.label


def test_consent_is_no_difference_of_the_agencys_copy():
    case = examples.typical()
    later = replace(case, consents=tuple(replace(each, state="revoked") for each in case.consents))
    assert told(case, later, "dossier", AGENCY) == []
    assert {each.section for each in told(case, later, "dossier", HOSPITAL)} == {"Consentimientos"}


def test_another_order_is_a_difference():
    case = examples.typical()
    later = replace(case, papers=tuple(reversed(case.papers)))
    if content_sha256(later, "dossier", AGENCY) != content_sha256(case, "dossier", AGENCY):
        assert [each.kind for each in told(case, later, "dossier", AGENCY)] == ["added", "moved"]


def test_another_template_is_a_difference():
    case = examples.typical()
    before = content(case, "dossier", AGENCY, "2025-01")
    (found,) = differences(before, content(case, "dossier", AGENCY))
    told = Teller(phrases(case), examples.forms()).tell(found)
    assert (told.section, told.old) == ("Plantilla del documento", "2025-01")
