"""The list of what a request still needs, part by part."""

from __future__ import annotations

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.paths import CURES
from compassionate.services import answers
from compassionate.services.preparation import tasks
from compassionate.words import has_words
from tests.world import ELIGIBILITY, REPORT, World


def statuses(world: World, case: Case, number: int = 0) -> dict[str, str]:
    return {task.name: task.status for task in tasks(world.session, case, number, world.now)}


def test_a_new_case_has_its_patient_and_medicine_and_owes_the_rest(session: Session):
    world = World(session)
    assert statuses(world, world.open_case()) == {
        "patient": "done",
        "product": "done",
        "eligibility": "todo",
        "report": "todo",
        "posology": "todo",
        "packs": "todo",
        "sponsor": "todo",
        "committee": "not_needed",
        "papers": "optional",
        "signatures": "unsigned",
    }


def test_parts_that_were_begun_say_how_much_is_missing(session: Session):
    world = World(session)
    case = world.case_in("screening")
    answers.save(session, world.people["physician"], case, "eligibility", ELIGIBILITY, world.tick())
    answers.save(session, world.people["physician"], case, "clinical-report", {"diagnosis": "Hernia"}, world.tick())
    held = {task.name: (task.status, task.count) for task in tasks(session, case, 0, world.now)}
    assert held["eligibility"][0] == "begun"
    assert held["report"] == ("begun", 9)


def test_a_ready_request_owes_nothing(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    world.settle_sponsor(case)
    assert all(task.is_settled for task in tasks(session, case, 0, world.now))


def test_a_signature_under_what_changed_is_said_to_be_stale(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    world.fill_request(case)
    assert statuses(world, case)["signatures"] == "signed"
    answers.save(session, world.people["physician"], case, "clinical-report", REPORT | {"stage": "IV"}, world.tick())
    assert statuses(world, case)["signatures"] == "stale"


def test_others_are_waited_for_by_name(session: Session):
    world = World(session)
    world.centre.committee = "always"
    case = world.case_in("preparing")
    world.act(case, "pharmacist", "ask_sponsor", on=str(world.today))
    world.act(case, "physician", "ask_committee", on=str(world.today))
    waiting = {task.name: task.who for task in tasks(session, case, 0, world.now) if task.status == "waiting"}
    assert waiting == {"sponsor": ("sponsor",), "committee": ("committee",)}
    world.act(case, "pharmacist", "record_committee_unfavourable", on=str(world.today), reason="Coste")
    assert statuses(world, case)["committee"] == "refused"


def test_every_part_has_words_and_a_page(session: Session):
    world = World(session)
    case = world.case_in("in_treatment")
    world.act(case, "pharmacist", "open_continuation", request_kind="continuation")
    for number in (0, 1):
        for task in tasks(session, case, number, world.now):
            assert has_words(f"task.{task.name}")
            assert has_words(f"task_status.{task.status}")
            assert task.cure in CURES
            assert all(has_words(f"turn.{who}") for who in task.who)
