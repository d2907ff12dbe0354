"""The history of a case that came from elsewhere says which steps were not taken here."""

from __future__ import annotations

from sqlalchemy import func, select

from compassionate.models import CaseEvent, CaseImport
from compassionate.words import say


def test_steps_that_were_taken_elsewhere_are_marked_and_those_of_here_are_not(world, log_in):
    case, other = world.open_case(), world.open_case()
    world.session.add(
        CaseImport(
            case_id=case.id,
            at=world.now,
            file_sha256="a" * 64,
            content_sha256="b" * 64,
            verification="c",
            issued_at=world.now,
            events=world.session.scalar(select(func.min(CaseEvent.case_version)).where(CaseEvent.case_id == case.id)),
        )
    )
    world.act(case, "pharmacist", "start_screening")
    world.session.commit()
    browser = log_in("pharmacist")
    page = browser.get(f"/expedientes/{case.code}/historial").text
    assert page.count(f">{say('imported.step')}<") == 1
    assert "aaaaaaaaaaaaaaaa" in page
    assert say("imported.step") not in browser.get(f"/expedientes/{other.code}/historial").text
