"""Questions and answers on a case: asked, answered, closed; nobody becomes an author of the request by talking."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, CaseEvent, Contribution, OutboxMessage, Question
from compassionate.services import conversation
from compassionate.services.advance import ask as may_step
from compassionate.services.replay import disagreements
from tests.world import World

WORDS = "¿Por qué 52 semanas y no 26?"


@pytest.fixture
def world(session):
    return World(session)


def ask(world: World, case: Case, who: str = "director", to: str = "role:physician", **more: str) -> Question:
    given = {"to": to, "about": "posology", "text": WORDS} | more
    return conversation.ask(world.session, world.people[who], case, given, world.tick())


def answer(world: World, case: Case, row: Question, who: str = "physician", words: str = "Por la vida media") -> None:
    conversation.answer(world.session, world.people[who], case, row.id, words, world.tick())


def waits_for(world: World, who: str) -> int:
    return len(conversation.waiting_for(world.session, world.people[who]))


def test_a_question_waits_for_whom_it_was_asked_of_until_it_is_answered(world):
    case = world.case_in("screening")
    row = ask(world, case)
    assert [waits_for(world, who) for who in ("physician", "pharmacist", "director")] == [1, 0, 0]
    assert conversation.count_for(world.session, world.people["physician"], case) == 1
    answer(world, case, row)
    assert waits_for(world, "physician") == 0
    answer(world, case, row, "director", "¿Y con la mitad?")
    assert waits_for(world, "physician") == 1
    (held,), _ = conversation.threads(world.session, case)
    assert [each.text for each in (held.asked, *held.answers)] == [WORDS, "Por la vida media", "¿Y con la mitad?"]
    assert held.status == "waiting"


def test_a_question_to_one_person_is_theirs_alone_and_only_the_team_can_be_named(world):
    case = world.case_in("screening")
    world.add_person("otro", *[held.role for held in world.people["physician"].held])
    ask(world, case, to=f"person:{world.people['physician'].account_id}")
    assert (waits_for(world, "physician"), waits_for(world, "otro")) == (1, 0)
    for to in (f"person:{world.people['otro'].account_id}", "role:auditor", "role:nobody", "nonsense", ""):
        with pytest.raises(Invalid) as wrong:
            ask(world, case, to=to)
        assert [error.field for error in wrong.value.errors] == ["to"]


def test_every_wrong_field_is_said_at_once(world):
    case = world.case_in("screening")
    with pytest.raises(Invalid) as wrong:
        ask(world, case, to="", text=" \u200b ", about="../etc")
    assert {error.field for error in wrong.value.errors} == {"to", "text", "about"}
    with pytest.raises(Invalid):
        ask(world, case, text="a" * 4001)


def test_the_asker_closes_and_nobody_of_another_role(world):
    case = world.case_in("screening")
    row = ask(world, case)
    with pytest.raises(Refused) as refused:
        conversation.close(world.session, world.people["nurse"], case, row.id, world.tick())
    assert [reason.code for reason in refused.value.reasons] == ["conversation.not_the_asker"]
    conversation.close(world.session, world.people["director"], case, row.id, world.tick())
    assert waits_for(world, "physician") == 0
    with pytest.raises(Refused):
        answer(world, case, row)
    assert conversation.threads(world.session, case)[0] == []
    assert [each.status for each in conversation.threads(world.session, case, closed=True)[0]] == ["closed"]


def test_an_auditor_reads_and_writes_nothing(world):
    case = world.case_in("screening")
    row = ask(world, case)
    with pytest.raises(Refused):
        ask(world, case, "auditor")
    with pytest.raises(Refused):
        answer(world, case, row, "auditor")


def test_a_director_who_asks_may_still_endorse(world):
    case = world.case_in("awaiting_endorsement")
    ask(world, case)
    director = world.people["director"]
    assert world.session.get(Contribution, (case.id, director.account_id)) is None
    assert may_step(world.session, director, case, "endorse", world.tick()).allowed


def test_what_is_said_is_sealed_proved_and_told_without_its_words(world):
    case = world.case_in("screening")
    row = ask(world, case)
    answer(world, case, row)
    world.session.flush()
    for table in ("questions", "question_answers", "case_events", "audit_entries", "outbox"):
        for held in world.session.execute(text(f"SELECT * FROM {table}")):
            assert "52 semanas" not in repr(tuple(held))
            assert "vida media" not in repr(tuple(held))
    names = list(world.session.scalars(select(CaseEvent.name).order_by(CaseEvent.case_version)))[-2:]
    assert names == ["ask_question", "answer_question"]
    proved = world.session.scalar(select(func.count()).where(AuditEntry.row.contains('"action":"ask_question"')))
    assert proved == 1
    told = list(world.session.scalars(select(OutboxMessage).where(OutboxMessage.kind.like("conversation.%"))).all())
    assert [(each.kind, each.payload.get("role", "")) for each in sorted(told, key=lambda each: each.at)] == [
        ("conversation.asked", "physician"),
        ("conversation.answered", ""),
    ]
    assert list(disagreements(world.session)) == []


def test_a_case_is_closed_with_open_questions_and_says_how_many(world):
    case = world.open_case()
    world.act(case, "pharmacist", "start_screening")
    world.act(case, "pharmacist", "withdraw_request", reason="No sigue")
    row = ask(world, case)
    assert conversation.count_open(world.session, case) == 1
    world.act(case, "regulatory", "close")
    with pytest.raises(Refused):
        answer(world, case, row)
    assert len(conversation.threads(world.session, case)[0]) == 1


def test_a_question_of_another_case_is_not_here(world):
    case, other = world.open_case(), world.open_case(nhc="100009", surnames="Otra Prueba")
    row = ask(world, other)
    with pytest.raises(NotFound):
        answer(world, case, row)


def test_a_long_conversation_comes_page_by_page_each_question_once(world):
    case = world.open_case()
    asked = [ask(world, case, text=f"Pregunta {number}").id for number in range(23)]
    first, cursor = conversation.threads(world.session, case)
    second, end = conversation.threads(world.session, case, after=cursor)
    assert [each.row.id for each in (*first, *second)] == asked[::-1]
    assert (len(first), end) == (20, "")
