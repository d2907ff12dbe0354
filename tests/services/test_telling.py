"""Who is told of a step: whose turn it became, whom the table names, never who took it, and nobody twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from compassionate.models import Case, Notice, OutboxMessage
from compassionate.services import physician_changes, telling
from compassionate.words import say
from compassionate.workflow import engine as workflow
from compassionate.workflow.notices import HOW, KINDS, RULES, rule_of
from compassionate.workflow.roles import Role
from tests.services.notice_world import Telling

pytestmark = pytest.mark.one_database  # but for what two of them do at once


@pytest.fixture
def held(fresh_engine, vault) -> Iterator[Telling]:
    found = Telling(fresh_engine, vault)
    yield found
    found.world.session.close()


def tell(held: Telling, later: timedelta = timedelta()) -> int:
    held.world.session.commit()
    return telling.tell(held.read, held.write, held.world.now + later)


def waiting(held: Telling) -> int:
    with held.read() as session:
        return session.scalar(select(func.count()).where(OutboxMessage.sent_at.is_(None))) or 0


def test_every_rule_names_steps_that_exist_roles_and_a_kind_with_words():
    edits = {"edit_team", "hand_over_case", "recall_batch", "lift_recall"}
    steps = {row.name for region in workflow.latest("es-individual").regions for row in region.transitions}
    for rule in RULES:
        assert rule.steps <= steps | edits
        assert rule.kind in KINDS
        assert set(KINDS.values()) <= set(HOW)
        for step in rule.steps:
            assert rule_of(step) is rule
            assert say(f"done.{step}")
    assert [say(f"notice_{part}.{kind}") for kind in KINDS for part in ("kind", "hint")]


def test_whose_turn_it_became_is_told_once_and_who_did_it_is_not(held: Telling):
    held.world.case_in("preparing")  # whose turn is now the pharmacist's and the physician's, who brought it here
    assert tell(held) > 0
    first = held.told()
    assert ("pharmacist", "turn", "accept_eligibility") in first
    assert ("physician", "turn", "accept_eligibility") not in first
    assert (tell(held), waiting(held)) == (0, 0)
    assert held.told() == first


def test_a_turn_that_passed_on_meanwhile_is_told_to_nobody(held: Telling):
    held.world.case_in("submitted")
    tell(held)
    assert [each for each in held.told() if each[1] == "turn"] == []
    assert ("physician", "decision", "endorse") in held.told()


def test_the_cases_own_physician_is_told_and_others_of_the_role_only_where_there_is_none(held: Telling):
    held.world.add_person("second", Role.PHYSICIAN)
    case = held.world.case_in("authorised")
    tell(held)
    who = {name for name, kind, step in held.told() if step == "record_authorisation"}
    assert who == {"physician", "regulatory"}
    held.world.accounts["physician"].memberships[0].until_on = date(2026, 1, 1)
    held.world.act(
        case, "regulatory", "record_suspension", ordered_by="agency", ground="Motivo", on=str(held.world.today)
    )
    tell(held)
    who = {name for name, kind, step in held.told() if step == "record_suspension"}
    assert who == {"second", "pharmacist", "nurse"}


def test_of_a_continuation_it_becomes_somebodys_turn_too(held: Telling):
    case = held.world.case_in("in_treatment")
    tell(held)
    held.world.act(case, "physician", "open_continuation", request_kind="more_packs")
    tell(held)
    assert ("pharmacist", "turn", "open_continuation") in held.told()


def test_of_a_blocked_case_and_of_what_is_no_news_nobody_is_told(held: Telling):
    case = held.world.case_in("preparing")
    held.world.session.execute(update(Case).where(Case.id == case.id).values(blocked_at=held.world.now))
    assert (tell(held), waiting(held)) == (0, 0)
    held.world.open_case(nhc="100002")
    assert (tell(held, telling.NEWS_FOR + timedelta(days=1)), waiting(held)) == (0, 0)


def test_who_has_no_role_or_no_working_account_is_told_nothing(held: Telling):
    held.world.case_in("awaiting_endorsement")
    held.world.accounts["director"].active = False
    tell(held)
    assert "director" not in {name for name, _, _ in held.told()}


@pytest.mark.both_databases
def test_two_that_tell_at_once_tell_once(held: Telling):
    held.world.case_in("in_treatment")
    held.world.session.commit()
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: telling.tell(held.read, held.write, held.world.now), range(4)))
    told = held.told()
    assert sum(given) == len(told)
    with held.read() as session:
        assert session.scalar(select(func.count(func.distinct(Notice.account_id + Notice.key)))) == len(told)


@pytest.mark.both_databases
def test_a_kill_in_the_middle_of_telling_leaves_everything_to_be_told(held: Telling, monkeypatch: pytest.MonkeyPatch):
    held.world.case_in("authorised")
    held.world.session.commit()
    before, real, count = waiting(held), telling.give, []

    def killed(*given):
        count.append(1)
        if len(count) == 5:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(telling, "give", killed)
    with pytest.raises(KeyboardInterrupt):
        tell(held)
    assert (held.told(), waiting(held)) == ([], before)
    monkeypatch.undo()
    assert tell(held) == len(held.told()) > 0


def test_who_is_asked_to_take_a_case_over_is_told_and_who_handed_it_over_hears_the_answer(held: Telling):
    world = held.world
    world.add_person("second", Role.PHYSICIAN)
    case = world.case_in("submitted")
    tell(held)
    before = held.told()
    physician, second = world.people["physician"], world.people["second"]
    physician_changes.offer(world.session, physician, case, second.account_id, "Motivo", world.tick())
    tell(held)
    assert [each for each in held.told() if each not in before] == [("second", "turn", "offer_case")]
    world.accept_case(case, second)
    tell(held)
    assert ("physician", "progress", "accept_case") in held.told()
    assert ("second", "progress", "accept_case") not in held.told()
