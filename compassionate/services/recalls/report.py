"""The report of a recall, made in seconds: who had the batch, who was called, where every unit is. No names in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import words
from compassionate.exports import csv_files
from compassionate.models import (
    Account,
    Case,
    CellContainer,
    Centre,
    CustodyEvent,
    Recall,
    RecallCase,
    SupplyEntry,
)
from compassionate.services.actors import Actor
from compassionate.services.recalls.calling import CHECK, Line, lines
from compassionate.services.recalls.closing import COLUMNS, accounts, totals
from compassionate.services.recalls.closing import Account as Reconciled
from compassionate.services.recalls.entering import opened
from compassionate.services.recalls.finding import centres_of
from compassionate.services.recalls.holdings import blocked_with
from compassionate.statistics.tables import Column, Kind, Mark, Report, Section, Table, Value

WIDE, NARROW = 24, 12
UNITS = frozenset({*COLUMNS, "at_home", "attempts", "units", "used"})
HELD = ("received", "given", "at_home", "in_pharmacy")
PATIENTS = ("case", "centre", *HELD, "outcome", "attempts", "last", "by", "next")
CALLS = ("case", "at", "by", "outcome", "used", "back", "lost", "next")
BOXES = ("case", "container", "kind", "place")
MOVEMENTS = ("at", "case", "movement", "units", "reference", "by")
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a report is made of, and the language that it is said in."""

    recall: Recall
    listed: list[Line]
    accounts: list[Reconciled]
    centres: list[Centre]
    moved: list[tuple[SupplyEntry, str, str]]
    containers: list[tuple[CellContainer, str, str]]
    words: dict[str, str]
    blocked: int
    language: str

    def phrase(self, code: str, **params: object) -> str:
        """Words of the report."""
        return words.say(f"recall.{code}", self.language, **params)

    def instant(self, at: datetime | None) -> str:
        """An instant at the centre, to the minute."""
        zone = ZoneInfo(self.recall.centre.zone)
        return f"{at.astimezone(zone):%d/%m/%Y %H:%M}" if at else ""


def told(session: Session, actor: Actor, recall: Recall, language: str) -> Told:
    """Gather the report, as far as this person may know the cases: a fixed number of queries."""
    listed = lines(session, actor, recall)
    ids = tuple(set(centres_of(session, recall)) & set(actor.centres()))
    centres = list(session.scalars(select(Centre).where(Centre.id.in_(ids)).order_by(Centre.code)))
    return Told(
        recall,
        listed,
        accounts(session, recall, listed),
        centres,
        _moved(session, actor, recall),
        _containers(session, listed),
        opened(session, recall),
        blocked_with(session, recall.product, recall.batch, ids),
        language,
    )


def _moved(session: Session, actor: Actor, recall: Recall) -> list[tuple[SupplyEntry, str, str]]:
    """What became of the units since: returned to the sponsor, destroyed; with the proof of each."""
    ours = select(RecallCase.case_id).where(RecallCase.recall_id == recall.id)
    named = select(SupplyEntry.batch).where(SupplyEntry.reference == recall.code)
    wanted = (
        select(SupplyEntry, Case.code, Account.name)
        .join(Case, SupplyEntry.case_id == Case.id)
        .join(Account, SupplyEntry.by_id == Account.id)
        .where(SupplyEntry.case_id.in_(ours), SupplyEntry.batch.in_(named), Case.centre_id.in_(actor.centres()))
        .where(SupplyEntry.kind.in_(("recalled", "recall_lifted", "returned", "destroyed")), Case.blocked_at.is_(None))
    )
    return [(row, code, name) for row, code, name in session.execute(wanted.order_by(SupplyEntry.id))]


def _containers(session: Session, listed: list[Line]) -> list[tuple[CellContainer, str, str]]:
    """The containers of cells of these cases, each with where the chain of custody last put it."""
    codes = {line.row.case_id: line.case.code for line in listed}
    wanted = select(CellContainer).where(CellContainer.case_id.in_(codes)).order_by(CellContainer.code)
    rows = list(session.scalars(wanted))
    if not rows:
        return []
    events = select(CustodyEvent).where(CustodyEvent.case_id.in_(codes)).order_by(CustodyEvent.number)
    last = {row.procurement_id: row.destination or row.origin for row in session.scalars(events)}
    return [(row, codes[row.case_id], last.get(row.procurement_id, "")) for row in rows]


def report(held: Told) -> Report:
    """The report as tables, for PDF and workbook alike."""
    sections = [
        _section(held, "summary", [_table(held, "summary", ("fact", "value"), figures(held))]),
        _section(held, "account", [_table(held, "account", ("case", *COLUMNS), _account_rows(held))]),
        _section(held, "patients", [_table(held, "patients", PATIENTS, patient_rows(held))]),
        _section(held, "calls", [_table(held, "calls", CALLS, _call_rows(held))]),
        _section(held, "movements", [_table(held, "movements", MOVEMENTS, _movement_rows(held))]),
    ]
    if held.containers:
        sections.append(_section(held, "containers", [_table(held, "containers", BOXES, _box_rows(held))]))
    title = held.phrase("report.title")
    subtitle = f"{held.recall.code} · {held.recall.batch}"
    return Report(title, subtitle, tuple(about(held)), tuple(sections), held.language, held.recall.is_demo)


