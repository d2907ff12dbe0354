"""The cost section: by presentation and by case; an amount of which nothing is known is said to be unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compassionate.services.committee.costs import Cost, by_case, by_presentation, in_all
from compassionate.services.committee.wording import Row, Wording
from compassionate.statistics.tables import Column, Kind, Mark, Section, Table, Value

if TYPE_CHECKING:
    from compassionate.services.committee.report import Counted

AMOUNTS = ("free_packs", "charged_packs", "unknown_packs", "amount", "currency", "unknown_deliveries")
WIDTHS = {"amount": 18}  # a price, or the word that it is not known


def section(words: Wording, counted: Counted) -> Section:
    """What the deliveries of the period cost."""
    products = by_presentation(counted.delivered, counted.period)
    cases = by_case(counted.delivered, counted.period)
    totals = in_all(counted.delivered, counted.period)
    return words.section(
        "cost",
        _table(
            words,
            "cost_products",
            ("product", "presentation"),
            [(each.name, each.detail) for each in products],
            products,
            totals,
        ),
        _table(words, "cost_cases", ("case",), [(each.name,) for each in cases], cases, totals),
    )


def _table(
    words: Wording,
    code: str,
    heads: tuple[str, ...],
    names: list[tuple[str, ...]],
    found: list[Cost],
    totals: list[Cost],
) -> Table:
    columns = [Column(words.phrase(f"column.{head}"), "text", 40 if head == "product" else 22) for head in heads]
    columns += [Column(words.phrase(f"column.{head}"), _kind(head), WIDTHS.get(head, 13)) for head in AMOUNTS]
    rows = [(*name, *_amounts(each)) for name, each in zip(names, found, strict=True)]
    blank = ("",) * (len(heads) - 1)
    rows += [(words.phrase("total"), *blank, *_amounts(each)) for each in totals]
    unknown = sum(each.unknown_deliveries for each in totals)
    notes = (words.phrase("note.unknown_cost", count=unknown),) if unknown else ()
    return Table(code, words.phrase(f"table.{code}"), tuple(columns), tuple(rows), notes)


def _kind(head: str) -> Kind:
    return "money" if head == "amount" else "text" if head == "currency" else "count"


def _amounts(each: Cost) -> Row:
    return (
        each.free_packs,
        each.charged_packs,
        each.unknown_packs,
        amount(each),
        each.currency,
        each.unknown_deliveries,
    )


def amount(each: Cost) -> Value:
    """What is known to have been charged, in cents; UNKNOWN where nothing is known of any delivery."""
    return each.cents if each.is_known else Mark.UNKNOWN


def spent(words: Wording, counted: Counted) -> Table:
    """The amount that is known in each currency, beside the period before."""
    now, before = (
        {each.currency: amount(each) for each in in_all(counted.delivered, period)}
        for period in (counted.period, counted.period.before())
    )
    heads = (words.phrase("column.currency"), words.period, words.before)
    columns = tuple(Column(head, "money" if place else "text", 18) for place, head in enumerate(heads))
    rows = tuple(
        (each, now.get(each, Mark.NOTHING), before.get(each, Mark.NOTHING)) for each in sorted({*now, *before})
    )
    return Table("spent", words.phrase("table.spent"), columns, rows)


def totals(words: Wording, counted: Counted) -> list[Row]:
    """Deliveries and those of unknown cost, as rows of the summary."""
    now, before = (in_all(counted.delivered, each) for each in (counted.period, counted.period.before()))
    return [
        words.compared(
            words.phrase(f"measure.{name}"),
            sum(getattr(each, name) for each in now),
            sum(getattr(each, name) for each in before),
        )
        for name in ("deliveries", "unknown_deliveries")
    ]
