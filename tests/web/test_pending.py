"""What a case lacks, on one page: every blocked step with its condition, article, people and link; nobody left out."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from compassionate import clock
from compassionate.errors import Reason, Refused
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services.advance import Possible, advance, ask, possible
from compassionate.services.pending import pending
from compassionate.services.signed_steps import signed_act
from compassionate.services.wording import reason_words
from compassionate.web.access import declared_access
from compassionate.workflow.facts import Facts
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.roles import Role
from tests.web.conftest import Browser
from tests.workflow.situations import TODAY
from tests.world import World

pytestmark = pytest.mark.one_database  # every question here is asked of both by the tests of services

LogIn = Callable[[str], Browser]


def page_of(browser: Browser, case: Case) -> str:
    return unescape(browser.get(f"/expedientes/{case.code}/que-falta").text)


def blocked(world: World, case: Case) -> list[Possible]:
    return [step for step in possible(world.session, None, case, clock.now()) if not step.answer.allowed]


@pytest.mark.parametrize("state", ["draft", "preparing", "awaiting_endorsement", "ready_to_submit", "authorised"])
def test_the_page_names_of_every_blocked_step_the_condition_the_article_somebody_and_the_link(
    world: World, log_in: LogIn, state: str
):
    case = world.case_in(state)
    world.session.commit()
    code = case.code
    reasons = [reason for step in blocked(world, case) for reason in step.answer.reasons]
    world.session.rollback()
    page = page_of(log_in("physician"), case)
    assert reasons or state == "awaiting_endorsement"
    for reason in reasons:
        for said in (reason_words(reason), reason.legal_basis, f'href="{cure_url(reason.cure, code)}"'):
            assert said in page
    assert "nadie tiene hoy esta función" not in page


def test_the_people_who_can_act_are_named_and_the_patients_own_physician_alone(world: World, log_in: LogIn):
    world.add_person("suplente", Role.PHYSICIAN)
    world.add_person("segunda", Role.PHARMACIST)
    case = world.case_in("preparing")
    world.session.commit()
    page = page_of(log_in("nurse"), case)
    assert "Physician de HGA" in page
    assert "Suplente de HGA" not in page
    assert "Segunda de HGA" in page
    assert "Le toca a usted" not in page
    assert "Le toca a usted" in page_of(log_in("physician"), case)
    assert "(Physician de HGA)" in log_in("pharmacist").get(f"/expedientes/{case.code}/pasos/request_endorsement").text


def test_who_took_part_is_not_named_to_endorse_and_where_nobody_is_left_that_is_what_is_missing(
    world: World, log_in: LogIn
):
    world.add_person("segunda", Role.DIRECTOR)
    case = world.case_in("awaiting_endorsement")
    world.add_paper(case, who="director")
    (share,) = [each for each in pending(world.session, case, clock.now()).shares if each.role == "director"]
    assert [each.name for each in share.people] == ["Segunda de HGA"]
    assert share.owed == []
    world.add_paper(case, who="segunda")
    (share,) = [each for each in pending(world.session, case, clock.now()).shares if each.role == "director"]
    assert [owed.reason.code for owed in share.owed] == ["endorsement.own_request"]
    world.session.commit()
    page = page_of(log_in("director"), case)
    assert 'href="/administracion/delegaciones"' in page


def test_one_thing_that_holds_up_several_steps_is_said_once_with_all_of_them(world: World):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "record_consent_revocation@use", on=str(world.today), form="oral")
    world.act(case, "physician", "interrupt_treatment", reason="Revoca")
    owed = [each for share in pending(world.session, case, clock.now()).shares for each in share.owed]
    said = [(each.reason.code, each.number) for each in owed]
    assert len(said) == len(set(said))
    assert "consent.revoked" in {code for code, _ in said}


def failing() -> set[Reason]:
    """A reason of every condition that can fail, as an empty case gives them."""
    facts = Facts(TODAY, hospital_centre=False, sponsor_agreement="asked", committee="asked", insurance_held=False)
    return {reason for guard in GUARDS.values() for reason in guard(facts, None, None)}


def test_every_page_that_cures_is_open_to_whom_it_is_named_for(app: Flask):
    router = app.url_map.bind("localhost")
    own = Reason("endorsement.own_request", who="director", cure="delegations")
    for reason in {*failing(), own}:
        endpoint, _ = router.match(cure_url(reason.cure, "HGA-2026-000000", 0, "HGA"))
        declared = declared_access(app, endpoint)
        assert isinstance(declared, frozenset)
        assert Role(reason.who) in declared, (reason.code, endpoint)


DAYS = ("available_on", "accessed_on", "on", "notified_on", "decided_on", "seen_on", "letter_on")
WORDS = ("reason", "cause", "text", "ground", "resolution", "basis_stated", "reference")
CHOSEN = {
    "route": "research",
    "ending": "other",
    "form": "written",
    "signed_by": "patient",
    "copy_given": "1",
    "request_kind": "more_packs",
    "ordered_by": "agency",
    "channel": "mse",
    "grounds": ["risk"],
    "appeal_named": "none",
    "packs_granted.1": "1",
    "sheet_version": "1",
}
OF_A_BATCH = {"release_supply", "reject_supply", "return_supply", "destroy_supply", "receive_supply", "order_supply"}


def test_at_every_state_of_the_way_what_refuses_was_said_and_what_was_not_refused_succeeds(world: World):
    """Half one and half two, through the services; what a batch can tell alone is the supply's own test."""
    case, tried = world.open_case(), 0
    for _, how in world.route():
        for who in ("physician", "pharmacist", "director", "regulatory", "auditor"):
            for step in possible(world.session, world.people[who], case, world.now):
                tried += 1
                refused = refusal(world, case, who, step)
                assert refused == step.answer.reasons, (case.state, step.action, who)
                assert ask(world.session, world.people[who], case, step.action, world.now).reasons == refused
        how(case)
    assert tried > 400


def form_of(world: World) -> dict[str, object]:
    """A form with something right in every field that any step asks for."""
    at = {
        "submitted_at": world.now.isoformat(),
        "answered_at": world.now.isoformat(),
        "filed_at": world.now.isoformat(),
    }
    return CHOSEN | dict.fromkeys(DAYS, str(world.today)) | dict.fromkeys(WORDS, "MSE-1") | at


def refusal(world: World, case: Case, who: str, step: Possible) -> tuple[Reason, ...]:
    """With what reasons a step is refused when it is taken; none where it succeeds. Nothing of it is kept."""
    needs_more = step.name in OF_A_BATCH or any(asked.name == "identity_checked" for asked in step.answer.row.inputs)
    needs_paper = any(asked.kind == "paper" and asked.required for asked in step.answer.row.inputs)
    if step.answer.allowed and (needs_more or needs_paper):
        return ()
    act, actor = signed_act(world.session, case, step.action), world.people[who]
    if act:
        actor = world.signer(actor, case, act.meaning, act.number, act.subject)
    nested = world.session.begin_nested()
    try:
        advance(world.session, actor, case, step.action, form_of(world), world.now)
    except Refused as refused:
        return refused.reasons
    finally:
        nested.rollback()
    return ()
