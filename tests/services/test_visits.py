"""Follow-up: visits in their windows, why one was not made, attempts, reactions owed until a physician settles them."""

from __future__ import annotations

import pytest

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.services import reactions, team, visits
from tests.world import VISIT, World, miss


@pytest.fixture
def world(session):
    return World(session)


def record(world, case, name="m3", on=None, version=None, who="physician", **answers):
    return visits.record_visit(
        world.session,
        world.people[who],
        case,
        name,
        str(world.today) if on is None else on,
        VISIT | answers,
        world.tick(),
        version,
    )


def skip(world, case, status="missed", reason="No contesta", name="m3"):
    return visits.skip_visit(world.session, world.people["nurse"], case, name, status, reason, world.tick())


def wrong(refusal):
    return {error.field: error.code for error in refusal.value.errors}


def timing(world, case):
    return [each.timing for each in visits.planned(world.session, case, world.now)]


def test_a_visit_keeps_its_day_and_its_scores(world):
    case = world.case_in("in_follow_up")
    record(world, case, vas_pain=35)
    held = next(each for each in visits.planned(world.session, case, world.now) if each.row.name == "m3")
    assert (held.row.done_on, held.timing) == (world.today, "done_off")
    assert (held.scores["vas"], held.scores["odi"]) == (35, 40)


def test_visits_open_fall_due_and_run_late(world):
    case = world.case_in("in_treatment")
    assert timing(world, case) == ["due", "ahead", "ahead", "ahead"]
    world.tick(24 * 80)
    assert timing(world, case) == ["overdue", "open", "ahead", "ahead"]
    world.tick(24 * 12)
    assert timing(world, case) == ["overdue", "due", "ahead", "ahead"]
    world.tick(24 * 30)
    assert timing(world, case) == ["overdue", "overdue", "ahead", "ahead"]


def test_the_window_is_the_hospitals_own_where_the_programme_has_none(world):
    case = world.case_in("in_treatment")
    case.centre.settings = {"visit_window_days": 3}
    visit = visits.visit_of(world.session, case, "m3")
    visit.before_days = visit.after_days = None
    held = visits.planned(world.session, case, world.now)[1]
    assert ((held.closes_on - held.opens_on).days, held.row.name) == (6, "m3")


def test_before_the_first_dose_no_visit_has_a_day(world):
    assert set(timing(world, world.case_in("authorised"))) == {"undated"}


def test_a_visit_outside_its_window_is_told_apart(world):
    case = world.case_in("in_follow_up")
    record(world, case)
    assert [each.is_off for each in visits.planned(world.session, case, world.now)][:2] == [False, True]


@pytest.mark.parametrize(
    ("on", "code"), [("", "value.missing"), ("31/02/2026", "value.date_format"), ("2126-01-01", "value.date_in_future")]
)
def test_the_day_of_a_visit_is_looked_at(world, on, code):
    with pytest.raises(Invalid) as refusal:
        record(world, world.case_in("in_follow_up"), on=on)
    assert wrong(refusal) == {"done_on": code}


def test_two_people_who_fill_one_visit_do_not_overwrite_each_other(world):
    case = world.case_in("in_follow_up")
    record(world, case, version=0)
    with pytest.raises(Conflict):
        record(world, case, version=0, vas_pain=10)


@pytest.mark.parametrize("status", visits.SKIPPED)
def test_a_visit_that_was_not_made_says_why(world, status):
    case = world.case_in("in_follow_up")
    if status == "missed":
        miss(world, case)
    else:
        skip(world, case, status)
    held = visits.planned(world.session, case, world.now)[1]
    assert (held.timing, held.reason) == (status, "No contesta")


def test_a_missed_visit_may_still_be_made(world):
    case = world.case_in("in_follow_up")
    miss(world, case)
    record(world, case)
    held = visits.planned(world.session, case, world.now)[1]
    assert (held.timing, held.off_days, held.reason) == ("done_off", 1, "")


def test_what_is_wrong_with_a_visit_not_made_is_said_at_once(world):
    with pytest.raises(Invalid) as refusal:
        skip(world, world.case_in("in_follow_up"), status="", reason=" ")
    assert wrong(refusal) == {"status": "value.missing", "reason": "value.missing"}


