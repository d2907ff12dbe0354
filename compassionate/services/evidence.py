"""The evidence pack: everything that an inspector needs to believe the chains, or not to, without this installation.

EU GMP Annex 11 §9, §11; 21 CFR 11.10(b); EMA/INS/GCP/112288/2023 6.2.1.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import text
from sqlalchemy.orm import Session

from compassionate.exports import csv_files
from compassionate.services import auditing, chain
from compassionate.services.actors import Actor
from compassionate.services.audit import AUDIT, READS

README = Path(__file__).with_name("evidence_readme.txt")
TOOL = Path(__file__).parents[2] / "tools" / "verify_audit.py"
FILES = {AUDIT.name: "cadena-actos.jsonl", READS.name: "cadena-consultas.jsonl"}


@dataclass(frozen=True, slots=True)
class Installation:
    """What the application knows of itself: its version, and settings that are no secret."""

    version: str
    settings: Mapping[str, Any]
    heads: Sequence[Mapping[str, Any]] = ()


def pack(session: Session, actor: Actor, held: Installation, now: datetime) -> IO[bytes]:
    """The pack as a ZIP file, open at its beginning; of other centres only the hashes are in it."""
    target: IO[bytes] = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    codes = auditing.centres_of(session, actor)
    head = chain.head_document(session) | {"kept_at": now.isoformat()}
    with ZipFile(target, "w", ZIP_DEFLATED) as pack:
        for each in (AUDIT, READS):
            with pack.open(FILES[each.name], "w", force_zip64=True) as file:
                for line in chain.export(session, each, auditing.may_see(codes)):
                    file.write(line.line.encode() + b"\n")
        pack.writestr("cabezas.jsonl", _lines([*held.heads, head]))
        verdict = chain.verify_all(session, held.heads) | {"at": now.isoformat(), "centres": list(codes)}
        pack.writestr("veredicto.json", _json(verdict))
        pack.writestr("personas.csv", _people(session, actor))
        pack.writestr("versiones.json", _json(_versions(session, held)))
        pack.writestr("verify_audit.py", TOOL.read_bytes())
        pack.writestr("LEAME.txt", README.read_bytes())
    target.seek(0)
    return target


def _people(session: Session, actor: Actor) -> bytes:
    rows = [(account, *names) for account, names in auditing.people(session, actor).items()]
    return csv_files.write(("account", "username", "name"), rows)


def _versions(session: Session, held: Installation) -> dict[str, Any]:
    database = session.get_bind().dialect
    return {
        "compassionate": held.version,
        "python": sys.version,
        "system": platform.platform(),
        "database": [database.name, *map(str, database.server_version_info or ())],
        "schema": _schema(session),
        "libraries": {each.metadata["Name"]: each.version for each in sorted(distributions(), key=_name)},
        "settings": dict(held.settings),
    }


def _schema(session: Session) -> str:
    connection = session.connection()
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return str(session.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _name(distribution: Any) -> str:
    return str(distribution.metadata["Name"]).lower()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"


def _lines(documents: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in documents)
