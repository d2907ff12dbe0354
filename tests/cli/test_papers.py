"""`flask papers scan`: asks about papers, writes down that it ran, and is late while its scanner is silent."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from compassionate.models import Notice, ScheduledRun
from compassionate.services import schedule
from compassionate.services.scanning import Scanner

pytestmark = pytest.mark.one_database


def runs(world) -> set[str]:
    world.session.rollback()
    return set(world.session.scalars(select(ScheduledRun.name)))


def test_it_says_that_it_ran_only_where_the_scanner_answered_and_tells_of_what_it_finds_late(
    flask, world, app, tmp_path: Path
):
    program = tmp_path / "scan.py"
    scanner = Scanner(f"command:{sys.executable} {program}")
    app.extensions["compassionate"] = replace(app.extensions["compassionate"], scanner=scanner)
    world.add_paper(world.open_case())
    world.session.commit()
    program.write_text("raise SystemExit(2)")
    assert flask("papers", "scan", "--json").json == {"clean": 0, "found": 0, "waiting": 1}
    assert not runs(world) & set(schedule.OF_SCANNER)
    program.write_text("raise SystemExit(0)")
    assert flask("papers", "scan").code == 0
    assert runs(world) & set(schedule.OF_SCANNER) == {schedule.PAPERS}
    program.write_text("print('x: New-Signature FOUND'); raise SystemExit(1)")
    assert flask("papers", "scan", "--json").json["found"] == 0  # the one that was clean is looked at by night
    assert flask("papers", "scan", "--all").code == 1
    assert runs(world) >= set(schedule.OF_SCANNER)
    assert world.session.scalars(select(Notice.account_id)).all() == [world.accounts["pharmacist"].id]
    assert "flask papers scan --all" not in flask("check").out


def test_a_scan_that_never_ran_is_named_as_it_is_typed():
    assert schedule.command(schedule.ALL_PAPERS) == "papers scan --all"
    assert schedule.command(schedule.DEADLINES) == "deadlines run"
