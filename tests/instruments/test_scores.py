"""A score stays in its range, moves the way its items move, and is not there where too little was answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.instruments import (
    INSTRUMENTS,
    SCALES,
    Instrument,
    Item,
    OutOfRange,
    UnknownName,
    WrongNumber,
    instrument,
    instrument_of,
    measured_by,
    part_label,
    read,
    scale,
    title,
)
from compassionate.words import has_words

ALL = pytest.mark.parametrize("measure", INSTRUMENTS.values(), ids=INSTRUMENTS.keys())
EVERY_SCALE = pytest.mark.parametrize("key", SCALES)
ODI, VAS = instrument("odi"), instrument("vas")
ALIKE = (
    "odi",
    "roland-morris",
    "womac_pain",
    "womac_function",
    "koos_P",
    "koos_A",
    "koos-ps",
    "rand36_PF",
    "rand36_RP",
)


def levels(item: Item) -> list[float]:
    """Every answer that an item takes, lowest first; ends and a middle where any number goes."""
    if item.words:
        return sorted({float(value) for value in item.words.values()})
    if not item.step:
        return [item.minimum, (item.minimum + item.maximum) / 2, item.maximum]
    count = int((item.maximum - item.minimum) / item.step)
    return [item.minimum + item.step * place for place in range(count + 1)]


def answered(measure: Instrument, lacking: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Good answers by item name; some left open if anything may be lacking."""
    each = {item.name: st.sampled_from(levels(item)) for item in measure.items}
    return st.fixed_dictionaries({name: (st.none() | value) if lacking else value for name, value in each.items()})


def scored(measure: Instrument, answers: dict[str, Any]) -> dict[str, float | None]:
    written = read(measure, answers)
    return {name: each.value for name, each in measure.scores(written.answers).items()}


@ALL
@settings(max_examples=10)
@given(data=st.data())
def test_a_score_lies_within_its_range(measure: Instrument, data: st.DataObject) -> None:
    for name, value in scored(measure, data.draw(answered(measure, lacking=True))).items():
        assert value is None or measure.scale(name).checked(value) == value


@ALL
def test_the_ends_of_a_range_are_reached(measure: Instrument) -> None:
    lowest, highest = ({item.name: levels(item)[end] for item in measure.items} for end in (0, -1))
    for each in measure.scales:
        if each.is_steady and measure.id != "rand36":
            ends = [scored(measure, answers)[each.name] or 0 for answers in (lowest, highest)]
            assert sorted(ends) == pytest.approx([each.minimum, each.maximum])


@EVERY_SCALE
@settings(max_examples=10)
@given(data=st.data())
def test_a_score_moves_the_same_way_with_every_item(key: str, data: st.DataObject) -> None:
    """Raising one answer never moves a score now up and now down; where all items point one way, it is that way."""
    measure, held = instrument_of(key), SCALES[key]
    names = [name for name in held.items if name in measure.by_name]
    if not held.is_steady or not names:
        return
    answers = data.draw(answered(measure))
    name = data.draw(st.sampled_from(names))
    course = [scored(measure, answers | {name: level})[held.name] for level in levels(measure.by_name[name])]
    assert course in (sorted(course, key=float), sorted(course, key=float, reverse=True))
    if measure.id not in ("rand36", "naranjo"):
        assert course[0] != course[-1]
        rises = held.worse != "low" or key == "eq5d5l_vas"
        assert (course[-1] > course[0]) is rises


@EVERY_SCALE
def test_a_score_needs_as_many_items_as_it_says(key: str) -> None:
    measure, held = instrument_of(key), SCALES[key]
    names = [name for name in held.items if name in measure.by_name]
    if held.missing == "every_scale" or not names:
        return
    enough = {name: levels(measure.by_name[name])[0] for name in names[: held.least]}

    assert scored(measure, enough)[held.name] is not None
    assert scored(measure, dict(list(enough.items())[1:]))[held.name] is None


