"""Every address of the application with something real in each of its parts, and what asking for them leaves behind."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from flask import Flask
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from compassionate.models import (
    AuditEntry,
    Case,
    Clock,
    Decision,
    IssuedDocument,
    Membership,
    Paper,
    Question,
    ReadEntry,
    Sponsor,
    SupplyEntry,
)
from compassionate.models.base import Base
from compassionate.services import conversation
from tests.world import World

CHAINS = {"audit_chains", "audit_entries", "read_entries"}


def busy_case(world: World, **said: Any) -> Case:
    """A case under treatment with a paper of its own, whose physician asks for more: there is a page for all of it."""
    case = world.case_in("in_treatment", **said)
    world.add_paper(case)
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    asked = {"to": "role:pharmacist", "text": "¿Cuándo llega el siguiente envío?"}
    conversation.ask(world.session, world.people["physician"], case, asked, world.tick())
    return case


def rules(app: Flask) -> list[Rule]:
    """Every rule but that of the static files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def values(session: Session, world: World) -> dict[str, str]:
    """Something real for every part of an address, by its name."""
    session.rollback()
    first = {
        f"{name}_id": session.scalars(select(model.id)).first() or "none"
        for name, model in (
            ("paper", Paper),
            ("question", Question),
            ("document", IssuedDocument),
            ("clock", Clock),
            ("decision", Decision),
            ("membership", Membership),
            ("sponsor", Sponsor),
        )
    }
    received = select(SupplyEntry.id).where(SupplyEntry.kind == "received")
    known = {
        "entry_id": session.scalars(received).first() or "none",
        "code": session.scalars(select(Case.code)).one(),
        "/administracion/medicamentos": world.product.code,
        "/administracion/conservacion/expedientes": session.scalars(select(Case.code)).one(),
        "/administracion": world.centre.code,
        "where": "ES-MD",
        "year": "2026",
        "/verificar": session.scalars(select(IssuedDocument.verification)).first() or "",
        "act": "retener",
        "action": "record_dose",
        "number": "0",
        "name": "baseline",
        "kind": "use",
        "part": "diagnosis_section",
        "username": world.accounts["nurse"].username,
    }
    session.rollback()
    return known | first


def address(rule: Rule, known: dict[str, str]) -> str:
    """The rule's address with its parts filled in; 1 where nothing is known by that name.

    A code is a case's, but where the address begins with what has codes of its own.
    """
    code = next((value for start, value in known.items() if rule.rule.startswith(start)), known["code"])
    held = known | {"code": code}
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: held.get(found[1], "1"), rule.rule)


def picture(app: Flask) -> dict[str, str]:
    """Every row of every table, as a hash a table."""
    tables: MetaData = Base.metadata
    with app.extensions["compassionate"].session() as session:
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in session.execute(select(table)))).encode()
            ).hexdigest()
            for table in tables.sorted_tables
        }


def proof(app: Flask) -> list[dict[str, Any]]:
    """Every row of both chains, the acts first."""
    with app.extensions["compassionate"].session() as session:
        return [
            json.loads(row)
            for model in (AuditEntry, ReadEntry)
            for row in session.scalars(select(model.row).order_by(model.seq))
        ]
