"""What the product is made of is known to the byte, and nothing secret or foreign is in it (SUP-01, SUP-02, INJ-05)."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import pytest

from tests.house.source import PACKAGE, ROOT, nodes, place, python_files
from tests.house.test_requirements import pinned

SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{30}|xox[bp]-[0-9A-Za-z-]{20}"
    r"|(?i:(?:secret|password|token|api)_?(?:key)?)\s*[:=]\s*['\"][A-Za-z0-9+/_=-]{32,}['\"]"
)
HELD = re.compile(r"(secrets\.json|\.env|\.pem|\.p12|\.key|\.db|\.sqlite3?)$")
# Parsers of markup from outside: none is used, so none can be asked to open a file or to grow (ASVS 1.5.1).
MARKUP = {"xml", "lxml", "xmltodict", "bs4", "pulldom", "xmlrpc"}
MADE_OF_DATA = {"render_template_string", "from_string"}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("the tree is not under version control here")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_list_of_parts_is_the_lock_with_its_hashes():
    made = subprocess.run([sys.executable, "-I", "tools/sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    bom = json.loads(made.stdout)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(part["name"], part["version"]) for part in bom["components"]}
    locked = {(name, str(version)) for name, versions in pinned("requirements.txt").items() for version in versions}
    assert listed == locked
    assert all(part["externalReferences"] for part in bom["components"])


def test_nothing_secret_is_in_the_tree():
    names = tracked()
    assert [
        name for name in names if re.search(r"(secrets\.json|\.env|\.pem|\.p12|\.key|\.db|\.sqlite3?)$", name)
    ] == []
    found = [
        name
        for name in names
        if (ROOT / name).stat().st_size < 500_000
        and not name.endswith(("package-lock.json", ".png", ".woff2", ".ttf"))
        and SECRETS.search((ROOT / name).read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_no_parser_of_markup_is_used():
    imported = {
        place(path, node)
        for path in python_files("compassionate")
        for node in nodes(path)
        if (isinstance(node, ast.Import) and any(each.name.split(".")[0] in MARKUP for each in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MARKUP)
    }
    assert imported == set()


def test_no_template_is_made_where_the_product_runs():
    called = {
        place(path, node)
        for path in python_files("compassionate")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in MADE_OF_DATA
        and "puremagic" not in ast.unparse(node)
    }
    assert called == set()


def test_nothing_switches_debugging_on():
    words = re.compile(r"debug\s*=\s*True|FLASK_DEBUG|\.run\(debug|set_trace\(|breakpoint\(")
    files = [*PACKAGE.rglob("*.py"), ROOT / "run", ROOT / "wsgi.py"]
    assert [path.name for path in files if words.search(path.read_text("utf-8"))] == []