def test_a_visit_that_was_made_is_not_missed(world):
    case = world.case_in("in_follow_up")
    record(world, case)
    with pytest.raises(Invalid) as refusal:
        skip(world, case, "waived")
    assert wrong(refusal) == {"status": "visit.already_done"}


def test_there_is_no_visit_that_was_never_planned(world):
    with pytest.raises(NotFound):
        record(world, world.case_in("in_follow_up"), name="m5")


def test_a_pharmacist_records_no_visit(world):
    with pytest.raises(Refused):
        record(world, world.case_in("in_follow_up"), who="pharmacist")


def test_attempts_open_the_way_to_lost_to_follow_up(world):
    case, physician = world.case_in("in_follow_up"), world.people["physician"]
    for channel in ("telephone", "telephone", "letter"):
        given = {"on": str(world.today), "channel": channel, "outcome": "Sin respuesta"}
        visits.record_attempt(world.session, physician, case, given, world.tick())
    world.act(case, "physician", "record_lost_to_follow_up")
    newest, outcome, _ = visits.attempts(world.session, case)[0]
    assert (newest.channel, outcome) == ("letter", "Sin respuesta")


def test_everything_wrong_with_an_attempt_is_said_at_once(world):
    case = world.case_in("in_follow_up")
    with pytest.raises(Invalid) as refusal:
        visits.record_attempt(world.session, world.people["physician"], case, {"outcome": "a" * 2001}, world.tick())
    assert wrong(refusal) == {"on": "value.missing", "channel": "value.missing", "outcome": "value.too_long"}


def test_an_adverse_event_is_owed_until_a_physician_has_settled_it(world):
    case = world.case_in("in_follow_up")
    for _ in range(2):  # saving the visit again owes no second one
        record(world, case, adverse_events=True, adverse_events_detail="Dolor en la zona de punción")
    held = reactions.triages(world.session, case)
    assert [(each.row.ground, each.visit, each.row.settled_at) for each in held] == [("suspected", "m3", None)]
    with pytest.raises(Refused) as refusal:
        world.act(case, "regulatory", "close")
    assert "reactions.open" in {reason.code for reason in refusal.value.reasons}
    physician = world.people["physician"]
    told = "Notificada al promotor y en notificaRAM, justificante 123"
    reactions.settle_reaction(world.session, physician, case, held[0].row.id, told, world.tick())
    assert [(each.outcome, each.settled_by) for each in reactions.triages(world.session, case)] == [
        (told, physician.name)
    ]


def test_a_reaction_is_settled_once_with_words_by_who_may(world):
    case = world.case_in("in_follow_up")
    record(world, case, adverse_events=True, adverse_events_detail="Fiebre")
    triage = reactions.open_reactions(world.session, case)[0].id
    with pytest.raises(Refused):
        reactions.settle_reaction(world.session, world.people["pharmacist"], case, triage, "Notificada", world.tick())
    physician = world.people["physician"]
    with pytest.raises(Invalid):
        reactions.settle_reaction(world.session, physician, case, triage, "  ", world.tick())
    reactions.settle_reaction(world.session, physician, case, triage, "Notificada", world.tick())
    with pytest.raises(NotFound):
        reactions.settle_reaction(world.session, physician, case, triage, "Otra vez", world.tick())


def test_a_death_after_treatment_owes_a_triage(world):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "record_death", on=str(world.today), cause="Accidente de tráfico")
    assert [each.row.ground for each in reactions.triages(world.session, case)] == ["death"]


def test_follow_up_forms_are_sent_where_the_authorisation_asks_for_them(world):
    case = world.case_in("submitted")
    world.authorise(case, follow_up_forms="1")
    physician = world.people["physician"]
    with pytest.raises(Invalid) as refusal:
        team.send_follow_up_forms(world.session, physician, case, "2026-01-01", world.tick())
    assert wrong(refusal) == {"on": "decision.forms_before_decided"}
    team.send_follow_up_forms(world.session, physician, case, str(world.today), world.tick())
    assert not team.forms_owed(world.session, case)
    assert [row.forms_sent_on for row in team.forms_sent(world.session, case)] == [world.today]


def test_nobody_sends_forms_that_nobody_asked_for(world):
    case = world.case_in("authorised")
    with pytest.raises(NotFound):
        team.send_follow_up_forms(world.session, world.people["physician"], case, str(world.today), world.tick())
