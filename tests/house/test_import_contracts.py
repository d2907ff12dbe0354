"""Imports run one way, and the contracts that say so name every package they are about."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT

PURE = (
    "cells",
    "workflow",
    "deadlines",
    "instruments",
    "programmes",
    "questionnaires",
    "statistics",
    "documents",
    "exports",
    "snapshot",
)
NO_SERVER = ("jobs", "services", "models")


def contract(name: str) -> dict[str, list[str]]:
    """A contract of pyproject.toml by its id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: dict[str, list[str]] = next(
        each for each in settings["tool"]["importlinter"]["contracts"] if each["id"] == name
    )
    return found


def present(names: tuple[str, ...]) -> set[str]:
    """Those of the packages and modules that are there."""
    there = (name for name in names if list(PACKAGE.glob(f"{name}/*.py")) or (PACKAGE / f"{name}.py").exists())
    return {f"compassionate.{name}" for name in there}


def test_the_contracts_hold():
    command = [sys.executable, str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(("name", "packages"), [("pure", PURE), ("no-server", NO_SERVER)])
def test_a_contract_names_every_package_it_is_about(name: str, packages: tuple[str, ...]):
    named = {module.removesuffix(".**") for module in contract(name)["source_modules"]}
    assert named == {f"compassionate.{package}" for package in packages}


def test_rules_and_dossiers_load_without_database_or_server():
    modules = sorted(present(PURE))
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"flask", "sqlalchemy", "wtforms"} & set(loaded.stdout.split()) == set()
