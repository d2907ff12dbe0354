"""A start that may not be: one sentence in Spanish, and nothing is served (DAR-05, ASVS 13.3.4)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compassionate import config
from compassionate.application import create_app
from compassionate.config import SecretsMissing, SecretsWrong, Settings
from compassionate.services.keys import WrongMaster
from tests.house.source import ROOT
from tests.world import World


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a hospital in it."""
    folder = tmp_path_factory.mktemp("made")
    app = start(folder, make=True)
    assert app.test_cli_runner().invoke(args=["instance", "prepare"]).exit_code == 0
    with app.extensions["compassionate"].session(write=True) as session:
        World(session)
        session.commit()
    app.extensions["compassionate"].engine.dispose()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "instance"))


def start(folder: Path, make: bool = False, **environment: str) -> Any:
    if make:
        config.make_secrets(folder)
    return create_app(config.load({"COMPASSIONATE_INSTANCE": str(folder)} | environment))


def change(name: str, value: Any) -> Callable[[Path], None]:
    """Write another value into secrets.json, or take it away."""

    def harm(folder: Path) -> None:
        held = config.read_secrets(folder)
        config.write_secrets(folder, {key: each for key, each in (held | {name: value}).items() if each is not None})

    return harm


def spoil(folder: Path) -> None:
    (folder / "secrets.json").write_text("{not json")


ANOTHER = base64.b64encode(bytes(range(100, 132))).decode()


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        (change("MASTER_KEY", ANOTHER), WrongMaster),
        (change("MASTER_KEY", None), SecretsMissing),
        (change("MASTER_KEY", base64.b64encode(b"short").decode()), SecretsWrong),
        (change("MASTER_KEY", "no es base64 ñ"), SecretsWrong),
        (change("ARCHIVED_MASTER_KEYS", ["x"]), SecretsWrong),
        (change("NEXT_MASTER_KEY", "x"), SecretsWrong),
        (spoil, SecretsWrong),
    ],
)
def test_a_wrong_missing_or_malformed_key_does_not_start(
    folder: Path, harm: Callable[[Path], None], error: type[Exception]
):
    harm(folder)
    with pytest.raises(error) as caught:
        start(folder)
    said = str(caught.value)
    assert "\n" not in said
    assert json.loads(json.dumps(said)).endswith(".")


def test_an_installation_of_the_first_release_does_not_start_with_another_key(folder: Path):
    """It does not know its key's fingerprint: one of its own keys must open."""
    app = start(folder)
    with app.extensions["compassionate"].session(write=True) as session:
        session.connection().exec_driver_sql("DELETE FROM installation")
        session.connection().exec_driver_sql("UPDATE data_keys SET master = NULL")
        session.commit()
    app.extensions["compassionate"].engine.dispose()
    with pytest.raises(WrongMaster):
        start(folder, COMPASSIONATE_MASTER_KEY=ANOTHER)
    app = start(folder)
    assert app.test_cli_runner().invoke(args=["instance", "prepare"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["keys", "status"]).exit_code == 0
    app.extensions["compassionate"].engine.dispose()


def test_the_server_says_the_sentence_and_leaves(folder: Path):
    change("MASTER_KEY", ANOTHER)(folder)
    environment = os.environ | {"COMPASSIONATE_INSTANCE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "La clave maestra no es la de esta instalación" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_printed_leads_to_the_hospitals_name_or_else_to_this_machine():
    bare = Settings(Path(), "", "", b"", "", "")
    assert bare.address == "http://127.0.0.1:8000"
    named = replace(bare, hosts=("localhost", "compasivo.hospital.example"), behind_tls=True)
    assert named.address == named.base_url == "https://compasivo.hospital.example"
