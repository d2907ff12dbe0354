"""The order of typing is data: every field that a file names is known, has words, and is read from the case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from compassionate.paths import CURES
from compassionate.services import transcription
from compassionate.services.typed_fields import KNOWN, LINE_FIELDS
from compassionate.words import has_words
from tests.world import World


def test_every_field_has_words_and_a_page():
    known = [*KNOWN.values(), *LINE_FIELDS.values()]
    labels = [field.label for field in known]
    assert [
        each for each in labels if not (has_words(f"transcription.{each}") or has_words(f"print.label.{each}"))
    ] == []
    assert {field.cure for field in known} - {"", "team"} <= CURES.keys()


def test_each_presentation_has_its_own_fields(session: Session):
    world = World(session)
    case = world.case_in("preparing", world.add_product("DOS", lines=2))
    ids = [field.id for part in transcription.sheet(session, case) for field in part.fields]
    assert ids.count("line.strength.1") == ids.count("line.strength.2") == ids.count("line.packs.2") == 1
    assert len(ids) == len(set(ids))


def test_what_is_missing_is_what_a_request_cannot_do_without(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    missing = {field.id for part in transcription.sheet(session, case) for field in part.fields if field.is_missing}
    assert {"report.diagnosis", "posology.dose", "request.duration", "line.packs.1", "request.needs_import"} <= missing
    assert not missing & {"report.stage", "patient.cip", "request.previous_reference"}
    world.fill_request(case)
    assert not [field for part in transcription.sheet(session, case) for field in part.fields if field.is_missing]


def test_a_closed_question_is_not_typed(session: Session):
    world = World(session)
    case = world.case_in("in_treatment")
    world.act(case, "pharmacist", "open_continuation", request_kind="continuation")
    ids = [field.id for part in transcription.sheet(session, case, 1) for field in part.fields]
    assert "progress.reactions" in ids
    assert "progress.reactions_detail" not in ids
    assert "report.diagnosis" in ids  # what the first request said still identifies the illness
