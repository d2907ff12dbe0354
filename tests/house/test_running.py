"""What docs/running.md tells the machine's clock to run is what there is to run, and often enough."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import click
import pytest
from flask.cli import FlaskGroup

from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.services.schedule import ALL_PAPERS, DEADLINES, LATE_AFTER, OUTBOX, PAPERS
from tests.conftest import MASTER_KEY
from tests.house.source import ROOT

UNITS = ROOT / "docs" / "units"
PAGE = (ROOT / "docs" / "running.md").read_text("utf-8")
CRON = re.findall(r"^([\d*/]+ [\d*/]+) \* \* \* compassionate cd .* -m flask (.*) >/dev/null$", PAGE, re.MULTILINE)
TIMED = {path.stem: path.read_text("utf-8") for path in sorted(UNITS.glob("*.timer"))}
EVERY = {
    "*:0/5": timedelta(minutes=5), "*:0/15": timedelta(minutes=15), "hourly": timedelta(hours=1),
    "*-*-* 03:20:00": timedelta(days=1),
}  # fmt: skip


def commands_of(unit: str) -> list[str]:
    """What a service runs of ours, with its arguments."""
    text = (UNITS / f"{unit}.service").read_text("utf-8")
    return [
        each.rstrip("'").replace("$$", "$").replace("%%", "%")
        for each in re.findall(r"-m flask (.*)$", text, re.MULTILINE)
    ]


def knows(group: click.Command, words: list[str]) -> bool:
    """Whether a command takes these words: its name, and no option or argument too many."""
    if isinstance(group, click.Group) and words:
        command = group.commands.get(words[0])
        return command is not None and knows(command, words[1:])
    options = {name for each in group.params if isinstance(each, click.Option) for name in each.opts}
    needed = [each for each in group.params if isinstance(each, click.Argument)]
    given = [word for word in words if not word.startswith("--")]
    return len(given) == len(needed) and all(word in options for word in words if word.startswith("--"))


def test_every_command_is_one_of_ours(tmp_path: Path):
    app = create_app(
        Settings(tmp_path, f"sqlite:///{tmp_path}/x.db", "memory:", MASTER_KEY, "a secret", "a salt of tests")
    )
    every = [*(command for unit in TIMED for command in commands_of(unit)), *(command for _, command in CRON)]
    assert len(every) == 14
    group = FlaskGroup(create_app=lambda: app)
    group.commands.update(app.cli.commands)
    assert [command for command in every if not knows(group, shlex.split(command))] == []


def test_the_worker_of_documents_is_a_service_of_its_own():
    assert commands_of("compassionate-jobs") == ["jobs work"]
    assert "compassionate-jobs.service" in PAGE
    assert "Restart=always" in (UNITS / "compassionate-jobs.service").read_text("utf-8")


def test_cron_and_timers_run_the_same():
    assert sorted(command.replace("\\%", "%") for _, command in CRON) == sorted(
        command for unit in TIMED for command in commands_of(unit)
    )


def test_each_runs_more_often_than_it_is_called_late():
    every = {unit: re.findall(r"^OnCalendar=(.*)$", text, re.MULTILINE)[0] for unit, text in TIMED.items()}
    assert EVERY[every["compassionate-outbox"]] * 3 < LATE_AFTER[OUTBOX]
    assert EVERY[every["compassionate-deadlines"]] * 3 < LATE_AFTER[DEADLINES]
    assert EVERY[every["compassionate-scan"]] * 3 < LATE_AFTER[PAPERS]
    assert EVERY[every["compassionate-scan-all"]] * 3 <= LATE_AFTER[ALL_PAPERS]
    assert {command: when for when, command in CRON}["outbox send"] == "*/5 *"
    assert all("Persistent=true" in text for text in TIMED.values())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="a machine without systemd")
def test_systemd_takes_every_unit(tmp_path: Path):
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace("/opt/compassionate/.venv/bin/python", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("/opt/compassionate", "/tmp"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
