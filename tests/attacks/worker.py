"""A worker to be killed: does acts through the services as the product does, and says each one that was committed.

A parent that has everything imported forks one at each line of standard input, so that a kill costs milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.catalogue import content_sha256
from compassionate.extensions import Foundation
from compassionate.models import Account, Case, Centre, Product, new_id
from compassionate.models.database import make_engine
from compassionate.models.vault import Vault
from compassionate.services import cases, documents, papers, patients
from compassionate.services.actors import Actor, actor_of
from compassionate.services.advance import advance
from compassionate.services.snapshots import snapshot
from compassionate.services.store import open_store
from tests.conftest import MASTER_KEY
from tests.world import FORMS, a_pdf, today

Act = Callable[[Session, Actor, Case], tuple[str, str]]


def step(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    """To and fro."""
    names = {"draft": "start_screening", "screening": "refer", "referred": "reopen_screening"}
    given = {"route": "research", "reason": "Ensayo"}
    event = advance(session, actor, case, names[case.state], given, clock.now())
    return event.name, event.id


def paper(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    """A paper of some size, so that a kill can fall into its writing."""
    upload = papers.Upload("papel.pdf", "application/pdf", a_pdf(ballast=os.urandom(60_000)))
    return "upload_paper", papers.upload(session, actor, case, "evidence", "Papel", upload, clock.now()).id


def document(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    """A document of what the case says now, kept as any other but with a blank page."""
    paper(session, actor, case)
    digest = content_sha256(snapshot(session, case, 0), "dossier", "hospital")
    last = documents.latest(session, case, "dossier", "hospital", 0)
    version = last.version + 1 if last else 1
    prepared = documents.Prepared("dossier", "hospital", 0, version, digest, a_pdf(), 1, new_id()[-16:])
    return "issue_document", documents.keep(session, actor, case, prepared, clock.now()).id


def opening(session: Session, actor: Actor, case: Case) -> tuple[str, str]:
    """A new case of a new patient."""
    centre, product = session.get_one(Centre, case.centre_id), session.get_one(Product, case.product_id)
    today = clock.civil_date(clock.now(), centre.zone)
    nhc = str(random.randrange(10**9))
    given = {"given_name": "Persona", "surnames": "Inventada", "birth_on": "1980-02-03", "sex": "female", "nhc": nhc}
    patient = patients.register(session, centre, patients.read_identity(given, today), clock.now())
    wanted = cases.Opening(centre, patient, product, (1,), session.get_one(Account, case.physician_id))
    made = cases.open_case(session, actor, wanted, clock.now())
    return "open_case", made.id


ACTS: list[Act] = [step, step, paper, document, opening]


def act(held: Foundation, wanted: Act, keep: bool = True) -> dict[str, Any]:
    """Do one act and commit it; returns what may be said of it."""
    with held.session(write=True) as session:
        account = session.scalars(select(Account).where(Account.username.startswith("pharmacist"))).one()
        actor = actor_of(account, today())
        code = random.choice(session.scalars(select(Case.code).order_by(Case.code).limit(6)).all())
        case = cases.get_case(session, actor, code)
        name, made = wanted(session, actor, case)
        if name == "open_case":
            case = session.get_one(Case, made)
        told = {"code": case.code, "version": case.version, "name": name, "id": made}
        if keep:
            session.commit()
    return told


class NoStore:
    """Takes files and keeps none: the real store has threads, which no fork survives."""

    def put(self, *given: Any, **more: Any) -> None:
        """Keep nothing."""


def work(held: Foundation) -> None:
    """Act for ever; each act is said after its commit."""
    random.seed(os.urandom(8))
    while True:
        say(act(held, random.choice(ACTS)))


def say(told: dict[str, Any]) -> None:
    """One line on standard output, past every buffer."""
    os.write(1, (json.dumps(told) + "\n").encode())


def main(url: str, store: str) -> None:
    """Fork a worker at each line; when it is dead, say how it ended."""
    engine, vault = make_engine(url), Vault(MASTER_KEY)
    for each in ACTS:  # statements are compiled once, before the first fork
        act(Foundation(engine, vault, FORMS, NoStore()), each, keep=False)  # type: ignore[arg-type]
    engine.dispose()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(Foundation(engine, vault, FORMS, open_store(store)))
        say({"started": child})
        _, status = os.waitpid(child, 0)
        say({"dead": child, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})


if __name__ == "__main__":
    main(*sys.argv[1:])
