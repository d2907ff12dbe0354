"""`flask exports` and `flask retention` at the command line (RET-01, RET-04)."""

from __future__ import annotations

from pathlib import Path

from compassionate.exports import csv_files
from tests.cli.conftest import Command
from tests.world import World


def test_an_export_writes_a_file_for_its_owner_alone(world: World, flask: Command, tmp_path: Path):
    for number in range(5):
        world.open_case(nhc=f"30000{number}", surnames=f"Inventada{number} Prueba")
    world.session.commit()
    file = tmp_path / "registro.csv"
    answer = flask("exports", "cases", str(file), "--purpose", "registry", "--as", "admin.hga", "--json")
    assert (answer.code, answer.json["rows"], answer.json["left_out"], answer.json["least"]) == (0, 5, 0, 5)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(csv_files.read(file.read_bytes())) == 6


def test_who_may_not_export_leaves_no_file(world: World, flask: Command, tmp_path: Path):
    file = tmp_path / "registro.csv"
    answer = flask("exports", "counts", str(file), "--purpose", "registry", "--as", "nurse.hga", "--json")
    assert answer.reasons == ["role.missing"]
    assert not file.exists()


def test_what_is_due_is_listed_and_there_is_nothing_to_finish(world: World, flask: Command):
    assert flask("retention", "due", "--json").json == {"cases": []}
    assert flask("retention", "block", "--as", "admin.hga", "--json").json == {"blocked": []}
    assert flask("retention", "finish", "--json").json == {"left": []}
