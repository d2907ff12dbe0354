"""How every command answers: one JSON document or words; refusals leave with 1 and their reasons, mistakes with 2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from compassionate.errors import Conflict, FieldError, Invalid, NotFound, Reason, Refused, Unavailable, UnknownCode
from compassionate.models.database import NotDurable, SchemaMoved
from compassionate.models.vault import WrongKey
from compassionate.paths import cure_url, step_url
from compassionate.services.wording import error_words, reason_words
from compassionate.words import say

REFUSED = 1
Function = Callable[..., Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Escribe un documento JSON.")


def plain(value: Any) -> Any:
    """Dates and instants as ISO text, for JSON."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def answer(document: Any, lines: Iterable[str], wants_json: bool) -> None:
    """Print the document, or the lines for people."""
    if wants_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=plain))
        return
    for line in lines:
        click.echo(line)


def wrong(words: str) -> NoReturn:
    """Leave with 2: the command was used wrongly, or names what is not there."""
    raise click.UsageError(words)


def reason_document(reason: Reason, case: str, number: int = 0) -> dict[str, str]:
    """A reason as scripts read it: `who` a role id, `cure_url` a path."""
    return {
        "code": reason.code,
        "text": reason_words(reason),
        "legal_basis": reason.legal_basis,
        "cure_url": cure_url(reason.cure, case, number, case.partition("-")[0]),
        "who": str(reason.who),
    }


def error_document(error: FieldError, cure: str) -> dict[str, str]:
    """A wrong value as a reason: the same keys, and the field."""
    text = error_words(error)
    return {"code": error.code, "text": text, "legal_basis": "", "cure_url": cure, "who": "", "field": error.field}


def _refusal(error: Exception, case: str, action: str) -> dict[str, Any]:
    _, _, number = action.partition("@continuation-")
    if isinstance(error, Refused):
        reasons = [reason_document(reason, case, int(number or 0)) for reason in error.reasons]
        return {"refused": True, "reasons": list({str(each): each for each in reasons}.values())}
    if isinstance(error, Invalid):
        cure = step_url(case, action) if case and action else ""
        return {"refused": True, "reasons": [error_document(each, cure) for each in error.errors]}
    assert isinstance(error, Conflict)
    reason = Reason("case.conflict", cure="case", params={"state": error.state})
    stands = {"state": error.state, "version": error.version}
    return {"refused": True, "reasons": [reason_document(reason, error.case_code)], **stands}


def refuse(error: Exception, case: str = "", action: str = "") -> NoReturn:
    """Leave with 1: the reasons as JSON on standard output, their words on standard error."""
    document = _refusal(error, case, action)
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=plain))
    for reason in document["reasons"]:
        field = f"{reason['field']}: " if reason.get("field") else ""
        basis = f" ({reason['legal_basis']})" if reason["legal_basis"] else ""
        click.echo(f"{field}{reason['text']}{basis}", err=True)
    raise click.exceptions.Exit(REFUSED)


def answers_errors(function: Function) -> Function:
    """A command whose every error is an answer: never a traceback."""

    @wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        try:
            return function(*args, **given)
        except (Refused, Invalid, Conflict) as error:
            refuse(error, str(given.get("code") or ""), str(given.get("transition") or ""))
        except NotFound:
            wrong("No existe lo que se pide, o no está a su alcance.")
        except UnknownCode as error:
            wrong(f"Nombre desconocido: {error}")
        except WrongKey:
            wrong("La clave maestra de esta instalación no abre los datos: compruebe COMPASSIONATE_MASTER_KEY.")
        except SQLAlchemyError as error:
            wrong(f"La base de datos no contesta o no está preparada («flask instance prepare»): {_first_line(error)}")
        except Unavailable as error:
            wrong(say(f"out_of_service.{error.part}"))
        except (NotDurable, SchemaMoved) as error:
            wrong(str(error))
        except OSError as error:
            wrong(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))

    return command


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def columns(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> list[str]:
    """Rows as aligned text."""
    wanted = list(names)
    cells = [[str(row.get(name) or "–") for name in wanted] for row in rows]
    widths = [max((len(line[index]) for line in cells), default=0) for index in range(len(wanted))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
