"""Scores agree with published examples, and where too little was answered there is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.instruments import INSTRUMENTS, NRS, ODI, VAS, Instrument, OutOfRange, instrument, measured_by
from compassionate.words import has_words

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
ALL = pytest.mark.parametrize("measure", INSTRUMENTS.values(), ids=INSTRUMENTS.keys())


@pytest.mark.parametrize("vector", VECTORS["odi"], ids=lambda vector: str(vector["percent"]))
def test_oswestry_scores_as_the_reference_does(vector: dict[str, Any]) -> None:
    score = ODI.score(vector["items"])

    assert score.value == (None if vector["percent"] is None else pytest.approx(vector["percent"], abs=5e-5))
    assert score.band == vector.get("band", score.band)
    assert score.answered == 10 - vector["items"].count(None)


@pytest.mark.parametrize("vector", VECTORS["womac"], ids=lambda vector: str(vector["total"]))
def test_womac_scales_add_up_as_in_the_reference(vector: dict[str, Any]) -> None:
    answers = {f"womac_{scale}": vector[scale] for scale in ("pain", "stiffness", "function")}

    scores = {name: instrument(f"womac_{name}").score_answers(answers).value for name in vector}

    assert scores == vector


def test_womac_has_no_total_without_every_scale() -> None:
    score = instrument("womac_total").score([20, None, 68])

    assert (score.value, score.answered, score.asked) == (None, 2, 3)


def test_one_missing_section_leaves_an_oswestry_score_and_two_leave_none() -> None:
    assert ODI.score([4] * 9 + [None]).value == 80
    assert ODI.score([4] * 8 + [None, None]).value is None


def test_a_score_is_not_rounded() -> None:
    assert ODI.score([5, 5, 3, 3, 0, 0, 0, 0, 0, None]).value == pytest.approx(1600 / 45)


@pytest.mark.parametrize(
    ("percent", "band"),
    [
        (0, "minimal"),
        (20, "minimal"),
        (20.4, "moderate"),
        (40, "moderate"),
        (60, "severe"),
        (80, "very_severe"),
        (81, "extreme"),
    ],
)
def test_no_oswestry_score_falls_between_two_bands(percent: float, band: str) -> None:
    assert ODI.band(percent) == band


@pytest.mark.parametrize(
    ("mm", "band"), [(0, "none"), (4, "none"), (5, "mild"), (44, "mild"), (45, "moderate"), (75, "severe")]
)
def test_pain_has_its_bands(mm: int, band: str) -> None:
    assert VAS.score([mm]).band == band


def test_an_instrument_without_bands_names_none() -> None:
    assert NRS.score([7]).band == ""


@ALL
def test_nothing_answered_is_no_score(measure: Instrument) -> None:
    assert measure.score_answers({}).value is None


@ALL
@given(data=st.data())
def test_a_score_lies_within_the_instruments_range(measure: Instrument, data: st.DataObject) -> None:
    values = data.draw(st.tuples(*(st.none() | st.integers(0, part.maximum) for part in measure.parts)))

    score = measure.score(values)

    assert (score.value is None) is (score.answered < measure.least_answered)
    assert score.value is None or measure.minimum <= score.value <= measure.maximum


@pytest.mark.parametrize("value", [-1, 101, float("nan"), float("inf"), 10**400, True, "40"])
def test_what_the_scale_cannot_take_is_refused(value: Any) -> None:
    with pytest.raises(OutOfRange):
        VAS.score([value])


def test_sections_are_counted() -> None:
    with pytest.raises(OutOfRange, match="10 parts, not 9"):
        ODI.score([0] * 9)


def test_an_instrument_is_found_by_its_id_and_by_what_a_form_asks() -> None:
    assert instrument("odi") is ODI
    assert measured_by(frozenset({"nrs_pain", "odi_1"})) == (NRS,)
    with pytest.raises(KeyError):
        instrument("sf36")


@ALL
def test_every_threshold_has_a_source(measure: Instrument) -> None:
    published = [*measure.mics, *([measure.sdc] if measure.sdc else [])]

    assert all(each.source and (each.points or each.percent) for each in published)


@ALL
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_instrument_and_band_has_words(measure: Instrument, language: str) -> None:
    codes = [f"instrument.{measure.id}.name", f"instrument.{measure.id}.short", f"instrument.unit.{measure.unit}"]
    bands = [f"instrument.band.{measure.id}.{code}" for _, code in measure.bands]

    assert [code for code in (*codes, *bands) if not has_words(code, language)] == []