def test_the_published_numbers_of_items_that_may_be_missing() -> None:
    least = {key: SCALES[key].least for key in ("odi", "koos_P", "koos_S", "koos_A", "koos_SP", "koos_Q", "koos-ps")}

    assert least == {"odi": 9, "koos_P": 5, "koos_S": 4, "koos_A": 9, "koos_SP": 3, "koos_Q": 2, "koos-ps": 7}


def test_the_components_need_half_of_each_scale() -> None:
    measure = instrument("rand36")
    every = {item.name: 1 for item in measure.items if item.name != "2"}
    without_one_role, without_two = (
        {k: v for k, v in every.items() if k not in gone} for gone in ({"17"}, {"17", "18"})
    )

    assert scored(measure, without_one_role)["PCS"] is not None
    assert scored(measure, without_two)["PCS"] is None
    assert scored(measure, without_two)["PF"] is not None


def test_a_pain_scale_with_one_of_its_two_items() -> None:
    measure = instrument("rand36")

    assert [scored(measure, {"21": each})["BP"] for each in (1, 6)] == [100, 0]
    assert [scored(measure, {"22": each})["BP"] for each in (1, 2, 5)] == [100, 75, 0]


def test_a_total_needs_every_scale() -> None:
    measure = instrument("womac")

    assert scored(measure, {"pain": 20, "function": 68})["total"] is None
    assert scored(measure, {"pain": 4, "stiffness": 2, "function": 20})["total"] == 26


@pytest.mark.parametrize("key", ALIKE)
@settings(max_examples=10)
@given(data=st.data())
def test_the_order_of_equal_items_does_not_matter(key: str, data: st.DataObject) -> None:
    measure, held = instrument_of(key), SCALES[key]
    values = [data.draw(st.sampled_from(levels(measure.by_name[name]))) for name in held.items]
    turned = data.draw(st.permutations(values))

    found = [scored(measure, dict(zip(held.items, each, strict=True)))[held.name] for each in (values, turned)]

    assert found[0] == pytest.approx(found[1])


@ALL
def test_nothing_answered_is_no_score(measure: Instrument) -> None:
    assert {each.value for each in measure.score_answers({}).values()} == {None}


def test_a_score_is_not_rounded() -> None:
    assert scored(ODI, {"items": [5, 5, 3, 3, 0, 0, 0, 0, 0, None]})["total"] == pytest.approx(1600 / 45)


@ALL
@settings(max_examples=10)
@given(data=st.data())
def test_a_visit_gives_the_same_scores_as_a_list(measure: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answered(measure, lacking=True))
    by_link = {measure.link_id(name): value for name, value in answers.items()}

    by_list = read(measure, {"items": [answers[item.name] for item in measure.items]})

    assert measure.score_answers(by_link) == measure.scores(by_list.answers)


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
    assert scale("odi").band(percent) == band


@pytest.mark.parametrize(
    ("points", "band"),
    [
        *((0, "none"), (0.5, "mild"), (4.5, "mild"), (5, "moderate"), (7.5, "moderate"), (8, "severe")),
        *((10.5, "severe"), (11, "very_severe"), (13.5, "very_severe"), (14, "extremely_severe")),
    ],
)
def test_half_points_of_lequesne_have_their_band(points: float, band: str) -> None:
    assert scale("lequesne").band(points) == band


@pytest.mark.parametrize(
    ("mm", "band"), [(0, "none"), (4, "none"), (5, "mild"), (44, "mild"), (45, "moderate"), (75, "severe")]
)
def test_pain_has_its_bands(mm: int, band: str) -> None:
    assert scale("vas").band(mm) == band


def test_an_instrument_without_bands_names_none() -> None:
    assert scale("nrs").band(7) == ""


@pytest.mark.parametrize("value", [-1, 101, float("nan"), float("inf"), 10**400, True, "40", [], {}])
def test_what_the_scale_cannot_take_is_refused(value: Any) -> None:
    with pytest.raises(OutOfRange):
        read(VAS, {"items": [value]})


