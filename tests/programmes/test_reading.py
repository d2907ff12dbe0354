"""A programme is read strictly: every mistake at once, each where it stands, and nothing is passed over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.programmes import ProgrammeRefused, read_programme
from compassionate.programmes.reading import FOLDER
from compassionate.words import has_words

KNEE = (FOLDER / "knee-msc-2026-12.toml").read_text(encoding="utf-8")
DISC = (FOLDER / "disc-msc-2026-12.toml").read_text(encoding="utf-8")

FIRST, WOMAC = "criteria[K01].asks[k01_observer_1]", "thresholds[womac-pain-important].measure"
SCORE = 'instrument = "womac", score = "pain"'


def mistakes(text: str) -> dict[str, str]:
    """The code of each mistake by its path."""
    with pytest.raises(ProgrammeRefused) as refused:
        read_programme(text)
    assert all(has_words(f"error.{error.code}") for error in refused.value.errors)
    return {error.field: error.code for error in refused.value.errors}


def test_every_mistake_is_told_at_once_with_its_path():
    text = KNEE.replace('version = "2026-12"', 'version = "2026-12"\ncolour = "blue"', 1)
    text = text.replace('ground = "clinical"', 'ground = "magical"', 1).replace("day = 90", 'day = "90"', 1)
    text = text.replace('effect = "stops"\n', "", 1)

    assert mistakes(text) == {
        "colour": "programme.unknown_key",
        "criteria[K01].ground": "programme.not_a_choice",
        "visits[m3].day": "programme.wrong_type",
        "release_tests[R01].effect": "programme.missing",
    }


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ('values = ["kl_2", "kl_3"]', 'values = ["kl_2", "kl_9"]', FIRST + ".limits", "limit_does_not_fit"),
        ('holds = ["knee_side", "K01"', 'holds = ["knee_side"', "criteria[K01]", "in_no_section"),
        ('field = "k02"', 'field = "k05"', "k05", "twice"),
        ('held = "guard:purpose_is_care"', 'held = "guard:good_intentions"', "criteria[L05].held", "unknown_held"),
        ("is_baseline = true", "is_baseline = false", "visits", "one_baseline"),
        ('visit = "m12" }', 'visit = "m99" }', "primary.visit", "no_visit"),
        (SCORE, SCORE.replace('pain', 'joy'), WOMAC + ".score", "unknown_score"),
        ('passes = ["negative"]', 'passes = ["negative", "positive"]', "release_tests[R07].passes", "bad_passes"),
        ("may_follow = true\n", "", "release_tests[R07].chase_after_days", "chase_with_follow"),
        ('frame = "2026-12"', 'frame = "1999-01"', "frame", "no_frame"),
        ('id = "knee-msc"', 'id = "Knee MSC"', "id", "bad_code"),
        ('scale = "kellgren-lawrence"', 'scale = "guesses"', FIRST + ".scale", "no_scale"),
        ("[cells]", "[cells]\ntemperature_low = 8\ntemperature_high = 2", "cells.temperature_low", "not_a_range"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_one_another_are_refused(old: str, new: str, path: str, code: str):
    assert old in KNEE
    assert mistakes(KNEE.replace(old, new, 1))[path] == f"programme.{code}"


def test_what_nobody_verified_may_not_bar_a_patient():
    recalled = DISC[DISC.index('id = "D18"') :]
    block = recalled.replace('effect = "warns"', 'effect = "blocks"', 1)
    assert mistakes(DISC.replace(recalled, block)) == {"criteria[D18].effect": "programme.unconfirmed_blocks"}


def test_what_a_hospital_answers_for_may():
    recalled = DISC[DISC.index('id = "D18"') :]
    own = recalled.replace('effect = "warns"', 'effect = "blocks"', 1).replace('"unverified"', '"entered"', 1)
    own = own.replace("active = false\n", "", 1).replace(
        "recordado, no visto", "visto por la Dra. Ruiz en el protocolo", 1
    )
    criterion = read_programme(DISC.replace(recalled, own)).criterion("D18")
    assert criterion
    assert (criterion.active, criterion.effect) == (True, "blocks")


@pytest.mark.parametrize(
    "text", ["", "id = [", "id = 3", "\x00", 'id = "x"\nid = "y"', "[[criteria]]\n[criteria.asks]"]
)
def test_what_is_no_programme_is_told_and_never_crashes(text: str):
    assert mistakes(text)


def one_table_less(text: str, place: int) -> str:
    parts = text.split("\n\n")
    del parts[place % len(parts)]
    return "\n\n".join(parts)


def one_line_twice(text: str, place: int) -> str:
    lines = text.split("\n")
    lines.insert(place % len(lines), lines[place % len(lines)])
    return "\n".join(lines)


def one_value_other(text: str, place: int) -> str:
    lines = text.split("\n")
    here = place % len(lines)
    lines[here] = f"{lines[here].split(' = ')[0]} = -7"
    return "\n".join(lines)


@settings(max_examples=10, deadline=None)
@given(place=st.integers(0, 10_000), change=st.sampled_from([one_table_less, one_line_twice, one_value_other]))
def test_a_spoilt_file_is_read_or_refused_and_nothing_else(place: int, change: Callable[[str, int], str]):
    text = change(KNEE, place)
    try:
        read_programme(text)
    except ProgrammeRefused:
        assert mistakes(text)
