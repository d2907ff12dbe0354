"""The sponsor's willingness to supply: who said it, when, with its paper (RD 1015/2009 art. 7.1)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, Refused
from compassionate.models import Case
from compassionate.services import advance, sponsors
from compassionate.services.papers import Upload, data_of
from tests.world import World, a_pdf

WILLING = {"willing_on": "2026-01-15", "willing_by": "Dra. Promotora"}
FILE = Upload("carta.pdf", "application/pdf", a_pdf())


def unwilling(world: World) -> Case:
    return world.case_in("preparing", world.add_product("NUEVO", willing_on=None, willing_by=""))


def record(world: World, case: Case, who: str = "pharmacist", file: Upload | None = FILE, **other: Any) -> None:
    sponsors.record_willingness(world.session, world.people[who], case, WILLING | other, world.tick(), file)


def test_it_cures_what_stands_against_the_endorsement(session: Session):
    world = World(session)
    case = unwilling(world)
    against = advance.ask(session, world.people["pharmacist"], case, "request_endorsement", world.now)
    assert "sponsor.willingness_missing" in [reason.code for reason in against.reasons]
    record(world, case)
    against = advance.ask(session, world.people["pharmacist"], case, "request_endorsement", world.now)
    assert "sponsor.willingness_missing" not in [reason.code for reason in against.reasons]


def test_the_paper_is_kept_unchanged_and_is_the_medicine_s(session: Session):
    world = World(session)
    case = unwilling(world)
    record(world, case)
    (paper,) = sponsors.willingness_papers(session, case.product)
    assert (paper.case_id, data_of(session, paper)) == (None, FILE.data)


def test_a_correction_needs_no_second_paper(session: Session):
    world = World(session)
    case = unwilling(world)
    record(world, case)
    record(world, case, file=None, willing_by="Otra persona")
    assert case.product.willing_by == "Otra persona"


@pytest.mark.parametrize(
    ("other", "file", "field"),
    [
        ({"willing_on": ""}, FILE, "willing_on"),
        ({"willing_on": "2026-13-01"}, FILE, "willing_on"),
        ({"willing_on": "2027-01-01"}, FILE, "willing_on"),
        ({"willing_by": " "}, FILE, "willing_by"),
        ({"willing_reference": "x" * 201}, FILE, "willing_reference"),
        ({}, None, "paper"),
    ],
)
def test_what_is_wrong_is_said_by_field(session: Session, other: dict[str, str], file: Upload | None, field: str):
    world = World(session)
    case = unwilling(world)
    with pytest.raises(Invalid) as caught:
        record(world, case, file=file, **other)
    assert [error.field for error in caught.value.errors] == [field]
    assert case.product.willing_on is None


@pytest.mark.parametrize("who", ["physician", "director", "technician"])
def test_only_who_deals_with_sponsors_records_it(session: Session, who: str):
    world = World(session)
    case = unwilling(world)
    with pytest.raises(Refused):
        record(world, case, who)
