"""A step's inputs as the fields of its form: drawn from the table, so that a new step needs no page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from compassionate.models import Case, Dose
from compassionate.services import ledger
from compassionate.services.advance import Place
from compassionate.services.facts import request_of, today_at
from compassionate.services.filing import paper_kind
from compassionate.services.papers import titles_of
from compassionate.services.snapshots import papers_of
from compassionate.services.submissions import people
from compassionate.web import cell_fields, label_scans
from compassionate.web.access import actor
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, say
from compassionate.workflow.table import Input

Typed = MultiDict[str, str]
MOST_RADIOS = 8
TODAY = frozenset({"given_on"})  # nearly always today; every other date is read off a paper
OPTIONAL = ("Opcional", "Optional")
PERSONS = frozenset({"typed_by", "checked_by"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its kind picks the macro; `options` are (value, words, hint), `rows` the lines of a packs field
    or what a label says."""

    kind: str
    name: str
    label: str
    hint: str = ""
    optional: bool = False
    value: str = ""
    chosen: tuple[str, ...] = ()
    error: str = ""
    options: tuple[dict[str, str], ...] = ()
    rows: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """What drawing a form needs to know besides the inputs themselves."""

    session: Session
    case: Case
    where: Place
    step: str
    now: datetime

    @property
    def line(self) -> int | None:
        """The line that the step is about, or None where the form asks for it."""
        return int(self.where.instance.removeprefix("line-")) if self.where.region.instances == "per_line" else None


def fields_of(asking: Asking, inputs: tuple[Input, ...], typed: Typed, errors: Mapping[str, str]) -> list[Field]:
    """The fields of a step's form, filled with what was typed and with the sentence of each wrong value."""
    return [_field(asking, each, typed, errors) for each in inputs if cell_fields.is_asked(asking.case, each)]


def _field(asking: Asking, asked: Input, typed: Typed, errors: Mapping[str, str]) -> Field:
    hint = say(f"input_hint.{asked.name}")
    plain = Field(
        asked.kind,
        asked.name,
        say(f"input.{asked.name}"),
        hint,
        not asked.required and not hint.startswith(OPTIONAL),
        typed.get(asked.name, _usual(asking, asked)),
        tuple(typed.getlist(asked.name)),
        errors.get(asked.name, ""),
    )
    if asking.step.partition("@")[0] == cell_fields.STEP:
        plain = cell_fields.drawn(asking.session, asking.case, plain, typed)
    if asked.name in label_scans.SCANNED:
        return label_scans.drawn(asking.case, plain)
    build = _person if asked.name in PERSONS else BUILDERS.get(asked.kind)
    return build(asking, asked, plain, typed) if build else plain


def _usual(asking: Asking, asked: Input) -> str:
    return today_at(asking.case, asking.now).isoformat() if asked.name in TODAY else ""


def _choice(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    options = tuple(option(value, say(f"choice.{asked.name}.{value}")) for value in asked.choices)
    return replace(plain, options=options, kind="select" if len(options) > MOST_RADIOS else asked.kind)


def option(value: str, text: str, hint: str = "") -> dict[str, str]:
    """One choice of a list."""
    return {"value": value, "text": text, "hint": hint}


def _line(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    options = tuple(option(str(line.number), line_words(line)) for line in asking.case.lines)
    only = options[0]["value"] if len(options) == 1 else ""
    return replace(plain, options=options, value=plain.value or only)


def _packs(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    request = request_of(asking.case, asking.where.request_number)
    wanted = {row.line_number: row.packs for row in request.packs} if request else {}
    granted = ledger.granted(asking.session, asking.case)
    rows = tuple(
        {
            "name": f"{asked.name}.{line.number}",
            "label": line_words(line),
            "hint": say("step_form.packs", asked=wanted.get(line.number, 0), granted=granted.get(line.number, 0)),
            "value": typed.get(f"{asked.name}.{line.number}", ""),
        }
        for line in asking.case.lines
    )
    return replace(plain, rows=rows)


def _paper(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    held = papers_of(asking.session, asking.case)
    fitting = paper_kind(asking.step)
    ordered = sorted(held, key=lambda paper: (paper.kind != fitting, -paper.uploaded_at.timestamp()))
    options = tuple(
        option(
            paper.id,
            say(
                "step_form.paper",
                title=titles_of(asking.session, paper)[0],
                kind=say(f"paper_kind.{paper.kind}"),
                on=day(paper.uploaded_at.date()),
            ),
        )
        for paper in ordered
    )
    return replace(plain, options=options)


def _batch(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    doses = asking.session.scalars(select(Dose).where(Dose.case_id == asking.case.id)).all()
    held = ledger.batches(ledger.entries_of(asking.session, asking.case), doses)
    mine = [each for each in held if asking.line in (None, each.line) and (each.left or each.facts().dispensed_left)]
    options = tuple(option(each.batch, _batch_words(asking, each)) for each in mine)
    if plain.value and plain.value not in {each["value"] for each in options}:
        options += (option(plain.value, plain.value),)
    only = options[0]["value"] if len(options) == 1 else ""
    return replace(plain, options=options, value=plain.value or only)


def _batch_words(asking: Asking, batch: ledger.Batch) -> str:
    line = next(line for line in asking.case.lines if line.number == batch.line)
    several = len(asking.case.lines) > 1 and asking.line is None
    words = say(
        "step_form.batch",
        batch=batch.batch,
        on=day(batch.expires_on),
        left=batch.left,
        unit=line.product_line.unit,
        status=say(f"batch_status.{batch.status}").lower(),
    )
    return f"{words} · {line_words(line)}" if several else words


def _person(asking: Asking, asked: Input, plain: Field, typed: Typed) -> Field:
    held = people(asking.session, asking.case, asking.now)
    options = tuple(option(each.username, f"{each.name} ({each.username})") for each in held)
    usual = actor().username if asked.name == "typed_by" and asked.name not in typed else ""
    return replace(plain, kind="select", options=options, value=plain.value or usual)


BUILDERS: dict[str, Callable[[Asking, Input, Field, Typed], Field]] = {
    "choice": _choice,
    "choices": _choice,
    "line": _line,
    "packs": _packs,
    "paper": _paper,
    "batch": _batch,
}
