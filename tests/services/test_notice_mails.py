"""Notices by mail: at once, in one digest a civil day, or not at all; no patient, no medicine, nobody twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from compassionate.models import Notice, OutboxMessage, new_id
from compassionate.services import notice_mails, outbox, telling
from compassionate.services.actors import actor_of
from compassionate.services.noticeboard import choose
from compassionate.workflow.notices import KINDS
from tests.services.notice_world import Telling
from tests.world import START

pytestmark = pytest.mark.one_database  # but for what two of them do at once

MADRID = ZoneInfo("Europe/Madrid")
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=MADRID), datetime(2026, 10, 25, tzinfo=MADRID)


@pytest.fixture
def held(fresh_engine, vault) -> Iterator[Telling]:
    found = Telling(fresh_engine, vault)
    for name in ("physician", "pharmacist", "director"):
        found.world.accounts[name].email = f"{name}@hga.example"
    found.world.session.commit()
    yield found
    found.world.session.close()


def put(held: Telling, how: str, at: datetime, who: str = "physician") -> None:
    """A notice that waits to go so."""
    session = held.world.session
    case = session.scalars(select(notice_mails.Case)).first() or held.world.open_case()
    session.add(
        Notice(account_id=held.world.accounts[who].id, case_id=case.id, kind="turn", key=new_id(), at=at, mail=how)
    )
    session.flush()
    session.execute(update(Notice).where(Notice.params.is_not(None)).values(params={"step": "endorse"}))
    session.commit()


def hand_over(held: Telling, at: datetime) -> int:
    return notice_mails.hand_over(held.read, held.write, at.astimezone(UTC), "https://hga.example")


def test_a_mail_says_code_step_state_and_link_and_no_patient_and_no_medicine(held: Telling):
    case = held.world.case_in("authorised")
    held.world.session.commit()
    telling.tell(held.read, held.write, held.world.now)
    assert hand_over(held, held.world.now) > 0
    mails = [mail for mail in held.mails() if "autorizada" in mail["text"]]
    assert {mail["to"] for mail in mails} == {"physician@hga.example"}
    assert case.code in mails[0]["subject"]
    assert f"https://hga.example/expedientes/{case.code}" in mails[0]["text"]
    for text in (mail["subject"] + mail["text"] for mail in held.mails()):
        for secret in ("Persona", "Inventada", "100001", "1980", "Células", "lumbar", "Promotor MSV"):
            assert secret not in text


def test_what_was_read_in_the_application_needs_no_mail_and_old_news_is_none(held: Telling):
    put(held, "now", START)
    held.world.session.execute(update(Notice).values(read_at=START))
    put(held, "now", START - notice_mails.MAIL_FOR)
    assert hand_over(held, START) == 0


def test_who_lost_the_role_gets_no_mail(held: Telling):
    put(held, "now", START)
    put(held, "daily", START)
    held.world.accounts["physician"].memberships[0].until_on = START.date() - timedelta(days=1)
    held.world.session.commit()
    hand_over(held, START + timedelta(hours=1))
    assert held.mails() == []


def test_a_person_without_an_address_or_who_wants_none_gets_none(held: Telling):
    person = actor_of(held.world.accounts["physician"], held.world.today)
    choose(held.world.session, person, dict.fromkeys(KINDS, "none"), held.world.now)
    held.world.accounts["pharmacist"].email = None
    held.world.case_in("authorised")
    held.world.session.commit()
    telling.tell(held.read, held.write, held.world.now)
    hand_over(held, held.world.now)
    assert {mail["to"] for mail in held.mails()} <= {"director@hga.example"}


def test_a_choice_holds_for_what_still_waits(held: Telling):
    put(held, "daily", START)
    person = actor_of(held.world.accounts["physician"], held.world.today)
    choose(held.world.session, person, dict.fromkeys(KINDS, "none"), START)
    held.world.session.commit()
    assert hand_over(held, START + timedelta(days=1)) == 0


def test_a_digest_goes_once_a_civil_day_after_its_hour(held: Telling):
    day = datetime(2026, 3, 3, tzinfo=MADRID)
    put(held, "daily", day)
    assert hand_over(held, day.replace(hour=6, minute=59)) == 0
    assert hand_over(held, day.replace(hour=7)) == 1
    put(held, "daily", day.replace(hour=8))
    assert [hand_over(held, day.replace(hour=hour)) for hour in (8, 12, 23)] == [0, 0, 0]
    assert hand_over(held, day.replace(day=4, hour=7)) == 1


@pytest.mark.parametrize(("day", "hour"), [(SPRING, 2), (AUTUMN, 2), (AUTUMN, 23)])
def test_in_a_day_of_23_or_25_hours_there_is_one(held: Telling, day: datetime, hour: int):
    held.world.centre.settings = {"digest_hour": hour}
    put(held, "daily", day)
    begin, made = day.astimezone(UTC), []
    for half_hours in range(53):  # a longer day has fifty; both ends are the days beside
        at = begin + timedelta(minutes=30 * half_hours)
        if at.astimezone(MADRID).date() != day.date():
            break
        put(held, "daily", at)
        made.append((at.astimezone(MADRID).hour, hand_over(held, at)))
    assert sum(count for _, count in made) == 1
    assert next(local for local, count in made if count) == (3 if (day, hour) == (SPRING, 2) else hour)


def test_after_a_week_without_power_there_is_one(held: Telling):
    for days in range(7):
        put(held, "daily", START + timedelta(days=days))
    assert hand_over(held, START + timedelta(days=7)) == 1
    assert "7" in held.mails()[0]["subject"]


def test_a_clock_that_jumps_a_day_ahead_and_back_repeats_and_loses_nothing(held: Telling):
    put(held, "daily", START)
    assert hand_over(held, START + timedelta(days=1)) == 1  # the clock is wrong
    put(held, "daily", START + timedelta(minutes=1))
    assert hand_over(held, START + timedelta(minutes=2)) == 1  # and right again: today has had none
    put(held, "daily", START + timedelta(minutes=3))
    assert hand_over(held, START + timedelta(days=1)) == 0  # tomorrow had its own already
    assert hand_over(held, START + timedelta(days=2)) == 1
    assert len(held.mails()) == 3


@pytest.mark.both_databases
def test_two_runs_at_once_make_one_digest_and_one_mail(held: Telling):
    put(held, "daily", START)
    put(held, "now", START, "pharmacist")
    at = START + timedelta(hours=2)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: hand_over(held, at), range(4)))
    assert sum(made) == len(held.mails()) == 2


@pytest.mark.both_databases
def test_a_kill_between_handing_over_and_sending_sends_once(held: Telling, monkeypatch: pytest.MonkeyPatch):
    put(held, "daily", START)
    at = START + timedelta(hours=2)
    with monkeypatch.context() as patch:
        patch.setattr(notice_mails, "mail", lambda *a, **b: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            hand_over(held, at)
    assert held.mails() == []
    assert (hand_over(held, at), hand_over(held, at)) == (1, 0)
    posted: list[object] = []
    for _ in range(2):
        outbox.send(held.read, held.write, posted.append, "farmacia@hga.example", at)
    assert len(posted) == 1
    with held.read() as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.key.startswith("digest-"))).one()
        assert "text" not in row.payload
