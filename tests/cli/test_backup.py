"""`flask backup`: made while people work, restored into an empty installation only, refused when anything is wrong."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from compassionate.errors import Refused
from compassionate.models import Account, AuditEntry, Case
from compassionate.models.database import WRITE
from compassionate.services import backup, backup_rows, instance
from tests.cli.installations import Start, everything, filled, installation, open_session
from tests.databases import WorkerDatabases
from tests.world import World


@dataclass
class Two:
    """An installation with a hospital in it, its backup, and an empty one that has the same secrets."""

    start: Start
    start_empty: Start
    folder: Path
    backup: Path


def run(app: Flask, *arguments: Any) -> Any:
    """A command; its answer."""
    result = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def reasons(result: Any) -> list[str]:
    assert result.exit_code == 1, result.output
    return [each["code"] for each in json.loads(result.stdout)["reasons"]]


@contextmanager
def two_machines(databases: WorkerDatabases, dialect: str, folder: Path) -> Iterator[Two]:
    """Two machines: the second has the first one's secrets.json and nothing else."""
    one, other = folder / "one", folder / "other"
    other.mkdir()
    with (
        databases.fresh_url(dialect) as first,
        databases.fresh_url(dialect) as second,
        installation(one, first) as start,
    ):
        app = start()
        filled(app)
        shutil.copy(one / "secrets.json", other / "secrets.json")
        made = run(app, "backup", "create", folder / "backup")
        assert made.exit_code == 0, made.output
        with installation(other, second) as start_empty:
            yield Two(start, start_empty, folder, folder / "backup")


@pytest.fixture
def two(databases: WorkerDatabases, dialect: str, tmp_path: Path) -> Iterator[Two]:
    """Two machines of a test's own, on each database in turn."""
    with two_machines(databases, dialect, tmp_path) as held:
        yield held


@pytest.fixture(scope="module")
def refusing(databases: WorkerDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Two, Flask]]:
    """Two machines for tests in which nothing is ever restored, and the empty one running."""
    with two_machines(databases, "sqlite", tmp_path_factory.mktemp("refusing")) as held:
        yield held, held.start_empty()


@pytest.fixture
def harmed(refusing: tuple[Two, Flask], tmp_path: Path) -> Path:
    """A copy of the backup, to be harmed."""
    return Path(shutil.copytree(refusing[0].backup, tmp_path / "harmed"))


def rows_of(app: Flask) -> dict[str, int]:
    """How many rows each table has."""
    with app.extensions["compassionate"].engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in backup_rows.tables(connection)
        }


def test_everything_is_there_after_a_restore_and_a_new_epoch_begins(two: Two):
    app, empty = two.start(), two.start_empty()
    before = everything(app)
    assert run(empty, "backup", "restore", two.backup).exit_code == 0
    restored = two.start_empty()
    assert everything(restored) == before
    for command in (("check",), ("audit", "verify")):
        assert run(restored, *command).exit_code == 0
    manifest = json.loads((two.backup / "manifest.json").read_text())
    with open_session(restored) as new, open_session(app) as old:
        last = new.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
        row = json.loads(last.row)
        assert (row["action"], row["detail"]["head"]) == ("restore_backup", manifest["audit"]["head"])
        sessions = [set(each.scalars(select(Account.session_key))) for each in (old, new)]
        assert not sessions[0] & sessions[1], "nobody stays logged in"
    with restored.extensions["compassionate"].engine.connect() as connection, pytest.raises(Exception, match="audit"):
        connection.execute(text("DELETE FROM audit_entries"))


def test_a_backup_says_what_it_is_and_never_a_key_or_a_person(refusing: tuple[Two, Flask]):
    two, _ = refusing
    manifest = json.loads((two.backup / "manifest.json").read_text())
    assert {"version", "revision", "counts", "parts", "audit", "key", "installation"} <= set(manifest)
    assert manifest["counts"]["cases"] == 2
    secrets = json.loads((two.folder / "one" / "secrets.json").read_text())
    held = b"".join(path.read_bytes() for path in two.backup.iterdir())
    for secret in (*secrets.values(), "Inventada", "HGA", "pharmacist"):
        assert secret.encode() not in held
    assert two.backup.stat().st_mode & 0o077 == 0


def cut(backup: Path) -> None:
    (backup / "rows").write_bytes((backup / "rows").read_bytes()[:-40])


def flip(backup: Path) -> None:
    data = bytearray((backup / "files").read_bytes())
    data[len(data) // 2] ^= 1
    (backup / "files").write_bytes(data)


def lose(backup: Path) -> None:
    (backup / "files").unlink()


def lose_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def lie(backup: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["counts"]["cases"] = 1
    (backup / "manifest.json").write_text(json.dumps(manifest))


def date_back(backup: Path) -> None:
    """Say it was made on another day: nothing but the manifest's own seal knows."""
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["made_at"] = "2020-01-01T00:00:00+00:00"
    (backup / "manifest.json").write_text(json.dumps(manifest))


def swap(backup: Path) -> None:
    (backup / "rows").rename(backup / "x")
    (backup / "files").rename(backup / "rows")
    (backup / "x").rename(backup / "files")


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (cut, "backup.damaged"),
        (flip, "backup.damaged"),
        (lose, "backup.incomplete"),
        (lose_manifest, "backup.incomplete"),
        (lie, "backup.damaged"),
        (swap, "backup.damaged"),
        (date_back, "backup.damaged"),
    ],
)
def test_a_harmed_backup_is_refused_before_anything_is_touched(
    refusing: tuple[Two, Flask], harmed: Path, harm: Callable[[Path], None], code: str
):
    two, empty = refusing
    harm(harmed)
    before = rows_of(empty)
    assert reasons(run(empty, "backup", "verify", harmed, "--json")) == [code]
    assert reasons(run(empty, "backup", "restore", harmed)) == [code]
    assert rows_of(empty) == before
    assert not list((two.folder / "other" / "documents").rglob("*"))


