"""A patient's link: signed, once, for one visit of one case; what comes with it waits for a clinician."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, CaseEvent, Notice, PatientLink
from compassionate.models.vault import unseal
from compassionate.services import patient_answers, patient_links, visits
from compassionate.services.answers import find
from compassionate.services.snapshots import snapshot
from tests.world import VISIT, World

pytestmark = pytest.mark.one_database
KEY = "a secret of the installation"
SAID = {"vas_pain": 35, "analgesics": "none"}


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def case(world: World) -> Case:
    return world.case_in("in_follow_up")


def make(world: World, case: Case, name: str = "m3", who: str = "nurse", days: str = "7", tongue: str = "es") -> str:
    visit = visits.visit_of(world.session, case, name)
    return patient_links.make(world.session, KEY, world.people[who], case, visit, days, tongue, world.tick())


def opened(world: World, token: str) -> Any:
    return patient_links.opened(world.session, KEY, token, world.now)


def answer(world: World, token: str, **said: Any) -> PatientLink:
    row, case, visit = opened(world, token)
    patient_answers.answer(world.session, row, case, visit, said or SAID, world.tick())
    return row


def answered(world: World, case: Case) -> list[patient_answers.Answered]:
    return patient_answers.answered(world.session, case, visits.visit_of(world.session, case, "m3"))


def accept(world: World, case: Case, link: PatientLink, *chosen: str, who: str = "nurse") -> None:
    patient_answers.accept(world.session, world.people[who], case, "m3", link.id, chosen, world.tick())


def test_the_database_keeps_no_link_that_anybody_could_follow(world: World, case: Case) -> None:
    token = make(world, case)
    row = world.session.scalars(select(PatientLink)).one()
    secret = URLSafeSerializer(KEY, salt=patient_links.SALT).loads(token)
    assert row.digest == patient_links.digest_of(secret)
    kept = [str(value) for value in vars(row).values()] + list(world.session.scalars(select(AuditEntry.row)))
    assert not [each for each in kept if secret in each or token in each]


@pytest.mark.parametrize("end", ["revoked", "made anew", "expired", "used", "blocked", "closed", "done", "lost"])
def test_a_link_that_is_over_opens_nothing_whatever_ended_it(world: World, case: Case, end: str) -> None:
    token = make(world, case)
    visit = visits.visit_of(world.session, case, "m3")
    if end == "revoked":
        patient_links.revoke(world.session, world.people["physician"], case, visit, world.tick())
    elif end == "made anew":
        make(world, case)
    elif end == "expired":
        world.now += timedelta(days=7)
    elif end == "used":
        answer(world, token)
    elif end == "blocked":
        case.blocked_at = world.tick()
    elif end == "done":
        visits.record_visit(world.session, world.people["nurse"], case, "m3", str(world.today), VISIT, world.tick())
    else:
        case.state = {"closed": "closed", "lost": "lost_to_follow_up"}[end]
    with pytest.raises(NotFound):
        opened(world, token)


@pytest.mark.parametrize("guess", ["", "x", "x" * 5000, "a.b.c", '"x"', "\u0000", None])
def test_a_guess_fails_at_the_signature(world: World, case: Case, guess: str | None) -> None:
    make(world, case)
    if guess is None:  # of another installation, or with another salt
        guess = URLSafeSerializer("another", salt=patient_links.SALT).dumps("x")
    with pytest.raises(NotFound):
        opened(world, guess)


def test_a_secret_that_this_installation_did_not_sign_opens_nothing(world: World, case: Case) -> None:
    secret = URLSafeSerializer(KEY, salt=patient_links.SALT).loads(make(world, case))
    for key, salt in (("another", patient_links.SALT), (KEY, "password-link")):
        with pytest.raises(NotFound):
            opened(world, str(URLSafeSerializer(key, salt=salt).dumps(secret)))


@pytest.mark.parametrize("what", [["x"], 7, None, {"a": 1}])
def test_what_is_signed_and_is_no_secret_opens_nothing(world: World, what: Any) -> None:
    with pytest.raises(NotFound):
        opened(world, str(URLSafeSerializer(KEY, salt=patient_links.SALT).dumps(what)))


def test_so_many_forms_that_cannot_be_taken_end_a_link(world: World, case: Case) -> None:
    token = make(world, case)
    for _ in range(patient_links.MOST_TRIES):
        row, held, visit = opened(world, token)
        with pytest.raises(Invalid):
            patient_answers.answer(world.session, row, held, visit, {"vas_pain": 101}, world.now)
        patient_links.failed(world.session, row, held, world.now)
    with pytest.raises(NotFound):
        opened(world, token)


@pytest.mark.parametrize("said", [{"vas_pain": 101}, {"odi_1": 1}, {"adverse_events": True}, {"vas_pain": "35"}])
def test_only_what_was_asked_is_taken_and_only_in_its_range(world: World, case: Case, said: dict[str, Any]) -> None:
    token = make(world, case)
    with pytest.raises(Invalid):
        answer(world, token, **said)


def test_a_link_is_made_by_physician_and_nurse_for_a_visit_that_waits(world: World, case: Case) -> None:
    for who in ("pharmacist", "resident", "director"):
        with pytest.raises(Refused):
            make(world, case, who=who)
    with pytest.raises(Invalid):
        make(world, case, days="400")
    visits.skip_visit(world.session, world.people["nurse"], case, "m6", "waived", "No hace falta", world.tick())
    with pytest.raises(Invalid):
        make(world, case, "m6")


def test_answers_wait_and_are_no_measurement_until_a_clinician_takes_them(world: World, case: Case) -> None:
    link = answer(world, make(world, case))
    assert visits.planned(world.session, case, world.now)[1].scores == {}
    (held,) = answered(world, case)
    assert (held.waits, dict(held.answers)) == (True, SAID)
    accept(world, case, link, "vas_pain")
    row = find(world.session, case, visits.visit_form(world.session, case), "m3")
    assert row is not None
    assert unseal(world.session, row, "answers", case.key_id) == {"vas_pain": 35}
    visits.record_visit(
        world.session, world.people["nurse"], case, "m3", str(world.today), VISIT | {"vas_pain": 50}, world.tick()
    )
    (kept,) = answered(world, case)
    assert (kept.answers["vas_pain"], kept.row.verdict, kept.decided_by) == (35, "accepted", "Nurse de HGA")
    told = next(each for each in snapshot(world.session, case).visits if each.name == "m3")
    assert (told.scores["vas"], told.by_patient[0].answers["vas_pain"]) == (50, 35)
    with pytest.raises(NotFound):
        accept(world, case, link, "vas_pain")


def test_history_says_that_the_patient_answered_and_who_took_it(world: World, case: Case) -> None:
    link = answer(world, make(world, case))
    accept(world, case, link, "vas_pain")
    named = select(CaseEvent).where(CaseEvent.name == "accept_patient_answers")
    event = world.session.scalars(named).one()
    inputs = unseal(world.session, event, "inputs", case.key_id)
    assert (inputs["answers"], inputs["accepted"], event.instance) == (SAID, ["vas_pain"], "m3")


def test_answers_that_are_set_aside_stay_readable_with_the_reason(world: World, case: Case) -> None:
    link = answer(world, make(world, case))
    nurse = world.people["nurse"]
    with pytest.raises(Invalid):
        patient_answers.discard(world.session, nurse, case, "m3", link.id, " ", world.tick())
    patient_answers.discard(world.session, nurse, case, "m3", link.id, "Lo rellenó un familiar", world.tick())
    assert [(each.row.verdict, dict(each.answers)) for each in answered(world, case)] == [("discarded", SAID)]
    assert find(world.session, case, visits.visit_form(world.session, case), "m3") is None


def test_nobody_without_the_role_takes_or_discards_answers(world: World, case: Case) -> None:
    link = answer(world, make(world, case))
    with pytest.raises(Refused):
        accept(world, case, link, "vas_pain", who="pharmacist")


def notices(world: World, case: Case) -> set[tuple[str, str, str]]:
    names = {account.id: name for name, account in world.accounts.items()}
    rows = world.session.scalars(select(Notice).where(Notice.case_id == case.id)).all()
    return {(names[row.account_id], row.kind, row.params.get("stage", "")) for row in rows}


def test_what_worries_a_patient_reaches_the_physician_without_a_word_of_it(world: World, case: Case) -> None:
    answer(world, make(world, case), symptoms=True, symptoms_text="Fiebre de 39 desde ayer")
    assert ("physician", "safety", "symptoms") in notices(world, case)
    kept = repr([row.params for row in world.session.scalars(select(Notice))])
    audit = "".join(world.session.scalars(select(AuditEntry.row)))
    assert "Fiebre" not in kept + audit
    (held,) = answered(world, case)
    assert held.symptoms == "Fiebre de 39 desde ayer"


def test_an_ordinary_answer_is_told_as_one(world: World, case: Case) -> None:
    answer(world, make(world, case))
    assert notices(world, case) == {("physician", "visit", "answered"), ("nurse", "visit", "answered")}
