"""How long a case must be kept: rules as data (retention.toml), counted from the right event, the longest one holding.

RD 477/2014 art. 11.2; Ley 41/2002 art. 17 and what communities add to it; LO 3/2018 art. 32; RET-01.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from compassionate.clock import months_after

EVENTS = ("closing", "last_closing", "death", "expiry")
CLASSES = ("key_documents", "clinical_record", "reactions", "cells")
HOSPITAL = "hospital"
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One term: how many years (None: for ever) a class of record is kept, and from what event."""

    id: str
    classes: tuple[str, ...]
    counted_from: str
    legal_basis: str
    source: str
    years: int | None = None
    territories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The edition in force."""

    version: str
    rules: tuple[Rule, ...]
    blocked_years: int
    verified_territories: frozenset[str]
    cell_programmes: frozenset[str]
    cell_consents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Events:
    """What terms of a case are counted from; None: it has not happened, or nobody recorded it."""

    closing: date | None = None
    last_closing: date | None = None
    death: date | None = None
    expiry: date | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """How long one class of record of a case is kept by one rule; `until` is None where `why` says so.

    `why`: `for_ever`, `event_missing` (what it is counted from is not recorded), `years_unset` (the hospital has
    not said what its community asks for).
    """

    record_class: str
    rule: Rule
    years: int | None
    counted_on: date | None
    until: date | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class HospitalYears:
    """What a hospital sets: years a class, never fewer than the law's; empty until it has said so."""

    years: Mapping[str, int] = field(default_factory=dict)

    def of(self, record_class: str) -> int | None:
        """The hospital's years for a class."""
        return self.years.get(record_class)


@cache
def rules() -> Rules:
    """The rules of this edition; raises ValueError for a table that means nothing."""
    held = tomllib.loads((Path(__file__).parent / "retention.toml").read_text(encoding="utf-8"))
    read = tuple(_rule(each) for each in held["rules"])
    sets = {name: frozenset(held[name]) for name in ("verified_territories", "cell_programmes", "cell_consents")}
    return Rules(held["version"], read, held["blocked_years"], **sets)


def _rule(table: Mapping[str, Any]) -> Rule:
    lists = {name: tuple(table.get(name, ())) for name in ("classes", "territories")}
    rule = Rule(**(dict(table) | lists))
    if not set(rule.classes) <= set(CLASSES) or rule.counted_from not in EVENTS or rule.years == 0:
        raise ValueError(f"retention rule {rule.id} means nothing")
    return rule


def rules_for(record_class: str, territory: str) -> tuple[Rule, ...]:
    """Every rule on a class in a territory: that of the State holds beside the community's own."""
    return tuple(
        rule
        for rule in rules().rules
        if record_class in rule.classes and territory in (rule.territories or (territory,))
    )


def least_years(record_class: str, territory: str) -> int:
    """The fewest years that the law allows for a class in a territory."""
    return max((rule.years or LONGEST for rule in rules_for(record_class, territory)), default=0)


def is_verified(record_class: str, territory: str) -> bool:
    """Whether the law of this territory on this class was read; cells and reactions are the State's alone."""
    return record_class in ("cells", "reactions") or territory in rules().verified_territories


def years_before_due(territory: str, hospital: HospitalYears) -> int | None:
    """How many years after closing any case of a territory may be due at the earliest; None: none ever, as things are.

    Every case holds consents and a record; what is counted from death or expiry may only add to that.
    """
    record = ("key_documents", "clinical_record")
    if any(hospital.of(name) is None and not is_verified(name, territory) for name in record):
        return None
    held = [(rule, hospital.of(name) or 0) for name in record for rule in rules_for(name, territory)]
    return max(
        max(rule.years or LONGEST, own) for rule, own in held if rule.counted_from in ("closing", "last_closing")
    )


def terms(classes: Iterable[str], territory: str, events: Events, hospital: HospitalYears) -> tuple[Term, ...]:
    """How long each class of a case is kept, by every rule that holds for it."""
    return tuple(
        _term(record_class, rule, territory, events, hospital)
        for record_class in classes
        for rule in rules_for(record_class, territory)
    )


def _term(record_class: str, rule: Rule, territory: str, events: Events, hospital: HospitalYears) -> Term:
    counted_on, own = getattr(events, rule.counted_from), hospital.of(record_class)
    if rule.years is None:
        return Term(record_class, rule, None, counted_on, None, "for_ever")
    years = max(rule.years, own or 0)
    if own is None and not is_verified(record_class, territory):
        return Term(record_class, rule, years, counted_on, None, "years_unset")
    if counted_on is None:
        return Term(record_class, rule, years, None, None, "event_missing")
    return Term(record_class, rule, years, counted_on, months_after(counted_on, 12 * years))


def longest(found: Iterable[Term]) -> Term | None:
    """The term that holds for the whole case: one without end before all others, else the latest; None for none."""
    held = list(found)
    endless = next((term for term in held if term.until is None), None)
    return endless or max(held, key=lambda term: term.until or date.min, default=None)


def is_over(found: Iterable[Term], today: date) -> bool:
    """Whether every term has ended: the last day of each is still kept."""
    term = longest(found)
    return term is not None and term.until is not None and term.until < today
