"""`flask backup prune`: old backups go, never the last that can be read, and nothing that is not provably ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock, config
from compassionate.models import AuditEntry
from compassionate.services import backup_ageing
from tests.cli.installations import installation, open_session
from tests.cli.test_backup import run
from tests.databases import WorkerDatabases

Wait = Callable[[int], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Lets days go by."""
    held = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: held[0])

    def wait(days: int) -> None:
        held[0] += timedelta(days=days)

    return wait


@pytest.fixture
def app(databases: WorkerDatabases, wait: Wait, tmp_path: Path) -> Iterator[Flask]:
    with databases.fresh_url("sqlite") as url, installation(tmp_path / "one", url) as start:
        yield start()


@pytest.fixture
def backups(app: Flask, wait: Wait, tmp_path: Path) -> Path:
    """Three backups: 40, 20 and 0 days old."""
    for name in ("first", "second", "third"):
        assert run(app, "backup", "create", tmp_path / "backups" / name).exit_code == 0
        wait(20 if name != "third" else 0)
    return tmp_path / "backups"


def prune(app: Flask, backups: Path, *more: Any) -> dict[str, str]:
    """What the command says of each folder."""
    answer = run(app, "backup", "prune", backups, "--json", *more)
    assert answer.exit_code == 0, answer.output
    return {each["name"]: each["status"] for each in json.loads(answer.stdout)["backups"]}


def left(backups: Path) -> list[str]:
    return sorted(path.name for path in backups.iterdir())


def test_what_has_aged_out_is_shown_first_and_deleted_when_asked_and_that_is_on_record(app: Flask, backups: Path):
    wanted = {"first": "old", "second": "kept", "third": "kept"}
    assert prune(app, backups) == wanted
    assert left(backups) == ["first", "second", "third"]
    assert prune(app, backups, "--delete") == wanted
    assert left(backups) == ["second", "third"]
    assert prune(app, backups, "--days", "10", "--delete") == {"second": "old", "third": "kept"}
    assert left(backups) == ["third"]
    with open_session(app) as session:
        rows = [json.loads(row) for row in session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))]
    assert [row["detail"]["days"] for row in rows if row["action"] == "delete_backups"] == [35, 10]


def test_the_last_that_can_be_read_stays_however_old_and_a_damaged_one_does_not_count(
    app: Flask, backups: Path, wait: Wait
):
    data = bytearray((backups / "third" / "rows").read_bytes())
    data[-1] ^= 1
    (backups / "third" / "rows").write_bytes(data)
    wait(400)
    assert prune(app, backups, "--delete") == {"first": "old", "second": "last_good", "third": "old"}
    assert left(backups) == ["second"]


def test_where_none_can_be_read_nothing_is_deleted(app: Flask, backups: Path, wait: Wait):
    for name in left(backups):
        (backups / name / "files").unlink()
    wait(400)
    assert set(prune(app, backups, "--delete").values()) == {"kept"}
    assert left(backups) == ["first", "second", "third"]


def test_what_is_not_provably_ours_is_never_touched(app: Flask, backups: Path):
    other = backups / "changed"
    shutil.copytree(backups / "third", other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"made_at": "2020-01-01T00:00:00+00:00"}))
    (backups / "letters").mkdir()
    (backups / "letters" / "manifest.json").write_text("{}")
    master = app.extensions["compassionate.settings"].master_key
    for masters, of in (((), ""), ((master,), "another installation")):
        found = backup_ageing.look(backups, masters, of, 1, clock.now())
        assert {each.status for each in found} == {"not_ours"}
    assert prune(app, backups, "--delete")["changed"] == prune(app, backups)["letters"] == "not_ours"
    assert left(backups) == ["changed", "letters", "second", "third"]


def test_what_a_run_that_was_cut_off_left_goes_with_the_next(app: Flask, backups: Path):
    (backups / "first").rename(backups / ".first.0badcafe.gone")
    prune(app, backups, "--delete")
    assert left(backups) == ["second", "third"]


@pytest.mark.parametrize("days", ["0", "-1", "soon"])
def test_a_number_of_days_that_means_nothing_stops_the_start(tmp_path: Path, days: str):
    config.make_secrets(tmp_path)
    environment = {"COMPASSIONATE_INSTANCE": str(tmp_path)}
    assert config.load(environment).backup_days == 35
    with pytest.raises(config.UnknownSetting, match="COMPASSIONATE_BACKUP_DAYS"):
        config.load(environment | {"COMPASSIONATE_BACKUP_DAYS": days})
