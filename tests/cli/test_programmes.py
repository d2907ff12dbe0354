"""`flask programmes`: listed, shown, checked with every mistake at once, published in somebody's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from compassionate.programmes.reading import FOLDER

pytestmark = pytest.mark.one_database
DISC = (FOLDER / "disc-msc-2026-12.toml").read_text(encoding="utf-8")
NEXT = DISC.replace('version = "2026-12"', 'version = "2027-02"', 1).replace("values = [40]", "values = [50]", 1)


def test_programmes_are_listed_and_shown(flask, world):
    rows = flask("programmes", "list", "--json").json["programmes"]
    assert [(row["id"], row["is_latest"]) for row in rows] == [("disc-msc", True), ("knee-msc", True)]
    assert rows[0]["to_set"] == ["shelf_life_hours", "temperature_low", "temperature_high"]
    shown = flask("programmes", "show", "disc-msc", "--json").json
    assert [visit["name"] for visit in shown["visits"]] == ["baseline", "m3", "m6", "m12"]
    assert "D18" in flask("programmes", "show", "disc-msc", "--version", "2026-12").out
    assert flask("programmes", "show", "nada").code == 2


def test_a_file_is_checked_whole_and_published_once(flask, world, tmp_path: Path):
    file = tmp_path / "disc.toml"
    file.write_text(NEXT.replace('type = "integer"', 'type = "guess"'), encoding="utf-8")
    reasons = flask("programmes", "check", str(file)).reasons
    assert len(reasons) > 3
    assert set(reasons) == {"programme.not_a_choice"}
    file.write_text(NEXT, encoding="utf-8")
    changes = flask("programmes", "check", str(file), "--json").json["changes"]
    assert [(each["part"], each["row"]) for each in changes] == [("criteria", "D03")]
    admin = world.people["admin"].username
    assert flask("programmes", "publish", str(file), "--as", admin, "--json").json["version"] == "2027-02"
    assert flask("programmes", "publish", str(file), "--as", admin).reasons == ["programme.version_not_later"]
    rows = flask("programmes", "list", "--json").json["programmes"]
    assert [(row["version"], row["is_latest"]) for row in rows if row["id"] == "disc-msc"] == [
        ("2027-02", True),
        ("2026-12", False),
    ]


def test_whoever_administers_nothing_publishes_nothing(flask, world, tmp_path: Path):
    file = tmp_path / "disc.toml"
    file.write_text(NEXT, encoding="utf-8")
    pharmacist = world.people["pharmacist"].username
    assert flask("programmes", "publish", str(file), "--as", pharmacist).reasons == ["role.missing"]
