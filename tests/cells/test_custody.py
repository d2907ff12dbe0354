# ruff: noqa: DTZ001 - carriers print clocks without a zone
"""Record against label: every difference is found with both its sides, and two swapped labels always are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from compassionate.cells import carriers, custody, isbt128, sec
from compassionate.cells.custody import Expected, Mismatch
from compassionate.errors import Invalid
from tests.cells.examples import ALNUM, BAG, CODE, TODAY, containers, few


def scan(bag: Expected) -> carriers.Scanned:
    return carriers.read(bag.carried.element_string, TODAY)


@few
@given(containers)
def test_its_own_label_agrees(bag: Expected) -> None:
    assert custody.compare(bag, scan(bag)) == ()
    assert custody.unsaid(scan(bag)) == ()


@few
@given(containers, containers)
def test_swapping_the_labels_of_two_containers_always_gives_a_mismatch_on_both(one: Expected, other: Expected) -> None:
    assume(one.container != other.container)
    for here, there in ((one, other), (other, one)):
        found = custody.compare(here, scan(there))
        assert Mismatch("container", here.container, there.container) in found


@few
@given(containers, containers)
def test_swapping_the_labels_of_two_patients_names_both_even_if_all_else_were_equal(
    one: Expected, other: Expected
) -> None:
    assume(one.patient != other.patient)
    twin = replace(one, patient=other.patient)
    assert custody.compare(one, scan(twin)) == (Mismatch("patient", one.patient, other.patient),)


@few
@given(containers, st.data())
def test_every_single_changed_character_of_every_field_is_found(bag: Expected, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["container", "patient", "batch"]))
    text = getattr(bag, name)
    place = data.draw(st.integers(0, len(text) - 1).filter(lambda each: text[each] != "-"))
    sign = data.draw(st.sampled_from([each for each in ALNUM if each != text[place]]))
    other = replace(bag, **{name: text[:place] + sign + text[place + 1 :]})
    assert [each.field for each in custody.compare(bag, scan(other))] == [name]


@few
@given(containers, st.data())
def test_every_single_changed_character_of_the_european_code_is_found(bag: Expected, data: st.DataObject) -> None:
    assert bag.code is not None
    text = sec.stored(bag.code)
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from([each for each in ALNUM if each != text[place]]))
    try:
        other = replace(bag, code=sec.from_stored(text[:place] + sign + text[place + 1 :]))
    except Invalid:
        return
    found = custody.compare(bag, scan(other))
    # A donation number is read as such and as the number that ISBT 128 labels show.
    assert len(found) == 1
    assert found[0].expected != found[0].scanned


@few
@given(containers, st.integers(1, 10_000_000))
def test_another_expiry_is_found_to_the_second(bag: Expected, seconds: int) -> None:
    assert bag.expires_at is not None
    other = replace(bag, expires_at=bag.expires_at + timedelta(seconds=seconds))
    assert [each.field for each in custody.compare(bag, scan(other))] == ["expires_at"]


def test_what_the_label_says_and_the_record_does_not_know_is_a_mismatch() -> None:
    found = custody.compare(replace(BAG, batch=""), scan(BAG))
    assert found == (Mismatch("batch", "", "L26-12"),)


def test_a_label_that_says_less_is_compared_in_what_it_says() -> None:
    said = carriers.read("=A9999261234560A", TODAY)
    assert custody.compare(BAG, said) == ()
    assert custody.unsaid(said) == ("container", "patient")
    other = carriers.read("=A9999261234570A", TODAY)
    assert custody.compare(BAG, other) == (Mismatch("din", "A999926123456", "A9999261234570A"),)


def test_a_typed_code_is_the_containers() -> None:
    assert custody.compare(BAG, carriers.read(BAG.container, TODAY)) == ()
    assert custody.unsaid(carriers.read(BAG.container, TODAY)) == ("patient",)
    assert custody.compare(BAG, carriers.read("HGA-26-0001-P2", TODAY))[0].field == "container"


def test_a_local_clock_is_compared_with_the_place_it_is_of() -> None:
    right = isbt128.build({"expires_at_local": datetime(2026, 12, 1, 11, 30)})
    assert custody.compare(BAG, carriers.read(right, TODAY)) == ()
    assert custody.compare(replace(BAG, zone="Atlantic/Canary"), carriers.read(right, TODAY))
    assert custody.compare(BAG, carriers.read(isbt128.build({"expires_on": date(2026, 12, 1)}), TODAY)) == ()
    assert custody.compare(BAG, carriers.read(isbt128.build({"expires_on": date(2026, 12, 2)}), TODAY))


def test_both_sides_are_shown_as_people_read_them() -> None:
    late = replace(BAG, expires_at=datetime.fromisoformat("2026-12-02T10:30:00+00:00"))
    found = custody.compare(BAG, scan(late))
    assert found == (Mismatch("expires_at", "01/12/2026 11:30 (+01:00)", "02/12/2026 11:30 (+01:00)"),)


def test_a_bracelet_is_compared_identifier_by_identifier() -> None:
    expected = {"nhc": "00123", "birth_on": "1980-04-02"}
    assert custody.compare_person(expected, {"nhc": " 00123 ", "birth_on": "1980-04-02"}) == ()
    assert custody.compare_person(expected, {"nhc": "00124"}) == (Mismatch("nhc", "00123", "00124"),)
    assert custody.compare_person({}, {"nhc": ""}), "nothing against nothing proves nothing"


def test_the_code_of_another_split_of_the_same_donation_is_a_mismatch() -> None:
    split = replace(CODE, product=replace(CODE.product, split="002"))  # type: ignore[type-var]
    assert [each.field for each in custody.compare(BAG, carriers.read(split.printed, TODAY))] == ["split"]
