"""The supply of each line added up from its movements: units throughout, packs where the agency grants packs."""

from __future__ import annotations

from collections.abc import Iterable

from compassionate.documents.blocks import Block, said_heading, table
from compassionate.documents.contexts.source import Source, line_name
from compassionate.documents.phrases import NBSP
from compassionate.snapshot import LineSnapshot, SupplySnapshot

OUT = ("dispensed", "administered", "returned", "destroyed")
ACCOUNT = (
    ("line", 20), ("granted", 10), ("ordered", 10), ("received", 10), ("dispensed", 10), ("administered", 10),
    ("returned", 10), ("destroyed", 10), ("left", 10),
)  # fmt: skip
MOVEMENTS = (
    ("on", 12),
    ("movement", 15),
    ("packs", 10),
    ("units", 11),
    ("batch", 15),
    ("expires_on", 12),
    ("reference_by", 25),
)


def units(movements: Iterable[SupplySnapshot], line: int, kind: str) -> int:
    """Units of one line that moved in one way."""
    return sum(each.units for each in movements if each.line_number == line and each.kind == kind)


def left(movements: tuple[SupplySnapshot, ...], line: int) -> int:
    """Units received that nobody has accounted for yet."""
    return units(movements, line, "received") - sum(units(movements, line, kind) for kind in OUT)


def ordered(movements: Iterable[SupplySnapshot], line: int) -> int:
    """Packs of one line that were ordered."""
    return sum(each.packs or 0 for each in movements if each.line_number == line and each.kind == "ordered")


def account(held: Source) -> Block:
    """Granted, ordered, received, dispensed, given, returned, destroyed and left, one row a line."""
    columns = [code for code, _ in ACCOUNT[1:]]
    return table("account", ACCOUNT, [_account_row(line, held) for line in held.case.lines], numeric=" ".join(columns))


def _account_row(line: LineSnapshot, held: Source) -> list[str]:
    words, supply = held.words, held.case.supply
    moved = [words.number(units(supply, line.number, kind)) for kind in ("received", *OUT)]
    granted = words.number(line.packs_granted * line.units_per_pack) if line.packs_granted is not None else "—"
    asked = words.number(ordered(supply, line.number) * line.units_per_pack)
    return [f"{line.number}. {line_name(line)}", granted, asked, *moved, words.number(left(supply, line.number))]


def used_of_granted(line: LineSnapshot, held: Source) -> str:
    """`84 de 180 unidades (47 %)`: what was used of what the agency granted."""
    words = held.words
    if line.packs_granted is None:
        return words.say("print.nothing_granted")
    granted = line.packs_granted * line.units_per_pack
    share = f" ({words.number(100 * line.units_used / granted, 0)}{NBSP}%)" if granted else ""
    return words.say("print.used_of", used=words.number(line.units_used), granted=words.count(granted, "unit")) + share


def movements(held: Source) -> list[Block]:
    """Every movement of the ledger, a table a line."""
    blocks: list[Block] = []
    for line in held.case.lines:
        body = [_movement(each, held) for each in held.case.supply if each.line_number == line.number]
        name = held.words.say("print.line_heading", number=line.number, name=line_name(line))
        blocks += [said_heading(name), table("ledger", MOVEMENTS, body, numeric="packs units")]
    return blocks


def _movement(each: SupplySnapshot, held: Source) -> list[str]:
    words = held.words
    packs = words.number(each.packs) if each.packs is not None else ""
    end = "\n".join(part for part in (each.reference, each.by) if part)
    return [
        words.day(each.on), words.choice("supply_kind", each.kind), packs, words.number(each.units), each.batch,
        words.day(each.expires_on), end,
    ]  # fmt: skip
