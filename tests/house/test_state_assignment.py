"""One service writes a state: history, audit, deadlines and outbox hang on it being the only one.

The pure workflow package may: its cursor is thrown away, and import contracts keep rows out of its reach.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, nodes, place, python_files

ADVANCE = PACKAGE / "services" / "advance.py"
PURE = PACKAGE / "workflow"


def targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.NamedExpr):
        return [node.target]
    if isinstance(node, ast.With):
        return [item.optional_vars for item in node.items if item.optional_vars]
    return []


def assigns_attribute(node: ast.AST) -> bool:
    """`row.state = …`, also inside a tuple, a loop or a with."""
    parts = (part for target in targets(node) for part in ast.walk(target))
    return any(isinstance(part, ast.Attribute) and part.attr == "state" and _stored(part) for part in parts)


def _stored(part: ast.Attribute) -> bool:
    return isinstance(part.ctx, ast.Store | ast.Del)


def assigns_by_name(node: ast.AST) -> bool:
    """`setattr(row, "state", …)` and `update(table).values(state=…)`, which the eye misses."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called == "setattr":
        return len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and node.args[1].value == "state"
    return called == "values" and any(keyword.arg == "state" for keyword in node.keywords)


def construction(path: Path) -> set[ast.AST]:
    """What stands in an `__init__`: a refusal that carries the state it met is made, not changed."""
    made = (node for node in nodes(path) if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {inner for node in made for inner in ast.walk(node)}


def assignments(path: Path) -> list[str]:
    made = construction(path)
    changes = (node for node in nodes(path) if node not in made)
    return [place(path, node) for node in changes if assigns_attribute(node) or assigns_by_name(node)]


def test_nothing_but_the_advance_service_assigns_a_state():
    others = [path for path in python_files("compassionate") if path != ADVANCE and PURE not in path.parents]
    assert [found for path in others for found in assignments(path)] == []


def test_the_advance_service_does_assign_it():
    if not list(ADVANCE.parent.glob("*.py")):
        pytest.skip("no services yet")
    assert assignments(ADVANCE)


@pytest.mark.parametrize(
    "line",
    [
        "case.state = 'closed'",
        "case.state, other = 'closed', 1",
        "case.region.state += 'x'",
        "case.state: str = 'closed'",
        "for case.state in states: pass",
        "setattr(case, 'state', 'closed')",
        "session.execute(update(Case).values(state='closed'))",
        "del case.state",
    ],
)
def test_every_way_to_assign_a_state_is_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.source.ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(line)
    assert assignments(module)


@pytest.mark.parametrize("line", ["state = case.state", "case.state_since_at = now", "found[case.state] = 1"])
def test_reading_a_state_is_left_alone(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.source.ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(line)
    assert assignments(module) == []
