"""Whoever gets a document checks it with public libraries alone: tools/verify_dossier.py imports nothing of ours."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from compassionate.documents.certificates import make, pem
from compassionate.documents.sealing import Sealer, seal
from compassionate.snapshot import canonical, sha256
from tests import signing
from tests.documents import examples
from tests.documents.printed import printed
from tests.documents.sealed import archived, own, sealed, unsealed
from tests.world import START

TOOL = Path(__file__).parents[2] / "tools" / "verify_dossier.py"
KNOWN = (own().fingerprint,)


@cache
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("verify_dossier", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stamped(pdf: bytes) -> bytes:
    return seal(pdf, Sealer(own(), "Madrid"), START).pdf


@cache
def dossier(copy: str) -> bytes:
    """A dossier with annexes as it is issued."""
    return stamped(printed("typical", "dossier", copy).pdf)


def carrying(case: dict[str, Any] | None, **files: bytes) -> bytes:
    """A small sealed document with these files inside."""
    with pikepdf.open(io.BytesIO(unsealed())) as pdf:
        inside = {f"{name}.txt": data for name, data in files.items()}
        for name, data in (inside | ({"expediente.json": canonical(case)} if case is not None else {})).items():
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, mime_type="text/plain")
        held = io.BytesIO()
        pdf.save(held, deterministic_id=True)
    return stamped(held.getvalue())


def with_report(data: bytes) -> bytes:
    """A small sealed document with a report inside."""
    with pikepdf.open(io.BytesIO(unsealed())) as pdf:
        pdf.attachments["informe.json"] = pikepdf.AttachedFileSpec(pdf, data, mime_type="application/json")
        held = io.BytesIO()
        pdf.save(held, deterministic_id=True)
    return stamped(held.getvalue())


def a_case(snapshot: Any, annex: bytes, name: str = "anexo-01.txt") -> dict[str, Any]:
    listed = [{"paper": "1", "name": name, "sha256": _digest(annex), "size": len(annex)}]
    return {
        "format": "compassionate.case", "version": 1, "snapshot": snapshot,
        "snapshot_sha256": sha256(snapshot), "annexes": listed,
    }  # fmt: skip


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("copy", ["hospital", "agency"])
def test_a_dossier_is_found_whole_with_its_case_and_its_annexes(copy: str):
    told = tool().verify(dossier(copy), KNOWN)
    assert (told["ok"], told["problems"], told["certificate"]) == (True, [], "known")
    assert (told["case"] is not None) is (copy == "hospital")
    assert [each["ok"] for each in told["annexes"]] == [True] * len(examples.annexes())


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda pdf: signing.flip(pdf, 150), "seal_broken"),
        (lambda pdf: signing.paint_over(pdf), "changed_later"),
        (lambda pdf: signing.sign(signing.add_note(pdf)), "changed_later"),
        (lambda pdf: pdf + b"appended", "appended"),
        (lambda pdf: pdf[:-60], "unreadable"),
        (lambda pdf: pdf[: len(pdf) // 2], "unreadable"),
        (lambda pdf: signing.sign_a_part(pdf), "signature_broken"),
        (lambda pdf: unsealed(), "no_seal"),
        (lambda pdf: seal(unsealed(), Sealer(make("somebody", START)), START).pdf, "other_certificate"),
        (lambda pdf: b"hello", "unreadable"),
    ],
)
def test_whatever_was_done_to_it_is_said(spoil: Any, problem: str):
    told = tool().verify(spoil(sealed().pdf), KNOWN)
    assert told["ok"] is False
    assert problem in told["problems"]
    assert tool().SAID[problem] in list(tool().words(told))


def test_people_may_have_signed_it_and_an_authority_stamped_it():
    told = tool().verify(signing.sign(archived().pdf), KNOWN)
    assert told["ok"]
    assert [row["field"] for row in told["signatures"]] == ["SelloDeTiempo", "Signature-ana"]


def test_the_case_and_the_annexes_inside_are_held_against_their_own_list():
    good = a_case({"a": "β", "n": 1}, b"words")
    assert tool().verify(carrying(good, **{"anexo-01": b"words"}), KNOWN)["ok"]
    spoilt = {
        "case_wrong": carrying(good | {"snapshot": {"a": "γ"}}, **{"anexo-01": b"words"}),
        "annex_wrong": carrying(good, **{"anexo-01": b"swords"}),
        "annex_missing": carrying(good),
    }
    for problem, pdf in spoilt.items():
        assert tool().verify(pdf, KNOWN)["problems"] == [problem]


def test_a_report_is_held_against_its_own_hash():
    told = {"kind": "committee_report", "template_version": "1", "content": {"title": "Informe", "n": [1, 0.5]}}
    good = told | {"format": "compassionate.report", "version": 1, "content_sha256": sha256(told)}
    held = tool().verify(with_report(canonical(good)), KNOWN)
    assert (held["ok"], held["report"]["ok"], held["annexes"], held["case"]) == (True, True, [], None)
    assert any("informe como datos; su huella coincide" in line for line in tool().words(held))
    for bad in (canonical(good | {"content": {"title": "Otro"}}), canonical(told), b"[]", b"{"):
        assert tool().verify(with_report(bad), KNOWN)["problems"] == ["report_wrong"]


def test_without_a_certificate_to_compare_it_says_so_and_shows_the_fingerprint():
    told = tool().verify(sealed().pdf)
    assert (told["ok"], told["certificate"]) == (True, "not_given")
    assert any(own().fingerprint in line for line in tool().words(told))


def test_it_runs_by_itself_and_says_it_in_words_and_as_json(tmp_path: Path):
    (tmp_path / "verify_dossier.py").write_bytes(TOOL.read_bytes())
    (tmp_path / "good.pdf").write_bytes(sealed().pdf)
    (tmp_path / "sello.pem").write_bytes(pem(own().certificate))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify_dossier.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = run("good.pdf", "--certificate", "sello.pem", "--json")
    assert (good.returncode, json.loads(good.stdout)["certificate"]) == (0, "known")
    (tmp_path / "bad.pdf").write_bytes(signing.flip(sealed().pdf, 150))
    bad = run("bad.pdf")
    assert bad.returncode == 1
    assert "alguien lo cambió" in bad.stdout
    formats = re.compile(r'"compassionate\.(case|report)"')
    assert "compassionate" not in formats.sub("", TOOL.read_text("utf-8")).split('"""')[2]
