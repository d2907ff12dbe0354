"""`flask imports`: from the PDF alone to the same case in another, empty installation."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image

from compassionate.services import papers
from tests.cli.installations import installation

pytestmark = pytest.mark.one_database


def a_photograph() -> bytes:
    """A picture that says where it was taken, which its copy does not."""
    picture, out = Image.new("RGB", (60, 40), "white"), BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_case_goes_to_another_installation_inside_its_dossier(flask, world, tmp_path, databases, dialect):
    case = world.open_case()
    upload = papers.Upload("foto.jpg", "image/jpeg", a_photograph())
    papers.upload(world.session, world.people["pharmacist"], case, "evidence", "Fotografía", upload, world.tick())
    for state, take in world.route():
        take(case)
        if state == "in_treatment":
            break
    world.session.commit()
    file = tmp_path / "dosier.pdf"
    issue = ["documents", "issue", case.code, "--kind", "dossier", "--json"]
    issued = flask(*issue, "--out", str(file)).json
    shown = flask("cases", "show", case.code, "--json").json
    with databases.fresh_url(dialect) as url, installation(tmp_path / "elsewhere", url) as start:
        other = start()

        def answer(*arguments: str) -> Result:
            with other.app_context():
                return other.test_cli_runner().invoke(args=list(arguments))

        def run(*arguments: str) -> Any:
            given = answer(*arguments)
            assert given.exit_code == 0, given.output
            return json.loads(given.stdout)

        made = run("imports", "dossier", str(file), "--json")
        assert made == {"code": case.code, "content_sha256": issued["content_sha256"]}
        assert run(*issue)["content_sha256"] == issued["content_sha256"]
        there = run("cases", "show", case.code, "--json")
        same = ("code", "pathway", "pathway_version", "state", "centre", "product", "whose_turn", "due_on", "regions")
        assert {name: there[name] for name in same} == {name: shown[name] for name in same}
        assert run("check", "--json")["ok"] is True
        assert run("audit", "verify", "--json")["ok"] is True
        again = answer("imports", "dossier", str(file), "--json")
        assert again.exit_code == 1
        assert [each["code"] for each in json.loads(again.stdout)["reasons"]] == ["importing.code_here"]


def test_what_is_no_dossier_leaves_with_its_reason(flask, tmp_path: Path):
    file = tmp_path / "a.pdf"
    file.write_bytes(b"MZ")
    assert flask("imports", "dossier", str(file), "--json").reasons == ["importing.not_pdf"]
    assert flask("imports", "dossier", str(tmp_path / "none.pdf")).code == 2


def test_only_an_administrator_imports_in_their_name(flask, world, tmp_path: Path):
    world.session.commit()
    file = tmp_path / "a.pdf"
    file.write_bytes(b"MZ")
    command = ["imports", "dossier", str(file), "--json", "--as"]
    assert flask(*command, "pharmacist.hga").reasons == ["role.missing"]
    assert flask(*command, "admin.hga").reasons == ["importing.not_pdf"]
