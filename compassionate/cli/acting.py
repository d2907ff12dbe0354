"""In whose name a command acts: sessions, `--as`, and the signatures that nobody gives for somebody else."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.cli.answering import wrong
from compassionate.errors import Conflict, NotFound, Reason, Refused
from compassionate.extensions import foundation
from compassionate.models import Case, Centre
from compassionate.services import accounts, audit, cases, operators
from compassionate.services.actors import Actor, actor_of
from compassionate.services.instance import centre_named, is_demo
from compassionate.services.proofs import SigningAct, of_demonstration

SPAIN = "Europe/Madrid"
SHOWN = "shown"  # what a session showed, until it is on record

in_name_of = click.option("--as", "username", required=True, metavar="USUARIO", help="En nombre de quién se actúa.")
perhaps_in_name_of = click.option("--as", "username", metavar="USUARIO", help="En nombre de quién se actúa.")
a_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def operator() -> str:
    """Who typed the command: the account of the machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operador"


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads; which cases it was shown stands in the chain of reads before anything is printed."""
    with foundation().session() as session:
        yield session
        shown = session.info.pop(SHOWN, [])
    if shown:
        with foundation().session(write=True) as session:
            audit.write(session, audit.READS, shown)
            session.commit()


@contextmanager
def writing() -> Iterator[Session]:
    """A session whose work is kept as a whole, or not at all; a lost race says where the case stands now."""
    with foundation().session(write=True) as session:
        try:
            yield session
            audit.write(session, audit.READS, session.info.pop(SHOWN, []))
            session.commit()
        except Conflict as error:
            session.rollback()
            raise _where_it_stands(session, error) from error
        except Refused as error:
            session.rollback()
            _refused(session, error)
            raise


def _refused(session: Session, error: Refused) -> None:
    codes = sorted({reason.code for reason in error.reasons})
    held = session.info.pop(SHOWN, None) or [_shown(None, "command", None)]
    detail = {**held[-1].detail, "reasons": codes}
    with foundation().session(write=True) as writer:
        audit.write(writer, audit.AUDIT, [replace(held[-1], action="refused", result=audit.REFUSED, detail=detail)])
        writer.commit()


def _where_it_stands(session: Session, error: Conflict) -> Conflict:
    case = cases.get_case(session, operators.reader(session, operator()), error.case_code)
    return Conflict(case.code, case.state, case.version)


def actor_for(session: Session, username: str) -> Actor:
    """The person in whose name a command acts, with who typed it; leaves with 2 where there is no such account."""
    try:
        account = accounts.find(session, username)
    except NotFound:
        wrong(f"No hay ninguna cuenta «{username}».")
    return actor_of(account, clock.civil_date(clock.now(), SPAIN), operator())


def asker(session: Session, username: str | None) -> Actor | None:
    """The person named, if one was."""
    return actor_for(session, username) if username else None


def case_for(session: Session, code: str, actor: Actor | None = None) -> Case:
    """The case of that code, as the actor (or the person at the machine) may see it; leaves with 2."""
    who = actor or operators.reader(session, operator())
    try:
        case = cases.get_case(session, who, code)
        noted(session, who, "command", case)
        return case
    except NotFound:
        wrong(f"No hay ningún expediente «{code}» a su alcance.")


def noted(session: Session, actor: Actor, action: str, case: Case | None = None, **detail: Any) -> None:
    """Remember that this command shows a case, or several (Ley 41/2002 art. 16; ASVS 16.3.2)."""
    session.info.setdefault(SHOWN, []).append(_shown(actor, action, case, **detail))


def _shown(actor: Actor | None, action: str, case: Case | None, **detail: Any) -> audit.Act:
    page = click.get_current_context().command_path.partition(" ")[2]
    return audit.act(actor or operators.at_the_machine(operator()), action, now(), case, detail={"page": page} | detail)


def centre_for(session: Session, code: str) -> Centre:
    """The centre of that code; leaves with 2."""
    try:
        return centre_named(session, code)
    except NotFound:
        wrong(f"No hay ningún centro «{code}».")


def refuse_to_sign(session: Session) -> None:
    """Nobody signs for somebody else at a command line, but for the invented people of a demo."""
    if not is_demo(session):
        raise Refused((Reason("signature.in_person", "RD 1015/2009 art. 8.1, 11.2", "", "case"),))


def signer(session: Session, actor: Actor, case: Case, meaning: str, number: int = 0, subject: str = "") -> Actor:
    """One of the invented people of a demo, about to sign; raises Refused anywhere else (SIG-01)."""
    refuse_to_sign(session)
    act = SigningAct(meaning, case.id, number, subject)
    return actor.with_proof(of_demonstration(actor.account_id, act, now()))


def json_file(path: Path) -> dict[str, Any]:
    """The JSON object in a file; leaves with 2 where it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        wrong(f"«{path}» no es JSON: {error}")
    if not isinstance(document, dict):
        wrong(f"«{path}» tiene que contener un objeto JSON.")
    return document


def now() -> datetime:
    """The instant at which a command acts."""
    return clock.now()
