"""Every template is whole, and no page carries script or style of its own: the content policy would refuse it."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import jinja2.meta
import pytest

from compassionate.application import create_app
from compassionate.config import Settings
from tests.house.source import ROOT

FOLDER = ROOT / "templates"
NAMES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
PAGES = [name for name in NAMES if name.endswith((".html", ".svg"))]
SCREENS = [name for name in PAGES if not name.startswith(("documents/", "mail/"))]

JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z][^>]*>")
HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(r"\sstyle\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE)
SCRIPT_ADDRESS = re.compile(r"javascript:", re.IGNORECASE)
# What Jinja writes into a tag is out of sight of the tag itself: {{ attributes({'style': …}) }}
WRITTEN_BY_JINJA = re.compile(r"""['"](?:style|on[a-z]+)['"]\s*:""")

UNESCAPED = re.compile(r"""(?<!['"])\|\s*safe\b|autoescape\s+false""")


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def tags(name: str) -> list[str]:
    """The tags of a template, with what Jinja does in and between them taken out."""
    return TAG.findall(JINJA.sub("", source(name)))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> jinja2.Environment:
    """The one that the application draws its pages with."""
    folder = tmp_path_factory.mktemp("instance")
    settings = Settings(folder, f"sqlite:///{folder / 'none.db'}", "memory:", bytes(32), "a secret", "a salt")
    return create_app(settings).jinja_env


def test_there_are_templates():
    assert NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("documents/")])
def test_a_template_of_a_page_compiles(environment: jinja2.Environment, name: str):
    assert environment.get_template(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("documents/") and name in PAGES])
def test_a_template_of_a_document_parses(environment: jinja2.Environment, name: str):
    assert environment.parse(source(name), name)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_template_includes_is_there(environment: jinja2.Environment, name: str):
    wanted = jinja2.meta.find_referenced_templates(environment.parse(source(name), name))
    root = FOLDER / "documents" if name.startswith("documents/") else FOLDER
    assert [other for other in wanted if other and not Path(root / other).is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_template_carries_no_script(name: str):
    assert [tag for tag in tags(name) if HANDLER.search(tag) or SCRIPT_ADDRESS.search(tag)] == []
    assert SCRIPT.findall(JINJA.sub("", source(name))) == []


@pytest.mark.parametrize("name", SCREENS)
def test_a_page_carries_no_style_of_its_own(name: str):
    assert [tag for tag in tags(name) if STYLE.search(tag) or tag.lower().startswith("<style")] == []
    assert WRITTEN_BY_JINJA.findall(source(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_marked_safe_without_a_reason(name: str):
    """`|safe` and autoescape off turn stored text into markup; beside each stands {# safe: why #}. Literals may."""
    lines = source(name).splitlines()
    assert [line.strip() for line in lines if UNESCAPED.search(line) and "{# safe:" not in line] == []
