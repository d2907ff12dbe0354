"""What is installed is written down, with its reason, its hash and, where a flaw was mended, its floor."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.source import ROOT

PAIRS = [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")]
FLOORS = {"weasyprint": "70.0", "flask": "3.1.3", "jinja2": "3.1.6", "werkzeug": "3.0.6"}
MUST_HAVE = {"flask", "sqlalchemy", "transitions", "weasyprint", "jinja2", "flask-login"}
PIN = re.compile(r"^(?P<name>[\w.-]+)(\[[\w,-]+\])?==(?P<version>[\w.]+)(?P<marker> ;.*?)?(?P<hashed> \\)?$")


def asked(name: str) -> list[tuple[Requirement, str]]:
    """The packages of an .in file and the reason given for each."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    packages = [line for line in lines if line.strip() and not line.startswith(("#", "-c", "-r"))]
    split = (line.partition("#") for line in packages)
    return [(Requirement(package.strip()), reason.strip()) for package, _, reason in split]


def pinned(name: str) -> dict[str, set[Version]]:
    """The packages of a lock and the versions that it installs, one or more by platform and Python."""
    versions: dict[str, set[Version]] = {}
    for pin in filter(None, map(PIN.match, (ROOT / name).read_text("utf-8").splitlines())):
        versions.setdefault(canonicalize_name(pin["name"]), set()).add(Version(pin["version"]))
    return versions


@pytest.mark.parametrize("name", [pair[0] for pair in PAIRS])
def test_every_package_says_why_it_is_there(name: str):
    assert [str(package) for package, reason in asked(name) if len(reason) < 5] == []


@pytest.mark.parametrize(("wanted", "lock"), PAIRS)
def test_the_lock_holds_what_was_asked_for(wanted: str, lock: str):
    versions = pinned(lock)
    for package, _ in asked(wanted):
        found = versions.get(canonicalize_name(package.name), set())
        assert found, f"{package} is not in {lock}: run tools/lock"
        assert all(package.specifier.contains(version) for version in found), f"{package} in {lock}: run tools/lock"


@pytest.mark.parametrize("lock", [pair[1] for pair in PAIRS])
def test_every_pin_of_a_lock_has_its_hashes(lock: str):
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    unindented = [(line, after) for line, after in zip(lines, [*lines[1:], ""], strict=True) if line[:1].isalnum()]
    assert unindented
    assert [line for line, after in unindented if not (PIN.match(line) and "--hash=sha256:" in after)] == []


def test_both_locks_agree():
    product, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert {name for name in product.keys() & development.keys() if product[name] != development[name]} == set()


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_no_version_with_a_known_flaw_is_installed(name: str, floor: str):
    assert min(pinned("requirements.txt")[name]) >= Version(floor)


def test_the_packages_the_product_is_known_for_are_there():
    assert pinned("requirements.txt").keys() >= MUST_HAVE
    assert "pytest" in pinned("requirements-dev.txt")


@pytest.mark.parametrize("lock", [pair[1] for pair in PAIRS])
def test_a_lock_names_no_registry(lock: str):
    assert re.findall(r"(?m)^--(?:extra-)?index-url|https?://", (ROOT / lock).read_text("utf-8")) == []
