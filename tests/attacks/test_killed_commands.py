"""kill -9 of a print and of a backup (DUR-01): there is a whole one or none, and nothing half counts as one."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.models import IssuedDocument
from compassionate.services import backup
from tests.attacks.commands import Commands, Moment
from tests.attacks.history import assert_whole
from tests.attacks.serving import Installation
from tests.conftest import MASTER_KEY

COPIES = ("hospital", "agency")
COUNT = select(func.count()).select_from(IssuedDocument)


@dataclass
class Stage:
    """Cases that are ready to be printed, and commands to be killed."""

    installation: Installation
    commands: Commands
    prints: list[tuple[str, ...]]
    temporary: Path
    session: Session

    @property
    def copy(self) -> Path:
        """Where backups go."""
        return self.installation.folder / "copias" / "copia"

    def verify(self, folder: Path) -> int | None:
        return self.commands.run("backup", "verify", folder).code

    def halves(self) -> set[Path]:
        """What killed backups left."""
        return set(self.copy.parent.glob(".*.partial"))

    def begun(self, part: str) -> Moment:
        """The moment at which a backup has begun with a part."""
        before = self.halves()
        return lambda _: any((each / part).exists() for each in self.halves() - before)

    def printed(self) -> int:
        """How many documents there are, as anybody else sees it."""
        self.session.rollback()
        return self.session.scalar(COUNT) or 0

    def assert_whole(self) -> None:
        self.session.rollback()
        assert_whole(self.session)
        left = [each.read_bytes() for each in self.temporary.rglob("*") if each.is_file()]  # WeasyPrint's fonts
        assert not any(b"%PDF" in each or b"Inventada" in each for each in left)


@pytest.fixture
def stage(installation: Installation, tmp_path: Path, dialect: str, pytestconfig: pytest.Config) -> Iterator[Stage]:
    is_long = pytestconfig.getoption("--long")
    if dialect != "sqlite" and not is_long:
        pytest.skip("with --long")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    installation.environment["TMPDIR"] = str(temporary)
    with installation.world() as world:
        codes = [world.case_in("ready_to_submit", nhc=str(number)).code for number in range(3 if is_long else 1)]
        who = world.accounts["pharmacist"].username
    prints = [
        ("documents", "issue", code, "--kind", "dossier", "--copy", copy, "--as", who)
        for code in codes
        for copy in COPIES
    ]
    commands = Commands(installation)
    with installation.session() as session:
        yield Stage(installation, commands, prints, temporary, session)
    commands.end()


def kill_print(stage: Stage, moment: Moment) -> float:
    """Kill a print; it is issued, with its file and its event, or it never was. Returns how long it ran."""
    before = stage.printed()
    ended = stage.commands.run(*stage.prints[0], kill_at=moment)
    assert stage.printed() - before in ((1,) if ended.code == 0 and before < len(stage.prints) else (0, 1))
    if stage.printed() > before:
        stage.prints.append(stage.prints.pop(0))
    stage.assert_whole()
    return ended.seconds


def kill_backup(stage: Stage, moment: Moment) -> tuple[int, float]:
    """Kill a backup; in its place is a whole one or none, and what it left beside says that it is not whole.

    Returns how many half ones were refused, and how long it ran.
    """
    before = stage.halves()
    ended = stage.commands.run("backup", "create", stage.copy, kill_at=moment)
    assert stage.copy.exists() or ended.code != 0
    if stage.copy.exists():
        backup.verify(stage.copy, [MASTER_KEY])
        shutil.rmtree(stage.copy)
    refused = [each for each in stage.halves() - before if stage.verify(each) == 1]
    assert len(stage.halves()) <= 1, "the next backup tidies up"
    stage.assert_whole()
    return len(refused), ended.seconds


def kill_prints(stage: Stage, chances: list[float]) -> None:
    """As soon as its row is there, and by chance."""
    held = stage.printed()
    length = kill_print(stage, lambda _: stage.printed() > held)
    for chance in chances:
        kill_print(stage, lambda seconds, at=chance * length: seconds > at)


def kill_backups(stage: Stage, chances: list[float]) -> int:
    """At the first part, in its place, and by chance; returns how many halves it refused."""
    refused, _ = kill_backup(stage, stage.begun("rows"))
    more, length = kill_backup(stage, lambda _: stage.copy.exists())
    for chance in chances:
        more += kill_backup(stage, lambda seconds, at=chance * length: seconds > at)[0]
    return refused + more


def test_a_killed_print_or_backup_is_whole_or_none(stage: Stage):
    store = Path(stage.installation.settings.document_store) / "documents"
    files = set(store.glob("*"))
    kill_print(stage, lambda _: bool(set(store.glob("*")) - files))
    assert kill_backup(stage, stage.begun("files"))[0], "no backup was killed half-way"
    before = stage.printed()
    assert stage.commands.run(*stage.prints[0]).code == 0
    assert stage.printed() == before + 1
    assert stage.commands.run("backup", "create", stage.copy).code == 0
    assert not stage.halves()
    stage.assert_whole()


@pytest.mark.long
def test_many_killed_prints_and_backups(stage: Stage, pytestconfig: pytest.Config):
    chance = random.Random(5)
    moments = [chance.uniform(0, 1.1) for _ in range(pytestconfig.getoption("--kills") // 24)]
    kill_prints(stage, moments)
    assert kill_backups(stage, moments)
    for each in stage.prints:
        assert stage.commands.run(*each).code == 0
    assert stage.printed() == len(stage.prints)
    for command in (("backup", "create", stage.copy), ("backup", "verify", stage.copy), ("audit", "verify")):
        assert stage.commands.run(*command).code == 0
    stage.assert_whole()
