"""Taking a step from the command line: values as `key=value`, a file filed with it, no signature for somebody else."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from compassionate.cli import acting
from compassionate.cli.answering import wrong
from compassionate.errors import NotFound
from compassionate.models import Case
from compassionate.services import filing, papers
from compassionate.services.advance import place
from compassionate.services.signed_steps import signed_act
from compassionate.words import say
from compassionate.workflow.table import Input, Transition

Values = dict[str, Any]


def pairs(given: tuple[str, ...]) -> Values:
    """`key=value` as values; a key given twice becomes a list. Leaves with 2 for anything else."""
    values: Values = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key.strip():
            wrong(f"«{each}» no es CLAVE=VALOR.")
        held = values.get(key.strip())
        values[key.strip()] = value if held is None else [*(held if isinstance(held, list) else [held]), value]
    return values


def upload_of(path: Path) -> papers.Upload:
    """A file of this machine as an upload; raises OSError."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return papers.Upload(path.name, media_type, path.read_bytes())


def _row_of(case: Case, transition: str) -> Transition:
    try:
        where, name = place(case, transition)
    except NotFound:
        wrong(f"El expediente {case.code} no tiene ningún paso «{transition}».")
    rows = [row for row in where.region.transitions if row.name == name]
    return next((row for row in rows if where.state in row.sources), rows[0])


def _check_keys(inputs: tuple[Input, ...], values: Values, transition: str) -> None:
    known = {asked.name: asked for asked in inputs}
    for key in values:
        asked = known.get(key.partition(".")[0])
        if asked is None or ("." in key and asked.kind != "packs"):
            wrong(f"«{transition}» no pide «{key}»; pide: {', '.join(map(_key, inputs)) or 'nada'}.")


def _key(asked: Input) -> str:
    return f"{asked.name}.LÍNEA" if asked.kind == "packs" else asked.name


def _attached(inputs: tuple[Input, ...], values: Values) -> papers.Upload | None:
    """Take the `@FILE` out of the values."""
    for asked in inputs:
        value = values.get(asked.name)
        if asked.kind == "paper" and isinstance(value, str) and value.startswith("@"):
            del values[asked.name]
            return upload_of(Path(value[1:]))
    return None


def take(code: str, transition: str, values: Values, username: str, if_version: int | None = None) -> Values:
    """Take a step in somebody's name; returns where it led. Raises as `advance`."""
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        return take_in(session, actor, acting.case_for(session, code, actor), transition, values, if_version)


def take_in(
    session: Session, actor: Any, case: Case, transition: str, values: Values, if_version: int | None = None
) -> Values:
    """The same in a session of the caller's."""
    row = _row_of(case, transition)
    if act := signed_act(session, case, transition):
        actor = acting.signer(session, actor, case, act.meaning, act.number, act.subject)
    _check_keys(row.inputs, values, transition)
    upload = _attached(row.inputs, values)
    event = filing.take_step(
        session, actor, case, transition, values, acting.now(), if_version=if_version, upload=upload
    )
    return {
        "code": case.code,
        "from": event.before,
        "to": event.after,
        "version": case.version,
        "event": event.id,
        "region": event.region,
        "instance": event.instance,
        "name": event.name,
    }


def said(document: Values) -> str:
    """What a step did, in words."""
    where = f" ({document['instance']})" if document["instance"] else ""
    return f"{document['code']}: {say('done.' + document['name'])}{where}. Versión {document['version']}."
