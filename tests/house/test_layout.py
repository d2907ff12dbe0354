"""The tree is where people look for it, and no part of it grows into a heap."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT, nodes, place, python_files

TOP_LEVEL = (
    *("run", "test", ".ci/run", "wsgi.py", "pyproject.toml", "README.md", "requirements.in", "requirements.txt"),
    *("compassionate", "templates", "forms", "instance/.gitkeep", "tests", "docs", "docs/adr", "benchmarks", "tools"),
)
COMMANDS = ("run", "test", ".ci/run", "tools/lock", "tools/system_packages")
HEAPS = {"helper", "helpers", "manager", "managers", "util", "utils", "common", "misc"}
MOST_CLASS_LINES = 250
MOST_PUBLIC_METHODS = 15


def public_methods(node: ast.ClassDef) -> list[str]:
    functions = (child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))
    return [function.name for function in functions if not function.name.startswith("_")]


def test_the_top_level_holds_what_people_expect():
    assert [name for name in TOP_LEVEL if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_commands_can_be_run(name: str):
    assert os.access(ROOT / name, os.X_OK)


def test_no_module_is_named_after_nothing_in_particular():
    named = [*python_files("compassionate", "tests", "tools", "benchmarks"), *PACKAGE.glob("**/")]
    assert [place(path) for path in named if HEAPS & set(path.stem.split("_"))] == []


def test_no_class_is_too_long_or_does_too_much():
    classes = [
        (path, node)
        for path in python_files("compassionate", "tests", "tools")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    ]
    assert [
        f"{place(path, node)} {node.name}"
        for path, node in classes
        if (node.end_lineno or 0) - node.lineno >= MOST_CLASS_LINES or len(public_methods(node)) > MOST_PUBLIC_METHODS
    ] == []


def test_every_package_says_what_it_holds():
    packages = [path for path in python_files("compassionate") if path.name == "__init__.py"]
    assert [place(path) for path in packages if ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None] == []


def test_a_folder_of_modules_is_a_package():
    folders = {path.parent for path in python_files("compassionate")}
    assert [place(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_nothing_of_an_instance_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(
        ["git", "ls-files", "instance", "*.sqlite*", "*.pem"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert [Path(name).as_posix() for name in listed.stdout.split()] == ["instance/.gitkeep"]
