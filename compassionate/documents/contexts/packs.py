"""The pack calculation of each line, as one sentence that can be checked by hand (RD 1015/2009 art. 8.1.c)."""

from __future__ import annotations

from decimal import Decimal

from compassionate.documents.phrases import NBSP, Phrases, decimal, rounded_up
from compassionate.snapshot import LineSnapshot


def total_units(line: LineSnapshot) -> int | None:
    """Units over the whole duration: as stated, else daily units times days, rounded up."""
    daily = decimal(line.units_a_day)
    if line.total_units is not None or daily is None or line.days is None:
        return line.total_units
    return rounded_up(daily * line.days)


def waste(line: LineSnapshot) -> int | None:
    """Units that are left over in the last pack asked for; None where it cannot be said or packs are too few."""
    total = total_units(line)
    if total is None or line.packs_requested is None:
        return None
    left = line.packs_requested * line.units_per_pack - total
    return left if left >= 0 else None


def need(line: LineSnapshot, words: Phrases) -> str:
    """`2 × 84 días = 168 unidades`; only the total where nothing else was stated."""
    total, daily = total_units(line), decimal(line.units_a_day)
    if total is None:
        return ""
    whole = words.count(total, "unit")
    if daily is None or line.days is None:
        return f"{whole} ({line.units_a_day})" if line.units_a_day else whole
    return f"{words.number(daily)}{NBSP}×{NBSP}{words.count(line.days, 'day')} = {whole}"


def division(line: LineSnapshot, words: Phrases) -> str:
    """`168 ÷ 30 = 5,6 → 6 envases`."""
    total = total_units(line)
    packs = words.count(line.packs_requested, "pack")
    if total is None or line.units_per_pack < 1:
        return packs
    exact = Decimal(total) / line.units_per_pack
    shown = words.number(exact, 2)
    sign = "=" if Decimal(total * 100) % line.units_per_pack == 0 else "≈"
    sum_ = f"{words.number(total)}{NBSP}÷{NBSP}{words.number(line.units_per_pack)} {sign} {shown}"
    return f"{sum_} → {packs}" if packs else sum_


def calculation(line: LineSnapshot, words: Phrases) -> str:
    """The whole calculation in one line, with what is left over and the note."""
    over = waste(line)
    rest = words.say("print.pack_waste", count=words.count(over, "unit")) if over is not None else ""
    return "; ".join(part for part in (need(line, words), division(line, words), rest, line.packs_note) if part)
