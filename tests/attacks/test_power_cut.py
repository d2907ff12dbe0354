"""Power goes, and with it all that was not synced (DUR-02): what was acknowledged is in what the disk was told to keep.

A library preloaded into the worker copies each file as it stands at each fsync, and each folder's names at each
fsync of the folder (`sync_journal.c`); nothing else survives. That is the worst case of a file system that keeps
what it was told and not one byte or name more; disks that lie about a flush are beyond any test here.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.attacks.history import assert_kept, assert_whole
from tests.attacks.serving import Installation
from tests.attacks.test_kills import Workers, prepare

SOURCE = Path(__file__).parent / "sync_journal.c"
CUTS = 8


@pytest.fixture
def journal(tmp_path: Path, dialect: str) -> Path:
    """The library that keeps what is synced."""
    if dialect != "sqlite":
        pytest.skip("a PostgreSQL answers for its own files; its settings are asserted at each connection")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = tmp_path / "journal.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def names_in(kept: Path, folder: str) -> dict[str, str]:
    """Which names of a folder survive, and the inode of each."""
    listed = kept / "names" / (folder.replace("/", "!") or "!")
    if not listed.exists():
        return {}
    return {name: inode for inode, _, name in (line.partition(" ") for line in listed.read_text().splitlines())}


def raise_from(kept: Path, before: Path, after: Path, folder: str = "") -> None:
    """Write the tree that survived: names that were synced, with the data that was synced."""
    (after / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for name, inode in names_in(kept, folder).items():
        place = f"{folder}/{name}"
        if (before / place.lstrip("/")).is_dir():
            raise_from(kept, before, after, place)
        elif not name.endswith("-shm"):
            data = kept / "data" / inode
            (after / place.lstrip("/")).write_bytes(data.read_bytes() if data.exists() else b"")


@pytest.mark.long
def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path, installation: Installation, journal: Path):
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    for folder in (disk, kept / "data", kept / "names"):
        folder.mkdir(parents=True)
    shutil.copyfile(installation.url.removeprefix("sqlite:///"), disk / "held.db")
    watched = {"LD_PRELOAD": str(journal), "JOURNAL_FROM": str(disk), "JOURNAL_TO": str(kept)}
    on_disk = Installation(disk, f"sqlite:///{disk}/held.db", watched)
    codes = prepare(on_disk)
    keep_all(disk, kept)
    workers, told = Workers(on_disk), []
    for number in range(CUTS):
        told += workers.kill_one(0.02 * number, first=True)
    workers.end()
    after = tmp_path / "after"
    raise_from(kept, disk, after)
    restored = Installation(after, f"sqlite:///{after}/held.db")
    with restored.session() as session:
        assert_kept(session, told)
        assert_whole(session)
    assert len(told) >= CUTS
    assert codes


def keep_all(disk: Path, kept: Path) -> None:
    """What was there before the attack is on the disk."""
    for folder in (disk, *[each for each in disk.rglob("*") if each.is_dir()]):
        below = str(folder).removeprefix(str(disk))
        lines = [f"{each.stat().st_ino} {each.name}\n" for each in folder.iterdir()]
        (kept / "names" / (below.replace("/", "!") or "!")).write_text("".join(lines))
        for each in folder.iterdir():
            if each.is_file():
                shutil.copyfile(each, kept / "data" / str(each.stat().st_ino))
