"""Pictures of outcomes: where dots and lines lie, and that a report with them is a document like the others."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.documents.outcome_charts import BOTTOM, TOP, Dot, Line, relief, trajectories
from compassionate.statistics.tables import Column, Report, Section, Table
from tests.documents.printed import pages_of, print_report
from tests.documents.profiles import all_faults
from tests.documents.structure import faults_of_structure

WORDS = dict.fromkeys(("title", "axis", "mean", "own", "x_axis", "y_axis", "perfect", "none", "arms"), "Palabras")
VISITS = [(0, "Basal"), (3, "3 meses"), (12, "12 meses")]
TICKS = ["0", "25", "50", "75", "100"]
SCORES = st.floats(0, 100)


def drawn(*lines: Line) -> dict:
    return trajectories(VISITS, lines, [70.0, 50.0, 40.0], (0, 100), WORDS, TICKS)


def test_the_perfect_treatment_and_no_effect_are_lines_and_a_patient_lies_where_they_were_relieved():
    held = relief([Dot("1", 80, 80), Dot("2", 80, 0)], WORDS)
    line, (perfect, unmoved) = held["line"], held["dots"]
    slope = (line["y2"] - line["y1"]) / (line["x2"] - line["x1"])
    assert perfect["y"] == pytest.approx(line["y1"] + slope * (perfect["x"] - line["x1"]), abs=0.2)
    assert unmoved["y"] == held["zero"]["y"]


def test_a_patient_who_got_worse_lies_under_the_line_of_no_effect_and_inside_the_picture():
    held = relief([Dot("1", 40, -60)], WORDS)
    assert held["zero"]["y"] < held["dots"][0]["y"] <= held["bottom"]


def test_a_missing_visit_is_no_point_and_nothing_stands_in_for_it():
    line = drawn(Line("1", [70, None, 20]))["lines"][0]
    assert len(line["points"]) == 2


@given(st.lists(st.tuples(SCORES, SCORES, SCORES), max_size=12))
def test_every_mark_of_a_line_is_inside_and_no_two_are_over_each_other(values: list[tuple[float, float, float]]):
    lines = drawn(*(Line(str(number), list(each)) for number, each in enumerate(values)))["lines"]
    places = sorted(each["label_y"] for each in lines)
    assert all(TOP - 1 <= each <= BOTTOM for each in places)
    assert all(other - one > 10 for one, other in pairwise(places))


def test_a_printed_report_with_both_pictures_holds_the_profiles():
    columns, rows = (Column("Paciente"), Column("Valor")), (("Paciente 1", "70"),)
    tables = (
        Table("lines", "Líneas", columns, rows, picture=drawn(Line("1", [70, 40, 30], operated=True))),
        Table("relief", "Alivio", columns, rows, picture=relief([Dot("1", 70, 40), Dot("A", 60, 30, True)], WORDS)),
    )
    made = Report("Resultados", "Centro", (("Pacientes", "1"),), (Section("s", "Sección", tables),))
    printed = print_report(made)
    assert "Líneas" in "".join(pages_of(printed.pdf))
    assert all_faults(printed.pdf) == []
    assert faults_of_structure(printed.pdf) == []
