"""The demonstration: every state, every role, lived through the services, and nothing of it real."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask_security import hash_password
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.errors import Refused
from compassionate.extensions import foundation
from compassionate.models import AuditEntry, Case, CaseEvent, Centre, Membership, Patient, Product, Region, Visit
from compassionate.services import chain, checking, instance
from compassionate.services.demo import loading
from compassionate.services.demo.cohort import courses, sections
from compassionate.services.demo.leaflets import leaflet
from compassionate.services.documents import Plan, Prepared
from compassionate.services.patients import identity_of
from compassionate.workflow import engine
from compassionate.workflow.roles import Role
from tests.conftest import MASTER_KEY
from tests.world import World

TOKEN = re.compile(r'name="csrf_token" (?:type="hidden" )?value="([^"]+)"')
YEAR_AND_A_HALF = timedelta(days=530)


class Stamp:
    """Prints a page that says what it stands for: printing in earnest is tried by the long test."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def result(self) -> Prepared:
        asked = self.plan.asked
        pdf = leaflet(asked.kind, [str(getattr(self.plan.what, "code", ""))])
        return asked if asked.already else replace(asked, pdf=pdf, pages=1, issued_at=self.plan.at)


class QuickPrinter:
    def start(self, plan: Plan) -> Stamp:
        return Stamp(plan)


@pytest.fixture(scope="session")
def loaded(databases, tmp_path_factory) -> Iterator[tuple[Flask, list[Any]]]:
    """An installation with the demonstration, loaded once for all tests, and its accounts."""
    folder = tmp_path_factory.mktemp("demo")
    with databases.fresh_url("sqlite") as url:
        app = create_app(Settings(folder, url, "memory:", MASTER_KEY, "a secret of the tests", "a salt of the tests"))
        app.testing = True
        with app.app_context(), foundation().session(write=True) as session:
            players = loading.load(session, hash_password, QuickPrinter(), clock.now())
            loading.write_accounts(folder / "demo-accounts.json", players)
            session.commit()
        yield app, json.loads((folder / "demo-accounts.json").read_text("utf-8"))
        app.extensions["compassionate"].engine.dispose()


@pytest.fixture
def session(loaded) -> Iterator[Session]:
    with loaded[0].app_context(), foundation().session() as session:
        yield session


def test_a_case_stands_in_every_state(session):
    states = {state.id for state in engine.latest("es-individual").case.states}
    assert len(states) == 23
    assert set(session.scalars(select(Case.state))) == states


def test_two_hospitals_in_two_communities_with_every_role(session):
    assert dict(session.execute(select(Centre.code, Centre.territory)).all()) == {"HGA": "ES-MD", "HGB": "ES-CT"}
    held: dict[str, set[str]] = {}
    for row in session.scalars(select(Membership)):
        held.setdefault(row.centre.code, set()).add(row.role)
    assert held == {"HGA": {role.value for role in Role}, "HGB": {"physician", "pharmacist"}}


def test_every_account_of_the_file_logs_in(loaded):
    app, accounts = loaded
    assert len(accounts) == 15
    for account in accounts:
        assert account.keys() == {"username", "password", "roles", "centre"}
        client = app.test_client()
        token = TOKEN.search(client.get("/login").text)
        assert token is not None
        typed = {"username": account["username"], "password": account["password"], "csrf_token": token[1]}
        assert client.post("/login", data=typed).status_code == 302, account["username"]
        assert client.get("/").status_code == 200


def test_only_the_owner_of_the_installation_reads_the_passwords(loaded):
    path = Path(loaded[0].instance_path) / "demo-accounts.json"
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_row_was_put_in_beside_the_services(session):
    events = session.scalars(select(CaseEvent).order_by(CaseEvent.case_version)).all()
    audited = {json.loads(row)["detail"].get("event") for row in session.scalars(select(AuditEntry.row))}
    assert {event.id for event in events} <= audited
    for case in session.scalars(select(Case)):
        mine = [event for event in events if event.case_id == case.id]
        moves = [event for event in mine if event.region == "case" and event.after]
        assert (mine[0].name, mine[-1].case_version) == ("open_case", case.version)
        assert moves[-1].after == case.state
        assert [event.before for event in moves[1:]] == [event.after for event in moves[:-1]]
    assert chain.verify(session).ok


def test_it_looks_alive_today_and_nothing_is_yet_to_come(session):
    now = clock.now()
    instants = session.scalars(select(CaseEvent.at)).all()
    assert now - min(instants) > YEAR_AND_A_HALF
    assert now - timedelta(days=7) < max(instants) <= now
    assert not any("clock_behind" in row for row in session.scalars(select(AuditEntry.row)))


def test_everything_is_marked_as_a_demonstration(session):
    for model in (Case, Patient, Product, Centre):
        assert set(session.scalars(select(model.is_demo))) == {True}
    for patient in session.scalars(select(Patient)):
        assert identity_of(session, patient).surnames.startswith("Demostración")
    assert instance.is_demo(session)


def test_no_two_patients_are_one_person(session):
    people = [identity_of(session, patient) for patient in session.scalars(select(Patient))]
    assert len({(person.birth_on, person.surnames) for person in people}) == len(people)


def test_ten_disc_patients_were_seen_for_a_year(session):
    seen = (
        select(Visit.case_id)
        .join(Case, Case.id == Visit.case_id)
        .join(Product, Product.id == Case.product_id)
        .where(Product.programme == "disc-msc", Visit.status == "done", Visit.name.in_(("baseline", "m3", "m6", "m12")))
        .group_by(Visit.case_id)
        .having(func.count() == 4)
    )
    assert len(session.scalars(seen).all()) == 10


def test_trajectories_are_always_the_same_and_never_alike():
    first, again = courses(), courses()
    assert [course.visits for course in first] == [course.visits for course in again]
    ways = [tuple(answers["vas_pain"] for answers in course.visits.values()) for course in first]
    assert len(set(ways)) == 10
    assert 7 <= sum(way[-1] <= 0.7 * way[0] for way in ways) <= 9


@pytest.mark.parametrize("percent", [0, 7, 38.5, 62, 100])
def test_section_scores_add_up_to_the_percentage(percent):
    scores = sections(Random(1), percent)
    assert len(scores) == 10
    assert all(0 <= score <= 5 for score in scores)
    assert abs(2 * sum(scores) - percent) <= 1


def test_what_runs_beside_the_cases_is_shown_too(session):
    regions = {(row.kind, row.state) for row in session.scalars(select(Region))}
    assert ("continuation", "awaiting_endorsement") in regions
    assert {state for kind, state in regions if kind == "supply"} >= {"none", "promised", "released"}
    assert {state for kind, state in regions if kind == "consent"} >= {"not_started", "informed", "signed"}
    assert {state for kind, state in regions if kind == "sponsor_agreement"} >= {"not_asked", "asked", "given"}


def test_every_paper_and_document_has_its_file(session):
    found = checking.check(session)
    assert found.ok
    assert found.rows > 100


def test_it_is_not_loaded_twice(session):
    with pytest.raises(Refused) as refused:
        loading.refuse_beside_real_cases(session)
    assert [reason.code for reason in refused.value.reasons] == ["demo.already_there"]


@pytest.mark.one_database
def test_it_is_never_loaded_beside_real_cases(fresh_engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        World(session, code="REAL").open_case()
        with pytest.raises(Refused) as refused:
            loading.load(session, str, QuickPrinter(), clock.now())
    assert [reason.code for reason in refused.value.reasons] == ["demo.real_cases"]
