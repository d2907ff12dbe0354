"""The day's head leaves the house with the first answer of the day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from compassionate import clock
from compassionate.services.heads import FILE, Daily

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def outside(app: Flask, tmp_path: Path) -> Path:
    """A folder of somebody else."""
    app.extensions["compassionate.heads"] = Daily(str(tmp_path))
    return tmp_path / FILE


@pytest.mark.one_database
def test_the_first_answer_of_a_day_brings_the_head_out_once(app, world, outside, monkeypatch):
    days = []
    for hours in (0, 1, 5, 24, 25):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOW + timedelta(hours=hours))
        app.test_client().get("/login")
        days.append(len(outside.read_text("utf-8").splitlines()))
    assert days == [1, 1, 1, 2, 2]
    head = json.loads(outside.read_text("utf-8").splitlines()[0])
    assert head["rows"] > 0
    assert head["reads"]["rows"] == 0
    assert head["kept_at"] == NOW.isoformat()


@pytest.mark.one_database
def test_another_process_of_the_same_day_adds_nothing(app, world, outside):
    for _ in range(2):
        app.extensions["compassionate.heads"] = Daily(str(outside.parent))
        app.test_client().get("/login")
    assert len(outside.read_text("utf-8").splitlines()) == 1


@pytest.mark.one_database
def test_a_folder_that_is_not_there_stops_nobody_and_is_tried_again(app, world, tmp_path, monkeypatch, caplog):
    app.extensions["compassionate.heads"] = Daily(str(tmp_path / "gone"))
    assert app.test_client().get("/login").status_code == 200
    assert "was not kept" in caplog.text
    (tmp_path / "gone").mkdir()
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    app.test_client().get("/login")
    assert (tmp_path / "gone" / FILE).exists()