def _section(held: Told, code: str, tables: list[Table]) -> Section:
    return Section(code, held.phrase(f"report.{code}"), tuple(tables))


def _table(held: Told, code: str, heads: Sequence[str], rows: Iterable[Row]) -> Table:
    columns = tuple(_column(held, name) for name in heads)
    notes = (held.phrase("report.no_names"),) if code == "patients" else ()
    return Table(code, held.phrase(f"report.{code}"), columns, tuple(rows), notes)


def _column(held: Told, name: str) -> Column:
    kind: Kind = "count" if name in UNITS else "text"
    table = "label" if name == "used" else "column"
    return Column(held.phrase(f"{table}.{name}"), kind, NARROW if kind == "count" else WIDE)


def about(held: Told) -> list[tuple[str, str]]:
    """What the recall is: which batch, who ordered it and when, when it was stopped here, by whom, how it stands."""
    row = held.recall
    parts = (row.alert_number, held.phrase(f"class.{row.alert_class}") if row.alert_class else "")
    alert = " · ".join(part for part in parts if part)
    told_at = {"lifted": row.lifted_at, "closed": row.closed_at}
    ended = [(name, f"{held.instant(at)} · {_ended_by(row, name)}") for name, at in told_at.items() if at]
    rows = [
        ("product", row.product.name),
        ("batch", row.batch),
        ("ordered_by", held.phrase(f"ordered_by.{row.ordered_by}")),
        ("alert", alert),
        ("ordered_at", held.instant(row.ordered_at)),
        ("entered_at", held.instant(row.at)),
        ("delay", spell(row.at - row.ordered_at)),
        ("by", row.by.name),
        ("centres", ", ".join(each.code for each in held.centres)),
        ("reason", held.words.get("reason", "")),
        ("state", held.phrase(f"state.{row.status}")),
        *ended,
    ]
    return [(held.phrase(f"about.{name}"), value) for name, value in rows if value]


def _ended_by(row: Recall, name: str) -> str:
    by = row.lifted_by if name == "lifted" else row.closed_by
    return by.name if by else ""


def spell(length: timedelta) -> str:
    """A length of time as people say it in a hurry: 45 min, 3 h 10 min, 2 d 4 h."""
    minutes = int(length.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def figures(held: Told) -> list[Row]:
    """What is asked first: how many, where, and how many patients are still to be called."""
    rows = [each.row for each in held.listed]
    found: list[tuple[str, int]] = [("cases", len(rows))]
    found += [(name, sum(getattr(row, name) for row in rows)) for name in HELD]
    found += [("to_call", sum(not row.settled for row in rows))]
    found += [("reached", sum(row.settled and bool(row.outcome) for row in rows))]
    found += [("check", sum(row.outcome == CHECK for row in rows))]
    found += [("blocked", held.blocked)] if held.blocked else []
    return [(held.phrase(f"figure.{name}"), str(count)) for name, count in found]


def patient_rows(held: Told) -> list[Row]:
    """One row a case: its units, and where calling its patient stands."""
    codes = {each.id: each.code for each in held.centres}
    return [
        (
            line.case.code,
            codes.get(line.case.centre_id, ""),
            line.row.received,
            line.row.given,
            line.row.at_home,
            line.row.in_pharmacy,
            held.phrase(f"outcome.{line.state}"),
            len(line.calls),
            held.instant(line.calls[0].at) if line.calls else "",
            line.calls[0].by.name if line.calls else "",
            held.instant(line.row.next_at),
        )
        for line in held.listed
    ]


def _account_rows(held: Told) -> list[Row]:
    rows: list[Row] = [(each.line.case.code, *(each.units[name] for name in COLUMNS)) for each in held.accounts]
    whole = totals(held.accounts)
    return [*rows, (held.phrase("report.total"), *(whole[name] for name in COLUMNS))] if rows else []


def _call_rows(held: Told) -> list[Row]:
    every = [(line.case.code, call) for line in held.listed for call in line.calls]
    return [
        (
            code,
            held.instant(call.at),
            call.by.name,
            held.phrase(f"outcome.{call.outcome}"),
            call.used,
            call.back,
            call.lost,
            held.instant(call.next_at),
        )
        for code, call in sorted(every, key=lambda each: each[1].at)
    ]


def _movement_rows(held: Told) -> list[Row]:
    said = {kind: words.say(f"supply_kind.{kind}", held.language) for kind in {row.kind for row, _, _ in held.moved}}
    return [
        (f"{row.on:%d/%m/%Y}", code, said[row.kind], row.units, row.reference or Mark.NOTHING, name)
        for row, code, name in held.moved
    ]


def _box_rows(held: Told) -> list[Row]:
    said = {kind: held.phrase(f"box.{kind}") for kind in {row.kind for row, _, _ in held.containers}}
    return [(code, row.code, said[row.kind], place or Mark.NOTHING) for row, code, place in held.containers]


def as_csv(held: Told) -> bytes:
    """The patients as a file that a Spanish spreadsheet opens."""
    rows = [[_plain(cell) for cell in row] for row in patient_rows(held)]
    return csv_files.write([held.phrase(f"column.{name}") for name in PATIENTS], rows, for_people=True)


def _plain(cell: Value) -> csv_files.Cell:
    return "" if isinstance(cell, Mark) else cell