@pytest.mark.parametrize("part", [backup.ROWS, backup.FILES])
@pytest.mark.parametrize(("name", "other"), [("sha256", "0" * 64), ("size", 1)])
def test_a_part_is_the_one_that_the_manifest_names(
    refusing: tuple[Two, Flask], harmed: Path, part: str, name: str, other: Any
):
    """The manifest is sealed and the part opens: nothing but size and SHA-256 says that it is another one."""
    settings = refusing[1].extensions["compassionate.settings"]
    whole, master = backup.verify(harmed, [settings.master_key])
    parts = tuple(replace(each, **{name: other}) if each.name == part else each for each in whole.parts)
    (harmed / backup.MANIFEST).unlink()
    backup._write_manifest(harmed / backup.MANIFEST, replace(whole, parts=parts), master)
    with pytest.raises(Refused) as refused:
        backup.verify(harmed, [master])
    assert [(each.code, each.params) for each in refused.value.reasons] == [("backup.damaged", {"part": part})]


def test_parts_of_two_backups_do_not_mix(refusing: tuple[Two, Flask], harmed: Path, tmp_path: Path):
    two, empty = refusing
    assert run(two.start(), "backup", "create", tmp_path / "again").exit_code == 0
    shutil.copy(tmp_path / "again" / "rows", harmed / "rows")
    assert reasons(run(empty, "backup", "verify", harmed)) == ["backup.damaged"]


def test_a_backup_of_another_installation_is_refused(refusing: tuple[Two, Flask], tmp_path: Path):
    with installation(tmp_path, f"sqlite:///{tmp_path / 'other.db'}") as start:
        assert reasons(run(start(), "backup", "restore", refusing[0].backup)) == ["backup.foreign"]


def test_only_an_empty_installation_takes_a_backup_and_only_a_new_folder(refusing: tuple[Two, Flask]):
    two, _ = refusing
    app = two.start()
    before = everything(app)
    assert reasons(run(app, "backup", "restore", two.backup)) == ["backup.not_empty"]
    assert everything(app) == before
    assert reasons(run(app, "backup", "create", two.backup)) == ["backup.folder_taken"]


def test_a_newer_backup_is_refused(refusing: tuple[Two, Flask], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(instance, "knows_revision", lambda revision: False)
    assert reasons(run(refusing[1], "backup", "restore", refusing[0].backup)) == ["backup.newer"]


def test_an_old_backup_opens_with_the_archived_key_after_a_rotation(two: Two):
    before = everything(two.start())
    assert run(two.start(), "keys", "rotate", "--data").exit_code == 0
    shutil.copy(two.folder / "one" / "secrets.json", two.folder / "other" / "secrets.json")
    assert run(two.start_empty(), "backup", "restore", two.backup).exit_code == 0
    assert everything(two.start_empty()) == before
    new = two.folder / "new"
    assert run(two.start(), "backup", "create", new).exit_code == 0
    assert run(two.start_empty(), "backup", "verify", new).exit_code == 0


@pytest.mark.long
def test_a_backup_goes_from_one_kind_of_database_to_the_other(databases: WorkerDatabases, two: Two, dialect: str):
    before = everything(two.start())
    folder = two.folder / "third"
    folder.mkdir()
    shutil.copy(two.folder / "one" / "secrets.json", folder / "secrets.json")
    kind = "postgresql" if dialect == "sqlite" else "sqlite"
    with databases.fresh_url(kind) as url, installation(folder, url) as start:
        assert run(start(), "backup", "restore", two.backup).exit_code == 0
        assert everything(start()) == before


@pytest.mark.long
def test_a_restore_that_is_cut_off_leaves_an_empty_installation_and_can_be_repeated(
    two: Two, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def killed(*given: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("compassionate.services.restoring._settle", killed)
        with pytest.raises(Killed):
            run(two.start_empty(), "backup", "restore", two.backup)
    assert not any(rows_of(two.start_empty()).values())
    assert run(two.start_empty(), "backup", "restore", two.backup).exit_code == 0
    assert everything(two.start_empty()) == everything(two.start())


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(two: Two):
    """Cases are opened, with papers, while backups are made; every backup restores into a whole installation."""
    writing, app = two.start(), two.start()
    stop = threading.Event()

    def write() -> None:
        with open_session(writing) as session:
            world = World(session, code="HGB")
            session.commit()
            while not stop.is_set():
                session.connection(execution_options=WRITE)
                world.add_paper(world.open_case(nhc=str(world.now.timestamp())))
                session.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = two.folder / "meanwhile"
        assert run(app, "backup", "create", made).exit_code == 0
    finally:
        stop.set()
        thread.join()
    restored = two.start_empty()
    assert run(restored, "backup", "restore", made).exit_code == 0
    assert run(restored, "check").exit_code == 0
    assert run(restored, "audit", "verify").exit_code == 0
    with open_session(restored) as session:
        assert (session.scalar(select(func.count()).select_from(Case)) or 0) >= 2
