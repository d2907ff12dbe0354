"""The hash of a document's content moves when what it prints moves, and not otherwise."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from compassionate.documents.catalogue import AGENCY, HOSPITAL, KINDS, annex_papers, content_sha256
from compassionate.documents.render import document_html
from compassionate.snapshot import CaseSnapshot, canonical
from tests.documents import examples
from tests.documents.printed import COPIES

Path = tuple[Any, ...]
FIXED_CODES = {"state", "after", "before", "kind", "region", "meaning", "form", "form_version", "language", "zone"}


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a snapshot with the way to it; of a list only its first element."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, tuple | list):
        for each in value[:1]:
            yield from leaves(each, (*path, 0))
    else:
        yield path, value


def other(value: Any, path: Path) -> Any:
    """Another value of the same type; None where this one stands for a code that has to stay one."""
    if path[-1] in FIXED_CODES or (isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value)):
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, date | datetime):
        return value + timedelta(days=1)
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d$", value):
        return "2020-01-02"
    return f"{value}X" if isinstance(value, str) else None


def changed(value: Any, path: Path, new: Any) -> Any:
    """The same snapshot with one value replaced."""
    if not path:
        return new
    step, *rest = path
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{step: changed(getattr(value, step), tuple(rest), new)})
    if isinstance(value, Mapping):
        return {**value, step: changed(value[step], tuple(rest), new)}
    return (*value[:step], changed(value[step], tuple(rest), new), *value[step + 1 :])


CHANGES = [(path, new) for path, value in leaves(examples.typical()) if (new := other(value, path)) is not None]


def html(case: CaseSnapshot, kind: str, copy: str) -> str:
    """What a document prints, and the case that the hospital's dossier carries inside."""
    carried = canonical(replace(case, labels=())).decode() if (kind, copy) == ("dossier", HOSPITAL) else ""
    return document_html(case, kind, copy, examples.ISSUE, examples.forms()) + carried


@cache
def hashed(kind: str, copy: str) -> dict[Path, bool]:
    """Which changes move the hash of a document."""
    case = examples.typical()
    digest = content_sha256(case, kind, copy)
    return {path: content_sha256(changed(case, path, new), kind, copy) != digest for path, new in CHANGES}


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_whatever_is_hashed_is_printed(kind: str, copy: str):
    case = examples.typical()
    before = html(case, kind, copy)
    moved = [(path, new) for path, new in CHANGES if hashed(kind, copy)[path]]
    assert [path for path, new in moved if html(changed(case, path, new), kind, copy) == before] == []


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_whatever_is_printed_is_hashed(kind: str, copy: str):
    case = later = examples.typical()
    for path, new in CHANGES:
        if not hashed(kind, copy)[path]:
            later = changed(later, path, new)
    assert html(later, kind, copy) == html(case, kind, copy)


def test_there_is_something_to_change():
    assert len(CHANGES) > 200


def test_what_is_not_printed_is_no_content():
    case = examples.typical()
    assert content_sha256(case, "dossier", AGENCY) == content_sha256(replace(case, opened_at=None), "dossier", AGENCY)


def test_the_hospitals_dossier_is_of_the_case_as_it_stands():
    case = examples.typical()
    treated = replace(case, doses=case.doses[:1])
    assert content_sha256(treated, "dossier", HOSPITAL) != content_sha256(case, "dossier", HOSPITAL)
    assert content_sha256(treated, "dossier", AGENCY) == content_sha256(case, "dossier", AGENCY)
    issued = replace(case.events[0], name="issue_document", before="", after="", region="")
    later = replace(case, events=(*case.events, issued))
    assert content_sha256(later, "dossier", HOSPITAL) == content_sha256(case, "dossier", HOSPITAL)


def test_each_kind_and_copy_has_a_hash_of_its_own():
    hashes = [content_sha256(examples.typical(), kind, copy) for kind, copy in COPIES]
    assert len(set(hashes)) == len(COPIES)


def test_consent_makes_only_the_hospitals_dossier_stale():
    case = examples.typical()
    later = replace(case, consents=tuple(replace(each, state="revoked") for each in case.consents))
    assert content_sha256(later, "dossier", AGENCY) == content_sha256(case, "dossier", AGENCY)
    assert content_sha256(later, "dossier", HOSPITAL) != content_sha256(case, "dossier", HOSPITAL)


def test_treatment_and_the_agencys_reference_leave_the_dossier_as_it_is():
    case = examples.typical()
    bare = replace(
        case,
        doses=(),
        supply=(),
        visits=(),
        decisions=(),
        events=(),
        request=replace(case.request, reference="", submitted_at=None),
    )
    assert content_sha256(bare, "dossier", AGENCY) == content_sha256(case, "dossier", AGENCY)


def test_another_annex_makes_the_dossier_stale():
    case = examples.typical()
    fewer = replace(case, papers=case.papers[1:])
    assert content_sha256(fewer, "dossier", AGENCY) != content_sha256(case, "dossier", AGENCY)
    assert [paper.kind for paper in annex_papers(case, "dossier", AGENCY)] == [
        "evidence",
        "evidence",
        "sponsor_agreement",
    ]


def test_a_signed_consent_is_no_annex_of_any_copy():
    case = examples.typical()
    paper = replace(case.papers[0], kind="signed_consent", sha256="f" * 64)
    more = replace(case, papers=(*case.papers, paper))
    for kind in KINDS.values():
        for copy in kind.copies:
            assert annex_papers(more, kind.id, copy) == annex_papers(case, kind.id, copy)
            if (kind.id, copy) != ("dossier", HOSPITAL):  # which carries the whole case inside
                assert content_sha256(more, kind.id, copy) == content_sha256(case, kind.id, copy)
