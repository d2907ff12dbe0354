"""The printed steps of docs/backup.md, line by line, on a machine that holds nothing (BAK-01)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.installations import everything, filled, installation
from tests.house.source import ROOT


def printed(number: int) -> list[str]:
    """The lines of a block of commands in the document."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "backup.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    return str(blocks[number]).splitlines()


def follow(lines: list[str], **variables: object) -> str:
    """Type them, one after the other; each must succeed."""
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    said = ""
    for line in lines:
        line = line.replace(".venv/bin/python", sys.executable)
        done = subprocess.run(
            ["sh", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, line + done.stdout + done.stderr
        said += done.stdout
    return said


def test_a_hospital_comes_back_on_an_empty_machine_by_the_printed_steps(tmp_path: Path):
    here, there, backup, safe = (tmp_path / name for name in ("here", "there", "backup", "safe.json"))
    with installation(here, f"sqlite:///{here}/compassionate.db") as start:
        app = start()
        assert app.test_cli_runner().invoke(args=["instance", "prepare"]).exit_code == 0
        filled(app)
        before = everything(app)
        follow(printed(0), COMPASSIONATE_INSTANCE=here, BACKUP=backup)
    shutil.copy(here / "secrets.json", safe)
    shutil.rmtree(here)
    follow(printed(1), COMPASSIONATE_INSTANCE=there, BACKUP=backup, SECRETS=safe)
    with installation(there, f"sqlite:///{there}/compassionate.db") as start:
        assert everything(start()) == before
    assert (there / "secrets.json").stat().st_mode & 0o777 == 0o600
