"""Whole installations for tests: started from their own secrets.json as a process does, with a hospital in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import config
from compassionate.application import create_app
from compassionate.models import Case, CaseEvent, Centre
from compassionate.models.vault import unseal
from compassionate.services import answers, chain, checking, papers, patients, showing
from compassionate.services.recording import inputs_of
from tests.world import World

Start = Callable[..., Flask]


@contextmanager
def installation(folder: Path, url: str) -> Iterator[Start]:
    """Start an installation of that folder and database as often as one likes."""
    config.make_secrets(folder)
    environment = {"COMPASSIONATE_INSTANCE": str(folder), "COMPASSIONATE_DATABASE_URL": url}
    started: list[Flask] = []

    def app(**more: str) -> Flask:
        started.append(create_app(config.load(environment | more)))
        return started[-1]

    yield app
    for each in started:
        each.extensions["compassionate"].engine.dispose()


def open_session(app: Flask) -> Session:
    """A session of a started installation."""
    return app.extensions["compassionate"].session()  # type: ignore[no-any-return]


def filled(app: Flask) -> None:
    """A hospital with one case on its way, a paper and a second person."""
    with open_session(app) as session:
        world = World(session)
        case = world.case_in("preparing")
        world.add_paper(case)
        world.open_case(nhc="777")
        showing.reveal(session, world.people["pharmacist"], case, "motivo escrito", world.tick())
        session.commit()


def everything(app: Flask) -> dict[str, Any]:
    """All that only keys can tell: identities, answers, papers, inputs of steps, who is found by a number."""
    with open_session(app) as session:
        case = session.scalars(select(Case).order_by(Case.code)).first()
        assert case is not None
        centre = session.scalars(select(Centre)).one()
        events = session.scalars(select(CaseEvent).where(CaseEvent.inputs.is_not(None)).order_by(CaseEvent.id))
        cases = session.scalars(select(Case).order_by(Case.code))
        held = {
            "identities": [patients.identity_of(session, each.patient) for each in cases],
            "answers": unseal(session, answers.find(session, case, "eligibility"), "answers", case.key_id),
            "papers": [papers.data_of(session, each.row) for each in papers.listed(session, case)],
            "inputs": [inputs_of(session, session.get_one(Case, each.case_id), each) for each in events],
            "found": patients.find_exactly(session, centre, "777"),
        }
        assert chain.verify(session).ok
        found = checking.check(session)
        assert found.ok, found
        assert held["found"]
        assert held["papers"]
    return held
