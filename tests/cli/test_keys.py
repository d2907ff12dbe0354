"""`flask keys`: a master key is replaced while nothing stops being readable, whatever the moment it is cut off at."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import config
from compassionate.models import DataKey, Installation
from compassionate.models.vault import RETIRED, Vault, named_key
from compassionate.services import audit, held_files, keys, locks, store
from tests.cli.installations import Start, everything, filled, installation, open_session
from tests.world import World


class Killed(BaseException):
    """Nothing of the program runs after this."""


@pytest.fixture
def start(fresh_url: str, tmp_path: Path) -> Iterator[Start]:
    """Start the installation as a process does."""
    with installation(tmp_path, fresh_url) as start:
        yield start


def rotate(app: Flask, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["keys", "rotate", "--json", *options])


def test_a_new_master_key_opens_everything_and_the_old_one_is_kept_for_old_backups(start: Start, tmp_path: Path):
    app = start()
    filled(app)
    before, old = everything(app), json.loads((tmp_path / "secrets.json").read_text())
    assert rotate(app).exit_code == 0
    now = json.loads((tmp_path / "secrets.json").read_text())
    assert now["MASTER_KEY"] != old["MASTER_KEY"]
    assert (now["ARCHIVED_MASTER_KEYS"], now["SECRET_KEY"]) == ([old["MASTER_KEY"]], old["SECRET_KEY"])
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert everything(start()) == before


def test_every_key_is_new_and_every_value_and_file_is_under_it(start: Start):
    app = start()
    filled(app)
    before = everything(app)
    with open_session(app) as session:
        old = set(session.scalars(select(DataKey.id)))
    assert rotate(app, "--data").exit_code == 0
    app = start()
    assert everything(app) == before
    with open_session(app) as session:
        assert {row.scope for row in session.scalars(select(DataKey).where(DataKey.id.in_(old)))} == {RETIRED}
        for table, column in keys.sealed_columns():
            for sealed in session.scalars(select(column).where(column.is_not(None))):
                assert (named_key(sealed) in old) == ((table.name, column.name) in keys.PROOF)
        for held in held_files.every(session):
            assert named_key(store.get(session, held.name)) == held.key_id
        assert session.scalars(select(Installation)).one().rotation_mark is None


@pytest.mark.parametrize(
    ("place", "moments"),
    [
        ("write_secrets", [0, 1]),
        ("wrap", [2]),
        *(
            pytest.param(place, [0, 1, 2, 3, 5, 8], marks=pytest.mark.long)
            for place in ("write_secrets", "wrap", "seal", "replace", "append")
        ),
    ],
)
def test_a_rotation_that_is_cut_off_anywhere_loses_nothing_and_goes_on(
    place: str, moments: list[int], start: Start, monkeypatch: pytest.MonkeyPatch
):
    app = start()
    filled(app)
    before = everything(app)
    owner: Any = {"write_secrets": config, "wrap": Vault, "seal": Vault, "replace": store, "append": audit}[place]
    for moment in moments:
        with monkeypatch.context() as patched, contextlib.suppress(Killed):
            patched.setattr(owner, place, cut_off(getattr(owner, place), moment))
            rotate(app, "--data")
        app = start()
        assert everything(app) == before
    assert rotate(app, "--data").exit_code == 0
    assert everything(start()) == before


def cut_off(real: Callable[..., Any], moment: int) -> Callable[..., Any]:
    """The function as it is, until the call at which the program is killed."""
    calls = itertools.count()

    def function(*given: Any, **more: Any) -> Any:
        if next(calls) == moment:
            raise Killed
        return real(*given, **more)

    return function


def test_a_process_that_was_running_reads_on_and_makes_no_key_under_the_old_master(start: Start):
    running, other = start(), start()
    filled(running)
    before = everything(running)
    assert rotate(other).exit_code == 0
    assert everything(running) == before
    with open_session(running) as session, pytest.raises(keys.WrongKey):
        World(session, code="HGB")


def test_two_rotations_at_once_are_one_and_a_refusal(start: Start):
    app = start()
    filled(app)
    with open_session(app) as session, locks.maintenance(session):
        refused = rotate(app)
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["reasons"][0]["code"] == "maintenance.busy"


def test_status_names_the_key_and_never_says_it(start: Start, tmp_path: Path):
    app = start()
    filled(app)
    said = app.test_cli_runner().invoke(args=["keys", "status", "--json"]).stdout
    assert json.loads(said)["keys"]["centre"] == 1
    assert json.loads((tmp_path / "secrets.json").read_text())["MASTER_KEY"] not in said


def test_a_master_key_from_the_environment_is_replaced_by_the_one_given_there(start: Start, tmp_path: Path):
    old, following = config.read_secrets(tmp_path)["MASTER_KEY"], config.new_master_key()
    app = start(COMPASSIONATE_MASTER_KEY=old)
    filled(app)
    before = everything(app)
    assert rotate(app).exit_code == 2
    assert rotate(start(COMPASSIONATE_MASTER_KEY=old, COMPASSIONATE_NEXT_MASTER_KEY=following)).exit_code == 0
    assert everything(start(COMPASSIONATE_MASTER_KEY=following, COMPASSIONATE_ARCHIVED_MASTER_KEYS=old)) == before
    with pytest.raises(keys.WrongMaster):
        start(COMPASSIONATE_MASTER_KEY=old)
