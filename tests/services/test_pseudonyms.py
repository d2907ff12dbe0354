"""Exports about nobody in particular: bands, months, no text, no way back, no way from one to the next (RET-04)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, Refused
from compassionate.exports import csv_files
from compassionate.models import AuditEntry, Case
from compassionate.services import pseudonyms
from compassionate.services.pseudonyms import COLUMNS, Export, age_band
from tests.world import World


@pytest.fixture
def world(session: Session) -> World:
    """A hospital with six cases in draft, one of which is filled in and goes on."""
    world = World(session)
    for number in range(6):
        world.open_case(nhc=f"30000{number}", surnames=f"Inventada{number} Prueba")
    case = world.open_case(nhc="400001", surnames="Única Persona")
    world.act(case, "pharmacist", "start_screening")
    world.fill_screening(case)
    return world


def rows(made: Export) -> list[dict[str, str]]:
    header, *held = csv_files.read(made.data)
    return [dict(zip(header, row, strict=True)) for row in held]


def export(world: World, **more: int) -> Export:
    return pseudonyms.cases(world.session, world.people["admin"], "registry", world.now, **more)


def test_a_row_has_a_band_months_and_codes_and_nothing_else(world: World):
    row = rows(export(world))[0]
    assert tuple(row) == COLUMNS
    assert {key: row[key] for key in ("age_band", "sex", "product", "opened_month")} == {
        "age_band": "40-49",
        "sex": "female",
        "product": "MSV-HGA",
        "opened_month": "2026-03",
    }


def test_nothing_of_a_person_is_in_the_file(world: World):
    text = export(world).data.decode()
    codes = list(world.session.scalars(select(Case.code)))
    ids = [each for row in world.session.execute(select(Case.id, Case.patient_id)) for each in row]
    for told in ("Inventada", "Única", "Persona", "300001", "1980", "Fisioterapia", "Dolor", *codes, *ids):
        assert told not in text


def test_text_is_left_out_and_said_to_be(world: World):
    assert sorted(row["free_text"] for row in rows(export(world))) == [*[""] * 6, "left_out"]


def test_a_pseudonym_holds_for_one_export(world: World):
    one, other = ({row["pseudonym"] for row in rows(export(world))} for _ in range(2))
    assert len(one) == len(other) == 7
    assert one & other == set()


def test_rows_are_in_no_order_that_tells_anything(world: World):
    held = [row["pseudonym"] for row in rows(export(world))]
    assert held == sorted(held)


def test_whoever_is_one_of_few_is_left_out(world: World):
    made = export(world, least=8)
    assert (made.rows, made.left_out) == (0, 7)


def test_counts_hide_small_cells_and_what_would_give_them_away(world: World):
    made = pseudonyms.counts(world.session, world.people["admin"], "statistics", world.now)
    header, product, total = csv_files.read(made.data)
    assert header == ["product", "draft", "screening", "total"]
    assert product == ["MSV-HGA", "*", "*", "7"] or "*" in product[1:]
    assert "1" not in (*product, *total)


def test_who_may_not_export_is_refused(world: World):
    for who in ("physician", "pharmacist", "nurse", "director"):
        with pytest.raises(Refused):
            pseudonyms.cases(world.session, world.people[who], "registry", world.now)


def test_a_purpose_and_a_sensible_size_are_asked_for(world: World):
    with pytest.raises(Invalid):
        pseudonyms.cases(world.session, world.people["admin"], "curiosity", world.now)
    with pytest.raises(Invalid):
        export(world, least=1)


def test_cases_of_other_centres_and_blocked_ones_are_not_in_it(world: World):
    World(world.session, code="HGB").open_case(nhc="500001")
    blocked = world.session.scalars(select(Case).where(Case.centre_id == world.centre.id)).first()
    assert blocked is not None
    blocked.blocked_at = world.now
    assert export(world).rows + export(world).left_out == 6


def test_an_export_is_on_record_with_its_fingerprint(world: World):
    made = export(world)
    last = json.loads(world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc()).limit(1)).one())
    assert (last["action"], last["detail"]["sha256"], last["detail"]["purpose"]) == (
        "export_pseudonymous",
        made.sha256,
        "registry",
    )


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2008, 11, 23), "0-17"),
        (date(2008, 11, 22), "18-29"),
        (date(1996, 11, 22), "30-39"),
        (date(1946, 11, 23), "70-79"),
        (date(1930, 1, 1), "80+"),
        (None, ""),
    ],
)
def test_ages_are_told_in_bands(born: date | None, band: str):
    assert age_band(born, date(2026, 11, 22)) == band
