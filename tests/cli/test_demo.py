"""`flask demo load`, in earnest: everything printed, and refused where it must be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from compassionate.extensions import foundation
from compassionate.models import Case, IssuedDocument
from compassionate.services.documents import pdf_of

pytestmark = pytest.mark.one_database


@pytest.mark.long
def test_the_demonstration_is_loaded_with_its_documents_printed(flask, app):
    loaded = flask("demo", "load", "--json").json
    assert len(loaded["states"]) == 23
    assert len(json.loads(Path(loaded["accounts"]).read_text("utf-8"))) == 15
    assert flask("audit", "verify").code == 0
    assert flask("check").code == 0
    with app.app_context(), foundation().session() as session:
        printed = session.scalars(select(IssuedDocument)).all()
        assert {row.kind for row in printed} >= {
            "dossier",
            "consent_form",
            "treatment_record",
            "follow_up_report",
            "closing_report",
        }
        for row in printed[:3]:
            assert pdf_of(session, session.get_one(Case, row.case_id), row).startswith(b"%PDF")
    assert flask("demo", "load").reasons == ["demo.already_there"]


def test_it_is_refused_beside_a_real_case_and_leaves_nothing(flask, world):
    world.open_case()
    world.session.commit()
    assert flask("demo", "load").reasons == ["demo.real_cases"]
    assert len(flask("cases", "list", "--json").json["cases"]) == 1
