"""Who was shown what is on record before the answer leaves; so is every refusal."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from compassionate.models import AuditEntry, ReadEntry
from compassionate.services import chain
from compassionate.services.audit import AUDIT, READS
from compassionate.web.reading import reads
from tests.world import World


@pytest.fixture
def case(world):
    case = world.case_in("preparing")
    world.add_paper(case)
    world.session.commit()
    return case


def rows(session, model=ReadEntry) -> list[dict[str, Any]]:
    session.rollback()
    return [json.loads(row) for row in session.scalars(select(model.row).order_by(model.seq))]


def last(session, model=ReadEntry) -> dict[str, Any]:
    return rows(session, model)[-1]


def test_a_page_of_a_case_says_who_saw_what_as_what_and_in_which_request(world, log_in, case):
    answer = log_in("nurse").get(f"/expedientes/{case.code}/historial")
    row = last(world.session)
    assert answer.status_code == 200
    assert (row["actor"], row["as"]) == (world.accounts["nurse"].id, [f"nurse@{world.centre.code}"])
    assert (row["action"], row["case"], row["result"]) == ("view", case.code, "ok")
    assert row["detail"] == {"page": "history.index", "method": "GET"}
    assert len(row["request"]) == 16
    assert row["at"].endswith("+00:00")
    assert world.session.scalars(select(ReadEntry.case_id)).all()[-1] == case.id


def test_a_file_is_a_download_and_a_list_names_the_cases_it_showed(world, log_in, case):
    browser = log_in("pharmacist")
    paper_id = world.session.execute(text("SELECT id FROM papers LIMIT 1")).scalar_one()
    world.session.rollback()
    assert browser.get(f"/expedientes/{case.code}/papeles/{paper_id}").status_code == 200
    row = last(world.session)
    assert (row["action"], row["detail"]["of_paper_id"]) == ("download", paper_id)
    browser.get("/expedientes")
    row = last(world.session)
    assert (row["action"], row["detail"]["cases"], row["detail"]["count"]) == ("list", [case.code], 1)


def test_a_page_that_shows_a_case_after_a_failed_save_is_a_read_too(world, log_in, case):
    browser = log_in("pharmacist")
    browser.get(f"/expedientes/{case.code}/papeles")
    before = len(rows(world.session))
    assert browser.post(f"/expedientes/{case.code}/papeles", {"kind": "nothing"}).status_code == 422
    assert [row["detail"]["method"] for row in rows(world.session)[before:]] == ["POST"]


def test_what_is_not_allowed_is_on_record_with_its_reasons(world, log_in, case):
    log_in("nurse").post(f"/expedientes/{case.code}/pasos/submit", {})
    row = last(world.session, AuditEntry)
    assert (row["action"], row["result"], row["case"]) == ("refused", "refused", case.code)
    assert row["detail"]["reasons"]
    log_in("admin").get(f"/expedientes/{case.code}")
    row = last(world.session, AuditEntry)
    assert (row["action"], row["case"], row["detail"]["asked"], row["detail"]["status"]) == (
        "refused",
        "",
        case.code,
        403,
    )


def test_a_case_of_another_centre_and_none_at_all_leave_the_same_row(world, log_in, case):
    foreign = World(world.session, code="HGB").open_case()
    codes = ["HGZ-2026-00001A", foreign.code]
    world.session.commit()
    browser, found = log_in("pharmacist"), []
    for code in codes:
        assert browser.get(f"/expedientes/{code}").status_code == 404
        row = last(world.session, AuditEntry)
        assert row["detail"].pop("asked") == code
        found.append((row["action"], row["result"], row["case"], row["as"], row["detail"]))
    assert found[0] == found[1]
    assert found[0][0] == "not_found"


def test_what_was_typed_in_place_of_a_code_is_not_written_down(world, log_in, case):
    log_in("pharmacist").get("/expedientes/Persona Inventada")
    assert "Persona" not in json.dumps(last(world.session, AuditEntry))


def test_a_form_without_its_token_is_on_record(world, log_in, case):
    browser = log_in("pharmacist")
    browser.client.post(f"/expedientes/{case.code}/papeles", data={})
    assert last(world.session, AuditEntry)["action"] == "csrf_refused"


def test_a_read_that_cannot_be_written_down_is_shown_and_caught_up_with_but_no_file_leaves(
    app, world, log_in, case, monkeypatch, caplog
):
    browser = log_in("pharmacist")
    paper = world.session.execute(text("SELECT id FROM papers LIMIT 1")).scalar_one()
    world.session.rollback()
    before = len(rows(world.session))

    def full(notes):
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    with app.app_context():
        log = reads()
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(log, "_commit", full)
        assert browser.get(f"/expedientes/{case.code}").status_code == 200
        assert browser.get(f"/expedientes/{case.code}/papeles/{paper}").status_code == 503
    told = [record.getMessage() for record in caplog.records if "not in the chain" in record.getMessage()]
    assert len(told) == 1
    assert case.code in told[0]
    assert len(rows(world.session)) == before
    browser.get(f"/expedientes/{case.code}/equipo")
    caught_up = rows(world.session)[before:]
    assert [row["detail"]["page"] for row in caught_up] == ["cases.show", "team.show"]
    assert "late" in caught_up[0]["detail"]
    assert "clock_behind" not in caught_up[0]


def test_many_who_look_at_once_are_all_on_record_in_one_chain(world, log_in, case):
    from concurrent.futures import ThreadPoolExecutor

    browsers = [log_in("nurse") for _ in range(4)]
    before = len(rows(world.session))
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda each: [each.get(f"/expedientes/{case.code}/historial").status_code for _ in range(5)], browsers
            )
        )
    assert answers == [[200] * 5] * 4
    assert len(rows(world.session)) == before + 20
    assert chain.verify(world.session, READS).ok
    assert chain.verify(world.session, AUDIT).ok


def test_what_somebody_does_names_role_and_request_too(world, log_in, case):
    browser = log_in("pharmacist")
    browser.get(f"/expedientes/{case.code}/papeles")
    row = next(row for row in reversed(rows(world.session, AuditEntry)) if row["action"] == "log_in")
    assert row["as"] == [f"pharmacist@{world.centre.code}"]
    assert len(row["request"]) == 16
    assert row["result"] == "ok"
