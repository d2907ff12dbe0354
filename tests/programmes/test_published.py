"""The programmes that come with the application: whole, sealed, sourced, and asked as before they were data."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compassionate.programmes import Programme, published
from compassionate.programmes.model import Criterion
from compassionate.programmes.questionnaire import criteria_form, forms_of_programme
from compassionate.programmes.reading import FOLDER, PUBLISHED, frame, sealed
from compassionate.questionnaires import Item, Phrase, Questionnaire
from compassionate.questionnaires.model import ItemType
from tests.questionnaires.written import published as filed

HERE = Path(__file__).parent
PROGRAMMES = published()
BY_NAME = {each.id: each for each in PROGRAMMES}
EFFECT = {"yes": "blocks", "warning": "warns", "n/a": "informs"}
UNITS = {"mm", "%", "°", "kg/m²"}  # written alike in both languages
# The range stands beside the name now.
SAID_ANEW = {"vas_pain", "womac_pain", "womac_stiffness", "womac_function"}


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(programme: Programme) -> list[dict[str, str]]:
    own = programme.id.split("-")[0]
    return [row for row in rows("criteria.csv") if row["programme"] in ("both", own)]


def phrases(value: Any) -> Iterator[Phrase]:
    if isinstance(value, Phrase):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from phrases(each)
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from phrases(getattr(value, each.name))


def criterion(programme: Programme, name: str) -> Criterion:
    found = programme.criterion(name)
    assert found is not None, name
    return found


def test_a_published_file_is_as_it_was_sealed():
    assert list(sealed()) == []
    assert (FOLDER / PUBLISHED).read_text("utf-8").count("\n") == len(list(FOLDER.glob("*.toml")))


def test_a_file_that_was_changed_after_it_was_published_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for file in FOLDER.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr("compassionate.programmes.reading.FOLDER", tmp_path)
    changed = tmp_path / "knee-msc-2026-12.toml"
    changed.write_text(changed.read_text("utf-8").replace("values = [30]", "values = [35]"), "utf-8")
    (tmp_path / "hip-msc-2026-12.toml").write_text("", "utf-8")

    assert [each.split(" ")[0] for each in sealed()] == ["hip-msc-2026-12.toml", "knee-msc-2026-12.toml"]


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda each: each.id)
def test_every_criterion_of_the_sources_is_there_as_they_have_it(programme: Programme):
    assert {each.id for each in programme.criteria} == {row["id"] for row in rows_of(programme)}
    for row in rows_of(programme):
        held = criterion(programme, row["id"])
        assert (held.ground, held.status, held.stage) == (row["ground"], row["status"].lower(), row["stage"]), row
        if row["status"] == "CONFIRMED":
            assert held.effect == EFFECT[row["blocking"]], row


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda each: each.id)
def test_what_was_not_confirmed_never_bars_a_patient(programme: Programme):
    doubtful = [each for each in programme.criteria if each.status != "confirmed"]
    assert all(each.effect != "blocks" for each in doubtful)
    assert all(not each.active for each in doubtful if each.status == "unverified")
    asked = {item.criterion.id for item in criteria_form(programme).walk() if item.criterion}
    assert asked == {each.id for each in programme.criteria if each.asks and each.active}


def test_the_recalled_criterion_waits_for_a_hospital_to_switch_it_on():
    programme = BY_NAME["disc-msc"]
    on = [dataclasses.replace(each, active=True) if each.id == "D18" else each for each in programme.criteria]
    form = criteria_form(dataclasses.replace(programme, criteria=tuple(on)))

    assert not criteria_form(programme).has("d18_allergy")
    hint = form.item("d18_allergy").hint
    assert hint is not None
    assert "Sin confirmar" in hint.own
    held = form.item("d18_allergy").criterion
    assert held is not None
    assert not held.is_blocking


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda each: each.id)
def test_every_test_of_release_is_there_and_what_is_missing_is_left_to_the_hospital(programme: Programme):
    held = {each.id.split("-")[0]: each for each in programme.release_tests}
    of_cells = {"R18", "R19", "R20", "R21"}  # shelf life, temperature, labels: said of the cells themselves
    assert set(held) | of_cells == {row["id"] for row in rows("tests.csv")}
    for row in rows("tests.csv"):
        if row["id"] in held:
            assert held[row["id"]].stage == row["stage"], row
            assert (held[row["id"]].effect == "stops") == row["hard_stop"].startswith("yes"), row
    cells = programme.cells
    assert cells is not None
    assert cells.wanting() == ("shelf_life_hours", "temperature_low", "temperature_high")
    assert held["R07"].may_follow
    assert {phrase.container for phrase in cells.phrases} == {"procurement", "transport", "primary", "shipping", "pack"}


def test_the_pilot_is_shown_with_what_is_confirmed_of_it_and_never_alone():
    disc = BY_NAME["disc-msc"].comparators
    pilot = [each for each in disc if each.series == "Orozco 2011"]
    assert [(each.efficacy, each.share_of_maximum, each.months, each.n) for each in pilot] == [
        (71, None, 12, 10),
        (None, 85, 3, 10),
    ]
    assert all(each.design.own == "Piloto no controlado, n = 10" for each in pilot)
    for programme in PROGRAMMES:
        assert {"Shapiro 2017 (Mayo)", "MILES 2023 (Mautner)"} <= {
            each.series for each in programme.comparators if each.side == "counter"
        }


def test_numbers_that_nobody_saw_are_not_there():
    recalled = {26.5, 21.6, 20.0, 68.9, 7.4, 9.4}
    for each in (each for programme in PROGRAMMES for each in programme.comparators if "Orozco" in each.series):
        assert not {each.baseline, each.follow_up, each.change} & recalled
    assert all(each.status in ("confirmed", "secondary", "derived") for p in PROGRAMMES for each in p.comparators)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda each: each.id)
def test_everything_is_said_in_english_too(programme: Programme):
    forms = [item for form in forms_of_programme(programme) for item in form.walk()]
    said = [*phrases(programme), *phrases(frame(programme.frame)), *(item.text for item in forms)]
    assert {each.own for each in said if "en" not in each.translations} <= UNITS


def questions(form: Questionnaire) -> dict[str, Item]:
    return {item.link_id: item for item in form.walk() if item.is_question}


@pytest.mark.parametrize("name", ["disc", "knee"])
def test_the_criteria_are_asked_as_before_they_were_data(name: str):
    before = filed().get(f"eligibility-{name}-msc", "2026-11")
    now = criteria_form(BY_NAME[f"{name}-msc"])

    assert [item.link_id for item in now.walk()] == [item.link_id for item in before.walk()]
    assert (now.title, now.url, now.language) == (before.title, before.url, before.language)
    for link_id, item in questions(before).items():
        new = questions(now)[link_id]
        assert dataclasses.replace(new, hint=None) == dataclasses.replace(item, hint=None), link_id
        assert new.hint == item.hint or item.hint is None, link_id


@pytest.mark.parametrize("name", ["disc", "knee"])
def test_answers_of_visits_from_before_are_read_by_the_new_form(name: str):
    before = questions(filed().get(f"follow-up-{name}", "2026-11"))
    now = questions(forms_of_programme(BY_NAME[f"{name}-msc"])[1])

    assert list(now) == list(before)
    for link_id, item in before.items():
        new, numbers = now[link_id], (ItemType.INTEGER, ItemType.DECIMAL)
        assert new.type == item.type or {new.type, item.type} == set(numbers)
        assert (new.minimum, new.maximum, new.required) == (item.minimum, item.maximum, item.required)
        assert {each.code for each in new.options} == {each.code for each in item.options}
        assert new.text.own == item.text.own or link_id in SAID_ANEW
