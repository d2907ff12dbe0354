"""The clock is read in one module, so that a test, a restore or an audit can say what time it was."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, dotted, nodes, place, python_files

CLOCK = PACKAGE / "clock.py"
OF_DATES = {"now", "utcnow", "today"}  # of datetime, date, and what people call them on import
OF_TIME = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"}  # elapsed time is no clock
IN_SQL = {"now", "current_timestamp", "current_date", "current_time", "localtimestamp"}


def time_names(path: Path) -> dict[str, str]:
    """What a module calls the modules and functions of time: its own name for each → its real one."""
    names: dict[str, str] = {}
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {item.asname or item.name: item.name for item in node.names if item.name in ("time", "datetime")}
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            names |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    return names


def reads_clock(reference: str, names: dict[str, str]) -> bool:
    """Whether a dotted reference is one of the ways to ask the machine what time it is."""
    first, _, rest = reference.partition(".")
    real = ".".join(filter(None, (names.get(first, first), rest)))
    parts = real.split(".")
    if parts[0] == "time" and first in names:
        return len(parts) > 1 and parts[-1] in OF_TIME
    if parts[0] == "datetime" and first in names:
        return parts[-1] in OF_DATES
    return parts[0] == "func" and parts[-1] in IN_SQL


def clock_reads(path: Path) -> list[str]:
    names = time_names(path)
    references = (node for node in nodes(path) if isinstance(node, ast.Attribute | ast.Name))
    return [place(path, node) for node in references if reads_clock(dotted(node), names)]


def test_only_the_clock_module_reads_the_clock():
    modules = [path for path in python_files("compassionate") if path != CLOCK]
    assert [read for path in modules for read in clock_reads(path)] == []


def test_the_clock_module_does_read_it():
    assert clock_reads(CLOCK)


def days_of_utc(path: Path) -> list[str]:
    """Where a module takes the day from an instant without saying for whom, or from the machine's own zone."""
    calls = [node for node in nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    bare = [node for node in calls if node.func.attr == "date" and "now" in ast.unparse(node.func.value).lower()]
    of_machine = [node for node in calls if dotted(node.func) == "date.today"]
    return [place(path, node) for node in [*bare, *of_machine] if "astimezone(" not in ast.unparse(node)]


def test_no_test_takes_the_day_of_utc_for_the_day_of_a_hospital():
    """For an hour or two of each night they are different days: such a test fails then, and only then."""
    modules = [path for path in python_files("tests") if path.name != "test_clock.py"]
    assert [found for path in modules for found in days_of_utc(path)] == []


@pytest.mark.parametrize(
    "line", ["clock.now().date()", "str(now().date())", "world.now.date()", "date.today()", "datetime.now(UTC).date()"]
)
def test_every_way_to_take_the_day_of_utc_is_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.source.ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(line)
    assert days_of_utc(module)


@pytest.mark.parametrize(
    "line",
    [
        "import time; time.time()",
        "import time as t; t.time_ns()",
        "from time import time; time()",
        "from datetime import datetime; datetime.now()",
        "from datetime import datetime as moment; moment.utcnow()",
        "from datetime import date; default = date.today",
        "import datetime; datetime.date.today()",
        "from sqlalchemy import func; func.now()",
    ],
)
def test_every_way_to_read_a_clock_is_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.source.ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(line)
    assert clock_reads(module)


@pytest.mark.parametrize(
    "line",
    [
        "import time; time.perf_counter(); time.monotonic()",
        "from compassionate import clock; clock.now()",
        "from datetime import date; date(2026, 11, 22)",
        "def late(now, today): return now > today",
    ],
)
def test_what_reads_no_clock_is_left_alone(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.source.ROOT", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(line)
    assert clock_reads(module) == []