def test_answers_come_in_the_steps_of_their_item() -> None:
    assert scored(instrument("lequesne"), {"adl": [0.5, 1, 1.5, 2]})["total"] is None
    for name, answers in {"lequesne": {"adl_1": 0.3}, "odi": {"1": 2.5}, "naranjo": {"1": -1}}.items():
        with pytest.raises(OutOfRange):
            read(instrument(name), answers)


def test_two_scales_of_one_grade_are_never_mixed() -> None:
    plain, modified = (read(instrument("pfirrmann"), {"items": [5]} | more) for more in ({}, {"scale": "modified"}))

    assert [each.instrument.scale().key for each in (plain, modified)] == ["pfirrmann", "pfirrmann-modified"]
    with pytest.raises(OutOfRange):
        read(instrument("pfirrmann"), {"items": [7]})
    with pytest.raises(UnknownName):
        read(instrument("pfirrmann"), {"items": [3], "scale": "another"})


def test_a_grade_says_by_which_wording_it_was_read() -> None:
    assert read(instrument("kellgren-lawrence"), {"items": [2], "version": "1957"}).version == "1957"
    with pytest.raises(UnknownName):
        read(instrument("kellgren-lawrence"), {"items": [2], "version": "mine"})


def test_a_list_is_counted() -> None:
    with pytest.raises(WrongNumber, match="10 wanted"):
        read(ODI, {"items": [0] * 9})


def test_an_instrument_is_found_by_its_id_and_by_what_a_form_asks() -> None:
    assert instrument("odi") is ODI
    assert [each.id for each in measured_by(frozenset({"nrs_pain", "odi_1"}))] == ["nrs"]
    assert [each.id for each in measured_by(frozenset({"womac_pain", "womac_stiffness", "womac_function"}))] == [
        "womac"
    ]
    with pytest.raises(KeyError):
        instrument("sf36")


@EVERY_SCALE
def test_every_threshold_has_a_source_and_an_unseen_one_is_not_judged_by(key: str) -> None:
    held = SCALES[key]

    assert all(each.source and (each.points is not None or each.percent) for each in held.thresholds)
    judged = [*held.responses, *([held.sdc] if held.sdc else []), *([held.recovered] if held.recovered else [])]
    assert {each.status for each in judged} <= {"confirmed"}
    assert len(judged) == sum(each.status == "confirmed" for each in held.thresholds)


def test_every_link_id_is_its_own() -> None:
    links = [part.link_id for each in INSTRUMENTS.values() for part in (*each.item_parts(), *each.score_parts())]

    assert len(links) == len(set(links))


def test_every_score_has_its_own_key() -> None:
    assert sum(len(each.scales) for each in INSTRUMENTS.values()) == len(SCALES)


@ALL
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_instrument_has_words(measure: Instrument, language: str) -> None:
    codes = [f"instrument.title.{measure.id}", f"instrument.licence.{measure.id}"]
    for held in measure.scales:
        codes += [f"instrument.{held.key}.name", f"instrument.{held.key}.short", f"instrument.unit.{held.unit}"]
        codes += [f"instrument.missing.{held.missing}", f"instrument.worse.{held.worse}"]
        codes += [f"instrument.band.{held.key}.{band.code}" for band in held.bands]
        codes += [f"instrument.kind.{each.kind}" for each in held.thresholds]
    codes += [f"instrument.answer.{measure.id}.{word}" for item in measure.items for word in item.words]
    codes += [f"instrument.version.{measure.id}.{version}" for version in measure.versions]

    assert [code for code in codes if not has_words(code, language)] == []
    assert title(measure, language) != f"instrument.title.{measure.id}"


@ALL
@pytest.mark.parametrize("language", ["es", "en"])
def test_whatever_is_entered_has_a_label_of_its_own(measure: Instrument, language: str) -> None:
    labels = [part_label(measure, part, language) for part in (*measure.item_parts(), *measure.score_parts())]

    assert len(labels) == len(set(labels))
    assert not [label for label in labels if "instrument." in label or "…" in label]
