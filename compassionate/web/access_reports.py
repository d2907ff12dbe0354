"""The access report of a patient: asked for by the code of a case, shown or taken away as CSV, on record either way."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.exports import csv_files
from compassionate.extensions import commit, db
from compassionate.services import access_report
from compassionate.services.access_report import Access, Report
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import drawn, options, posted
from compassionate.web.audit_rows import action_words
from compassionate.web.downloads import attachment
from compassionate.web.filling import WRONG, Failure, status_of
from compassionate.web.limits import EXPORTS, costly
from compassionate.web.reading import hands_out
from compassionate.web.templating import exact, say
from compassionate.words import has_words

blueprint = Blueprint("access_reports", __name__)
PAGE = "/administracion/accesos"
HEAD = ("at", "who", "operator", "roles", "kind", "what", "page", "case")


@blueprint.get(PAGE)
@roles(*access_report.SEEN_BY)
def show() -> Any:
    """The form."""
    return _draw()


@blueprint.post(PAGE)
@roles(*access_report.SEEN_BY)
@costly(**EXPORTS)
def make() -> Any:
    """Make the report; it is on record before it is seen."""
    given = posted()
    code, purpose = str(given.get("of") or ""), str(given.get("purpose") or "")
    try:
        found = access_report.report(db(), actor(), code, purpose, clock.now())
    except NotFound:
        return _draw(Failure(WRONG, (FieldError("of", "report.no_such_case"),)))
    except Invalid as error:
        return _draw(Failure(WRONG, error.errors))
    commit()
    if given.get("as") == "csv":
        hands_out("access_report", of=found.code, rows=len(found.accesses))
        return attachment(_csv(found), "text/csv", f"accesos-{found.code}.csv")
    return render_template(
        "access_reports/report.html", found=found, rows=[_row(each) for each in found.accesses], purpose=purpose
    )


def _draw(failure: Failure | None = None) -> Any:
    form = drawn({"of": "", "purpose": ""}, failure)
    page = render_template("access_reports/form.html", form=form, purposes=options("report_purpose", access_report.FOR))
    return page, status_of(failure)


def _what(each: Access) -> str:
    """The words of an act, or of the page that was seen; the code of one that has none."""
    page = f"access_page.{each.page.partition('.')[0]}"
    if each.kind == "act":
        return action_words(each.action)
    return say(page) if has_words(page) else each.page


def _roles(each: Access) -> str:
    held = [role.partition("@") for role in each.roles]
    return ", ".join(f"{say(f'role.{role}')}{' · ' if centre else ''}{centre}" for role, _, centre in held)


def _row(each: Access) -> list[Any]:
    who = {"text": each.who or gettext("Sin cuenta"), "sub": each.operator}
    return [
        exact(each.at),
        who,
        _roles(each) or "–",
        {"text": say(f"access_kind.{each.kind}"), "sub": _what(each)},
        each.case,
    ]


def _csv(found: Report) -> bytes:
    rows = [
        (
            each.at,
            each.who,
            each.operator,
            _roles(each),
            say(f"access_kind.{each.kind}"),
            _what(each),
            each.page,
            each.case,
        )
        for each in found.accesses
    ]
    return csv_files.write([say(f"access_column.{name}") for name in HEAD], rows, for_people=True)
